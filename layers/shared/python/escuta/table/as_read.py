"""Rows that are changed as they were read, or not at all.

A request that names a revision is checked against what was read. Until it writes, somebody else may be faster; and much
of what changes a thing reads it once more, and goes on with what it finds. So the row is held to the revision that was
named, wherever it is written in the course of the request.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from escuta.entity import Entity, Key
from escuta.errors import OvertakenError

_held: ContextVar[dict[tuple[str, Key], int] | None] = ContextVar("held", default=None)


@contextmanager
def holding() -> Iterator[None]:
    """Hold inside the block what `hold` names."""
    token = _held.set({})
    try:
        yield
    finally:
        _held.reset(token)


def hold(entity: Entity) -> None:
    """Let this thing be written from now on only by who has it as it is: OvertakenError for any other revision."""
    held = _held.get()
    if held is not None:
        held[_place(type(entity), entity.key())] = entity.rev


def held(cls: type[Entity], key: Key) -> int | None:
    """Return the revision that the row at this key is held to; None: to none."""
    rows = _held.get()
    return rows.get(_place(cls, key)) if rows else None


def check(entity: Entity) -> None:
    """Refuse to go on with another revision than the one that is held."""
    rev = held(type(entity), entity.key())
    if rev is not None and rev != entity.rev:
        raise OvertakenError("rev_stale", current_rev=max(rev, entity.rev))


def wrote(cls: type[Entity], key: Key, rev: int | None) -> None:
    """Hold a row that was written here to what it is now; None: it is gone."""
    rows, place = _held.get(), _place(cls, key)
    if rows and place in rows:
        if rev is None:
            del rows[place]
        else:
            rows[place] = rev


def _place(cls: type[Entity], key: Key) -> tuple[str, Key]:
    return cls.table, key
