"""Every five minutes: a look at all queues, and at what AWS measured, so that few alarms say what many would.

An alarm costs by the month, a look next to nothing. That nobody looks is told by the alarm on what this writes.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from escuta import clock, cloudwatch, measured, queues
from escuta.config import settings
from escuta.measured import Measure
from escuta.observe import entry, logger
from escuta.watched import Limit, Watched, age, passed

_LATELY = timedelta(minutes=20)  # CloudWatch has the last of what it measured within these
_HOURLY = 7  # minutes of an hour in which a run looks at what AWS measured: one of these at least
_BACK = timedelta(hours=2, minutes=10)  # so far that a run that was missed loses nothing


@entry
def handler(event: dict[str, Any], _context: Any) -> None:
    """Look at what the event names (`escuta.watched`), and say what is wrong in the log and in figures."""
    watched = Watched.model_validate(event)
    now = clock.now()
    _put_aside(watched)
    _wait(watched, now)
    if now.minute < _HOURLY:
        for limit, value in _over(watched.limits, now - _BACK, now):
            logger().error("limit passed", extra={"alarm": limit.id, "value": value, "over": limit.over})


def _put_aside(watched: Watched) -> None:
    """Tell how many messages nobody tries any more."""
    lying = {name: number for name, number in _visible(watched.aside.items()) if number}
    measured.count(Measure.PUT_ASIDE, sum(lying.values()))
    if lying:
        logger().warning("put aside", extra={"queues": lying})


def _wait(watched: Watched, now: datetime) -> None:
    """Tell how many queues keep somebody waiting. Only where something lies is CloudWatch asked since when."""
    work = watched.work
    held = [age(name, work[name]) for name, number in _visible((name, work[name].name) for name in work) if number]
    late = {limit.id: value for limit, value in _over(held, now - _LATELY, now)}
    measured.count(Measure.LATE, len(late))
    if late:
        logger().warning("queues late", extra={"queues": late})


def _visible(named: Iterable[tuple[str, str]]) -> Iterable[tuple[str, int]]:
    """Yield how many messages lie in each queue. All queues of a stage have the same address but for their names."""
    address, _, _ = settings().drop_queue.rpartition("/")
    return ((name, queues.visible(f"{address}/{queue}")) for name, queue in named)


def _over(limits: Iterable[Limit], since: datetime, until: datetime) -> Iterable[tuple[Limit, float]]:
    asked = list(limits)
    for limit, points in zip(asked, cloudwatch.points(asked, since, until), strict=True):
        value = passed(limit, points)
        if value is not None:
            yield limit, value
