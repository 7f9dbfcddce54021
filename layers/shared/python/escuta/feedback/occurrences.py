"""When something that is ordered again and again is due, and which days it then speaks of. Pure.

There is one occurrence on every day that has one, also where clocks change: an hour that the night skips is the moment
at which it would have come, one that comes twice is its first.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from escuta.feedback import periods
from escuta.feedback.model import Every, ExportSchedule, Reach
from escuta.feedback.periods import Period, Unit

_DAY = timedelta(days=1)
_FAR = 40  # days: in fewer, every schedule is due once


def following(schedule: ExportSchedule, after: datetime) -> datetime:
    """Return the first moment after another at which a schedule is due."""
    day = after.astimezone(ZoneInfo(schedule.timezone)).date() - _DAY
    for _ in range(_FAR):
        moment = _moment(schedule, day)
        if moment > after and _has(schedule, day):
            return moment
        day += _DAY
    raise ValueError(f"the schedule {schedule.name} is never due")


def _has(schedule: ExportSchedule, day: date) -> bool:
    match schedule.every:
        case Every.DAY:
            return True
        case Every.WEEK:
            return day.isoweekday() == schedule.weekday
        case Every.MONTH:
            return day.day == schedule.day


def spoken_of(schedule: ExportSchedule, occurrence: datetime) -> Period | None:
    """Return the days that an occurrence speaks of; None: all there are."""
    yesterday = local_day(schedule, occurrence) - _DAY
    match schedule.reach:
        case Reach.EVERYTHING:
            return None
        case Reach.YESTERDAY:
            return Period(yesterday, yesterday)
        case Reach.LAST_7_DAYS:
            return periods.rolling(yesterday, 7)
        case Reach.LAST_30_DAYS:
            return periods.rolling(yesterday, 30)
        case Reach.PREVIOUS_WEEK:
            return _previous(yesterday + _DAY, Unit.WEEK)
        case Reach.PREVIOUS_MONTH:
            return _previous(yesterday + _DAY, Unit.MONTH)


def local_day(schedule: ExportSchedule, occurrence: datetime) -> date:
    """Return the day whose occurrence this is: where the night skips the last hour, its moment lies in the next one."""
    day = occurrence.astimezone(ZoneInfo(schedule.timezone)).date()
    return day - _DAY if _moment(schedule, day) > occurrence == _moment(schedule, day - _DAY) else day


def _moment(schedule: ExportSchedule, day: date) -> datetime:
    return datetime.combine(day, time(schedule.hour), ZoneInfo(schedule.timezone)).astimezone(UTC)


def _previous(today: date, unit: Unit) -> Period:
    """Return the last whole stretch of the calendar that was over before today."""
    return periods.containing(periods.containing(today, unit).first - _DAY, unit)
