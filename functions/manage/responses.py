"""Responses: what people answered, where the caller may look."""

from typing import Any

from escuta.errors import NotFoundError
from escuta.feedback import responses
from escuta.feedback.model import Response, ResponseState
from manage.asking import Asked, Listing, Request

_INTERNAL = {"link_key", "body_hash"}


class ResponseListing(Listing):
    """Responses to one survey at one segment."""

    survey: str
    segment: str


def _shown(response: Response) -> dict[str, Any]:
    return response.model_dump(mode="json", exclude=_INTERNAL)


def listing(request: Request) -> dict[str, Any]:
    """Return responses, the newest first."""
    asked = request.query(ResponseListing)
    place = request.segment(asked.segment).code
    found = responses.listing(asked.survey, place, limit=asked.limit, cursor=request.cursor(asked))
    return request.page(found, _shown)


def get(request: Request, response: str) -> dict[str, Any]:
    """Return one response."""
    request.query(Asked)
    found = responses.get(response)
    if found.state is ResponseState.DELETED:
        raise NotFoundError("response_not_found")
    request.inside(found.segment_path, "response_not_found")
    return _shown(found)
