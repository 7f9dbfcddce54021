"""Metrics: the score of a place over a period, with its interval, whole and in parts."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import Field

from escuta import clock, i18n
from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.errors import InvalidError
from escuta.feedback import comparing, domains, evidence, metrics, periods, reading, statistics, surveys
from escuta.feedback.metrics import recounts
from escuta.feedback.model import Standing, Survey
from escuta.feedback.periods import Period, Unit
from manage.asking import Asked, Day, Request, language_of

MOST_DAYS = 731
_USUAL_DAYS = 30


class Grouping(StrEnum):
    """What the parts of a series are."""

    NONE = "none"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    SEGMENT = "segment"


class Comparison(StrEnum):
    """What a period is held against."""

    NONE = "none"
    BEFORE = "before"  # as many days, or whole months, before it
    YEAR_BEFORE = "year_before"


class MetricsQuery(Asked):
    """Which answers are counted. Days are those of the segment's time zone, both included; without: the last 30.

    `include` names standings to count beside `counted`, separated by commas; `without=tapped` leaves out the scores
    that were only tapped in a message. Quarters and years begin with the month `year_begins`.
    """

    survey: str
    segment: str
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    group_by: Grouping = Grouping.NONE
    year_begins: int = Field(default=1, ge=1, le=12)
    compare: Comparison = Comparison.NONE
    include: str = Field(default="", max_length=100)
    without: str = Field(default="", max_length=100)


class View(NamedTuple):
    """Which standings a figure shows, and whether what was only tapped is in it."""

    include: frozenset[Standing]
    tapped: bool

    def of(self, counted: Counter[str]) -> Counter[str]:
        """Return the counters as they are shown."""
        return metrics.viewed(counted, self.include, tapped=self.tapped)


def get(request: Request) -> dict[str, Any]:
    """Return the figure of the whole period and place, and the series of its parts."""
    asked = request.query(MetricsQuery)
    place = request.segment(asked.segment)
    survey = surveys.get(asked.survey)
    shown = _period(asked, place)
    days = _tally(survey.id, place.code, shown)
    everything = sum(days.values(), Counter[str]())
    view = _view(asked)
    total = view.of(everything)
    return {
        "survey": survey.id,
        "segment": place.code,
        "from": shown.first,
        "to": shown.last,
        "timezone": place.timezone,
        "group_by": asked.group_by,
        **figure(total),
        "questions": _questions(survey, total),
        "compared": _compared(asked, view, place, shown, total),
        "series": list(_series(asked, view, place, days, shown)),
        "include": sorted(view.include),
        "without": [] if view.tapped else ["tapped"],
        "beside": {**metrics.apart(everything), "pending": _pending(survey.id, place, shown.last)},
        "drift": _drift(survey.id),
        "notices": _notices(request, survey.id, place, shown),
    }


_LEFT_OUT = frozenset(Standing) - {Standing.COUNTED}


def _view(asked: MetricsQuery) -> View:
    """Return what the query wants to see; anything else is refused with what is allowed."""
    wanted, without = (set(filter(None, text.split(","))) for text in (asked.include, asked.without))
    if not wanted <= _LEFT_OUT:
        raise InvalidError("value_not_allowed", field="include", allowed=", ".join(sorted(_LEFT_OUT)))
    if not without <= {"tapped"}:
        raise InvalidError("value_not_allowed", field="without", allowed="tapped")
    return View(frozenset(map(Standing, wanted)), not without)


def _pending(survey: str, place: Segment, last: date) -> int:
    """Return how many taps wait for their half hour; they can only fall on today."""
    today = date.fromisoformat(clock.local_day(clock.now(), place.timezone))
    return evidence.pending(survey, place.code) if last >= today else 0


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


def _notices(request: Request, survey: str, place: Segment, shown: Period) -> list[dict[str, Any]]:
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


def figure(counted: Counter[str]) -> dict[str, Any]:
    """Return the score with its 95 % interval; below the minimum n only n, since the rest would say who answered."""
    counts = {name: counted[name] for name in ("promoter", "passive", "detractor")}
    nps = _nps(counted)
    masked = nps is None or nps.masked
    shown = None if nps is None or nps.masked else nps
    return {
        "responses": counted["n"],
        "n": nps.n if nps else 0,
        "masked": masked,
        "nps": _rounded(shown.score) if shown else None,
        "low": _rounded(shown.low) if shown else None,
        "high": _rounded(shown.high) if shown else None,
        "counts": counts if shown else None,
    }


def _rounded(points: float) -> float:
    return round(points, 1) + 0.0  # + 0.0: there is no minus zero in a score


def _nps(counted: Counter[str]) -> statistics.Nps | None:
    return statistics.nps(counted["promoter"], counted["passive"], counted["detractor"])


def _questions(survey: Survey, total: Counter[str]) -> dict[str, dict[str, Any]]:
    """Return what the answers to every question say that was asked in the period."""
    found: dict[str, Counter[str]] = {}
    for name, number in sorted(total.items()):
        if name.startswith("q."):
            question, _, value = name.removeprefix("q.").partition(".")
            found.setdefault(question, Counter())[value] = number
    asked = surveys.version(survey.id, survey.version).questions if survey.version else ()
    kinds = {question.id: question.kind for question in asked}
    return {name: reading.figure(kinds.get(name), counts, total[f"a.{name}"]) for name, counts in found.items()}


def _compared(
    asked: MetricsQuery, view: View, place: Segment, shown: Period, total: Counter[str]
) -> dict[str, Any] | None:
    """Return the period before, and whether this one is better, worse, or no real change."""
    if asked.compare is Comparison.NONE:
        return None
    earlier = periods.before(shown) if asked.compare is Comparison.BEFORE else periods.year_before(shown)
    counted = view.of(sum(_tally(asked.survey, place.code, earlier).values(), Counter[str]()))
    old, new = _nps(counted), _nps(total)
    change = None if old is None or new is None or old.masked or new.masked else comparing.compare(old, new)
    return {
        "from": earlier.first,
        "to": earlier.last,
        **figure(counted),
        "change": change
        and {
            "difference": _rounded(change.difference),
            "low": _rounded(change.low),
            "high": _rounded(change.high),
            "p": round(change.p, 4),
            "verdict": change.verdict,
        },
    }


def _period(asked: MetricsQuery, place: Segment) -> Period:
    last = asked.last or date.fromisoformat(clock.local_day(clock.now(), place.timezone))
    shown = Period(asked.first, last) if asked.first else periods.rolling(last, _USUAL_DAYS)
    if not 1 <= shown.days <= MOST_DAYS:
        raise InvalidError("period_invalid", field="from", most=MOST_DAYS)
    return shown


def _tally(survey: str, segment: str, shown: Period) -> dict[str, Counter[str]]:
    return metrics.tally(survey, "segment", segment, shown.first.isoformat(), shown.last.isoformat())


def _series(
    asked: MetricsQuery, view: View, place: Segment, days: dict[str, Counter[str]], shown: Period
) -> Iterator[dict[str, Any]]:
    match asked.group_by:
        case Grouping.NONE:
            return
        case Grouping.SEGMENT:
            for child in segments.all():
                if child.parent == place.code:
                    parts = _tally(asked.survey, child.code, shown)
                    yield {
                        "segment": child.code,
                        "name": child.name,
                        **figure(view.of(sum(parts.values(), Counter[str]()))),
                    }
        case grouping:
            unit = Unit(grouping.value)
            for part in periods.split(shown, unit, year_begins=asked.year_begins):
                inside = (part.first + timedelta(days=number) for number in range(part.days))
                counted = sum((days.get(day.isoformat(), Counter[str]()) for day in inside), Counter[str]())
                first = periods.containing(part.first, unit, year_begins=asked.year_begins).first
                yield {"from": first, **figure(view.of(counted))}
