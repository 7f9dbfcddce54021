"""The newest comments of a place, with what hurts nobody: personal data in them is masked."""

from datetime import datetime

from escuta.directory import segments
from escuta.entity import Value
from escuta.feedback import hearing, revealing, searching
from escuta.feedback.model import Options, Response, ScoreClass, Standing
from escuta.feedback.querying.asked import Asked
from escuta.feedback.searching import Wanted


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
    wanted = Wanted(
        survey=query.survey,
        segment=query.segment,
        subtree=query.subtree,
        hierarchy=query.hierarchy,
        first=asked.period.first,
        last=asked.period.last,
        standings=query.include | {Standing.COUNTED},
        tapped=query.tapped,
        commented=True,
        filters=query.filters,
        words=options.words,
    )
    found = searching.page(wanted, limit=options.most)
    return Feed(
        comments=tuple(_said(each, asked.language) for each in found.items),
        looked_back_to=found.looked_back_to,
    )


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
