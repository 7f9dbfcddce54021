"""Deployments: one sending of a survey to an audience, from its start to the counting of what became of it."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from escuta import clock, events, queues, table
from escuta.config import settings
from escuta.entity import Table
from escuta.errors import ConflictError
from escuta.events import DeploymentData, EventType
from escuta.outreach import audience, parts, pieces, standings
from escuta.outreach.model import (
    AudienceKind,
    Deployment,
    DeploymentState,
    Invitation,
    InvitationState,
    Reminder,
)

JOB = "parts"  # what a message is called that queues a number of parts
RELEASE, REMIND = "release", "remind"  # ...that queues what was left at a pause, and that sets the alarms of reminders
SETTLED_SECONDS = 90  # until then every worker knows of a change, and what it claimed before is over
_GOING: dict[str, Any] = {"reason": "", "paused_at": None, "paused_by": ""}
_UNDER_WAY = (InvitationState.QUEUED, InvitationState.CLAIMED)


def start(deployment: Deployment) -> Deployment:
    """Store a deployment unless it is there, and queue its planning, one message a part.

    Safe to repeat: a second start plans the parts of the first one again, which finds everything done.
    """
    stored = _stored(deployment)
    if not stored.parts:
        return _planned(stored)
    _queue(stored)
    return stored


def _stored(deployment: Deployment) -> Deployment:
    known = table.find(Deployment, deployment.key(), consistent=True)
    if known is not None:
        return known
    try:
        return table.create(pieces.put_apart(audience.divide(deployment)).changed(counted=True))
    except ConflictError:
        return get(deployment.id)


def _queue(deployment: Deployment, done: frozenset[int] = frozenset()) -> None:
    parts.send({"deployment": deployment.id}, deployment.parts, done=done, jobs=JOB)


def queue_some(deployment: str, first: int) -> None:
    """Queue a number of parts, from this one on, as far as they are not planned."""
    found = get(deployment)
    if found.state is not DeploymentState.CANCELLED:
        parts.send_some({"deployment": found.id}, found.parts, first, done=parts.done(found.key(), found.parts))


def get(deployment: str) -> Deployment:
    """Return a deployment as it is now; NotFoundError when there is none."""
    return table.load(Deployment, Deployment.at(deployment), consistent=True)


def listing(*, limit: int = 50, cursor: str | None = None) -> table.Page[Deployment]:
    """Return deployments, the newest first."""
    return table.query(Deployment, "deployments", index="g1", limit=limit, newest_first=True, cursor=cursor)


def part_done(deployment: str, part: int) -> None:
    """Note that a part of the audience is planned; the last one lets the deployment run."""
    stored = get(deployment)
    if parts.note(stored.key(), part, stored.parts):
        _planned(stored)


def _planned(deployment: Deployment) -> Deployment:
    def change(found: Deployment) -> Deployment:
        running = DeploymentState.RUNNING if found.state is DeploymentState.PLANNING else found.state
        return found.changed(state=running, planned=True)

    return table.change(deployment, change)


def pause(deployment: str, reason: str = "", *, by: str = "") -> Deployment:
    """Hold back what is not sent yet. `by` is the person or program who paused it, else `reason` what did.

    A message that comes up during a pause, or one of its survey, is let go of; `resume` and `cancel` queue those that
    still wait.
    """

    def change(found: Deployment) -> Deployment:
        if found.state not in {DeploymentState.PLANNING, DeploymentState.RUNNING}:
            return found
        return found.changed(state=DeploymentState.PAUSED, reason=reason, paused_at=clock.now(), paused_by=by)

    return table.change(get(deployment), change, beside=_telling(EventType.DEPLOYMENT_PAUSED))


def _telling(kind: EventType) -> Callable[[Deployment, Deployment], tuple[table.Action, ...]]:
    """Return what puts the event of a change into its transaction."""
    return lambda _before, after: (events.action(happened(kind, after)),)


def happened(kind: EventType, after: Deployment) -> events.DomainEvent:
    """Return the event that tells of a deployment which is about to be stored like this."""
    data = DeploymentData(
        deployment=after.id, name=after.name, survey=after.survey, state=after.state, reason=after.reason
    )
    number = after.rev + 1
    return events.made(kind, data, after.id, number, subject=f"deployment/{after.id}", revision=number)


def resume(deployment: str) -> Deployment:
    """Let a paused deployment go on, where it was; a standing one that was cancelled takes visits again.

    What comes up again is queued first, for a moment when the change is known: without the change it does nothing.
    Of one that is being planned, what is not planned yet is queued once more: its messages may have got lost, when
    whoever started it died, or the queue gave them up.
    """
    before = get(deployment)

    def change(found: Deployment) -> Deployment:
        if found.state is DeploymentState.CANCELLED and found.audience is AudienceKind.TOLD:
            return found.changed(state=DeploymentState.RUNNING, **_GOING)
        if found.state is not DeploymentState.PAUSED:
            return found
        state = DeploymentState.RUNNING if found.is_planned else DeploymentState.PLANNING
        return found.changed(state=state, **_GOING)

    if before.state is not DeploymentState.PLANNING:
        if before.state is DeploymentState.PAUSED:
            release([before], delay=SETTLED_SECONDS)
        return table.change(before, change, beside=_telling(EventType.DEPLOYMENT_RESUMED))
    done = parts.done(before.key(), before.parts)
    _queue(before, done)
    return _planned(before) if len(done) >= before.parts else before


def cancel(deployment: str) -> Deployment:
    """Send nothing more. What is queued becomes `cancelled` as its message comes up."""
    before = get(deployment)
    if before.state is not DeploymentState.CANCELLED:
        release([before], delay=SETTLED_SECONDS)  # its survey may be paused, and its messages let go of
    return table.change(
        before,
        lambda found: found.changed(state=DeploymentState.CANCELLED),
        beside=_telling(EventType.DEPLOYMENT_CANCELLED),
    )


def release(waiting: Iterable[Deployment], *, delay: int = 0) -> None:
    """Have the messages queued that came up during a pause and were let go of, and the alarms of reminders set."""
    told = (
        {"job": job, "deployment": each.id}
        for each in waiting
        for job in (RELEASE, *([REMIND] if each.remind.times else []))
    )
    queues.send(settings().plan_queue, told, delay=delay)


def progress(deployment: str) -> dict[InvitationState, int]:
    """Return how many invitations are in each state now; states without any are left out."""
    if _is_counted(deployment):
        return _some(standings.invited(deployment))
    return _some(_walked(Invitation.shards(deployment)))


def reminded(deployment: str) -> dict[InvitationState, int]:
    """Return how many reminders are in each state now; those whose time has not come are not made yet."""
    if _is_counted(deployment):
        return _some(standings.reminded(deployment))
    return _some(_walked(Reminder.shards(deployment)))


def _walked(shards: Iterable[str]) -> Counter[InvitationState]:
    """Count what these index partitions hold, of a deployment from before the states were counted."""
    total: Counter[InvitationState] = Counter()
    for shard in shards:
        total.update({InvitationState(s): n for s, n in table.tally(Table.OUTREACH, shard, index="g1").items()})
    return total


def _is_counted(deployment: str) -> bool:
    found = table.find(Deployment, Deployment.at(deployment))
    return found is not None and found.counted


def _some(total: Counter[InvitationState]) -> dict[InvitationState, int]:
    return {state: number for state in InvitationState if (number := total[state]) > 0}


def is_finished(deployment: Deployment, counted: dict[InvitationState, int]) -> bool:
    """Tell whether nothing is left to do: all parts planned, nothing queued, claimed or put off. Computed each time.

    Of a cancelled one, whoever was put off waits for nothing any more.
    A standing deployment waits for the next visit until somebody cancels it.
    """
    complete = deployment.audience is not AudienceKind.TOLD and deployment.is_planned
    cancelled = deployment.state is DeploymentState.CANCELLED
    left = _UNDER_WAY if cancelled else (*_UNDER_WAY, InvitationState.DEFERRED)
    return (cancelled or complete) and not any(counted.get(state) for state in left)
