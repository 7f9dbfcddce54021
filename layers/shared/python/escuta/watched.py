"""What the rounds look at every five minutes, as the stack writes it into the call by the clock and they read it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import BaseModel, ConfigDict

Point = tuple[datetime, float]  # when a period began, and what was measured in it


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limit(_Part):
    """A metric of AWS that must not be over `over` in `of` periods in a row."""

    id: str  # the alarm that would say the same, in a stage that has them all
    namespace: str
    metric: str
    statistic: str
    dimensions: Mapping[str, str] = {}
    seconds: int  # of a period
    over: float
    of: int = 1


class Queue(_Part):
    """A queue, and for how many seconds its oldest message may wait."""

    name: str
    patience: int


class Watched(_Part):
    """Everything: queues of what was put aside, by what they are called; queues of work; and other limits."""

    aside: Mapping[str, str]
    work: Mapping[str, Queue]
    limits: Sequence[Limit] = ()


def age(name: str, queue: Queue) -> Limit:
    """Return the limit of how long the oldest message of a queue may wait."""
    return Limit(
        id=name,
        namespace="AWS/SQS",
        metric="ApproximateAgeOfOldestMessage",
        statistic="Maximum",
        dimensions={"QueueName": queue.name},
        seconds=300,
        over=queue.patience,
    )


def passed(limit: Limit, points: Sequence[Point]) -> float | None:
    """Return the last value by which a limit was passed in enough periods in a row; None when it was not."""
    found, row = None, 0
    before: datetime | None = None
    for moment, value in sorted(points):
        follows = before is not None and (moment - before).total_seconds() == limit.seconds
        row = (row + 1 if follows else 1) if value > limit.over else 0
        before = moment
        if row >= limit.of:
            found = value
    return found
