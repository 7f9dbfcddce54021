"""Responses: what people answered, where the caller may look."""

from typing import Any

from pydantic import Field

from escuta import table
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import evidence, filtering, journeys, phrases, querying, responses, searching, surveys
from escuta.feedback.model import Filter, Hierarchy, Origin, Response, ResponseState, Standing, SurveyVersion
from escuta.feedback.searching import Wanted
from manage import revealed
from manage.asking import Asked, Day, Listing, Request, language_of

_LEFT_OUT = frozenset(Standing) - {Standing.COUNTED}
_LONGEST = 200  # characters of what is looked for


class ResponseListing(Listing):
    """Responses to one survey at one segment, under the names of `GET /v1/metrics`.

    `include`, even empty: those in the figures, with these standings beside them; without it, whatever their standing.
    """

    survey: str = Field(max_length=40)
    segment: str = Field(max_length=64)
    subtree: bool = False
    hierarchy: Hierarchy = Hierarchy.WAS
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    standing: Standing | None = None
    include: str | None = Field(default=None, max_length=100)
    without: str = Field(default="", max_length=100)
    origin: Origin | None = None
    evidence: str = Field(default="", max_length=64)
    question: str = Field(default="", max_length=64)
    commented: bool = False
    filter: str = Field(default="", max_length=filtering.LONGEST)
    words: str = Field(default="", max_length=_LONGEST)


class ResponsePatch(Asked):
    """Into the figures, or out of them, and why."""

    standing: Standing
    reason: str = Field(json_schema_extra={"minLength": 1, "maxLength": evidence.LONGEST_REASON})


def listing(request: Request) -> dict[str, Any]:
    """Return the responses to a survey at a segment, the newest first, masked.

    Masked: without names, addresses and telephone numbers, also within comments, unless the caller has the scope
    `responses:personal`. A page may hold less than `limit`, and not be the last. `looked_back_to` is the moment down to
    which everything was looked at; null when there is nothing left. `words` looks for words of comments, whatever their
    endings; `filter` is that of the metrics: `channel:email;tone:negative`.
    """
    asked = request.query(ResponseListing)
    place = request.segment(asked.segment).code
    wanted = _wanted(asked, place, masked=not revealed.is_whole(request))
    found = searching.page(wanted, limit=asked.limit, cursor=request.cursor(asked))
    page = request.page(table.Page(found.items, found.next), revealed.shower(request, found.items))
    return {**page, "looked_back_to": found.looked_back_to}


def _wanted(asked: ResponseListing, place: str, *, masked: bool) -> Wanted:
    if asked.first and asked.last and asked.first > asked.last:
        raise InvalidError("period_invalid", field="from", most=searching.MOST_DAYS)
    newest = _newest(asked.survey)
    if asked.question:
        _check_question(asked.question, newest)
    if asked.words and not phrases.terms(asked.words):  # signs alone: every answer has them
        raise InvalidError("value_invalid", field="words")
    without = set(filter(None, asked.without.split(",")))
    if not without <= {"tapped"}:
        raise InvalidError("value_not_allowed", field="without", allowed="tapped")
    return Wanted(
        **asked.model_dump(include={"survey", "subtree", "hierarchy", "first", "last", "origin", "evidence"}),
        **asked.model_dump(include={"question", "commented", "words"}),
        segment=place,
        standings=_standings(asked),
        tapped=not without,
        filters=_filters(asked.filter, newest),
        masked=masked,
    )


def _newest(survey: str) -> SurveyVersion | None:
    """Return what a survey asks now; None: nothing yet."""
    head = surveys.head(survey)
    if head is None:
        raise NotFoundError("survey_not_found")
    return surveys.version(survey, head.version) if head.version else None


def _check_question(question: str, newest: SurveyVersion | None) -> None:
    """Refuse a question that the survey never asked; older versions are looked at where the newest does not have it."""
    numbers = range(newest.version, 0, -1) if newest else ()
    asked = (surveys.version(newest.survey, number).questions for number in numbers if newest)
    if not any(question == each.id for questions in asked for each in questions):
        allowed = ", ".join(each.id for each in newest.questions) if newest else "-"
        raise InvalidError("value_not_allowed", field="question", value=question, allowed=allowed)


def _filters(text: str, newest: SurveyVersion | None) -> tuple[Filter, ...]:
    found = filtering.parse(text)
    querying.check_filters(found, newest, "filter")
    return found


def _standings(asked: ResponseListing) -> frozenset[Standing] | None:
    own = frozenset({asked.standing}) if asked.standing else frozenset(Standing)
    if asked.include is None:
        return own if asked.standing else None
    beside = set(filter(None, asked.include.split(",")))
    if not beside <= _LEFT_OUT:
        raise InvalidError("value_not_allowed", field="include", allowed=", ".join(sorted(_LEFT_OUT)))
    return own & {Standing.COUNTED, *map(Standing, beside)}


def get(request: Request, response: str) -> dict[str, Any]:
    """Return one response, whole to who may see personal data."""
    request.query(Asked)
    return revealed.one(request, _visible(request, response))


def journey(request: Request, response: str) -> dict[str, Any]:
    """Return how a response came about and what became of it, in the order of time.

    From the visit and the invitation through openings, taps and drafts to tickets and alerts, each with words in the
    caller's language. What the caller may not see is named in `left_out`.
    """
    request.query(Asked)
    language = language_of(request.event, request.caller)
    return journeys.of(_visible(request, response), request.caller, language).model_dump(mode="json")


def change(request: Request, response: str) -> dict[str, Any]:
    """Switch a response into the figures or out of them.

    Who did it, when and why stays with the response in `switches`. The figures follow within seconds. 422
    `standing_same` when it is so already, `required` without a reason.
    """
    asked = request.body(ResponsePatch)
    current = _visible(request, response)
    request.match(current)
    return revealed.one(request, evidence.switch(current, asked.standing, request.caller.name, asked.reason))


def _visible(request: Request, response: str) -> Response:
    found = responses.get(response)
    if found.state is ResponseState.DELETED or not revealed.may_see(request, found):
        raise NotFoundError("response_not_found")
    return found
