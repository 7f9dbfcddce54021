"""When a message goes out: the hours of people's own days, across changes of their clocks. Pure."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from escuta.outreach.model import Reminders, SendTime, SendWhen

_TICK = timedelta(milliseconds=1)
_NIGHT = timedelta(hours=12)


def local(after: datetime, zone: str, hour: str, days: int = 0) -> datetime:
    """Return the first instant after `after`, at least `days` days on, at which the clocks of a zone show this hour.

    Where the clocks are put forward and skip the hour, it is as long after the change as the hour lies after the skip
    began: 02:30 becomes 03:30. Where they are put back and show it twice, only the first time counts.
    """
    here = ZoneInfo(zone)
    wanted = time.fromisoformat(hour)
    day = after.astimezone(here).date() + timedelta(days=days)
    found = datetime.combine(day, wanted, here).astimezone(UTC)
    return found if found > after else datetime.combine(day + timedelta(days=1), wanted, here).astimezone(UTC)


def sending(send: SendTime, now: datetime, zone: str) -> datetime | None:
    """Return when an invitation goes out that is decided now; None: at once."""
    match send.when:
        case SendWhen.LOCAL if send.hour:
            return local(now, zone, send.hour, send.days)
        case SendWhen.AT if send.at and send.at > now:
            return send.at.astimezone(UTC)
        case _:
            return None


def reminding(remind: Reminders, asked: datetime, zone: str) -> datetime:
    """Return when whoever was asked (or reminded) then is reminded next: so many days on, and never within 12 hours."""
    day = asked.astimezone(ZoneInfo(zone)).date() + timedelta(days=remind.every_days)
    midnight = datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
    return local(max(midnight - _TICK, asked + _NIGHT), zone, remind.hour)
