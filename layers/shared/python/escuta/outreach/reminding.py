"""Reminding whoever did not answer: when, and of what no more. The same link once more, sent as an invitation is."""

from collections.abc import Sequence
from datetime import datetime

from escuta import clock
from escuta.config import settings
from escuta.outreach import sending_rules, times
from escuta.outreach.model import Deployment, Due, Invitation, InvitationState, Reminder

_ARRIVED = frozenset({InvitationState.SENT, InvitationState.DELIVERED, InvitationState.UNKNOWN})

# What an invitation has become -> why nobody is reminded of it. What is not here has not been sent yet.
_OVER: dict[InvitationState, str] = {
    InvitationState.UNKNOWN: "first_unknown",
    InvitationState.BOUNCED: "first_bounced",
    InvitationState.REJECTED: "first_bounced",
    InvitationState.COMPLAINED: "complaint",
    InvitationState.COMPLETED: "answered",
    InvitationState.CANCELLED: "invitation_cancelled",
    InvitationState.EXPIRED: "expired",
}


def due(invitation: Invitation, number: int, before: Reminder | None, deployment: Deployment) -> datetime | None:
    """Return when a reminder is to go out; `before` is the one that it follows.

    None: what it would remind of is not sent yet, and sets its own alarm; or nobody is reminded so often any more.
    """
    asked = _asked(invitation, number, before)
    return None if asked is None or number > deployment.remind.times else _after(asked, invitation, deployment)


def _asked(invitation: Invitation, number: int, before: Reminder | None) -> datetime | None:
    if number == 1:
        return invitation.sent_at or (invitation.created_at if invitation.state in _OVER else None)
    return before.claimed_at if before and before.state in _ARRIVED else None


def _after(asked: datetime, invitation: Invitation, deployment: Deployment) -> datetime:
    return times.reminding(deployment.remind, asked, zone_of(invitation), sending_rules.calendar_of(deployment))


def zone_of(invitation: Invitation) -> str:
    """Return the time zone by whose clock a person is written to: their own, else the place's, else our own."""
    return times.known(invitation.zone, invitation.timezone, settings().timezone)


def made(invitation: Invitation, number: int, due_at: datetime) -> Reminder:
    """Return a reminder that is not stored yet."""
    return Reminder(
        link_key=invitation.link_key,
        number=number,
        channel=invitation.channel,
        deployment=invitation.deployment,
        state=InvitationState.QUEUED,
        due_at=due_at,
    )


def next_of(invitation: Invitation, number: int, deployment: Deployment) -> Due | None:
    """Return the alarm of the reminder that follows what goes out now; None: none follows."""
    if number >= deployment.remind.times:
        return None
    when = _after(clock.now(), invitation, deployment)
    return Due(link_key=invitation.link_key, reminder=number + 1, due_at=when)


def stopped(asked: Sequence[Invitation]) -> tuple[InvitationState, str] | None:
    """Return why nobody is reminded of an invitation: the first of these; the other went out over another channel."""
    invitation = asked[0]
    if any(each.response or each.tapped for each in asked):
        return InvitationState.CANCELLED, "answered"
    if invitation.revoked_at:
        return InvitationState.CANCELLED, "invitation_cancelled"
    over = _OVER.get(invitation.state)
    return (InvitationState.CANCELLED, over) if over else None
