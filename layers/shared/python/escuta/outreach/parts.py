"""The parts of an audience: queued, and noted as done, however many there are and however often they come.

Which are done stands in groups of rows. Neighbours, which are worked off at the same time, are in different groups; and
only who completes a group asks whether the others are complete, too.
"""

from collections.abc import Collection
from itertools import chain
from typing import Any

from escuta import queues, table
from escuta.config import settings
from escuta.entity import Key
from escuta.outreach.model import PartGroup

TOGETHER = 200  # parts of a group
_TRIES = 12


def send(told: dict[str, Any], parts: int, *, done: Collection[int] = (), jobs: str) -> None:
    """Queue `told` with the number of each part that is not done.

    Of many parts, messages go out that queue a number of them each, by the job `jobs`: nobody who starts waits for all.
    """
    if parts <= TOGETHER:
        queues.send(settings().plan_queue, ({**told, "part": part} for part in range(parts) if part not in done))
        return
    bodies = ({**told, "job": jobs, "first": first} for first in range(0, parts, TOGETHER))
    queues.send(settings().plan_queue, bodies)


def send_some(told: dict[str, Any], parts: int, first: int, *, done: Collection[int]) -> None:
    """Queue those parts that one message of many stands for, as far as they are not done."""
    some = range(first, min(first + TOGETHER, parts))
    queues.send(settings().plan_queue, ({**told, "part": part} for part in some if part not in done))


def note(whole: Key, part: int, parts: int, expires: int | None = None) -> bool:
    """Note that a part is done; tell whether all are. Exact whenever it is asked, and as often."""
    groups = _groups(parts)
    number = part % groups
    found = table.find(PartGroup, PartGroup.at(whole.pk, number), consistent=True)
    group = table.change(
        found or PartGroup(whole=whole.pk, number=number, expires=expires), lambda now: _with(now, part), tries=_TRIES
    )
    own = len(range(number, parts, groups))
    return len(group.done) >= own and len(done(whole, parts)) >= parts


def done(whole: Key, parts: int) -> frozenset[int]:
    """Return the numbers of the parts that are done."""
    keys = [PartGroup.at(whole.pk, number) for number in range(_groups(parts))]
    groups = table.find_many(PartGroup, keys, consistent=True) if keys else {}
    return frozenset(chain.from_iterable(group.done for group in groups.values()))


def _with(group: PartGroup, part: int) -> PartGroup:
    return group if part in group.done else group.changed(done=tuple(sorted({*group.done, part})))


def _groups(parts: int) -> int:
    return -(-parts // TOGETHER)
