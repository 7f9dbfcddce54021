"""Questions to the figures: what is asked, of which answers, over which days, held against what, in which parts."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from escuta.entity import Value
from escuta.feedback.model.response import Standing
from escuta.feedback.periods import Unit

Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
Named = Annotated[str, Field(min_length=1, max_length=200)]  # what is filtered by: a key of counters holds no more


class Metric(StrEnum):
    """What is computed. Those down to `shares` read one question; without a name NPS reads the benchmark.

    Those from `tickets` on tell how answers were followed up: they know of places and days alone.
    """

    NPS = "nps"  # points, -100 to 100
    CSAT = "csat"  # share of 4 and 5 of 5
    CES = "ces"  # share of 5 to 7 of 7
    MEAN = "mean"  # on the question's own scale
    THUMBS = "thumbs"  # share of those who like it
    TOP_BOX = "top_box"  # share of the best `boxes` values of a scale
    SHARES = "shares"  # share of each value or choice
    RESPONSES = "responses"  # how many
    FUNNEL = "funnel"  # queued, sent, delivered, started, completed, and the response rate
    WAIT = "wait"  # how long people took to answer
    TONES = "tones"  # shares of the tones of comments
    TOPICS = "topics"  # what comments speak of, with the effect on NPS
    TICKETS = "tickets"  # how many were opened, and what became of them
    FIRST_RESPONSE = "first_response"  # minutes until the customer heard from somebody
    CLOSING = "closing"  # minutes until a ticket was closed
    IN_TIME = "in_time"  # share closed as was promised
    TIME_IN_STATE = "time_in_state"  # minutes that closed tickets were in each state
    REOPENED = "reopened"  # share of those that were done, by the day on which they were done first
    RECOVERY = "recovery"  # share of the customers asked afterwards for whom it is good now, by the same day
    CAUSES = "causes"  # share of each root cause
    CAUSED_AGAIN = "caused_again"  # share with a cause that the place had had within 60 days before


class Grouping(StrEnum):
    """What the parts of a figure are."""

    NONE = "none"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    SEGMENT = "segment"  # so many `levels` below the segment asked for
    PRODUCT = "product"
    PRODUCT_GROUP = "product_group"
    CHANNEL = "channel"
    LANGUAGE = "language"
    DIMENSION = "dimension"  # of the survey; `dimension` says which
    QUESTION = "question"  # every question by its own figure
    ANSWER = "answer"  # the answers to the question `by`

    @property
    def unit(self) -> Unit | None:
        """Return the stretch of the calendar that each part is; None where parts are something else."""
        return Unit(self.value) if self.value in set(Unit) else None


class Hierarchy(StrEnum):
    """Under which places an answer is counted whose segment has moved since."""

    WAS = "as_was"  # those above it when it was given
    IS = "as_is"  # those above its segment now


class Comparison(StrEnum):
    """What a period is held against."""

    NONE = "none"
    BEFORE = "before"  # as many days, or whole months, before it
    YEAR_BEFORE = "year_before"


class FilterBy(StrEnum):
    """By what answers may be filtered; a survey's own dimensions and its questions are named `dimension`, `answer`."""

    PRODUCT = "product"
    PRODUCT_GROUP = "product_group"
    CHANNEL = "channel"
    LANGUAGE = "language"
    CLASS = "class"  # promoter, passive, detractor
    TONE = "tone"
    TOPIC = "topic"
    DIMENSION = "dimension"  # `of` is its name, such as hidden.plan
    ANSWER = "answer"  # `of` is the question
    DEPLOYMENT = "deployment"
    ORIGIN = "origin"


class Filter(Value):
    """Only answers that have one of these values there."""

    field: FilterBy
    of: str = Field(default="", max_length=80)
    values: tuple[Named, ...] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.field in {FilterBy.DIMENSION, FilterBy.ANSWER}) != bool(self.of):
            raise ValueError("filter_of")
        return self


class Span(Value):
    """Over which days: from `first` to `last`, or the last `count` stretches up to today, the current one included."""

    count: int = Field(default=30, ge=1, le=731)
    unit: Unit = Unit.DAY
    first: Day | None = None
    last: Day | None = None


class Query(Value):
    """One question to the figures. Days are those of the segment's time zone."""

    survey: str = Field(max_length=40)
    segment: str = Field(max_length=64)
    subtree: bool = True
    hierarchy: Hierarchy = Hierarchy.WAS
    metric: Metric = Metric.NPS
    question: str = Field(default="", max_length=40)
    boxes: int = Field(default=2, ge=1, le=5)
    filters: tuple[Filter, ...] = Field(default=(), max_length=10)
    span: Span = Span()
    year_begins: int = Field(default=1, ge=1, le=12)
    compare: Comparison = Comparison.NONE
    group_by: Grouping = Grouping.NONE
    levels: int = Field(default=1, ge=1, le=10)
    dimension: str = Field(default="", max_length=80)  # for group_by dimension
    by: str = Field(default="", max_length=40)  # the question for group_by answer
    then_by: Grouping = Grouping.NONE  # a second grouping inside each part: question only, for a heat map
    include: frozenset[Standing] = frozenset()
    tapped: bool = True


class Figure(Value):
    """A figure with its 95 % interval. Masked: `n` only, since the rest would say who answered.

    `unit`: points, share (0 to 1), mean, count, minutes. `shares` and `counts` are by value, class, step or topic.
    """

    metric: Metric
    unit: str
    n: int
    masked: bool = False
    value: float | None = None
    low: float | None = None
    high: float | None = None
    counts: dict[str, int] | None = None
    shares: dict[str, "Figure"] | None = None
    effects: dict[str, "Change"] | None = None  # of topics: by how much each moves the score of everybody, in points
    mean: "Figure | None" = None  # beside a share that is read with one (CES, CSAT, NPS)
    responses: int = 0  # how many answered anything at all


class Change(Value):
    """How a figure differs from another, with its interval and p value, and what that says."""

    difference: float
    low: float | None
    high: float | None
    p: float
    verdict: str  # better, worse, no_real_change; of a topic that more speak of: emerging


class Part(Value):
    """One part of a figure: a stretch of days, a place, a product, an answer, and so on."""

    key: str  # first day, or the code of the thing
    name: str
    last: date | None = None  # of a stretch of days
    figure: Figure
    change: Change | None = None  # against the same part in the period of comparison
    first_rank: int | None = None  # of places and products: between which ranks it stands
    last_rank: int | None = None
    tier: int | None = None
    parts: tuple["Part", ...] = ()


class Compared(Value):
    """The period that another is held against."""

    first: date
    last: date
    figure: Figure
    change: Change | None = None
    emerging: dict[str, Change] | None = None  # of topics: those whose share of the comments rose since then


class Reckoned(Value):
    """The answer to a query. `source` says whether counters were read, or responses one by one: `read` of the place."""

    query: Query
    first: date
    last: date
    timezone: str
    figure: Figure
    parts: tuple[Part, ...] = ()
    compared: Compared | None = None
    source: str = "counters"
    read: int = 0
