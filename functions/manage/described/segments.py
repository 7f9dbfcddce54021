"""The hierarchy, and when its places work."""

from datetime import datetime

from pydantic import Field

from escuta.directory.model import Segment, SegmentDraft, SegmentMove
from escuta.feedback.model import Opening, ServiceHoursDraft, SpecialDay
from escuta.outreach.model import Weekday
from manage import review_links, segments, service_hours
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, Shown, items, page, shape

SegmentShown = shape(Segment, without={"created_by", "updated_by"})
MoveShown = shape(SegmentMove, without={"rev", "segment"})


class ServiceHoursShown(Shown):
    """The hours that hold at a segment, on its own clock. A day that `week` does not have is closed."""

    segment: str
    of: str | None = Field(
        description="The segment whose hours these are. Null: nobody has said any, every hour counts."
    )
    timezone: str
    week: dict[Weekday, list[Opening]] | None
    days: list[SpecialDay]
    updated_at: datetime | None
    updated_by: str
    rev: int = Field(description="Of the segment's own hours, for `If-Match`; 0 where it has none.")


class SegmentDrawn(Shown):
    """A segment in the tree. `depth` is 0 at the top of what the caller sees; `parent` is null there.

    `networks` are those of which it names a page of reviews itself.
    """

    code: str
    name: str
    parent: str | None
    depth: int
    children: list[str]
    retired: bool
    networks: list[str]


class ReviewLink(Shown):
    """A review link that a place offers. `segment` is where it was said: the place itself, or the nearest above it."""

    network: str
    url: str
    host: str
    segment: str


class ReviewLinksShown(Shown):
    """What a place says itself (`links`), and what it offers by that and by what is above it (`offered`)."""

    segment: str
    links: dict[str, str]
    offered: list[ReviewLink]
    rev: int


OPERATIONS: Operations = {
    segments.tree: Operation(name="get_segment_tree", query=segments.TreeAsked, answer=items(SegmentDrawn)),
    segments.delete: Operation(name="delete_segment", query=segments.Retiring, answer=SegmentShown, matched=True),
    review_links.get: Operation(name="get_review_links", query=Asked, answer=ReviewLinksShown),
    review_links.put: Operation(
        name="replace_review_links", body=review_links.LinksAsked, answer=ReviewLinksShown, matched=True
    ),
    segments.listing: Operation(name="list_segments", query=segments.SegmentListing, answer=page(SegmentShown)),
    segments.create: Operation(name="create_segment", body=SegmentDraft, answer=SegmentShown, statuses=(201,)),
    segments.get: Operation(name="get_segment", query=Asked, answer=SegmentShown),
    segments.change: Operation(name="change_segment", body=segments.SegmentPatch, answer=SegmentShown, matched=True),
    segments.moves: Operation(name="list_segment_moves", query=Listing, answer=page(MoveShown)),
    service_hours.listing: Operation(name="list_service_hours", query=Listing, answer=page(ServiceHoursShown)),
    service_hours.get: Operation(name="get_service_hours", query=Asked, answer=ServiceHoursShown),
    service_hours.put: Operation(
        name="replace_service_hours", body=ServiceHoursDraft, answer=ServiceHoursShown, matched=True
    ),
    service_hours.delete: Operation(name="delete_service_hours", query=Asked, answer=ServiceHoursShown, matched=True),
}
