"""The canary of a deployment: a share of the people that is asked first, the same however often it is planned. Pure."""

from datetime import datetime, timedelta
from zlib import crc32

from escuta import ids
from escuta.outreach import times
from escuta.outreach.model import Calendar, Deployment, SendWhen

_TICK = timedelta(milliseconds=1)
_HUNDRED = 100


def first(deployment: Deployment, contact: str) -> bool:
    """Tell whether this person is asked first: by the hash of deployment and person. Without a canary everybody is."""
    if deployment.canary is None:
        return True
    return crc32(ids.derive("canary", deployment.id, contact).encode()) % _HUNDRED < deployment.canary.percent


def moment(deployment: Deployment, contact: str, now: datetime, zone: str, calendar: Calendar) -> datetime:
    """Return when this person's message goes out, if it is decided now, by send time, canary and calendar."""
    if first(deployment, contact):
        return times.sending(deployment.send, now, zone, calendar) or now
    return times.allowed(max(follows(deployment, zone, calendar), now), zone, calendar)


def follows(deployment: Deployment, zone: str, calendar: Calendar) -> datetime:
    """Return when those of a time zone are asked who are not asked first.

    That counts from when this deployment, started, would have written to them: planning that takes long, or again,
    moves nobody. An hour of the day stays that hour.
    """
    send, hours = deployment.send, deployment.canary.hours if deployment.canary else 0
    begun = times.sending(send, deployment.created_at, zone, calendar) or deployment.created_at
    if send.when is SendWhen.AT and send.at:
        begun = max(begun, send.at)
    later = begun + timedelta(hours=hours)
    if send.when is SendWhen.LOCAL and send.hour:
        return times.at_hour(times.local(later - _TICK, zone, send.hour), zone, send.hour, calendar)
    return times.allowed(later, zone, calendar)
