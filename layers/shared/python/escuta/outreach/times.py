"""When a message goes out: the hours of people's own days, across changes of their clocks. Pure."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from escuta.errors import InvalidError
from escuta.outreach.model import Calendar, Reminders, SendTime, SendWhen, Weekday

HORIZON = timedelta(days=366)  # nothing is put off for longer: a calendar without any open hour until then is refused
_OPEN = Calendar()
_DAY = timedelta(days=1)
_TICK = timedelta(milliseconds=1)
_SECOND = timedelta(seconds=1)
_NIGHT = timedelta(hours=12)
_MIDNIGHT = time()
_DAYS = tuple(Weekday)


def known(*zones: str) -> str:
    """Return the first of these that names a time zone: the person's, the segment's, the organisation's, by IANA."""
    return next((zone for zone in zones if zone and clock_of(zone) is not UTC), "UTC")


@lru_cache(maxsize=1024)
def clock_of(zone: str) -> tzinfo:
    """Return the clock of a time zone, by its IANA name; of one that nobody knows (any more) that of UTC."""
    try:
        return ZoneInfo(zone)
    except (ValueError, OSError, KeyError):  # no name at all, a folder of names, a name that is not there
        return UTC


def local(after: datetime, zone: str, hour: str, days: int = 0) -> datetime:
    """Return the first instant after `after`, at least `days` days on, at which the clocks of a zone show this hour.

    Where the clocks are put forward and skip the hour, it is as long after the change as the hour lies after the skip
    began: 02:30 becomes 03:30. Where they are put back and show it twice, only the first time counts.
    """
    here = clock_of(zone)
    wanted = _hour(hour)
    day = after.astimezone(here).date() + timedelta(days=days)
    found = _shown(day, wanted, here)
    return found if found > after else _shown(day + _DAY, wanted, here)


def allowed(moment: datetime, zone: str, calendar: Calendar) -> datetime:
    """Return the first instant, not before `moment`, at which a calendar lets a person of this zone be written to.

    Where the clocks skip the end of the quiet hours, that is when they are put forward; where they show an hour twice
    and it is a quiet one, it is quiet both times. Where no instant of the HORIZON is open, its end: whoever looks then
    finds out anew.
    """
    if calendar == _OPEN:
        return moment
    here = clock_of(zone)
    if _is_open(moment.astimezone(here), calendar):
        return moment
    first = moment.astimezone(here).date() - _DAY  # clocks that are put back over midnight show the day before again
    for number in range(HORIZON.days + 1):
        day = first + timedelta(days=number)
        found = [
            one
            for one in _changes(day, zone, calendar.quiet_to)
            if one >= moment and _is_open(one.astimezone(here), calendar)
        ]
        if found:
            return min(found)
    return moment + HORIZON


def _is_open(shown: datetime, calendar: Calendar) -> bool:
    """Tell whether a calendar lets somebody be written to when the clocks show this."""
    return _is_open_day(shown.date(), calendar) and not _is_quiet(shown.time(), calendar)


def _is_open_day(day: date, calendar: Calendar) -> bool:
    return _DAYS[day.weekday()] in calendar.weekdays and day not in calendar.excluded


@lru_cache(maxsize=1440)
def _hour(text: str) -> time:
    return time.fromisoformat(text)


def _is_quiet(hour: time, calendar: Calendar) -> bool:
    if calendar.quiet_from is None or calendar.quiet_to is None:
        return False
    begins, ends = _hour(calendar.quiet_from), _hour(calendar.quiet_to)
    return begins <= hour < ends if begins < ends else hour >= begins or hour < ends


@lru_cache(maxsize=4096)
def _changes(day: date, zone: str, quiet_to: str | None) -> tuple[datetime, ...]:
    """Return when a closed calendar may open on a day: at midnight, at the end of quiet hours, when the clocks leap.

    Whoever plans a page of people asks for the same few days again and again.
    """
    here = clock_of(zone)
    hours = (_MIDNIGHT, _hour(quiet_to)) if quiet_to else (_MIDNIGHT,)
    begins, ends = _shown(day, _MIDNIGHT, here), _shown(day + _DAY, _MIDNIGHT, here)
    shown = [datetime.combine(day, hour, here) for hour in hours]
    if _offset(begins, here) == _offset(ends, here):
        return tuple(one.astimezone(UTC) for one in shown)
    both = (one.replace(fold=fold).astimezone(UTC) for one in shown for fold in (0, 1))
    return (*both, _leap(begins, ends, here))


def _leap(before: datetime, after: datetime, here: tzinfo) -> datetime:
    """Return the first second at which the clocks go otherwise than `before`."""
    while after - before > _SECOND:
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _offset(middle, here) == _offset(before, here) else (before, middle)
    return after


def _offset(moment: datetime, here: tzinfo) -> timedelta | None:
    return moment.astimezone(here).utcoffset()


def _shown(day: date, hour: time, here: tzinfo) -> datetime:
    return datetime.combine(day, hour, here).astimezone(UTC)


def at_hour(moment: datetime, zone: str, hour: str, calendar: Calendar) -> datetime:
    """Return when an hour comes that was to come at `moment`: where that day is closed, on the next open one."""
    here = clock_of(zone)
    day = moment.astimezone(here).date()
    for number in range(HORIZON.days):
        if _is_open_day(day + timedelta(days=number), calendar):
            later = _shown(day + timedelta(days=number), _hour(hour), here) if number else moment
            return allowed(later, zone, calendar)
    return moment + HORIZON


def sending(send: SendTime, now: datetime, zone: str, calendar: Calendar = _OPEN) -> datetime | None:
    """Return when an invitation goes out that is decided now; None: at once."""
    match send.when:
        case SendWhen.LOCAL if send.hour:
            return at_hour(local(now, zone, send.hour, send.days), zone, send.hour, calendar)
        case SendWhen.AT if send.at and send.at > now:
            return allowed(send.at.astimezone(UTC), zone, calendar)
        case _:
            moment = allowed(now, zone, calendar)
            return moment if moment > now else None


def reminding(remind: Reminders, asked: datetime, zone: str, calendar: Calendar = _OPEN) -> datetime:
    """Return when whoever was asked (or reminded) then is reminded next: so many days on, and never within 12 hours.

    What falls on a closed day comes at its hour of the next open one, and what follows counts from there.
    """
    day = asked.astimezone(clock_of(zone)).date() + timedelta(days=remind.every_days)
    midnight = _shown(day, _MIDNIGHT, clock_of(zone))
    due = local(max(midnight - _TICK, asked + _NIGHT), zone, remind.hour)
    return at_hour(due, zone, remind.hour, calendar)


def check(calendar: Calendar, now: datetime, zone: str, field: str = "calendar") -> None:
    """Refuse a calendar under which nobody could ever be written to: InvalidError `calendar_never_open`."""
    if not _is_open(allowed(now, zone, calendar).astimezone(clock_of(zone)), calendar):
        raise InvalidError("calendar_never_open", field=field, days=HORIZON.days)
