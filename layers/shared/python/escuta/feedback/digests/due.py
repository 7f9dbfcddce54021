"""When a digest is due, and what it is about. Pure."""

from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from escuta.directory.model import Rhythm
from escuta.feedback.periods import Period, Unit, containing

_HOUR = 7  # on the clock of the place: it is there when work begins
_LATE = timedelta(days=2)  # so long what could not be told in time is told after all
_UNITS = {Rhythm.WEEKLY: Unit.WEEK, Rhythm.MONTHLY: Unit.MONTH}


class Due(NamedTuple):
    """A digest whose time has come, or will."""

    period: Period
    since: datetime


def last(rhythm: Rhythm, zone: str, now: datetime) -> Due:
    """Return the newest week or month that is over, and since when it may be told. Not for `never`."""
    local = now.astimezone(ZoneInfo(zone))
    current = containing(local.date(), _UNITS[rhythm])
    since = local.replace(
        year=current.first.year, month=current.first.month, day=current.first.day, hour=_HOUR, minute=0, second=0
    )
    return Due(containing(current.first - timedelta(days=1), _UNITS[rhythm]), since.replace(microsecond=0))


def is_due(due: Due, now: datetime) -> bool:
    """Tell whether it is to be told now."""
    return due.since <= now < due.since + _LATE
