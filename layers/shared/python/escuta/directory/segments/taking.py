"""Segments that a file names: made, changed, moved and retired, with what became of every row."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from escuta import clock, table
from escuta.config import settings
from escuta.directory.model import Root, RowResult, Segment
from escuta.directory.segments import hierarchy, moving
from escuta.directory.segments.planning import OWN_FIELDS, Plan
from escuta.errors import ConflictError, InvalidError, UnavailableError

if TYPE_CHECKING:
    from escuta.directory.rows import Thing

_TOGETHER = 49  # rows of one transaction of at most 100 actions: each with the parent that it stands under, the root
_TRIES = 10
_WRITTEN = (*OWN_FIELDS, "retired_at", "updated_by")


def take_in(
    things: Sequence["Thing"], *, source: str, dry_run: bool = False, columns: Mapping[str, str] = MappingProxyType({})
) -> list[RowResult]:
    """Return what became of each row, in order. The same `source` again says the same again and writes nothing.

    `columns` is field -> title of the column in the file, for what a rejection names. UnavailableError when others kept
    changing the same segments.
    """
    for _ in range(_TRIES):
        known = _known(things)
        interrupted = [segment for segment in known.values() if segment.moving_from]
        if interrupted and not dry_run:
            for segment in interrupted:
                moving.resume(segment)
            continue
        plan = Plan(things, known, source=source, columns=columns, timezone=settings().timezone, now=clock.now())
        if dry_run or _Writer(plan, known).write():
            hierarchy.forget()
            return plan.results()
    raise UnavailableError("store_unavailable", retry_after=2)


def _known(things: Iterable["Thing"]) -> dict[str, Segment]:
    """Return the segments there are; those that the rows name, with all above them, as they are at this moment."""
    known = {segment.code: segment for segment in table.query(Segment, "segments", index="g1").items}
    root = table.find(Root, Root(segment="").key(), consistent=True)
    named = {code for thing in things for code in (thing.said["code"], thing.said.get("parent")) if code}
    named |= {root.segment} if root else set()
    while named:
        found = hierarchy.now(named)
        for code in named - found.keys():
            known.pop(code, None)
        known.update(found)
        named = {code for segment in found.values() for code in segment.path} - known.keys()
    return known


class _Writer:
    """What a plan wants, on its way to the table: parents first, and what is to be closed last, the deepest first."""

    def __init__(self, plan: Plan, known: Mapping[str, Segment]) -> None:
        self._plan, self._known, self._wanted = plan, known, plan.wanted
        self._open: list[str] = []

    def write(self) -> bool:
        """Write; False when something had changed meanwhile, and all is to be decided anew."""
        closing = [code for code in self._wanted if self._closes(code)]
        for code in self._wanted:
            if self._moves(code):
                if not (self._flush() and self._moved(code)):
                    return False
            elif code not in closing or code not in self._known:
                self._open.append(code)
            if len(self._open) >= _TOGETHER and not self._flush():
                return False
        if not self._flush():
            return False
        closing.reverse()
        return all(self._closed(closing[start : start + _TOGETHER]) for start in range(0, len(closing), _TOGETHER))

    def _closes(self, code: str) -> bool:
        known = self._known.get(code)
        return self._wanted[code].retired_at is not None and (known is None or known.retired_at is None)

    def _moves(self, code: str) -> bool:
        return code in self._known and self._known[code].parent != self._wanted[code].parent

    def _fields(self, code: str) -> dict[str, Any]:
        """Return what the row changes, but for closing."""
        known, wanted = self._known[code], self._wanted[code]
        changed = {name: getattr(wanted, name) for name in _WRITTEN if getattr(wanted, name) != getattr(known, name)}
        return {name: value for name, value in changed.items() if name != "retired_at" or value is None}

    def _moved(self, code: str) -> bool:
        current, parent = hierarchy.now([code]).get(code), self._wanted[code].parent
        if current is None or parent is None:
            return False
        try:
            moving.move(current, parent, who=f"file {self._plan.mark(code)}", **self._fields(code))
        except (ConflictError, InvalidError):  # somebody moved or closed something around it at this very moment
            return False
        return True

    def _flush(self) -> bool:
        codes, self._open = self._open, []
        parents = {parent for code in codes if (parent := self._wanted[code].parent)}
        now = hierarchy.now({*codes, *parents})
        staged: dict[str, Segment] = {}
        for code in codes:
            segment = self._staged(code, now, staged)
            if segment is None:
                return False
            staged[code] = segment
        writes = [table.Save(each) if code in now else table.Create(each) for code, each in staged.items()]
        return _written([*writes, *self._guards(codes, now, staged)])

    def _staged(self, code: str, now: Mapping[str, Segment], staged: Mapping[str, Segment]) -> Segment | None:
        wanted, current = self._wanted[code], now.get(code)
        if current is not None:
            return current.changed(**self._fields(code)) if code in self._known else None
        if wanted.parent is None:
            return wanted.changed(retired_at=None)
        above = staged.get(wanted.parent) or now.get(wanted.parent)
        if above is None or above.retired_at or above.moving_from:
            return None
        return wanted.changed(path=(*above.path, code), retired_at=None)

    def _guards(
        self, codes: Iterable[str], now: Mapping[str, Segment], staged: Mapping[str, Segment]
    ) -> list[table.Action]:
        """Return what must hold: that a parent is as it was read, and that there is no other root."""
        new = [self._wanted[code] for code in codes if code not in now]
        parents = {segment.parent for segment in new if segment.parent} - staged.keys()
        roots = [table.Create(Root(segment=segment.code)) for segment in new if segment.parent is None]
        return [*(table.Unchanged(now[code]) for code in sorted(parents)), *roots]

    def _closed(self, codes: Sequence[str]) -> bool:
        now = hierarchy.now(codes)
        if len(now) < len(codes):
            return False
        closed = [
            now[code].changed(
                **(self._fields(code) if code in self._known else {}), retired_at=self._wanted[code].retired_at
            )
            for code in codes
        ]
        return _written([table.Save(segment) for segment in closed])


def _written(actions: Sequence[table.Action]) -> bool:
    if not actions:
        return True
    try:
        table.transact(*actions)
    except table.CancelledError:
        return False
    return True
