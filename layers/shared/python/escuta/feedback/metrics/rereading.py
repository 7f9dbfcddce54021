"""Counting again by a newer dictionary what somebody asked for, a day after the other."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice

from escuta import clock, table
from escuta.feedback import vocabulary
from escuta.feedback.metrics import recounts
from escuta.feedback.model import Recount, Rereading

_OPEN_AMONG = 1000  # of the newest that were asked for
_PAGE = 100


def catch_up(*, in_time: Callable[[], bool] = lambda: True) -> list[Recount]:
    """Count again the days whose turn it is, as time allows, the latest day first; return what was found of each.

    A request begins when no process counts by an older dictionary any more. What is done twice changes nothing.
    """
    found = []
    for asked in _waiting():
        left = asked
        while left.next is not None and in_time():
            found.append(recounts.run(left.survey, left.next.isoformat()))
            left = table.change(left, _after(left, found[-1].repaired))
    return found


def _waiting() -> Iterator[Rereading]:
    begun = clock.now() - vocabulary.AHEAD - timedelta(seconds=vocabulary.FRESH_SECONDS)
    for asked in reversed(tuple(islice(_newest(), _OPEN_AMONG))):
        if asked.next is not None and asked.asked_at <= begun:
            yield asked


def _newest() -> Iterator[Rereading]:
    cursor: str | None = None
    while True:
        page = listing(limit=_PAGE, cursor=cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def _after(done: Rereading, repaired: int) -> Callable[[Rereading], Rereading]:
    """Return how a request looks once a day is done; nothing where somebody else has done it meanwhile."""

    def changed(now: Rereading) -> Rereading:
        if now.next is None or now.next != done.next:
            return now
        following = now.next - timedelta(days=1)
        return now.changed(next=following if following >= now.first else None, repaired=now.repaired + repaired)

    return changed


def listing(*, limit: int = 25, cursor: str | None = None) -> table.Page[Rereading]:
    """Return what was asked for, the newest first."""
    return table.query(Rereading, Rereading.PK, limit=limit, newest_first=True, cursor=cursor, consistent=True)
