"""What a widget says of tickets: what waits, what is late, how long closing took. Read from counters alone."""

from collections import Counter
from datetime import datetime

from escuta import clock
from escuta.entity import Value
from escuta.errors import InvalidError
from escuta.feedback import statistics, tickets
from escuta.feedback.model import FAR, Priority, TicketState
from escuta.feedback.querying.asked import Asked
from escuta.feedback.tickets import counts

FEW = 200  # tickets that wait, up to which it is looked up which of them is due next


class Waiting(Value):
    """Tickets that are not closed. `next_due_at`: of those that are not overdue; None where more wait than are read."""

    total: int
    states: dict[TicketState, int]
    overdue: int
    high: int  # of high priority, or urgent
    unassigned: int
    escalated: int
    next_due_at: datetime | None


class Closed(Value):
    """Tickets that were closed in the period; `in_time` is the share of those with a promise that kept it.

    The median is in minutes, from opening to closing, as counted: at most so many. Its interval is that of the sign
    test.
    """

    n: int
    median: float | None = None
    low: float | None = None
    high: float | None = None
    in_time: float | None = None
    in_time_low: float | None = None
    in_time_high: float | None = None


class TicketFigures(Value):
    """What waits now, and what was closed."""

    open: Waiting
    closed: Closed


def of(asked: Asked) -> TicketFigures:
    """Return the figures of the tickets of a survey in a place with its subtree. InvalidError: filtered by answers."""
    if asked.query.filters:
        raise InvalidError("widget_filters", field="filter")
    if not asked.query.subtree:
        raise InvalidError("value_not_allowed", field="subtree", value="false", allowed="true")
    return TicketFigures(open=_waiting(asked), closed=_closed(asked))


def _waiting(asked: Asked) -> Waiting:
    standing = counts.standing(asked.place.path).get(asked.query.survey, Counter())
    states: dict[TicketState, int] = {
        state: standing[f"state.{state}"] for state in TicketState if state is not TicketState.CLOSED
    }
    total = sum(states.values())
    return Waiting(
        total=total,
        states=states,
        overdue=standing["overdue"],
        high=standing[f"priority.{Priority.HIGH}"] + standing[f"priority.{Priority.URGENT}"],
        unassigned=standing["unassigned"],
        escalated=standing["escalated"],
        next_due_at=_next_due(asked) if 0 < total <= FEW else None,
    )


def _next_due(asked: Asked) -> datetime | None:
    now = clock.now()
    found = tickets.open_upto(asked.place.path, FEW)
    if len(found) > FEW:  # those of other surveys
        return None
    due = (each.due_at for each in found if each.survey == asked.query.survey)
    return min((moment for moment in due if now < moment < FAR), default=None)


def _closed(asked: Asked) -> Closed:
    first, last = (day.isoformat() for day in asked.period)
    days = counts.tallies(asked.query.survey, (asked.place.code,), first, last)[asked.place.code]
    counted: Counter[str] = sum(days.values(), Counter())
    took = counts.histogram(counted, "took")
    middle = statistics.median(took)
    closed = Closed(n=counted["closed"])
    if middle:
        closed = closed.changed(
            median=counts.minutes(middle.value), low=counts.minutes(middle.low), high=counts.minutes(middle.high)
        )
    share = statistics.wilson(counted["in_time"], counted["in_time"] + counted["late"])
    if share is None:
        return closed
    return closed.changed(in_time=share.share, in_time_low=share.low, in_time_high=share.high)
