"""Noticing that a deployment has nothing left to do, to tell others of it once.

That follows from its invitations alone, so nothing that moves one of them has to know it: they are looked at from time
to time. A first look may miss what an index does not show yet; so it is told when a later one finds the same.

The same look finds what is still not planned after a while: the messages may have got lost, when whoever started it
died or the queue would not take them. They are queued once more; who plans a part a second time finds it done.
"""

from datetime import timedelta

from escuta import clock, events, table
from escuta.errors import ConflictError, NotFoundError, UnavailableError
from escuta.events import EventType
from escuta.observe import logger
from escuta.outreach import deployments
from escuta.outreach.model import Deployment, DeploymentState, Invitation, InvitationState

MOST = 500  # deployments that one run looks at, the oldest first
_BETWEEN = timedelta(minutes=4)  # two looks
_PLANS = timedelta(minutes=30)  # so long a planning may take before its messages are taken for lost
_LEFT = (InvitationState.QUEUED, InvitationState.CLAIMED)


def notice() -> int:
    """Look at what is not known to be finished; return how many deployments were."""
    going = table.query(Deployment, "deployments_going", index="g2", limit=MOST).items
    for stuck in filter(_is_stuck, going):
        _queue_again(stuck)
    return sum(map(_noticed, going))


def _is_stuck(found: Deployment) -> bool:
    if found.state is not DeploymentState.PLANNING or found.is_planned:
        return False
    return clock.now() - (found.requeued_at or found.created_at) >= _PLANS


def _queue_again(found: Deployment) -> None:
    """Queue what is not planned, and then say so: dying in between, it is queued twice."""
    try:
        going = deployments.resume(found.id)
        if going.state is DeploymentState.PLANNING:
            table.change(going, lambda now: now.changed(requeued_at=clock.now()))
    except (NotFoundError, UnavailableError) as refusal:  # the next look comes in five minutes
        logger().warning("planning not queued", extra={"deployment": found.id, "code": refusal.code})
    else:
        logger().warning("planning queued again", extra={"deployment": found.id, "state": going.state})


def _noticed(found: Deployment) -> bool:
    now, over = clock.now(), is_over(found)
    wanted = found
    if not over or found.quiet_since is None:
        wanted = found.changed(quiet_since=now if over else None)
    elif now - found.quiet_since >= _BETWEEN:
        wanted = found.changed(finished_at=now)
    if wanted == found:
        return False
    told = wanted.finished_at is not None
    happened = [events.action(deployments.happened(EventType.DEPLOYMENT_FINISHED, wanted))] if told else []
    try:
        table.transact(table.Save(wanted), *happened)
    except ConflictError:  # somebody changed it: the next look sees what became of it
        return False
    return told


def is_over(found: Deployment) -> bool:
    """Tell what `deployments.is_finished` tells, without counting: whether there is anything at all that is left."""
    cancelled = found.state is DeploymentState.CANCELLED
    if not cancelled and not found.is_planned:
        return False
    left = _LEFT if cancelled else (*_LEFT, InvitationState.DEFERRED)
    shards = Invitation.shards(found.id)
    return not any(_first(shard, state) for shard in shards for state in left)


def _first(shard: str, state: InvitationState) -> bool:
    return bool(table.query(Invitation, shard, prefix=f"{state}#", index="g1", limit=1).items)
