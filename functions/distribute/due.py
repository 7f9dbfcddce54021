"""Every five minutes: what was to go out by now goes into the queue."""

from typing import Any

from escuta.observe import entry
from escuta.outreach import alarms, brake, budgets, finishing
from escuta.outreach.model import MESSAGES


@entry
def handler(_event: dict[str, Any], _context: Any) -> None:
    """Ring the alarms that are due; what one run does not get to, the next one does.

    Before that, learn what the account may send, and judge the brakes: the windows go on without any bounce. What is
    due goes into the queue all the same when that cannot be done; whoever sends it asks the budget again.
    """
    try:
        budgets.refresh()
        for channel in MESSAGES:
            brake.check(channel)
        finishing.notice()
    finally:
        alarms.ring()
