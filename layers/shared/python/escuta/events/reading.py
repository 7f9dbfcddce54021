"""Reading events in their one order, so that whoever goes on where they stopped misses none and gets none twice."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import chain
from operator import attrgetter
from typing import NamedTuple

from escuta import clock, table
from escuta.errors import GoneError
from escuta.events.event import KEPT, DomainEvent

SETTLED = timedelta(seconds=60)  # longer than a transaction may take from the noting of its event on, and an index
LOOKED_AT = 2_000  # events of one call, however few of them are wanted
_FEW, _MANY = 25, 200  # rows of an index partition that are read at first, and at most


class Listed(NamedTuple):
    """Some events, and the place behind the last that was looked at. `more`: there are others that are settled."""

    items: tuple[DomainEvent, ...]
    place: str
    more: bool


def place_of(moment: datetime) -> str:
    """Return the place before all events of this moment, of whatever zone it is, and behind all earlier ones."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def listing(after: str, *, limit: int, wanted: Callable[[DomainEvent], bool], before: datetime | None = None) -> Listed:
    """Return the next events behind a place ("": the oldest that is kept) that are wanted, in the order of `at`.

    Only those that are settled: of what is younger an earlier one may still come. The place that is returned never
    grows old for who comes back within 30 days. GoneError `events_gone` when what stood behind `after` is kept no more.
    """
    now = clock.now()
    oldest, last = place_of(now - KEPT), place_of(min(now - SETTLED, before or now))
    if after and after < oldest:
        raise GoneError("events_gone", days=KEPT.days)
    found: list[DomainEvent] = []
    place, looked = after or oldest, 0
    for event in _between(place, last):
        if len(found) == limit or looked == LOOKED_AT:
            return Listed(tuple(found), place, more=True)
        place, looked = event.place, looked + 1
        if wanted(event):
            found.append(event)
    return Listed(tuple(found), max(place, last), more=False)


def _between(after: str, last: str) -> Iterator[DomainEvent]:
    """Yield all events between two places, day by day: the partitions of a day are merged as they are read."""
    return chain.from_iterable(
        merge(*(_read(shard, after, last) for shard in DomainEvent.shards(day)), key=attrgetter("place"))
        for day in _days(after, last)
    )


def _days(after: str, last: str) -> Iterator[str]:
    day, end = (datetime.fromisoformat(place.partition("#")[0]).date() for place in (after, last))
    while day <= end:
        yield day.isoformat()
        day += timedelta(days=1)


def _read(shard: str, after: str, last: str) -> Iterator[DomainEvent]:
    size, cursor = _FEW, None
    while after <= last:
        page = table.query(DomainEvent, shard, index="g1", between=(after, last), limit=size, cursor=cursor)
        yield from (event for event in page.items if event.place != after)
        size, cursor = min(2 * size, _MANY), page.next
        if cursor is None:
            return
