"""Changing a deployment that is under way.

Name, sender, reply address, calendar and quota hold for what is decided and goes out from now on; reminders and a later
end also for those who were asked already, and the end of a canary for those who wait for it. All else is fixed: by it
was decided who is asked, about what and how. A change is a new revision of the deployment, so that a message which is
just being claimed is claimed again under it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from escuta import clock, queues, table
from escuta.config import settings
from escuta.errors import ConflictError, InvalidError
from escuta.outreach import alarms, deployments, invitations, reminding, sending_rules, times
from escuta.outreach.model import (
    AudienceKind,
    Deployment,
    DeploymentState,
    Due,
    Invitation,
    InvitationState,
    Reminder,
    SendWhen,
)

CHANGEABLE = frozenset(
    {"name", "sender_name", "reply_to", "calendar", "remind", "expires_after_days", "canary", "most"}
)
_PAGE = 100
_AGAIN_SECONDS = 300
_MOST_TURNS = 300
_TICK = timedelta(milliseconds=1)


class Job(StrEnum):
    """What is done, page by page, about those who were asked already."""

    REMIND = deployments.REMIND
    EXTEND = "extend"
    FOLLOW = "follow"
    RELEASE = deployments.RELEASE


# In this order: an invitation moves forward alone, so whoever moves while the pages are walked comes up further on.
_STATES: Mapping[Job, Sequence[InvitationState]] = {
    Job.REMIND: (
        InvitationState.CLAIMED,
        InvitationState.UNKNOWN,
        InvitationState.SENT,
        InvitationState.DELIVERED,
    ),
    Job.EXTEND: (
        InvitationState.DEFERRED,
        InvitationState.QUEUED,
        InvitationState.CLAIMED,
        InvitationState.UNKNOWN,
        InvitationState.SENT,
        InvitationState.DELIVERED,
    ),
    Job.FOLLOW: (InvitationState.QUEUED,),
    Job.RELEASE: (InvitationState.DEFERRED, InvitationState.QUEUED),
}
_TURNING = frozenset({Job.EXTEND, Job.FOLLOW})  # for whom a page that is planned meanwhile may be as it was before
_JOBS = {"remind": Job.REMIND, "expires_after_days": Job.EXTEND, "canary": Job.FOLLOW}


def amend(deployment: Deployment, fields: Mapping[str, Any], *, exact: bool = False) -> Deployment:
    """Change these fields of a deployment, and queue what follows for those who were asked. Safe to repeat.

    What follows is queued first, for a moment when the change is stored: without the change it does nothing, and a
    change without it would never reach those who were asked, since with `If-Match` nobody can ask for it again.
    `exact`: this revision or none; ConflictError `stale` when somebody else was faster.
    ConflictError for one that was cancelled; InvalidError for what cannot be changed, an end that comes sooner, or a
    canary that is not ended.
    """

    def change(found: Deployment) -> Deployment:
        _check(found, fields)
        return found.changed(**fields)

    _check(deployment, fields)
    jobs = [
        {"job": _JOBS[one], "deployment": deployment.id} for one in fields if one in _JOBS and _follows(one, deployment)
    ]
    queues.send(settings().plan_queue, jobs, delay=deployments.SETTLED_SECONDS)
    return table.save(change(deployment)) if exact else table.change(deployment, change)


def _follows(name: str, deployment: Deployment) -> bool:
    """Tell whether a change concerns those who were asked. Who waits since a visit was told waits for no canary."""
    return name != "canary" or deployment.audience is not AudienceKind.TOLD


def _check(found: Deployment, fields: Mapping[str, Any]) -> None:
    if found.state is DeploymentState.CANCELLED:
        raise ConflictError("deployment_over")
    for name in fields:
        if name not in CHANGEABLE:
            raise InvalidError("deployment_fixed", field=name)
    if "most" in fields and not (found.most and fields["most"]):
        raise InvalidError("deployment_fixed", field="most")  # nobody has counted so far, or would from now on
    if fields.get("canary") is not None:
        raise InvalidError("canary_only_ends", field="canary")
    if fields.get("expires_after_days", found.expires_after_days) < found.expires_after_days:
        raise InvalidError("deployment_ends_sooner", field="expires_after_days", least=found.expires_after_days)


def remind(deployment: str, **place: Any) -> None:
    """Set the alarms of the next reminders of a page of those who were asked."""
    _walked(Job.REMIND, deployment, _remind, **place)


def extend(deployment: str, **place: Any) -> None:
    """Let the links of a page of people live as long as the deployment says now."""
    _walked(Job.EXTEND, deployment, _extend, **place)


def follow(deployment: str, **place: Any) -> None:
    """Let a page of those go who waited for the canary; nobody as long as it is not ended."""
    if deployments.get(deployment).canary is None:
        _walked(Job.FOLLOW, deployment, _follow, **place)


def release(deployment: str, **place: Any) -> None:
    """Queue a page of those who wait and whose time has come: their messages came up during a pause."""
    if deployments.get(deployment).state is not DeploymentState.PAUSED:
        _walked(Job.RELEASE, deployment, _release, **place)


def _release(_deployment: Deployment, waiting: Sequence[Invitation]) -> None:
    now = clock.now()
    due = (alarms.message(one.link_key) for one in waiting if one.send_at is None or one.send_at <= now)
    queues.send(settings().deliver_queue, due)


def _walked(
    job: Job,
    deployment: str,
    do: Callable[[Deployment, Sequence[Invitation]], None],
    *,
    state: int = 0,
    cursor: str = "",
    turn: int = 0,
) -> None:
    """Do the next page of a job and queue the rest; a page that comes twice has nothing left to do, or does no harm.

    While the deployment is planned, people may be planned as it was before: then all pages take another turn.
    """
    found = deployments.get(deployment)
    if found.state is DeploymentState.CANCELLED and job is not Job.RELEASE:
        return
    page = invitations.listing(found.id, _STATES[job][state], limit=_PAGE, cursor=cursor or None)
    do(found, page.items)
    following = {"job": job, "deployment": deployment, "state": state, "cursor": page.next or "", "turn": turn}
    if page.next:
        queues.send(settings().plan_queue, [following])
    elif state + 1 < len(_STATES[job]):
        queues.send(settings().plan_queue, [{**following, "state": state + 1}])
    elif job in _TURNING and not found.is_planned and turn < _MOST_TURNS:
        queues.send(settings().plan_queue, [{**following, "state": 0, "turn": turn + 1}], delay=_AGAIN_SECONDS)


def _remind(deployment: Deployment, asked: Sequence[Invitation]) -> None:
    """Set the alarm of the next reminder of each of these, whatever alarms there are already."""
    numbers = range(1, deployment.remind.times + 1)
    keys = [Reminder.at(one.link_key, number) for one in asked for number in numbers]
    made = table.find_many(Reminder, keys, consistent=True)
    following = (
        _next(one, deployment, [made.get(Reminder.at(one.link_key, number)) for number in numbers]) for one in asked
    )
    alarms.put([due for due in following if due])


def _next(invitation: Invitation, deployment: Deployment, made: Sequence[Reminder | None]) -> Due | None:
    """Return the alarm of the first reminder that is not sent yet; None where there is none, or where it ends."""
    asked = invitation.sent_at or invitation.created_at
    for number, reminder in enumerate(made, start=1):
        if reminder is None or reminder.state is InvitationState.QUEUED:
            due_at = _due(deployment, asked, invitation)
            return Due(link_key=invitation.link_key, reminder=number, due_at=due_at)
        if reminder.state not in _STATES[Job.REMIND] or reminder.claimed_at is None:
            return None
        asked = reminder.claimed_at
    return None


def _due(deployment: Deployment, asked: datetime, invitation: Invitation) -> datetime:
    """Return when a reminder is due; one that would have been before now comes at its hour, not at any hour."""
    zone, calendar, remind = reminding.zone_of(invitation), sending_rules.calendar_of(deployment), deployment.remind
    due, now = times.reminding(remind, asked, zone, calendar), clock.now()
    return due if due > now else times.at_hour(times.local(now, zone, remind.hour), zone, remind.hour, calendar)


def _extend(deployment: Deployment, asked: Iterable[Invitation]) -> None:
    days = timedelta(days=deployment.expires_after_days)

    def longer(found: Invitation) -> Invitation:
        if found.state not in _STATES[Job.EXTEND]:
            return found
        return found.changed(expires_at=max(found.expires_at, (found.send_at or found.created_at) + days))

    for invitation in asked:
        table.change(invitation, longer)


def _follow(deployment: Deployment, waiting: Sequence[Invitation]) -> None:
    """Let those go who waited for the canary: at once, or when the send time and the calendar say."""
    now = clock.now()
    times_of = {one.link_key: min(_sooner(deployment, one, now), one.send_at) for one in waiting if one.send_at}
    alarms.put(Due(link_key=name, due_at=moment) for name, moment in times_of.items() if moment > now)
    for invitation in waiting:
        moment = times_of.get(invitation.link_key)
        if moment != invitation.send_at:
            with suppress(ConflictError):  # it moved meanwhile: it goes out, or it is not to
                table.save(invitation.changed(send_at=moment, sooner=True))
    due = (alarms.message(name) for name, moment in times_of.items() if moment <= now)
    queues.send(settings().deliver_queue, due)


def _sooner(deployment: Deployment, invitation: Invitation, now: datetime) -> datetime:
    """Return when somebody is asked whom no canary holds back."""
    zone, calendar, send = reminding.zone_of(invitation), sending_rules.calendar_of(deployment), deployment.send
    begun = times.sending(send, deployment.created_at, zone, calendar) or deployment.created_at
    if begun >= now:
        return begun
    if send.when is SendWhen.LOCAL and send.hour:
        return times.at_hour(times.local(now - _TICK, zone, send.hour), zone, send.hour, calendar)
    return times.allowed(now, zone, calendar)
