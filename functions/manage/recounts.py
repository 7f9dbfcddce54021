"""Recounts: what a sweep and a recount of a day of a survey found, and asking for one."""

from typing import Any

from escuta.feedback import surveys
from escuta.feedback.metrics import recounts
from escuta.feedback.model import Recount
from manage.asking import Asked, Created, Day, Listing, Request


class NewRecount(Asked):
    """The local day that is to be recounted."""

    day: Day


def _shown(recount: Recount) -> dict[str, Any]:
    return recount.model_dump(mode="json", exclude={"rev"})


def listing(request: Request, survey: str) -> dict[str, Any]:
    """Return what was found in a survey, the newest first."""
    request.everywhere()
    asked = request.query(Listing)
    found = recounts.listing(surveys.get(survey).id, limit=asked.limit, cursor=request.cursor(asked))
    return request.page(found, _shown)


def create(request: Request, survey: str) -> Created:
    """Count what the stream may have lost of a day, and recount it."""
    request.everywhere()
    asked = request.body(NewRecount)
    return Created(_shown(recounts.asked(surveys.get(survey).id, asked.day.isoformat())), "recounts")
