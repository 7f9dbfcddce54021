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
    """Return what sweeps and recounts found in a survey, the newest first, for a quarter of a year.

    `drift` is what still differed afterwards: 0 unless something is wrong.
    """
    request.everywhere()
    asked = request.query(Listing)
    found = recounts.listing(surveys.get(survey).id, limit=asked.limit, cursor=request.cursor(asked))
    return request.page(found, _shown)


def create(request: Request, survey: str) -> Created:
    """Count what may have been lost of a local day, recount the day, and tell what differed.

    The figures stay as they are where nothing was lost. A day of more than 20,000 answers is refused (422
    `recount_too_large`).
    """
    request.everywhere()
    asked = request.body(NewRecount)
    return Created(_shown(recounts.asked(surveys.get(survey).id, asked.day.isoformat())), "recounts")
