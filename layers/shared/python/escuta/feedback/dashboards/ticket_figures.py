"""What a widget says of tickets: what waits, what is late, how long closing took. Read up to a bound, or refused."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from escuta import clock
from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.entity import Value
from escuta.errors import InvalidError
from escuta.feedback import statistics, tickets
from escuta.feedback.model import Priority, Ticket, TicketState
from escuta.feedback.periods import Period
from escuta.feedback.querying.asked import Asked

MOST_OPEN = 1_000  # tickets read for what waits
MOST_CLOSED = 500  # and for how long closing took
MOST_PLACES = 25  # segments whose closed tickets are read, a call each


class Waiting(Value):
    """Tickets that are not closed."""

    total: int
    states: dict[TicketState, int]
    overdue: int
    high: int  # of high priority
    next_due_at: datetime | None  # of those that are not overdue yet


class Closed(Value):
    """Closed tickets that were due in the period; `in_time` is the share that was closed before it was due.

    The median is in minutes, from opening to closing, and its interval that of the sign test.
    """

    n: int
    median: float | None = None
    low: float | None = None
    high: float | None = None
    in_time: float | None = None
    in_time_low: float | None = None
    in_time_high: float | None = None


class TicketFigures(Value):
    """What waits now, and what was closed; `closed` None: the place is too wide to read that."""

    open: Waiting
    closed: Closed | None


def of(asked: Asked) -> TicketFigures:
    """Return the figures of the tickets of a survey in a place. InvalidError: too many, or filtered by answers."""
    if asked.query.filters:
        raise InvalidError("widget_filters", field="filter")
    found = tickets.open_upto(asked.place.path, MOST_OPEN)
    return TicketFigures(open=_waiting(_wanted(asked, found)), closed=_closed(asked))


def _wanted(asked: Asked, some: Iterable[Ticket]) -> list[Ticket]:
    """Return those of the survey, and of the segment alone where its subtree is not asked for."""
    query = asked.query
    return [each for each in some if each.survey == query.survey and (query.subtree or each.segment == query.segment)]


def _waiting(found: list[Ticket]) -> Waiting:
    now = clock.now()
    states = Counter(each.state for each in found)
    later = [each.due_at for each in found if each.due_at > now]
    return Waiting(
        total=len(found),
        states={state: states[state] for state in TicketState if state is not TicketState.CLOSED},
        overdue=len(found) - len(later),
        high=sum(each.priority.rank >= Priority.HIGH.rank for each in found),
        next_due_at=min(later, default=None),
    )


def _closed(asked: Asked) -> Closed | None:
    below = segments.all() if asked.query.subtree else ()
    places = [place.code for place in below if asked.place.code in place.path] or [asked.place.code]
    if len(places) > MOST_PLACES:
        return None
    first, before = _moments(asked.period, asked.place)
    found: list[Ticket] = []
    for place in places:
        left = MOST_CLOSED - len(found)
        found += tickets.closed_due(place, first, before, left + 1)
        if len(found) > MOST_CLOSED:
            return None
    return _told(_wanted(asked, found))


def _moments(period: Period, place: Segment) -> tuple[datetime, datetime]:
    """Return when a period begins and ends in the time of a place."""
    zone = ZoneInfo(place.timezone)
    ends = period.last + timedelta(days=1)
    first, before = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (period.first, ends))
    return first, before


def _told(found: list[Ticket]) -> Closed:
    took = Counter(
        int((each.closed_at - each.opened_at).total_seconds() // 60) for each in found if each.closed_at is not None
    )
    middle = statistics.median({str(minutes): took[minutes] for minutes in sorted(took)})
    share = statistics.wilson(
        sum(each.closed_at is not None and each.closed_at <= each.due_at for each in found), len(found)
    )
    closed = Closed(n=len(found))
    if middle is None or share is None:
        return closed
    return closed.changed(
        **{end: float(value) for end, value in zip(("median", "low", "high"), vars(middle).values(), strict=True)},
        in_time=share.share,
        in_time_low=share.low,
        in_time_high=share.high,
    )
