"""Every minute: what is due about tickets is done, and alerts that nobody is about to send go again.

Such are those whose message was lost, whose sender died or whose refusal may have passed.
"""

from typing import Any

from escuta import measured
from escuta.feedback import alerts
from escuta.feedback.tickets import counts, due, resettling, unanswered
from escuta.measured import Measure
from escuta.observe import entry


@entry
def handler(_event: dict[str, Any], _context: Any) -> None:
    """Do what is due, queue what should leave, and bring tickets along whose place was moved.

    What may be much at once, the tickets about a mailing that nobody answered, comes last: it holds nothing else up.
    """
    alerts.queue(due.take())
    alerts.queue(alerts.forgotten())
    resettling.resettle()
    alerts.queue(unanswered.sweep())
    measured.count(Measure.TICKETS_OVERDUE, counts.overdue())
