"""What is written while somebody looks on: for the audit, which says what a request found and what it left.

Every write of the package tells it here. Nothing is read for it: what a thing was before is what the request itself
had read, if it had.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from escuta.entity import Entity, Key


@dataclass
class Written:
    """A row that was written or removed. `after` None: removed. `is_sure` is False when the store did not answer."""

    cls: type[Entity]
    key: Key
    before: Entity | None
    after: Entity | None
    is_sure: bool


@dataclass
class Recording:
    """What was written, row by row, in the order of the first writes; the same row again is one entry.

    The first `most` rows are kept, the others counted by kind in `more`. Kinds in `silent` are not looked at.
    """

    silent: frozenset[str] = frozenset()
    most: int = 50
    written: dict[Key, Written] = field(default_factory=dict)
    more: Counter[str] = field(default_factory=Counter)
    known: dict[Key, Entity] = field(default_factory=dict)

    def note(self, cls: type[Entity], key: Key, after: Entity | None, *, is_sure: bool) -> None:
        """Note that a row became `after`."""
        if cls.kind in self.silent:
            return
        earlier = self.written.get(key)
        if earlier is not None:
            earlier.after, earlier.is_sure = after, is_sure
        elif len(self.written) < self.most:
            before = self.known.get(key)
            self.written[key] = Written(cls, key, before if isinstance(before, cls) else None, after, is_sure)
        else:
            self.more[cls.kind] += 1


_current: ContextVar[Recording | None] = ContextVar("recording", default=None)


@contextmanager
def recorded(recording: Recording) -> Iterator[Recording]:
    """Record what this thread writes inside the block."""
    token = _current.set(recording)
    try:
        yield recording
    finally:
        _current.reset(token)


def read(key: Key, entity: Entity) -> None:
    """Remember what stands at a key, in case it is written."""
    recording = _current.get()
    if recording is not None:
        recording.known[key] = entity


def wrote(cls: type[Entity], key: Key, after: Entity | None, *, is_sure: bool = True) -> None:
    """Tell who records that a row became `after`."""
    recording = _current.get()
    if recording is not None:
        recording.note(cls, key, after, is_sure=is_sure)
