"""Sweeping and recounting a day of a survey, and what came out of it, kept to be shown."""

from escuta import clock, measured, table
from escuta.entity import Table
from escuta.errors import InvalidError
from escuta.feedback.metrics import settling
from escuta.feedback.metrics.recounting import reconcile, sweep
from escuta.feedback.model import Recount
from escuta.measured import Measure
from escuta.observe import logger

MOST = 20_000  # responses of a day that are recounted while somebody waits
_LATELY = 50  # runs: those of about a day


def run(survey: str, day: str, *, thorough: bool = False, closer: bool = True) -> Recount:
    """Sweep and recount a day, and keep what was found.

    `closer`: what that leaves behind is looked for thoroughly, and a day that is over is folded.
    """
    repaired = sweep(survey, day, thorough=thorough)
    drift = reconcile(survey, day, thorough=thorough)
    if drift.total and closer and not thorough:
        repaired += sweep(survey, day, thorough=True)
        drift = reconcile(survey, day, thorough=True)
    measured.count(Measure.DRIFT, 0 if drift.moving else drift.total)
    if drift.total and not drift.moving:
        logger().error("drift", extra=drift.model_dump())
    found = Recount(
        survey=survey,
        day=day,
        at_time=clock.now(),
        responses=drift.responses,
        repaired=repaired,
        drift=drift.total,
        moving=drift.moving,
    )
    table.put(found)
    if closer:
        settling.settle(survey, day, drift.places)
    return found


def asked(survey: str, day: str) -> Recount:
    """Run for somebody who waits. InvalidError `recount_too_large`: that is for the schedule."""
    if table.count(Table.FEEDBACK, f"responses#{survey}#{day}", index="g2") > MOST:
        raise InvalidError("recount_too_large", field="day", most=MOST)
    return run(survey, day, closer=False)


def listing(survey: str, *, limit: int = 25, cursor: str | None = None) -> table.Page[Recount]:
    """Return what was found in a survey, the newest first."""
    return table.query(Recount, Recount.pk(survey), limit=limit, newest_first=True, cursor=cursor)


def latest(survey: str) -> tuple[Recount, ...]:
    """Return what was found last of each day, as far as it was recounted lately, the newest first."""
    days: dict[str, Recount] = {}
    for each in listing(survey, limit=_LATELY).items:
        days.setdefault(each.day, each)
    return tuple(days.values())
