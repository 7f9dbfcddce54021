"""Every few minutes: alerts whose message was lost, whose sender died or whose refusal may have passed go again."""

from typing import Any

from escuta.feedback import alerts
from escuta.observe import entry


@entry
def handler(_event: dict[str, Any], _context: Any) -> None:
    """Queue what nobody is about to send."""
    alerts.queue(alerts.forgotten())
