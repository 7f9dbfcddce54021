"""Retiring a segment: it stays readable for ever, and nothing new begins there."""

from escuta import clock, table
from escuta.directory.model import Segment
from escuta.directory.segments import hierarchy
from escuta.directory.segments.moving import TOGETHER
from escuta.errors import ConflictError, InvalidError


def retire(current: Segment, *, cascade: bool = False) -> Segment:
    """Retire a segment; with `cascade` all below it too, the deepest first, so that a repeated call goes on.

    ConflictError `segment_has_children` when something below it is open and was not to be retired.
    """
    if current.retired_at is not None:
        return current
    rest = check_retire(current, cascade=cascade)
    rest.sort(key=lambda segment: -len(segment.path))
    wanted = [each.changed(retired_at=clock.now(), updated_by="") for each in (*rest, current)]
    for start in range(0, len(wanted), TOGETHER):
        table.transact(*map(table.Save, wanted[start : start + TOGETHER]))
    hierarchy.forget()
    return wanted[-1].changed(rev=current.rev + 1)


def check_retire(current: Segment, *, cascade: bool = False) -> list[Segment]:
    """Return what is open below a segment that may be retired now. The errors are those of `retire`."""
    if current.parent is None:
        raise InvalidError("segment_root_stays", field="retired")
    hierarchy.refuse_moving(current.path)
    rest = [each for each in hierarchy.below(current.path) if each.code != current.code and each.retired_at is None]
    if rest and not cascade:
        raise ConflictError("segment_has_children", field="retired", count=len(rest))
    return rest


def check_restore(parent: str | None) -> None:
    """Refuse to open what stands below a retired segment."""
    above = hierarchy.parent_of(parent)
    if above is not None and above.retired_at is not None:
        raise ConflictError("segment_parent_retired", field="parent", value=above.code)


def restore(current: Segment) -> Segment:
    """Open a retired segment again; ConflictError while the one above it is retired."""
    if current.retired_at is None:
        return current
    check_restore(current.parent)
    restored = table.save(current.changed(retired_at=None, updated_by=""))
    hierarchy.forget()
    return restored
