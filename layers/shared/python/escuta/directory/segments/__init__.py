"""Segments: the hierarchy, its changes and moves, and the files that name it. `segments.get(code)` and so on."""

from escuta.directory.segments.hierarchy import (
    all,  # noqa: A004 - `segments.all()` is what it says at every call
    altered,
    as_is,
    by_code,
    change,
    create,
    get,
    live,
    now,
    subtree,
)
from escuta.directory.segments.moving import ever_under, everything_moved, move, moves, resume
from escuta.directory.segments.retiring import check_restore, check_retire, restore, retire
from escuta.directory.segments.taking import take_in

__all__ = [
    "all",
    "altered",
    "as_is",
    "by_code",
    "change",
    "check_restore",
    "check_retire",
    "create",
    "ever_under",
    "everything_moved",
    "get",
    "live",
    "move",
    "moves",
    "now",
    "restore",
    "resume",
    "retire",
    "subtree",
    "take_in",
]
