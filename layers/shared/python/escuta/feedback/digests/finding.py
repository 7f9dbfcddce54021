"""What changed in a place, beyond chance: of many figures some differ by luck alone, and these stay unsaid."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from escuta.directory import segments
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import impact, querying, surveys, vocabulary
from escuta.feedback.model import (
    Change,
    Comparison,
    Figure,
    Finding,
    Grouping,
    Metric,
    Query,
    Reckoned,
    Span,
    Survey,
    SurveyStatus,
)
from escuta.feedback.periods import Period
from escuta.feedback.querying.figures import own_metric
from escuta.feedback.statistics import OFTEN

_MOST_SURVEYS = 20
_TOLD = 8  # a mail of more would not be read


class _Seen(NamedTuple):
    """A figure that was looked at, how it was before, and how the two differ."""

    finding: Finding
    change: Change


def findings(places: Iterable[str], period: Period, language: str) -> tuple[Finding, ...]:
    """Return what changed in these places against the period before, the strongest first; () when nothing did.

    For every live survey: the figure by which its benchmark is read, of each place and of each one right below it, and
    the topics that more comments speak of. The p values of all figures looked at are corrected together (Benjamini and
    Hochberg 1995): of what is told, at most one in twenty is chance.
    """
    asked = tuple(dict.fromkeys(places))
    seen: list[_Seen] = []
    topics: list[Finding] = []
    for survey in _live():
        for place in asked:
            seen += _figures(survey, place, period, language)
            topics += _topics(survey, place, period, language)
    judged = zip(impact.corrected([each.change.p for each in seen]), seen, strict=True)
    sure = sorted(
        ((p, each) for p, each in judged if p < OFTEN), key=lambda item: (item[0], -abs(item[1].change.difference))
    )
    told = dict.fromkeys(each.finding for _, each in sure)
    return (*told, *dict.fromkeys(topics))[:_TOLD]


def _live() -> list[Survey]:
    found = surveys.listing(limit=100).items
    return [survey for survey in found if survey.status is SurveyStatus.LIVE][:_MOST_SURVEYS]


def _figures(survey: Survey, place: str, period: Period, language: str) -> Iterator[_Seen]:
    """Yield the figure of a place and of those right below it, where both periods have enough answers."""
    reckoned = _asked(survey, place, period, language)
    if reckoned is None or reckoned.compared is None:
        return
    above = [(place, reckoned.figure, reckoned.compared.change)]
    below = [(part.key, part.figure, part.change) for part in reckoned.parts]
    for code, figure, change in (*above, *below):
        if change is not None and figure.value is not None:
            yield _Seen(_finding(survey, code, figure, change), change)


def _asked(survey: Survey, place: str, period: Period, language: str) -> Reckoned | None:
    version = surveys.version(survey.id, survey.version)
    main = version.benchmark or next((each for each in version.questions if each.scale), None)
    if main is None:
        return None
    query = Query(
        survey=survey.id,
        segment=place,
        metric=own_metric(main),
        question=main.id,
        span=Span(first=period.first, last=period.last),
        compare=Comparison.BEFORE,
    )
    try:
        return querying.ask(query.changed(group_by=Grouping.SEGMENT), language)
    except InvalidError:  # nothing below it, or too much
        return querying.ask(query, language)
    except NotFoundError:  # the place or the survey has gone meanwhile
        return None


def _finding(survey: Survey, code: str, figure: Figure, change: Change) -> Finding:
    now = figure.value or 0.0
    return Finding(
        survey=survey.id,
        survey_name=survey.name,
        segment=code,
        segment_name=_name(code),
        metric=figure.metric,
        unit=figure.unit,
        before=now - change.difference,
        now=now,
        low=figure.low,
        high=figure.high,
        n=figure.n,
        verdict=change.verdict,
    )


def _topics(survey: Survey, place: str, period: Period, language: str) -> Iterator[Finding]:
    """Yield what more comments speak of than in the period before."""
    span = Span(first=period.first, last=period.last)
    query = Query(survey=survey.id, segment=place, metric=Metric.TOPICS, span=span, compare=Comparison.BEFORE)
    try:
        reckoned = querying.ask(query, language)
    except (InvalidError, NotFoundError):
        return
    names = vocabulary.names(language)
    emerging = (reckoned.compared.emerging if reckoned.compared else None) or {}
    for topic, change in emerging.items():
        share = (reckoned.figure.shares or {}).get(topic)
        if share is not None and share.value is not None:
            told = _finding(survey, place, share, change)
            yield told.changed(topic=names.get(topic, topic), unit="share", verdict="emerging", n=reckoned.figure.n)


def _name(code: str) -> str:
    known = segments.by_code().get(code)
    return known.name if known else code
