"""The newest comments of a place, with what hurts nobody: personal data in them is masked."""

from datetime import UTC, date, datetime, time, timedelta

from escuta.directory import segments
from escuta.entity import Value
from escuta.feedback import hearing, impact, metrics, revealing, searching
from escuta.feedback.model import Hierarchy, Options, Response, ScoreClass, Standing
from escuta.feedback.querying.asked import Asked
from escuta.feedback.searching import Wanted

_NOT_COUNTED_YET = timedelta(days=2)  # by far: counting is seconds behind


class Said(Value):
    """One comment. `tone` and `topics` are what it says; `language` is the one that the page was in."""

    response: str
    at: datetime
    day: str
    segment: str
    segment_name: str
    product: str
    channel: str
    language: str
    score: int | None
    score_class: ScoreClass | None
    comment: str
    tone: str
    topics: tuple[str, ...]


class Feed(Value):
    """Comments, the newest first. `looked_back_to`: it was read down to there, there may be more; None: that is all."""

    comments: tuple[Said, ...]
    looked_back_to: datetime | None


def of(asked: Asked, options: Options) -> Feed:
    """Return the newest comments in the period and place that pass the query's filters and have these words."""
    query = asked.query
    first, begun = _days(asked, options)
    wanted = Wanted(
        survey=query.survey,
        segment=query.segment,
        subtree=query.subtree,
        hierarchy=query.hierarchy,
        first=first,
        last=asked.period.last,
        standings=query.include | {Standing.COUNTED},
        tapped=query.tapped,
        commented=True,
        filters=query.filters,
        words=options.words,
    )
    found = searching.page(wanted, limit=options.most)
    before = datetime.combine(first, time(), UTC) if begun < first else None
    return Feed(
        comments=tuple(_said(each, asked.language) for each in found.items),
        looked_back_to=found.looked_back_to or before,
    )


def _days(asked: Asked, options: Options) -> tuple[date, date]:
    """Return from which day on as many comments are counted as are shown, and on which the period's first one is.

    So that of a survey with few of them not every day is looked through. What was not counted yet is of these days.
    """
    query, period = asked.query, asked.period
    if query.filters or options.words or not query.subtree or query.hierarchy is Hierarchy.IS:
        return period.first, period.first
    days = metrics.tally(query.survey, "segment", query.segment, period.first.isoformat(), period.last.isoformat())
    first = begun = max(period.first, period.last - _NOT_COUNTED_YET)
    found = 0
    for day in sorted(days, reverse=True):
        said = impact.comments(metrics.viewed(days[day], query.include, tapped=query.tapped))
        if said:
            begun = min(begun, date.fromisoformat(day))
            first = begun if found < options.most else first
        found += said
    return first, begun


def _said(response: Response, language: str) -> Said:
    heard, place = hearing.of(response), segments.by_code().get(response.segment)
    return Said(
        response=response.id,
        at=response.moment,
        day=response.day,
        segment=response.segment,
        segment_name=place.name if place else response.segment,
        product=response.product,
        channel=response.channel,
        language=response.language,
        score=response.score,
        score_class=response.score_class,
        comment=revealing.masked(response, language).comment,
        tone=heard.tone if heard else "",
        topics=heard.topics if heard else (),
    )
