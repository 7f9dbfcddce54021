"""Surveys: their list, their making, their published versions and their life."""

from typing import Any

from pydantic import Field

from escuta.errors import NotFoundError
from escuta.feedback import surveys
from escuta.feedback.model import Survey, SurveyDraft, SurveyStatus
from manage.asking import Asked, Created, Listing, Request


class NewSurvey(Asked):
    """What a survey has before it has questions."""

    name: str
    id: str | None = None


class SurveyPatch(Asked):
    """What can be changed without publishing anew: how it stands, and for how many days it keeps answers (0: all)."""

    status: SurveyStatus | None = None
    retention_days: int | None = Field(default=None, ge=0, le=3650)


def _shown(survey: Survey) -> dict[str, Any]:
    return survey.model_dump(mode="json")


def listing(request: Request) -> dict[str, Any]:
    """Return the surveys, the newest first."""
    asked = request.query(Listing)
    return request.page(surveys.listing(limit=asked.limit, cursor=request.cursor(asked)), _shown)


def create(request: Request) -> Created:
    """Make a survey without questions."""
    request.everywhere()
    asked = request.body(NewSurvey)
    made = surveys.create(asked.name, survey=asked.id)
    return Created(_shown(made), f"surveys/{made.id}")


def get(request: Request, survey: str) -> dict[str, Any]:
    """Return a survey's head."""
    request.query(Asked)
    return _shown(surveys.get(survey))


def change(request: Request, survey: str) -> dict[str, Any]:
    """Set a survey live, pause it, close it; say how long it keeps its answers."""
    request.everywhere()
    asked = request.body(SurveyPatch)
    request.match(surveys.get(survey))
    kept = surveys.get(survey) if asked.retention_days is None else surveys.keep(survey, asked.retention_days)
    return _shown(kept if asked.status is None else surveys.move(survey, asked.status))


def publish(request: Request, survey: str) -> Created:
    """Make the body the survey's next version."""
    request.everywhere()
    draft = request.body(SurveyDraft)
    published = surveys.publish(survey, draft)
    return Created(published.model_dump(mode="json"), f"versions/{published.version}")


def version(request: Request, survey: str, version: str) -> dict[str, Any]:
    """Return what was published under a number."""
    request.query(Asked)
    if not (version.isascii() and version.isdigit()):
        raise NotFoundError("survey_version_not_found")
    return surveys.version(survey, int(version)).model_dump(mode="json")
