"""Metrics: questions to the figures."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from escuta.feedback.model import Change, Grouping, QuestionKind, Reckoned, Standing
from manage import metrics
from manage.described.operation import Operation, Operations, Shown, Sparse, items


class Score(Shown):
    """A score (NPS, -100 to 100) with its 95 % interval. Masked: `n` alone, since the rest would say who answered."""

    responses: int
    n: int
    masked: bool
    nps: float | None
    low: float | None
    high: float | None
    counts: dict[str, int] | None


class DaysScore(Score):
    """The score of a stretch of days, by its first one."""

    first: date = Field(alias="from")


class PlaceScore(Score):
    """The score of a place below the one that was asked for."""

    segment: str
    name: str


class ScoreBefore(Score):
    """The score of the period before, and how this one differs from it; null: nothing can be said."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")
    change: Change | None


class Interval(Shown):
    """A figure with its 95 % interval."""

    value: float | None
    low: float | None
    high: float | None


class QuestionFigure(Sparse):
    """What the answers to a question say: what its kind is read by, and nothing of it while it is masked.

    `nps` in points; `share` and `shares` from 0 to 1; `mean` on its own scale. `kind` null: it is asked no more.
    """

    kind: QuestionKind | None
    n: int
    masked: bool
    histogram: dict[str, int] = Field(default_factory=dict)
    nps: Interval | None = None
    share: Interval | None = None
    mean: Interval | None = None
    shares: dict[str, Interval] = Field(default_factory=dict)


class BesideCounts(Shown):
    """Responses that are not in the figures, by why; how many were only tapped; taps that wait for their half hour."""

    suspect: int
    flagged: int
    excluded: int
    tapped: int
    pending: int


class RecountDrift(Shown):
    """When the survey was recounted last, and what differed: nothing should. `moving`: it was being counted then."""

    recounted_at: datetime
    differences: int
    days: list[date]
    moving: bool


class DomainNotice(Shown):
    """A domain whose scores look as if a mail filter had given them."""

    code: Literal["domain_flagged"]
    domain: str
    n: int
    flagged: int
    text: str


class MetricsShown(Score):
    """The score of a period with its parts, and `answer`: what was asked for, where that is another metric."""

    survey: str
    segment: str
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    timezone: str
    group_by: Grouping
    questions: dict[str, QuestionFigure]
    compared: ScoreBefore | None
    series: list[DaysScore | PlaceScore]
    include: list[Standing]
    without: list[Literal["tapped"]]
    beside: BesideCounts
    drift: RecountDrift | None
    notices: list[DomainNotice]
    answer: Reckoned


OPERATIONS: Operations = {
    metrics.get: Operation(name="get_metrics", query=metrics.MetricsQuery, answer=MetricsShown),
    metrics.queries: Operation(name="query_metrics", body=metrics.Queries, answer=items(Reckoned)),
}
