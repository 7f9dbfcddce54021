"""Surveys as their list shows them: how each stands, how many answered, what they say, and what is being edited."""

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from escuta import table
from escuta.directory import segments
from escuta.directory.model import Scope
from escuta.errors import EscutaError
from escuta.feedback import differing, editing, querying, starting, surveys
from escuta.feedback.model import (
    Comparison,
    Figure,
    Grouping,
    KeptDraft,
    Metric,
    Query,
    Reckoned,
    Span,
    Survey,
    SurveyStatus,
)
from manage.asking import Listing, Request, language_of

MOST = 25  # each is read for itself


class OverviewListing(Listing):
    """Surveys of one status, or all; the figures are those of a place over the last `days`."""

    limit: int = Field(default=MOST, ge=1, le=MOST)
    status: SurveyStatus | None = None
    deleted: bool = False
    segment: str = Field(default="", max_length=64)
    days: int = Field(default=90, ge=1, le=731)


def listing(request: Request) -> dict[str, Any]:
    """Return the surveys with what a list of them shows, the newest first, at most 25 of them.

    `score` is what the survey is read by: NPS of its benchmark, else the figure of its first scale; null where it has
    none. It and `responses` are counted at `segment` and below over the last `days`; without it, in all that the caller
    may see, of several places in the first. `change` holds it against as many days before. They are null for a caller
    who may not read metrics. `last_day` is the last day of the period with an answer. `draft` tells what is being
    edited and not published, and what its languages lack. A page may be shorter than `limit` although there is a next
    one.
    """
    asked = request.query(OverviewListing)
    page = surveys.listing(limit=asked.limit, cursor=request.cursor(asked))
    found = [
        head
        for head in page.items
        if asked.status in {None, head.status} and asked.deleted == (head.deleted_at is not None)
    ]
    drafts = table.find_many(KeptDraft, (KeptDraft.at(head.id) for head in found))
    widest = asked.segment or _widest(request)
    place = request.segment(widest).code if widest else ""
    reads = bool(place) and Scope.METRICS_READ in request.caller.scopes
    figures = _figures(request, found, place, asked.days) if reads else {}
    told = request.page(
        table.Page(tuple(found), page.next), lambda head: _shown(head, drafts.get(KeptDraft.at(head.id)))
    )
    for item in told["items"]:
        item.update(figures.get(item["id"], dict.fromkeys(("score", "question", "responses", "last_day", "change"))))
    return {**told, "segment": place, "days": asked.days}


def _widest(request: Request) -> str:
    """Return the first place that the caller may see everything of; "" where there is no place yet."""
    if request.caller.segments:
        return request.caller.segments[0]
    return next((segment.code for segment in segments.all()), "")


def _shown(head: Survey, draft: KeptDraft | None) -> dict[str, Any]:
    published = editing.published(head)
    definition = published or (draft.definition if draft else None)
    return {
        **head.model_dump(mode="json"),
        "languages": definition.languages if definition else (),
        "title": definition.title if definition else {},
        "questions": len(definition.questions) if definition else 0,
        "draft": {
            "rev": draft.rev,
            "based_on": draft.version,
            "updated_at": draft.updated_at,
            "updated_by": draft.updated_by,
            "texts": [
                {"language": language, **{str(what): number for what, number in lacks.items()}}
                for language, lacks in differing.gaps(published, draft.definition).items()
            ],
        }
        if draft
        else None,
    }


def _figures(request: Request, found: Sequence[Survey], place: str, days: int) -> dict[str, dict[str, Any]]:
    """Return what was answered to each survey: what they share is read once."""
    asked = [head for head in found if head.version]
    queries = [query for head in asked for query in _queries(head, place, days)]
    answers = [_answered(each) for each in querying.ask_many(queries, language_of(request.event, request.caller))]
    return {head.id: _told(*each) for head, *each in zip(asked, answers[::2], answers[1::2], strict=True)}


def _queries(head: Survey, place: str, days: int) -> tuple[Query, Query]:
    """Return the question for the score, and the one for the answers of each day."""
    whole = Query(survey=head.id, segment=place, metric=Metric.RESPONSES, span=Span(count=days))
    main = starting.main_score(surveys.version(head.id, head.version))
    score = whole.changed(metric=main[0], question=main[1]) if main else whole
    return score.changed(compare=Comparison.BEFORE), whole.changed(group_by=Grouping.DAY)


def _answered(found: Reckoned | EscutaError) -> Reckoned:
    if isinstance(found, EscutaError):
        raise found
    return querying.rounded(found)


def _told(score: Reckoned, daily: Reckoned) -> dict[str, Any]:
    answered = [part.key for part in daily.parts if _number(part.figure)]
    has_score = score.query.metric is not Metric.RESPONSES
    return {
        "score": score.figure if has_score else None,
        "question": score.query.question if has_score else None,
        "responses": _number(daily.figure),
        "last_day": max(answered, default=None),
        "change": score.compared.change if has_score and score.compared else None,
    }


def _number(figure: Figure) -> int:
    return figure.responses or figure.n
