"""When a place works: by its own hours, or by those of the nearest segment above it."""

from typing import Any

from escuta import table
from escuta.directory import access, segments
from escuta.directory.model import Segment
from escuta.feedback import service_hours
from escuta.feedback.model import ServiceHours, ServiceHoursDraft
from manage.asking import Asked, Listing, Request, part


def listing(request: Request) -> dict[str, Any]:
    """Return the hours that segments have of their own, in the order of the hierarchy.

    A page looks at `limit` segments and tells those that have hours: it may be empty although there is a next one.
    """
    asked = request.query(Listing)
    seen = [place for place in segments.all() if access.may_see(request.caller, place.path)]
    page = part(seen, lambda place: "/".join(place.path) + "/", asked.limit, request.cursor(asked))
    own = service_hours.owned(place.code for place in page.items)
    found = tuple((place, own[place.code]) for place in page.items if place.code in own)
    return request.page(table.Page(found, page.next), lambda pair: _shown(*pair))


def get(request: Request, segment: str) -> dict[str, Any]:
    """Return the hours that hold at a segment: `of` names the segment that they are of; null where every hour counts.

    `rev` is that of the segment's own hours, 0 where it has none.
    """
    request.query(Asked)
    return _shown(request.segment(segment), service_hours.own(segment))


def put(request: Request, segment: str) -> dict[str, Any]:
    """Give a segment, and all below it that have none, hours of their own. What is not sent is closed.

    Due times of tickets are counted in these hours. A day has at most six spans, in their
    order; one that closes earlier than it opens goes on into the next day. `days` are holidays and other exceptions.
    """
    place = request.segment(segment)
    draft = request.body(ServiceHoursDraft)
    rev = _matched(request, segment).rev
    return _shown(place, service_hours.put(segment, draft, rev=rev, who=request.caller.id))


def delete(request: Request, segment: str) -> dict[str, Any]:
    """Take a segment's own hours away, and return those that hold from now on."""
    place = request.segment(segment)
    request.query(Asked)
    service_hours.drop(segment, rev=_matched(request, segment).rev)
    return _shown(place, None)


def _matched(request: Request, segment: str) -> ServiceHours:
    own = service_hours.own(segment) or ServiceHours.model_construct(segment=segment, week={})
    request.match(own)
    return own


def _shown(place: Segment, own: ServiceHours | None) -> dict[str, Any]:
    held = own or service_hours.holding(place.path[:-1])[0]
    return {
        "segment": place.code,
        "of": held.segment if held else None,
        "timezone": place.timezone,
        "week": {day: [span.model_dump() for span in spans] for day, spans in held.week.items()} if held else None,
        "days": [day.model_dump(mode="json") for day in held.days] if held else [],
        "updated_at": own.updated_at if own else None,
        "updated_by": own.updated_by if own else "",
        "rev": own.rev if own else 0,
    }
