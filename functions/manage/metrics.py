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
from escuta.feedback import domains, evidence, metrics, statistics, surveys
from escuta.feedback.model import Standing
from manage.asking import Asked, Day, Request, language_of

MOST_DAYS = 731


class Grouping(StrEnum):
    """What the parts of a series are."""

    NONE = "none"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SEGMENT = "segment"


class MetricsQuery(Asked):
    """Which answers are counted. Days are those of the segment's time zone, both included; without: the last 30.

    `include` names standings to count beside `counted`, separated by commas; `without=tapped` leaves out the scores
    that were only tapped in a message.
    """

    survey: str
    segment: str
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    group_by: Grouping = Grouping.NONE
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
    survey = surveys.get(asked.survey).id
    first, last = _period(asked, place)
    days = _tally(survey, place.code, first, last)
    everything = sum(days.values(), Counter[str]())
    view = _view(asked)
    total = view.of(everything)
    return {
        "survey": survey,
        "segment": place.code,
        "from": first,
        "to": last,
        "timezone": place.timezone,
        "group_by": asked.group_by,
        **figure(total),
        "questions": _questions(total),
        "series": list(_series(asked, view, place, days, first, last)),
        "include": sorted(view.include),
        "without": [] if view.tapped else ["tapped"],
        "beside": {**metrics.apart(everything), "pending": _pending(survey, place, last)},
        "notices": _notices(request, survey, place, first, last),
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


def _notices(request: Request, survey: str, place: Segment, first: date, last: date) -> list[dict[str, Any]]:
    """Name the domains whose scores look as if a mail filter had given them."""
    language = language_of(request.event, request.caller)
    loud = domains.loud(survey, place.code, first.isoformat(), last.isoformat())
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
    nps = statistics.nps(counts["promoter"], counts["passive"], counts["detractor"])
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


def _questions(total: Counter[str]) -> dict[str, dict[str, int]]:
    """Return the histogram of every question that enough people answered."""
    found: dict[str, dict[str, int]] = {}
    for name, number in sorted(total.items()):
        if name.startswith("q."):
            question, _, value = name.removeprefix("q.").partition(".")
            found.setdefault(question, {})[value] = number
    return {name: values for name, values in found.items() if sum(values.values()) >= statistics.MINIMUM_N}


def _period(asked: MetricsQuery, place: Segment) -> tuple[date, date]:
    last = asked.last or date.fromisoformat(clock.local_day(clock.now(), place.timezone))
    first = asked.first or last - timedelta(days=29)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise InvalidError("period_invalid", field="from", most=MOST_DAYS)
    return first, last


def _tally(survey: str, segment: str, first: date, last: date) -> dict[str, Counter[str]]:
    return metrics.tally(survey, "segment", segment, first.isoformat(), last.isoformat())


def _series(
    asked: MetricsQuery, view: View, place: Segment, days: dict[str, Counter[str]], first: date, last: date
) -> Iterator[dict[str, Any]]:
    match asked.group_by:
        case Grouping.NONE:
            return
        case Grouping.SEGMENT:
            for child in segments.all():
                if child.parent == place.code:
                    parts = _tally(asked.survey, child.code, first, last)
                    yield {
                        "segment": child.code,
                        "name": child.name,
                        **figure(view.of(sum(parts.values(), Counter[str]()))),
                    }
        case grouping:
            periods: dict[date, Counter[str]] = {}
            for number in range((last - first).days + 1):
                day = first + timedelta(days=number)
                periods.setdefault(_start(day, grouping), Counter()).update(days.get(day.isoformat(), {}))
            for start, counted in periods.items():
                yield {"from": start, **figure(view.of(counted))}


def _start(day: date, grouping: Grouping) -> date:
    """Return the first day of the part that a day falls in; weeks begin on Monday."""
    if grouping is Grouping.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grouping is Grouping.MONTH else day
