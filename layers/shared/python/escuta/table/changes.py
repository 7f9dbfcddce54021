"""Changing what is stored, again on what somebody else stored meanwhile."""

import random
from collections.abc import Callable, Iterable

from escuta import deadline
from escuta.entity import Entity
from escuta.errors import ConflictError, UnavailableError
from escuta.table import as_read
from escuta.table.reads import load
from escuta.table.rows import E
from escuta.table.transactions import Action, Create, Save, transact
from escuta.table.writes import create, save

_TRIES = 8
_LONGEST = 0.5  # seconds between two tries


def _nothing(_before: Entity, _after: Entity) -> tuple[Action, ...]:
    return ()


def change(
    known: E,
    changed: Callable[[E], E],
    *,
    beside: Callable[[E, E], Iterable[Action]] = _nothing,
    tries: int = _TRIES,
) -> E:
    """Store what `changed` makes of an entity; when others were faster, what it makes of theirs.

    `known` is the copy at hand, stale or not: nothing is read unless it is stale; one that was never stored is new.
    Whatever `changed` returns as it was is not written. `beside` adds to the same transaction what follows from the
    change. NotFoundError when it is gone, OvertakenError when it is held (`as_read`) to a revision that it has no more.
    """
    found = known
    if (as_read.held(type(known), known.key()) or 0) > known.rev:  # an old copy
        found = load(type(known), known.key(), consistent=True)
    for attempt in range(tries):
        as_read.check(found)
        wanted = changed(found)
        if wanted == found:
            return found
        try:
            return _stored(found, wanted, tuple(beside(found, wanted)))
        except ConflictError:
            deadline.pause(random.uniform(0, min(0.01 * attempt**2, _LONGEST)))  # noqa: S311 - jitter, not a secret
            found = load(type(found), found.key(), consistent=True)
    raise UnavailableError("store_unavailable", retry_after=2)


def _stored(before: E, after: E, more: tuple[Action, ...]) -> E:
    if not more:
        return save(after) if before.rev else create(after)
    transact(Save(after) if before.rev else Create(after), *more)
    return after.changed(rev=before.rev + 1)
