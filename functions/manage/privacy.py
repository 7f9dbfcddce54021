"""Requests of people to see or to erase their data: what is open, until when, and who met it. Admins only."""

from enum import StrEnum
from typing import Any, Literal

from escuta.directory import privacy
from escuta.directory.model import PrivacyRequest
from manage.asking import Asked, Listing, Request


class State(StrEnum):
    """Whether a request waits."""

    OPEN = "open"
    DONE = "done"


class PrivacyListing(Listing):
    """Requests of one state."""

    state: State = State.OPEN


class PrivacyPatch(Asked):
    """The one change there is: it was met."""

    state: Literal["done"]


def listing(request: Request) -> dict[str, Any]:
    """Return requests, the soonest due first."""
    asked = request.query(PrivacyListing)
    request.everywhere()
    done = asked.state is State.DONE
    return request.page(privacy.listing(done=done, limit=asked.limit, cursor=request.cursor(asked)), _shown)


def get(request: Request, wanted: str) -> dict[str, Any]:
    """Return one request."""
    request.query(Asked)
    request.everywhere()
    return _shown(privacy.get(wanted))


def change(request: Request, wanted: str) -> dict[str, Any]:
    """Say that a request was met. Who says so first is kept."""
    request.body(PrivacyPatch)
    request.everywhere()
    current = privacy.get(wanted)
    request.match(current)
    return _shown(privacy.finish(current, request.caller.name))


def _shown(wanted: PrivacyRequest) -> dict[str, Any]:
    return {**wanted.model_dump(mode="json"), "state": State.DONE if wanted.done_at else State.OPEN}
