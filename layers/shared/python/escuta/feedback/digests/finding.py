"""What changed in a place, beyond chance: of many figures some differ by luck alone, and these stay unsaid."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from escuta.directory import segments
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback import comparing, querying, surveys, vocabulary
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
_PAGE = 100
_TOLD = 8  # a mail of more would not be read


class _Seen(NamedTuple):
    """Something that was looked at, and how it differs from the period before."""

    finding: Finding
    change: Change


def findings(places: Iterable[str], period: Period, language: str) -> tuple[Finding, ...]:
    """Return what changed in these places against the period before, the strongest first; () when nothing did.

    For every survey that took answers: the figure by which its benchmark is read, of each place and of each one right
    below it, and the topics that more comments speak of. Places that lie within each other are looked at once. The p
    values of all figures are corrected together (Benjamini and Hochberg 1995): of what is told of them, at most one in
    twenty is chance. Of topics the same holds, see `_risen`.
    """
    asked = tuple(dict.fromkeys(places))
    figures: dict[tuple[str, str], _Seen] = {}
    topics: list[list[_Seen]] = []
    for survey in islice(_answered(period), _MOST_SURVEYS):
        for place in asked:
            for each in _figures(survey, place, period, language):
                figures.setdefault((survey.id, each.finding.segment), each)
            family = _topics(survey, place, period, language)
            topics += [] if family is None else [family]
    return (*_beyond_chance(list(figures.values())), *_risen(topics))[:_TOLD]


def _beyond_chance(seen: Sequence[_Seen]) -> Iterator[Finding]:
    judged = zip(comparing.corrected([each.change.p for each in seen]), seen, strict=True)
    sure = [(p, each) for p, each in judged if p < OFTEN]
    for _, each in sorted(sure, key=lambda item: (item[0], -abs(item[1].change.difference))):
        yield each.finding


def _risen(families: Sequence[Sequence[_Seen]]) -> list[Finding]:
    """Return the topics that rose, of all surveys and places, the greatest rise first.

    In each family, the topics of a survey in a place, the p values are corrected already. With many families the luck
    of one is no news: families are chosen by their best p value, and within those that are chosen the level is lowered
    to their share (Y. Benjamini and M. Bogomolov, "Selective inference on multiple families of hypotheses", JRSS B 76,
    2014).
    """
    best = [min((each.change.p for each in family), default=1.0) for family in families]
    chosen = [family for family, p in zip(families, comparing.corrected(best), strict=True) if p < OFTEN]
    level = OFTEN * len(chosen) / max(1, len(families))
    sure = [each for family in chosen for each in family if each.change.p < level]
    return [each.finding for each in sorted(sure, key=lambda each: -each.change.difference)]


def _answered(period: Period) -> Iterator[Survey]:
    """Yield the surveys that may have been answered in this period or since, the newest first."""
    cursor: str | None = None
    while True:
        page = surveys.listing(limit=_PAGE, cursor=cursor)
        for survey in page.items:
            ended = survey.closed_at and survey.closed_at.date() < period.first
            if survey.status is not SurveyStatus.DRAFT and not ended:
                yield survey
        cursor = page.next
        if cursor is None:
            return


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
    for wanted in (query.changed(group_by=Grouping.SEGMENT), query):
        try:
            return querying.ask(wanted, language)
        except InvalidError:  # too many places below it, or none; alone: what is asked no longer fits the survey
            continue
        except NotFoundError:  # the place or the survey has gone meanwhile
            return None
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


def _topics(survey: Survey, place: str, period: Period, language: str) -> list[_Seen] | None:
    """Return what more comments speak of than in the period before, by itself; None where too few wrote any."""
    span = Span(first=period.first, last=period.last)
    query = Query(survey=survey.id, segment=place, metric=Metric.TOPICS, span=span, compare=Comparison.BEFORE)
    try:
        reckoned = querying.ask(query, language)
    except (InvalidError, NotFoundError):
        return None
    compared, shares = reckoned.compared, reckoned.figure.shares
    if compared is None or compared.figure.masked or not shares:
        return None
    names = vocabulary.names(language)
    found = []
    for topic, change in (compared.emerging or {}).items():
        told = _finding(survey, place, shares[topic], change)
        told = told.changed(
            topic=names.get(topic, topic), topic_id=topic, unit="share", verdict="emerging", n=reckoned.figure.n
        )
        found.append(_Seen(told, change))
    return found


def _name(code: str) -> str:
    known = segments.by_code().get(code)
    return known.name if known else code
