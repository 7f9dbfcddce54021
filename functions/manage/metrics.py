"""Metrics: the score of a place over a period, with its interval, whole and in parts."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from escuta import clock
from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.errors import InvalidError
from escuta.feedback import metrics, statistics, surveys
from manage.asking import Asked, Request

MOST_DAYS = 731

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]


class Grouping(StrEnum):
    """What the parts of a series are."""

    NONE = "none"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SEGMENT = "segment"


class MetricsQuery(Asked):
    """Which answers are counted. Days are those of the segment's time zone, both included; without: the last 30."""

    survey: str
    segment: str
    first: Day | None = Field(default=None, alias="from")
    last: Day | None = Field(default=None, alias="to")
    group_by: Grouping = Grouping.NONE


def get(request: Request) -> dict[str, Any]:
    """Return the figure of the whole period and place, and the series of its parts."""
    asked = request.query(MetricsQuery)
    place = request.segment(asked.segment)
    survey = surveys.get(asked.survey).id
    first, last = _period(asked, place)
    days = _tally(survey, place.code, first, last)
    total = sum(days.values(), Counter[str]())
    return {
        "survey": survey,
        "segment": place.code,
        "from": first,
        "to": last,
        "timezone": place.timezone,
        "group_by": asked.group_by,
        **figure(total),
        "questions": _questions(total),
        "series": list(_series(asked, place, days, first, last)),
    }


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
    asked: MetricsQuery, place: Segment, days: dict[str, Counter[str]], first: date, last: date
) -> Iterator[dict[str, Any]]:
    match asked.group_by:
        case Grouping.NONE:
            return
        case Grouping.SEGMENT:
            for child in segments.all():
                if child.parent == place.code:
                    parts = _tally(asked.survey, child.code, first, last)
                    yield {"segment": child.code, "name": child.name, **figure(sum(parts.values(), Counter[str]()))}
        case grouping:
            periods: dict[date, Counter[str]] = {}
            for number in range((last - first).days + 1):
                day = first + timedelta(days=number)
                periods.setdefault(_start(day, grouping), Counter()).update(days.get(day.isoformat(), {}))
            for start, counted in periods.items():
                yield {"from": start, **figure(counted)}


def _start(day: date, grouping: Grouping) -> date:
    """Return the first day of the part that a day falls in; weeks begin on Monday."""
    if grouping is Grouping.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grouping is Grouping.MONTH else day
