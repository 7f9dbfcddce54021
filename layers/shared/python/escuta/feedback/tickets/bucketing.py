"""How the tickets of a list are spread: by state, priority, owner, and by when they are due. Pure."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from escuta.entity import Value
from escuta.feedback.model import Priority, Ticket, TicketState
from escuta.feedback.model.ticket import FAR

_WEEK = 7  # days


class Due(StrEnum):
    """When somebody must have acted, in the days of the ticket's place."""

    OVERDUE = "overdue"
    TODAY = "today"
    TOMORROW = "tomorrow"
    WEEK = "week"  # within seven days
    LATER = "later"
    WAITING = "waiting"  # the clock stands still
    NEVER = "never"  # nothing was promised, or all is done


class Buckets(Value):
    """The numbers of a list of tickets."""

    total: int
    states: dict[TicketState, int]
    priorities: dict[Priority, int]
    owners: dict[str, int]  # by the id of a manager; "": nobody has them
    due: dict[Due, int]
    escalated: int


def of(tickets: Iterable[Ticket], now: datetime) -> Buckets:
    """Return how many tickets there are of each kind; kinds of which there is none are there, but for owners."""
    some = list(tickets)
    states, priorities = Counter(each.state for each in some), Counter(each.priority for each in some)
    dues = Counter(due(each, now) for each in some)
    return Buckets(
        total=len(some),
        states={state: states[state] for state in TicketState},
        priorities={priority: priorities[priority] for priority in Priority},
        owners=dict(Counter(each.owner for each in some).most_common()),
        due={kind: dues[kind] for kind in Due},
        escalated=sum(each.escalated > 0 for each in some),
    )


def due(ticket: Ticket, now: datetime) -> Due:
    """Return when a ticket is due, seen from now."""
    if ticket.state.is_done:
        return Due.NEVER
    if ticket.state is TicketState.WAITING:
        return Due.WAITING
    if ticket.overdue or ticket.due_at <= now:
        return Due.OVERDUE
    if ticket.due_at >= FAR:
        return Due.NEVER
    zone = ZoneInfo(ticket.timezone)
    today = now.astimezone(zone).date()
    days = (ticket.due_at.astimezone(zone).date() - today) // timedelta(days=1)
    if days <= 1:
        return Due.TOMORROW if days else Due.TODAY
    return Due.WEEK if days < _WEEK else Due.LATER
