"""Moving a segment, with all below it, under another parent. What was answered before keeps the path as it was.

What fits goes in one transaction. A larger subtree is rewritten batch by batch: the segment itself says that it is
moving from somewhere until nothing stands there any more, and whoever comes next goes on (`resume`).
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from escuta import clock, table
from escuta.directory.model import Segment, SegmentMove
from escuta.directory.segments import hierarchy
from escuta.errors import ConflictError, InvalidError, UnavailableError

TOGETHER = 90  # segments of one transaction of at most 100 actions
_PASSES = 10
_FRESH_SECONDS = 60

Path = tuple[str, ...]


def move(current: Segment, parent: str, *, who: str = "", **fields: Any) -> Segment:
    """Put a segment under another parent, and change what else is given; repeated after a crash it goes on.

    ConflictError when it changed since it was read, when it or something around it is still moving, or when the parent
    is retired; InvalidError for the root, for an unknown parent, and for one below the segment itself.
    """
    if current.moving_from:
        current = resume(current)
    wanted = hierarchy.altered(current, **fields)
    if parent != current.parent:
        current = _moved(wanted, _target(current, parent), who)
    elif fields:
        current = table.save(wanted)
    hierarchy.forget()
    return current


def resume(current: Segment) -> Segment:
    """Finish the move of a segment that was interrupted. UnavailableError when others keep changing what is below."""
    if not current.moving_from:
        return current
    _carry_all(current.moving_from, current.path)
    current = table.load(Segment, current.key(), consistent=True)
    done = table.save(current.changed(moving_from=())) if current.moving_from else current
    hierarchy.forget()
    return done


def moves(code: str, *, limit: int = 50, cursor: str | None = None) -> table.Page[SegmentMove]:
    """Return when a segment was moved, from where, to where and by whom, the newest first."""
    return table.query(
        SegmentMove, f"segment#{code}", prefix="move#", limit=limit, cursor=cursor, newest_first=True, consistent=True
    )


def everything_moved() -> tuple[SegmentMove, ...]:
    """Return every move there was, the oldest first. Up to 60 seconds old, as the hierarchy itself."""
    return _everything(clock.epoch() // _FRESH_SECONDS)


@lru_cache(maxsize=1)
def _everything(minute: int) -> tuple[SegmentMove, ...]:  # noqa: ARG001 - the minute is the age of the list
    return table.query(SegmentMove, "segment_moves", index="g1").items


def ever_under(code: str) -> frozenset[str]:
    """Return the codes of all that stand under a place, or may have stood there when something was answered.

    A few may be among them that never did: whoever needs to know looks at the path that was stored.
    """
    known = hierarchy.by_code().values()
    under, gone = {code}, True
    while gone:
        under |= {place.code for place in known if not under.isdisjoint(place.path)}
        left = {move.segment for move in everything_moved() if not under.isdisjoint(move.from_path)}
        gone = bool(left - under)
        under |= left
    return frozenset(under)


def _target(current: Segment, parent: str) -> Segment:
    if current.parent is None:
        raise InvalidError("segment_root_stays", field="parent")
    hierarchy.refuse_moving(current.path)
    target = hierarchy.parent_of(parent)
    if target is None or current.code in target.path:
        raise InvalidError("segment_cycle", field="parent", value=parent)
    if target.retired_at is not None:
        raise ConflictError("segment_parent_retired", field="parent", value=parent)
    return target


def _moved(wanted: Segment, target: Segment, who: str) -> Segment:
    old, new = wanted.path, (*target.path, wanted.code)
    rest = [segment for segment in hierarchy.below(old) if segment.code != wanted.code]
    _check(rest, old, new)
    few = len(rest) < TOGETHER
    moving = wanted.changed(parent=target.code, path=new, moving_from=() if few else old)
    history = SegmentMove(segment=wanted.code, from_path=old, to_path=new, moved_at=clock.now(), moved_by=who)
    carried = _rewritten(rest, old, new) if few else []
    table.transact(
        table.Save(hierarchy.checked(moving)), table.Unchanged(target), table.Create(history), *map(table.Save, carried)
    )
    _everything.cache_clear()
    moved = moving.changed(rev=moving.rev + 1)
    if few:
        _carry_all(old, new)  # whatever the index did not show a moment ago
        return moved
    return resume(moved)


def _check(rest: Iterable[Segment], old: Path, new: Path) -> None:
    for segment in rest:
        if segment.moving_from:
            raise ConflictError("segment_moving", value=segment.code)
        if len("/".join((*new, *segment.path[len(old) :]))) > hierarchy.MOST_PATH:
            raise InvalidError("segment_path_long", field="parent", most=hierarchy.MOST_PATH)


def _rewritten(segments: Iterable[Segment], old: Path, new: Path) -> list[Segment]:
    """Return those that stand below the old path as they stand below the new one."""
    return [
        segment.changed(path=(*new, *segment.path[len(old) :]))
        for segment in segments
        if segment.path[: len(old)] == old and len(segment.path) > len(old)
    ]


def _carry_all(old: Path, new: Path) -> None:
    """Rewrite what stands below the old path until nothing is found there."""
    for _ in range(_PASSES):
        if not _carry(old, new):
            return
    raise UnavailableError("store_unavailable", retry_after=2)


def _carry(old: Path, new: Path) -> int:
    """Go once through what the index shows below the old path; return how many were to be rewritten."""
    found, cursor = 0, None
    while True:
        page = table.query(Segment, "segments", index="g1", prefix="/".join(old) + "/", limit=TOGETHER, cursor=cursor)
        now = table.find_many(Segment, (segment.key() for segment in page.items), consistent=True)
        left = _rewritten(now.values(), old, new)
        found += len(left)
        if left:
            _save(left)
        if page.next is None:
            return found
        cursor = page.next


def _save(segments: list[Segment]) -> None:
    """Write a batch; when one of it changed at this moment the whole batch waits for the next pass."""
    try:
        table.transact(*map(table.Save, segments))
    except table.CancelledError:
        return
