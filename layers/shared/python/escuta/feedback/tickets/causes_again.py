"""Whether what went wrong had gone wrong at the same place shortly before."""

from datetime import timedelta

from escuta import clock
from escuta.feedback.model import Ticket
from escuta.feedback.tickets import finding

WITHIN = timedelta(days=60)
MOST = 500  # closed tickets of a place that are looked at, the newest first


def of(ticket: Ticket) -> tuple[str, ...]:
    """Return which root causes of a ticket that is being closed another one of its place had, closed 60 days before.

    One read of an index, which may be a moment old: two that are closed at the same time do not see each other.
    """
    if not ticket.root_causes:
        return ()
    now = clock.now()
    before = finding.closed_between(ticket.segment, now - WITHIN, now, MOST)
    known = {cause for each in before if each.id != ticket.id and not each.merged_into for cause in each.root_causes}
    return tuple(cause for cause in ticket.root_causes if cause in known)
