"""Metrics: questions to the figures, one in the query or several in the body, each with its interval and its parts."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from pydantic import Field

from escuta import clock, i18n
from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.errors import EscutaError, InvalidError
from escuta.feedback import domains, evidence, filtering, metrics, querying, reading, statistics, surveys
from escuta.feedback.metrics import recounts
from escuta.feedback.model import (
    Comparison,
    Figure,
    Grouping,
    Hierarchy,
    Metric,
    Part,
    Query,
    Reckoned,
    Span,
    Standing,
    Survey,
)
from escuta.feedback.periods import Unit
from manage.asking import Asked, Day, Request, language_of

MOST_QUERIES = 20
_MOST_PARTS = 8_000  # of all answers together: they leave in one response of 6 MB


class MetricsQuery(Asked):
    """A question to the figures. Days are those of the segment's time zone, both included; without: the last 30.

    `from` and `to` are days; without `from` the period is the last `count` stretches of `unit`, up to `to` or today.
    `include` names standings to count beside `counted`, separated by commas; `without=tapped` leaves out the scores
    that were only tapped in a message. Quarters and years begin with the month `year_begins`. `filter` is read by
    `filtering.parse`.
    """

    survey: str = Field(max_length=40)
    segment: str = Field(max_length=64)
    subtree: bool = True
    hierarchy: Hierarchy = Hierarchy.WAS
    metric: Metric = Metric.NPS
    question: str = Field(default="", max_length=40)
    boxes: int = Field(default=2, ge=1, le=5)
    filter: str = Field(default="", max_length=filtering.LONGEST)
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    count: int = Field(default=30, ge=1, le=731)
    unit: Unit = Unit.DAY
    group_by: Grouping = Grouping.NONE
    levels: int = Field(default=1, ge=1, le=10)
    dimension: str = Field(default="", max_length=80)
    by: str = Field(default="", max_length=40)
    then_by: Grouping = Grouping.NONE
    year_begins: int = Field(default=1, ge=1, le=12)
    compare: Comparison = Comparison.NONE
    include: str = Field(default="", max_length=100)
    without: str = Field(default="", max_length=100)

    @property
    def query(self) -> Query:
        """Return the question; InvalidError names a filter or a standing that is none."""
        own = self.model_dump(exclude={"filter", "first", "last", "count", "unit", "include", "without"})
        return Query(
            **own,
            filters=filtering.parse(self.filter),
            span=Span(count=self.count, unit=self.unit, first=self.first, last=self.last),
            include=_included(self.include),
            tapped=not _without(self.without),
        )


class Queries(Asked):
    """Several questions at once: what they share is read once."""

    queries: tuple[Query, ...] = Field(min_length=1, max_length=MOST_QUERIES)


def get(request: Request) -> dict[str, Any]:
    """Return the answer to one question to the figures, and beside it the score of the same answers.

    Each figure has its 95 % interval; below 10 answers it is masked, since it would say who answered. `questions` tell
    all questions of the survey, `series` the parts by `group_by`, `beside` what is not counted. `filter` reads
    `field:value,value;field:value`, such as `channel:email;answer.reasons:price`.

    422 with the field for a question that the survey does not ask, for a period of more than two years, and for what is
    too wide to be read.
    """
    query = request.query(MetricsQuery).query
    place = request.segment(query.segment)
    survey = surveys.get(query.survey)
    found = querying.counted((_score(query), query), language_of(request.event, request.caller))
    score, numbers = querying.rounded(found[0].reckoned), found[0].numbers
    return {
        "survey": survey.id,
        "segment": place.code,
        "from": score.first,
        "to": score.last,
        "timezone": place.timezone,
        "group_by": query.group_by,
        **_points(score.figure),
        "questions": _questions(survey, metrics.viewed(numbers, query.include, tapped=query.tapped)),
        "compared": _compared(score),
        "series": list(_series(score)),
        "include": sorted(query.include),
        "without": [] if query.tapped else ["tapped"],
        "beside": {**metrics.apart(numbers), "pending": _pending(query, place, score.last)},
        "drift": _drift(survey.id),
        "notices": _notices(request, survey.id, place, score),
        "answer": querying.rounded(found[1].reckoned),
    }


def queries(request: Request) -> dict[str, Any]:
    """Return the answers to up to 20 questions to the figures, in their order.

    What they share is read once. One that is refused refuses all, by its place: `queries[3].question`. 422
    `answer_too_wide` where all answers together have too many parts.
    """
    several = request.body(Queries).queries
    for query in several:
        request.segment(query.segment)
    found = tuple(_answers(querying.ask_many(several, language_of(request.event, request.caller))))
    if sum(_size(part) for each in found for part in each.parts) > _MOST_PARTS:
        raise InvalidError("answer_too_wide", field="queries", most=_MOST_PARTS)
    return {"items": tuple(map(querying.rounded, found))}


def _answers(found: Sequence[Reckoned | EscutaError]) -> Iterator[Reckoned]:
    for number, each in enumerate(found):
        if isinstance(each, EscutaError):
            each.details["field"] = f"queries[{number}].{each.details.get('field', '')}".rstrip(".")
            raise each
        yield each


def _size(part: Part) -> int:
    return 1 + len(part.parts)


_LEFT_OUT = frozenset(Standing) - {Standing.COUNTED}


def _included(text: str) -> frozenset[Standing]:
    """Return the standings that are named; anything else is refused with what is allowed."""
    wanted = set(filter(None, text.split(",")))
    if not wanted <= _LEFT_OUT:
        raise InvalidError("value_not_allowed", field="include", allowed=", ".join(sorted(_LEFT_OUT)))
    return frozenset(map(Standing, wanted))


def _without(text: str) -> bool:
    wanted = set(filter(None, text.split(",")))
    if not wanted <= {"tapped"}:
        raise InvalidError("value_not_allowed", field="without", allowed="tapped")
    return bool(wanted)


def _score(query: Query) -> Query:
    """Return the question for the score of the same answers, with the parts that a series has."""
    series = query.group_by is Grouping.SEGMENT or query.group_by.unit is not None
    plain = {"metric": Metric.NPS, "question": "", "boxes": 2, "then_by": Grouping.NONE, "dimension": "", "by": ""}
    return query.changed(**plain, group_by=query.group_by if series else Grouping.NONE)


def _pending(query: Query, place: Segment, last: date) -> int:
    """Return how many taps wait for their half hour; they can only fall on today."""
    today = date.fromisoformat(clock.local_day(clock.now(), place.timezone))
    return evidence.pending(query.survey, place.code, subtree=query.subtree) if last >= today else 0


def _drift(survey: str) -> dict[str, Any] | None:
    """Return when the survey was recounted last, and how many counters of which days differed: none should."""
    found = recounts.latest(survey)
    if not found:
        return None
    differing = [each for each in found if each.drift]
    return {
        "recounted_at": found[0].at_time,
        "differences": sum(each.drift for each in differing),
        "days": sorted(each.day for each in differing),
        "moving": any(each.moving for each in differing),
    }


def _notices(request: Request, survey: str, place: Segment, shown: Reckoned) -> list[dict[str, Any]]:
    """Name the domains whose scores look as if a mail filter had given them."""
    language = language_of(request.event, request.caller)
    loud = domains.loud(survey, place.code, shown.first.isoformat(), shown.last.isoformat())
    return [
        {
            "code": "domain_flagged",
            **dict(each),
            "text": i18n.say(__package__, language, "domain_flagged", **dict(each)),
        }
        for each in loud
    ]


def _points(figure: Figure) -> dict[str, Any]:
    """Return the score with its 95 % interval; below the minimum n only n, since the rest would say who answered."""
    return {
        "responses": figure.responses,
        "n": figure.n,
        "masked": figure.masked,
        "nps": figure.value,
        "low": figure.low,
        "high": figure.high,
        "counts": figure.counts,
    }


def _questions(survey: Survey, total: Counter[str]) -> dict[str, dict[str, Any]]:
    """Return what the answers to every question say that was asked in the period."""
    found: dict[str, Counter[str]] = {}
    for name, number in sorted(total.items()):
        if name.startswith("q."):
            question, _, value = name.removeprefix("q.").partition(".")
            found.setdefault(question, Counter())[value] = number
    version = surveys.version(survey.id, survey.version) if survey.version else None
    kinds = {question.id: question.kind for question in (version.questions if version else ())}
    shown = {name: reading.figure(kinds.get(name), counts, total[f"a.{name}"]) for name, counts in found.items()}
    classes = [total[name] for name in ("promoter", "passive", "detractor")]
    score = shown.get(version.benchmark.id, {}) if version and version.benchmark else {}
    if "nps" in score and score["n"] == sum(classes):
        score["nps"] = reading.told(statistics.nps(*classes))  # as people were classified when they answered
    return shown


def _compared(score: Reckoned) -> dict[str, Any] | None:
    """Return the period before, and whether this one is better, worse, or no real change."""
    if score.compared is None:
        return None
    earlier = score.compared
    return {"from": earlier.first, "to": earlier.last, **_points(earlier.figure), "change": earlier.change}


def _series(score: Reckoned) -> Iterator[dict[str, Any]]:
    """Yield the parts: places as in the hierarchy, stretches of days as they follow each other."""
    if score.query.group_by is not Grouping.SEGMENT:
        yield from ({"from": part.key, **_points(part.figure)} for part in score.parts)
        return
    order = {code: number for number, code in enumerate(segments.by_code())}
    for part in sorted(score.parts, key=lambda part: order.get(part.key, len(order))):
        yield {"segment": part.key, "name": part.name, **_points(part.figure)}
