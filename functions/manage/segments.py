"""Segments: the hierarchy as far as the caller may see it."""

from typing import Any

from escuta.directory import access, segments
from escuta.directory.model import Segment, SegmentDraft
from manage.asking import Asked, Created, Listing, Request, part


class SegmentListing(Listing):
    """Which segments are listed: all that the caller may see, or those below one."""

    under: str = ""


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


def get(request: Request, segment: str) -> dict[str, Any]:
    """Return one segment."""
    request.query(Asked)
    return _shown(request.segment(segment))
