"""Business hours: real time that passes while the clock on a place's wall is within its hours. Pure.

An instant counts when the local time that it has is within the hours of its local day. Time is walked in pieces in
which the place's offset from UTC stays the same, so that an hour that the spring skips never counts, one that the
autumn repeats counts twice, and a day that a zone left out does not exist, whatever the offsets are.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from escuta.feedback.model import FAR, Opening, ServiceHoursDraft
from escuta.outreach.model.sending import Weekday

Calendar = ServiceHoursDraft | None  # None: every hour counts
Piece = tuple[datetime, datetime]
Days = dict[str, tuple[Opening, ...]]  # those with hours of their own

_DAY = timedelta(days=1)
_WINDOW = timedelta(days=8)
_PATIENCE = timedelta(days=3660)  # nothing is due later than ten years on: a place that never opens
_WEEK = tuple(Weekday)


def add(start: datetime, seconds: int, calendar: Calendar, zone: str) -> datetime:
    """Return the first instant by which so many business seconds have passed since `start`; negative: before it.

    It may be the very moment of closing. FAR where there is none within ten years.
    """
    start, left = start.astimezone(UTC), timedelta(seconds=seconds)
    if calendar is None or not seconds:
        return start + left
    return _forward(start, left, calendar, zone) if seconds > 0 else _backward(start, -left, calendar, zone)


def between(start: datetime, end: datetime, calendar: Calendar, zone: str) -> int:
    """Return the business seconds from `start` to `end`, as far as they are whole; negative when `end` is earlier."""
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if end < start:
        return -between(end, start, calendar, zone)
    if calendar is None:
        return (end - start) // timedelta(seconds=1)
    return sum((closes - opens for opens, closes in _open(start, end, calendar, zone)), timedelta()) // timedelta(
        seconds=1
    )


def is_open(moment: datetime, calendar: Calendar, zone: str) -> bool:
    """Tell whether this instant counts."""
    return between(moment, moment + timedelta(seconds=1), calendar, zone) > 0


def _forward(start: datetime, left: timedelta, calendar: ServiceHoursDraft, zone: str) -> datetime:
    at, last = start, start + _PATIENCE
    while at < last:
        for opens, closes in _open(at, at + _WINDOW, calendar, zone):
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        at += _WINDOW
    return FAR


def _backward(start: datetime, left: timedelta, calendar: ServiceHoursDraft, zone: str) -> datetime:
    at, first = start, start - _PATIENCE
    while at > first:
        for opens, closes in reversed(list(_open(at - _WINDOW, at, calendar, zone))):
            if left <= closes - opens:
                return closes - left
            left -= closes - opens
        at -= _WINDOW
    return first


def _open(start: datetime, end: datetime, calendar: ServiceHoursDraft, zone: str) -> Iterator[Piece]:
    """Yield the open pieces of a stretch of time, in their order; no instant is in two of them."""
    days = {day.key: day.spans for day in calendar.days}
    for since, until in _even(start, end, zone):
        offset = _offset(since, zone)
        local, local_end = (since + offset).replace(tzinfo=None), (until + offset).replace(tzinfo=None)
        for opens, closes in _local(local.date() - _DAY, local_end.date(), calendar, days):
            begin, finish = max(opens, local), min(closes, local_end)
            if begin < finish:
                yield begin.replace(tzinfo=UTC) - offset, finish.replace(tzinfo=UTC) - offset


def _even(start: datetime, end: datetime, zone: str) -> Iterator[Piece]:
    """Yield the stretch in pieces of one offset each."""
    while start < end:
        until = min(start + _DAY, end)
        if _offset(until - timedelta.resolution, zone) != _offset(start, zone):
            until = _change(start, until - timedelta.resolution, zone)
        yield start, until
        start = until


def _change(start: datetime, end: datetime, zone: str) -> datetime:
    """Return the first whole second with another offset than that of `start`, which `end` is known to have."""
    before = _offset(start, zone)
    base = start.replace(microsecond=0)
    low, high = 0, (end - base) // timedelta(seconds=1)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(base + timedelta(seconds=middle), zone) == before:
            low = middle
        else:
            high = middle
    return base + timedelta(seconds=high)


def _offset(moment: datetime, zone: str) -> timedelta:
    return moment.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()


def _local(first: date, last: date, calendar: ServiceHoursDraft, days: Days) -> Iterator[Piece]:
    """Yield the open hours of these days on the clock of the place; what overlaps after midnight is there once."""
    reached = datetime.combine(first, time())
    while first <= last:
        midnight = datetime.combine(first, time())
        for span in _spans(first, days, calendar):
            begin, end = (midnight + timedelta(minutes=minute) for minute in span.minutes)
            if end > reached:
                yield max(begin, reached), end
                reached = end
        first += _DAY


def _spans(day: date, days: Days, calendar: ServiceHoursDraft) -> tuple[Opening, ...]:
    for key in (day.isoformat(), f"{day:%m-%d}"):
        if key in days:
            return days[key]
    return calendar.week.get(_WEEK[day.weekday()], ())
