"""Review links: where a place asks people to tell others, whatever they answered."""

from typing import Any

from pydantic import Field

from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.feedback import sharing
from manage.asking import Asked, Request


class LinksAsked(Asked):
    """Network (google, facebook, x, yelp, tripadvisor, other) -> page of reviews of this place."""

    links: dict[str, str] = Field(max_length=10)


def get(request: Request, segment: str) -> dict[str, Any]:
    """Return the review links of a place: its own, and those that it offers, with the place that each comes from.

    Of a network the nearest segment that names it wins. The links are offered to everybody who answers, whatever the
    score: to ask only the content ones would be review gating. A survey whose `share` is false offers none.
    """
    request.query(Asked)
    return _shown(request.segment(segment))


def put(request: Request, segment: str) -> dict[str, Any]:
    """Replace the review links that a place says itself; of a network that it leaves out, the nearest above it holds.

    An address must be on a page of its network; `other` leads to the hosts that the root names in `share_hosts`. What
    cannot be linked to is refused with the hosts that can (422 `share_url`, `share_network`). Pages follow within a
    minute.
    """
    asked = request.body(LinksAsked)
    found = request.segment(segment)
    request.match(found)
    return _shown(segments.change(found, share=asked.links))


def _shown(found: Segment) -> dict[str, Any]:
    offered = [share.model_dump() for share in sharing.at(found)]
    return {"segment": found.code, "links": found.share, "offered": offered, "rev": found.rev}
