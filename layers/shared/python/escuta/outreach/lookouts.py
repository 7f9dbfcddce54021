"""Noting what is opened and begun, while somebody waits for the answers."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from escuta import clock, table
from escuta.outreach.model import SLOT, Lookout, Watch

_FRESH_SECONDS = 10
MOST = 500  # that are looked at together
_LAG = timedelta(minutes=1)  # between the clocks of two functions


class Looked(NamedTuple):
    """The invitations that were opened or begun in a stretch of time, up to where all of them are told."""

    link_keys: tuple[str, ...]
    position: datetime
    begun: tuple[str, ...] = ()  # those of them of which it was told that they were begun, and not only opened


def watching(*, on: bool) -> Sequence[table.Action]:
    """Return what makes everybody note what is opened from now on, or nobody; () when it is so already."""
    found = table.find(Watch, Watch.at(), consistent=True)
    if found is None:
        return (table.Create(Watch(on=True)),) if on else ()
    return () if found.on is on else (table.Save(found.changed(on=on)),)


def note(link_key: str, *, begun: bool = False) -> None:
    """Note that an invitation was opened, or begun, where somebody wants to know. Before whatever says so is stored.

    It stands at the moment at which it was told, not at the one of which it tells: so nothing comes up behind somebody
    who looks. Told twice it stands there twice.
    """
    if _is_on(clock.epoch() // _FRESH_SECONDS):
        table.put(Lookout(link_key=link_key, at_time=clock.now(), begun=begun))


@lru_cache(maxsize=1)
def _is_on(tick: int) -> bool:  # noqa: ARG001 - the tick is the age of what is kept
    found = table.find(Watch, Watch.at(), consistent=True)
    return found is not None and found.on


def told(since: datetime, until: datetime, most: int = MOST) -> Looked:
    """Return what was noted from one moment on and before another, about so much at once: of one hour at most.

    `position` is where to go on; it is `until` when there is nothing left.
    """
    until = min(until, clock.now() - _LAG)
    if since >= until:
        return Looked((), since)
    end = min(until, _next_slot(since))
    span = (Lookout.place(since), Lookout.place(end))
    pages = [table.query(Lookout, shard, between=span, limit=most, consistent=True) for shard in Lookout.shards(since)]
    cut = [page.items[-1].at_time for page in pages if page.next]  # behind these there is more
    position = min((*cut, end))
    if position == since:  # all of it of one moment: there is no going on before the whole of it was read
        return told(since, until, 2 * most)
    rows = [row for page in pages for row in page.items if row.at_time <= position]
    begun = dict.fromkeys(row.link_key for row in rows if row.begun)
    return Looked(tuple(dict.fromkeys(row.link_key for row in rows)), position, tuple(begun))


def _next_slot(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + SLOT
