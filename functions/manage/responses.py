"""Responses: what people answered, where the caller may look."""

from typing import Any

from pydantic import Field

from escuta import table
from escuta.directory import segments
from escuta.errors import NotFoundError
from escuta.feedback import comments, evidence, responses
from escuta.feedback.model import Origin, Response, ResponseState, Standing
from manage.asking import Asked, Listing, Request

_INTERNAL = {"link_key", "body_hash"}


class ResponseListing(Listing):
    """Responses to one survey at one segment; of one standing, origin or with one piece of evidence when named."""

    survey: str
    segment: str
    standing: Standing | None = None
    origin: Origin | None = None
    evidence: str = Field(default="", max_length=64)


class ResponsePatch(Asked):
    """Into the figures, or out of them, and why."""

    standing: Standing
    reason: str


def _shown(response: Response) -> dict[str, Any]:
    """Return a response; `segment_path` is where the segment stood then, `segment_path_now` where it stands now.

    `comment_says` is what its comment says: language, sentiment from -1 to 1, tone and topics.
    """
    now = segments.as_is(response.segment_path[-1])
    told = comments.read(response.comment, response.language).model_dump(mode="json") if response.comment else None
    shown = response.model_dump(mode="json", exclude=_INTERNAL)
    return {**shown, "segment_path_now": now, "comment_says": told}


def listing(request: Request) -> dict[str, Any]:
    """Return responses, the newest first. With a filter a page may hold less than `limit`, and not be the last."""
    asked = request.query(ResponseListing)
    place = request.segment(asked.segment).code
    found = responses.listing(asked.survey, place, limit=asked.limit, cursor=request.cursor(asked))
    fitting = tuple(response for response in found.items if _fits(asked, response))
    return request.page(table.Page(fitting, found.next), _shown)


def _fits(asked: ResponseListing, response: Response) -> bool:
    return (
        asked.standing in {None, response.standing}
        and asked.origin in {None, response.origin}
        and (not asked.evidence or asked.evidence in response.evidence)
    )


def get(request: Request, response: str) -> dict[str, Any]:
    """Return one response."""
    request.query(Asked)
    return _shown(_visible(request, response))


def change(request: Request, response: str) -> dict[str, Any]:
    """Switch a response into the figures or out of them. Who did it, when and why stays with the response."""
    asked = request.body(ResponsePatch)
    current = _visible(request, response)
    request.match(current)
    return _shown(evidence.switch(current, asked.standing, request.caller.name, asked.reason))


def _visible(request: Request, response: str) -> Response:
    found = responses.get(response)
    if found.state is ResponseState.DELETED:
        raise NotFoundError("response_not_found")
    request.inside(found.segment_path, "response_not_found")
    return found
