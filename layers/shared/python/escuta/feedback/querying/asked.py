"""A query with all that it names looked up: the place, what the survey asks, and the days."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from escuta import clock, table
from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import periods, surveys
from escuta.feedback.model import Comparison, Query, SurveyVersion
from escuta.feedback.periods import Period
from escuta.feedback.querying import checking

MOST_DAYS = 731


class Asked(NamedTuple):
    """A query that has an answer. `earlier` is what its period is held against."""

    query: Query
    place: Segment
    version: SurveyVersion | None
    period: Period
    earlier: Period | None
    language: str

    @property
    def is_whole(self) -> bool:
        """Tell whether every answer to the survey lies in this place: then the counters of the whole survey hold."""
        return self.place.parent is None and self.query.subtree

    @property
    def periods(self) -> tuple[Period, ...]:
        """Return the stretches of days that are read."""
        return (self.period, self.earlier) if self.earlier else (self.period,)

    @property
    def benchmarks(self) -> frozenset[str]:
        """Return the questions by which people were ever classified."""
        version = self.version
        return _benchmarks(version.survey, version.version) if version else frozenset()

    @property
    def below(self) -> tuple[Segment, ...]:
        """Return the segments that are the parts: so many levels below the place, or above that with none below."""
        deep = len(self.place.path) + self.query.levels
        inside = [each for each in segments.all() if self.place.code in each.path and each.code != self.place.code]
        parents = {each.parent for each in inside}
        return tuple(
            each for each in inside if len(each.path) == deep or (len(each.path) < deep and each.code not in parents)
        )


@lru_cache(maxsize=256)
def _benchmarks(survey: str, newest: int) -> frozenset[str]:
    """Return the benchmarks of all versions up to the newest; versions never change."""
    if newest == 1:
        versions: Iterable[SurveyVersion] = (surveys.version(survey, newest),)
    else:
        pk, last = SurveyVersion.at(survey, newest)
        versions = table.query(SurveyVersion, pk, between=("version#", last)).items
    return frozenset(version.benchmark.id for version in versions if version.benchmark)


def look_up(query: Query, language: str = "") -> Asked:
    """Return the query with what it names; NotFoundError and InvalidError name what is not there or cannot be.

    The hierarchy may be a minute old and the survey five seconds, so that the widgets of a page do not read them again.
    """
    place = segments.by_code().get(query.segment) or segments.get(query.segment)
    head = surveys.head(query.survey)
    if head is None:
        raise NotFoundError("survey_not_found")
    version = surveys.version(head.id, head.version) if head.version else None
    checking.check(query, version)
    period = _period(query, place)
    earlier = {
        Comparison.NONE: lambda _: None,
        Comparison.BEFORE: periods.before,
        Comparison.YEAR_BEFORE: periods.year_before,
    }[query.compare](period)
    return Asked(query, place, version, period, earlier, language)


def _period(query: Query, place: Segment) -> Period:
    span = query.span
    last = span.last or date.fromisoformat(clock.local_day(clock.now(), place.timezone))
    if span.first:
        found = Period(span.first, last)
    else:
        found = periods.latest(last, min(span.count, MOST_DAYS), span.unit, year_begins=query.year_begins)
    if not 1 <= found.days <= MOST_DAYS:
        raise InvalidError("period_invalid", field="from", most=MOST_DAYS)
    return found
