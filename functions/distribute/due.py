"""Every five minutes: what was to go out by now goes into the queue."""

from typing import Any

from escuta.observe import entry
from escuta.outreach import alarms


@entry
def handler(_event: dict[str, Any], _context: Any) -> None:
    """Ring the alarms that are due; what one run does not get to, the next one does."""
    alarms.ring()
