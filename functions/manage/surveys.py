"""Surveys: their list, their making, their published versions and their life."""

from typing import Any

from pydantic import Field

from escuta import table
from escuta.errors import ConflictError, NotFoundError
from escuta.feedback import surveys
from escuta.feedback.model import Survey, SurveyDraft, SurveyStatus, SurveyVersion
from escuta.feedback.tickets import asking
from manage.asking import Asked, Created, Listing, Request


class NewSurvey(Asked):
    """What a survey has before it has questions."""

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 200})
    id: str | None = Field(default=None, json_schema_extra={"pattern": "^[A-Za-z0-9_-]{1,40}$"})


class SurveyListing(Listing):
    """All surveys, or those in one status; deleted ones only when they are asked for, and then alone."""

    status: SurveyStatus | None = None
    deleted: bool = False


class SurveyPatch(Asked):
    """What can be changed without publishing anew: name, how it stands, for how many days it keeps answers (0: all)."""

    name: str | None = None
    status: SurveyStatus | None = None
    retention_days: int | None = Field(default=None, ge=0, le=3650)


def _shown(survey: Survey) -> dict[str, Any]:
    return survey.model_dump(mode="json")


def listing(request: Request) -> dict[str, Any]:
    """Return the surveys, the newest first; a page may be shorter than `limit` although there is a next one."""
    asked = request.query(SurveyListing)
    page = surveys.listing(limit=asked.limit, cursor=request.cursor(asked))
    seen = tuple(
        survey
        for survey in page.items
        if asked.status in {None, survey.status} and asked.deleted == (survey.deleted_at is not None)
    )
    return request.page(table.Page(seen, page.next), _shown)


def create(request: Request) -> Created:
    """Make a survey without questions: a draft, which asks nobody until a version of it is published.

    Without an `id` one is made up. An id that another survey has, or ever had, is refused (409 `survey_exists`).
    """
    request.everywhere()
    asked = request.body(NewSurvey)
    with request.making():
        made = surveys.create(asked.name, survey=asked.id or request.identity("survey"))
    return Created(_shown(made), f"surveys/{made.id}")


def get(request: Request, survey: str) -> dict[str, Any]:
    """Return a survey's head, of a deleted one, too: what was answered names it."""
    request.query(Asked)
    return _shown(surveys.get(survey))


def change(request: Request, survey: str) -> dict[str, Any]:
    """Rename a survey, set it live, pause it, close it, say how long it keeps its answers: all of it or nothing.

    A draft goes live once it has a version, a live one is paused or closed, a paused one goes on or is closed, a
    closed one goes live again; other moves are refused (409 `survey_move`). A deleted one changes no more (410).
    """
    request.everywhere()
    asked = request.body(SurveyPatch)
    found = surveys.get(survey)
    request.match(found)
    fields = {name: value for name in asked.model_fields_set if (value := getattr(asked, name)) is not None}
    return _shown(surveys.amend(found, **fields))


def delete(request: Request, survey: str) -> dict[str, Any]:
    """Delete a survey that is closed, or was never live: it leaves the lists for good, and its id is never given again.

    What was answered stays for as long as the survey keeps it, with its figures, tickets and exports. A live or paused
    one is refused (409 `survey_open`): closing it first is what ends its links and sendings. The one question after a
    ticket's closing is part of the product and only closed (409 `survey_of_product`).
    """
    request.query(Asked)
    request.everywhere()
    found = surveys.get(survey)
    request.match(found)
    if found.id == asking.SURVEY:
        raise ConflictError("survey_of_product")
    return _shown(surveys.delete(found))


def versions(request: Request, survey: str) -> dict[str, Any]:
    """Return what was published of a survey, the newest first, without the questions: each version tells its own."""
    asked = request.query(Listing)
    head = surveys.get(survey)
    page = surveys.versions(head.id, limit=asked.limit, cursor=request.cursor(asked))
    return request.page(page, lambda found: _told(found, head))


def _told(found: SurveyVersion, head: Survey) -> dict[str, Any]:
    told = found.model_dump(mode="json", include={"version", "published_at", "languages", "title"})
    return {**told, "questions": len(found.questions), "current": found.version == head.version}


def publish(request: Request, survey: str) -> Created:
    """Make the body the survey's next version: whoever opens a link from now on is asked by it.

    The first version sets a draft live. A version never changes, and answers name the one that they were given to.
    What is published already makes no new one. A draft that could not be answered is refused with the place of what
    is wrong (422): texts that a language lacks, jumps that lead back, colors that nobody could read.
    """
    request.everywhere()
    draft = request.body(SurveyDraft)
    published = surveys.publish(survey, draft)
    return Created(published.model_dump(mode="json"), f"versions/{published.version}")


def version(request: Request, survey: str, version: str) -> dict[str, Any]:
    """Return what was published under a number, whole: every version that ever was can be read."""
    request.query(Asked)
    if not (version.isascii() and version.isdigit()):
        raise NotFoundError("survey_version_not_found")
    return surveys.version(survey, int(version)).model_dump(mode="json")
