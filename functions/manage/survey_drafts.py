"""Drafts of surveys: kept while they are written, looked at as a page, and tried out before anybody is asked."""

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from escuta import i18n
from escuta.errors import InvalidError
from escuta.feedback import drafts, editing, piping, rehearsing, showing, surveys
from escuta.feedback.model import KeptDraft, Survey, SurveyDraft, SurveyVersion, Theme, TrialAnswer
from manage import problems
from manage.asking import Asked, Listing, Request, language_of


class WhatIsShown(Asked):
    """What is looked at: a definition as it is typed, else the draft; in which language, in which colors."""

    definition: SurveyDraft | None = None
    language: str = Field(default="", max_length=35)
    theme: Theme | None = Field(default=None, strict=False)  # null: as the definition has it


class WhatIsTried(Asked):
    """What is tried out: a definition, else the draft, else what is published."""

    definition: SurveyDraft | None = None
    published: bool = False
    language: str = Field(default="", max_length=35)


def get(request: Request, survey: str) -> dict[str, Any]:
    """Return what is being edited: the kept draft, with all that publishing would refuse.

    Where none is kept it is the newest version, with revision 0; before the first version, a survey without questions.
    """
    request.query(Asked)
    return _shown(request, editing.current(surveys.get(survey)))


def put(request: Request, survey: str) -> dict[str, Any]:
    """Keep a draft, whatever is still missing or wrong in it: nobody is asked by it until it is published.

    `If-Match` keeps two authors from overwriting each other; `"0"` says that none was kept. Publishing the very same
    removes it.
    """
    request.everywhere()
    definition = request.body(SurveyDraft)
    before = editing.current(surveys.standing(survey))
    request.match(before)
    with request.making():
        return _shown(request, editing.keep(before, definition, by=request.caller.id))


def delete(request: Request, survey: str) -> dict[str, Any]:
    """Throw the kept draft away, and return it this last time; what is published is edited from now on."""
    request.query(Asked)
    request.everywhere()
    kept = editing.current(surveys.get(survey))
    request.match(kept)
    if kept.rev:
        editing.discard(kept)
    return _shown(request, kept)


def preview(request: Request, survey: str) -> dict[str, Any]:
    """Return the address of a page that shows a draft as its people would see it, for an hour.

    One can walk through it, to the thanks, and nothing that is answered there is kept. A text that is still missing in
    a language stands in another one. `url` is empty where no page can be made of it; `problems` are all for which
    publishing would refuse it. The page may stand in a frame of the same site.
    """
    request.everywhere()
    asked = request.body(WhatIsShown)
    head = surveys.standing(survey)
    definition = asked.definition or editing.current(head).definition
    found = faults(request, definition)
    if asked.theme is not None:
        definition = definition.changed(branding=definition.branding.changed(theme=asked.theme))
    try:
        link = showing.preview(head, definition)
    except InvalidError:
        return {"url": "", "expires_at": None, "problems": found}
    return {"url": _spoken(link.url, asked.language), "expires_at": link.expires_at, "problems": found}


def trial(request: Request, survey: str) -> dict[str, Any]:
    """Return the address under which a survey is answered to try it out, for a week.

    Each page of it says that it is a test. What is answered is checked, led and thanked for as it would be, kept apart
    for 30 days, and counted nowhere: no response, no figure, no ticket, no event, no export. What could not be shown is
    refused with its place (422).
    """
    request.everywhere()
    asked = request.body(WhatIsTried)
    head = surveys.standing(survey)
    link = showing.trial(head, asked.definition or _tried(head, published=asked.published))
    return {"url": _spoken(link.url, asked.language), "expires_at": link.expires_at}


def answers(request: Request, survey: str) -> dict[str, Any]:
    """Return what was answered to try a survey, the newest first, with the words that were asked and said."""
    request.everywhere()
    asked = request.query(Listing)
    page = rehearsing.listing(surveys.get(survey).id, limit=asked.limit, cursor=request.cursor(asked))
    versions = rehearsing.asked(page.items)
    return request.page(page, lambda found: _answered(found, versions[found.preview]))


def clear(request: Request, survey: str) -> dict[str, Any]:
    """Remove what was answered to try a survey. `more`: call again, since one call removes at most 1,000."""
    request.query(Asked)
    request.everywhere()
    removed, more = rehearsing.clear(surveys.get(survey).id)
    return {"removed": removed, "more": more}


def faults(request: Request, definition: SurveyDraft) -> list[dict[str, Any]]:
    """Return all for which publishing would refuse a definition, each with its place and in words."""
    return list(told(drafts.problems(definition), language_of(request.event, request.caller)))


def told(found: Iterable[InvalidError], language: str) -> Iterable[dict[str, Any]]:
    """Yield refusals with their words."""
    for error in found:
        words = problems.words(language, error.code, 422, error.details)
        yield {"code": error.code, "field": error.details["field"], "detail": words}


def _shown(request: Request, kept: KeptDraft) -> dict[str, Any]:
    return {
        "survey": kept.survey,
        "version": kept.version,
        "definition": kept.definition.model_dump(mode="json"),
        "problems": faults(request, kept.definition),
        "updated_at": kept.updated_at,
        "updated_by": kept.updated_by,
        "rev": kept.rev,
    }


def _tried(head: Survey, *, published: bool) -> SurveyDraft:
    if not published:
        return editing.current(head).definition
    return editing.plain(surveys.version(head.id, head.version))


def _spoken(url: str, language: str) -> str:
    known = i18n.match(language)
    return f"{url}?lang={known}" if known else url


def _answered(found: TrialAnswer, version: SurveyVersion) -> dict[str, Any]:
    language = found.language
    given = {f"answer.{question}": answer for question, answer in found.answers.items()}
    words = piping.said(version, language, given)
    said = [
        {
            "question": question.id,
            "asked": question.text[language],
            "answer": found.answers[question.id],
            "said": words.get(f"answer.{question.id}", ""),
        }
        for question in version.questions
        if question.id in found.answers
    ]
    return {
        **found.model_dump(mode="json", include={"id", "language", "hidden", "score", "score_class"}),
        "answers": said,
        "received_at": found.received_at,
    }
