"""The part of the hierarchy that somebody looks at. What lies outside their subtree does not exist for them."""

from collections.abc import Sequence

from console.figures import Named, Place
from escuta.config import settings
from escuta.directory import access
from escuta.directory.model import Caller, Segment
from escuta.errors import NotFoundError

MOST_STORES = 40  # one read each; above it the ranking goes by region


def roots(caller: Caller, everything: Sequence[Segment]) -> tuple[Segment, ...]:
    """Return the topmost segments that the caller may see, none of them below another."""
    if not caller.segments:
        return tuple(segment for segment in everything if segment.parent is None)
    own = set(caller.segments)
    return tuple(segment for segment in everything if segment.code in own and own.isdisjoint(segment.path[:-1]))


def choose(caller: Caller, everything: Sequence[Segment], code: str) -> Place:
    """Return the place with this code, or all that the caller may see when there is no code.

    NotFoundError when there is no such segment, and the same when the caller may not know of it.
    """
    if not code:
        return _whole(roots(caller, everything))
    by_code = {segment.code: segment for segment in everything}
    chosen = by_code.get(code)
    if chosen is None or not access.may_see(caller, chosen.path):
        raise NotFoundError("segment_not_found")
    visible = [by_code[above] for above in chosen.path if access.may_see(caller, by_code[above].path)]
    trail = tuple(Named(id=segment.code, name=segment.name) for segment in visible)
    return Place(name=chosen.name, segments=(chosen.code,), trail=trail, timezone=chosen.timezone)


def ranked(place: Place, everything: Sequence[Segment]) -> tuple[bool, tuple[Segment, ...]]:
    """Return what a ranking of this place compares: its stores, or (True) the regions when the stores are too many."""
    inside = [segment for segment in everything if not set(place.segments).isdisjoint(segment.path)]
    parents = {segment.parent for segment in everything}
    leaves = tuple(segment for segment in inside if segment.code not in parents)
    if len(leaves) <= MOST_STORES:
        return False, leaves if len(inside) > 1 else ()
    tops = [segment for segment in inside if segment.code in place.segments]
    return True, tuple(tops) if len(tops) > 1 else tuple(s for s in inside if s.parent == tops[0].code)


def _whole(tops: tuple[Segment, ...]) -> Place:
    return Place(
        name=", ".join(segment.name for segment in tops) or settings().organisation,
        segments=tuple(segment.code for segment in tops),
        trail=tuple(Named(id=segment.code, name=segment.name) for segment in tops if len(tops) == 1),
        timezone=tops[0].timezone if tops else settings().timezone,
    )
