"""What could not be taken and is kept whole, until somebody has seen to it. It holds what people wrote: admins only."""

from typing import Any

from escuta.feedback import parking
from escuta.feedback.model import Parked
from manage.asking import Asked, Listing, Request

_LISTED = {"id", "reason", "submission", "created_at"}


def listing(request: Request) -> dict[str, Any]:
    """Return what could not be taken and is parked, the oldest first, without the payloads.

    It is kept for a year.
    """
    asked = request.query(Listing)
    request.everywhere()
    found = parking.listing(limit=asked.limit, cursor=request.cursor(asked))
    return request.page(found, lambda parked: parked.model_dump(mode="json", include=_LISTED))


def get(request: Request, parked: str) -> dict[str, Any]:
    """Return one parked thing with its payload, as it was sent."""
    request.query(Asked)
    request.everywhere()
    return _shown(parking.get(parked))


def drop(request: Request, parked: str) -> dict[str, Any]:
    """Throw one parked thing away that was seen to, and return it this last time."""
    request.query(Asked)
    request.everywhere()
    found = parking.get(parked)
    request.match(found)
    parking.drop(found)
    return _shown(found)


def _shown(parked: Parked) -> dict[str, Any]:
    return parked.model_dump(mode="json", exclude={"link_key"})
