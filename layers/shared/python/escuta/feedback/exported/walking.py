"""Walking through what an export reads, a page at a time: partition after partition, each from where it was left."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from escuta import table
from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.entity import Entity
from escuta.feedback.model import Export

PAGE = 500
LOOKS = 40  # partitions that one page may look into without finding anything
T = TypeVar("T", bound=Entity)
Read = Callable[[str, str | None], table.Page[T]]  # a partition, and the cursor within it


def inside(export: Export) -> list[Segment]:
    """Return the segments that an export speaks of, as the hierarchy is now."""
    roots = set(export.segments)
    return [segment for segment in segments.all() if not roots or roots.intersection(segment.path)]


def through(stops: Sequence[str], export: Export, read: Read[T]) -> table.Page[T]:
    """Return the page that follows the export's cursor, which is `{stop}|{its cursor}`; a stop has no `|` in it.

    The order of the stops must not change while an export runs, as that of the hierarchy does. One may come or go: they
    are sorted by what stands before a `#`, and when the one of the cursor is gone, what follows it is next.
    """
    stop, _, within = export.cursor.partition("|")
    if stop in stops:
        start = stops.index(stop)
    else:
        start, within = next((at for at, each in enumerate(stops) if _place(each) > _place(stop)), len(stops)), ""
    for number, place in enumerate(stops[start : start + LOOKS], start):
        found = read(place, within or None)
        following = stops[number + 1 : number + 2]
        onward = f"{place}|{found.next}" if found.next else f"{following[0]}|" if following else None
        if found.items or onward is None:
            return table.Page(found.items, onward)
        within = ""
    return table.Page((), f"{stops[start + LOOKS]}|" if start + LOOKS < len(stops) else None)


def _place(stop: str) -> str:
    return stop.partition("#")[0]
