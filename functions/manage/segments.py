"""Segments: the hierarchy as far as the caller may see it."""

from typing import Any

from pydantic import Field

from escuta.directory import access, segments
from escuta.directory.model import Segment, SegmentDraft
from manage.asking import Asked, Created, Listing, Request, part


class SegmentListing(Listing):
    """Which segments are listed: all that the caller may see, or those below one."""

    under: str = ""


class SegmentPatch(Asked):
    """What can be changed; a field that is not sent stays. `share` replaces the segment's own links as a whole."""

    name: str = ""
    share: dict[str, str] = Field(default_factory=dict)
    share_hosts: tuple[str, ...] = ()


def _shown(segment: Segment) -> dict[str, Any]:
    return segment.model_dump(mode="json")


def _place(segment: Segment) -> str:
    return "/".join(segment.path) + "/"


def listing(request: Request) -> dict[str, Any]:
    """Return segments in the order of the hierarchy, a parent before what is below it."""
    asked = request.query(SegmentListing)
    below = request.segment(asked.under).path if asked.under else ()
    seen = [
        segment
        for segment in segments.all()
        if segment.path[: len(below)] == below and access.may_see(request.caller, segment.path)
    ]
    return request.page(part(seen, _place, asked.limit, request.cursor(asked)), _shown)


def create(request: Request) -> Created:
    """Put a segment under a parent that the caller may see."""
    asked = request.body(SegmentDraft)
    if asked.parent is None:
        request.everywhere()
    else:
        request.segment(asked.parent)
    made = segments.create(**dict(asked))
    return Created(_shown(made), f"segments/{made.code}")


def change(request: Request, segment: str) -> dict[str, Any]:
    """Give a segment another name or other review links; hosts beyond the known networks concern all segments."""
    asked = request.body(SegmentPatch)
    found = request.segment(segment)
    if "share_hosts" in asked.model_fields_set:
        request.everywhere()
    request.match(found)
    return _shown(segments.change(found, **{name: getattr(asked, name) for name in asked.model_fields_set}))


def get(request: Request, segment: str) -> dict[str, Any]:
    """Return one segment."""
    request.query(Asked)
    return _shown(request.segment(segment))
