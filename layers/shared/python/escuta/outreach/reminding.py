"""Reminding whoever did not answer: the same link once more, claimed and sent exactly as an invitation is."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from escuta import clock
from escuta.errors import UnavailableError
from escuta.outreach import delivery, deployments, invitations, letters, messages, reminders, times
from escuta.outreach.delivery import Survey
from escuta.outreach.letters import Asked
from escuta.outreach.merge import BlankError
from escuta.outreach.messages import Email
from escuta.outreach.model import (
    Deployment,
    Due,
    Invitation,
    InvitationState,
    Reminder,
    Strategy,
    Suppression,
)
from escuta.outreach.templates import TooLongError

_TRIES = 5
_ARRIVED = frozenset({InvitationState.SENT, InvitationState.DELIVERED})

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


def deliver(key: str, number: int, survey_of: Callable[[str], Survey]) -> None:
    """Deliver one reminder of the invitation with this row key, if it is time and there is still reason to."""
    for _ in range(_TRIES):
        invitation = invitations.find(key)
        if invitation is None or _handled(invitation, number, survey_of):
            return
    raise UnavailableError("reminder_contended", retry_after=2)


def _handled(invitation: Invitation, number: int, survey_of: Callable[[str], Survey]) -> bool:
    """Do what the states ask for; False when something moved and must be read again."""
    made = reminders.of(invitation.link_key)
    known = made.get(number)
    if known and known.state is InvitationState.CLAIMED:
        return _waited(known)
    if known and known.state is not InvitationState.QUEUED:
        return True
    asked_at = _asked_at(invitation, number, made)
    deployment = deployments.get(invitation.deployment)
    if asked_at is None or number > deployment.remind.times:
        return True  # what would be reminded of is not sent yet, and sets its own alarm; or nobody reminds any more
    due = times.reminding(deployment.remind, asked_at, invitation.zone or invitation.timezone)
    if due > clock.now():
        delivery.wait(Due(link_key=invitation.link_key, reminder=number, due_at=due))
        return True
    reminder = known or Reminder(
        link_key=invitation.link_key,
        number=number,
        deployment=deployment.id,
        state=InvitationState.QUEUED,
        due_at=due,
    )
    return _due(reminder, invitation, deployment, survey_of(invitation.survey))


def _asked_at(invitation: Invitation, number: int, made: Mapping[int, Reminder]) -> datetime | None:
    """Return when the message went out that this reminder follows; None when it did not."""
    if number == 1:
        return invitation.sent_at or (invitation.created_at if invitation.state in _OVER else None)
    before = made.get(number - 1)
    return before.claimed_at if before and before.state in {*_ARRIVED, InvitationState.UNKNOWN} else None


def _due(reminder: Reminder, invitation: Invitation, deployment: Deployment, survey: Survey) -> bool:
    sibling = invitations.sibling(invitation) if deployment.strategy is Strategy.BOTH else None
    asked = (invitation, sibling) if sibling else (invitation,)
    stopped = _stopped(asked) or delivery.ended(invitation, deployment, survey) or delivery.no_longer(invitation)
    if stopped:
        return reminders.settle(reminder, *stopped)
    if delivery.is_held(deployment, survey):
        delivery.later(reminder.link_key, delivery.PAUSED_SECONDS, reminder=reminder.number)
        return True
    return _written(reminder, asked, deployment, survey.asked)


def _stopped(asked: Sequence[Invitation]) -> tuple[InvitationState, str] | None:
    """Return why nobody is reminded of an invitation: the first of these; the other went out over another channel."""
    invitation = asked[0]
    if any(each.response or each.tapped for each in asked):
        return InvitationState.CANCELLED, "answered"
    if invitation.revoked_at:
        return InvitationState.CANCELLED, "invitation_cancelled"
    over = _OVER.get(invitation.state)
    return (InvitationState.CANCELLED, over) if over else None


def _waited(reminder: Reminder) -> bool:
    """Give the worker that claimed it until the end of its lease; after that nobody knows."""
    left = (reminder.lease_until or clock.now()) - clock.now()
    if left > timedelta():
        delivery.later(reminder.link_key, int(left.total_seconds()) + 1, reminder=reminder.number)
        return True
    return reminders.settle(reminder, InvitationState.UNKNOWN, "lease_over")


def _written(reminder: Reminder, invited: Sequence[Invitation], deployment: Deployment, asked: Asked) -> bool:
    """Write the message before anything is claimed, as of an invitation."""
    invitation = invited[0]
    try:
        letter = letters.letter(invitation, deployment, asked, reminder.number)
    except BlankError as error:
        return reminders.settle(reminder, InvitationState.SUPPRESSED, "field_blank", field=error.field)
    except TooLongError:
        return reminders.settle(reminder, InvitationState.SUPPRESSED, "sms_too_long")
    delivery.remind_of(invitation, deployment, reminder.number + 1)
    claimed = reminders.claim(reminder, invited, deployment)
    if isinstance(claimed, Suppression):
        return reminders.settle(reminder, InvitationState.SUPPRESSED, claimed.cause)
    if claimed is None:
        return False
    _send(claimed, invitation, letter)
    return True


def _send(claimed: Reminder, invitation: Invitation, letter: Email | str) -> None:
    place = claimed.link_key, claimed.number
    try:
        message_id = delivery.post(invitation.address, letter)
    except messages.Refused as refused:
        delivery.heed(invitation, refused)
        if not refused.retry:
            reminders.advance(*place, InvitationState.REJECTED, reason=refused.code, known=claimed)
            return
        reminders.give_back(claimed, refused.code)
        delivery.later(claimed.link_key, 5 * 2 ** min(claimed.attempts, 8), reminder=claimed.number)
    except messages.Lost:
        reminders.advance(*place, InvitationState.UNKNOWN, reason="answer_lost", known=claimed)
    else:
        reminders.advance(*place, InvitationState.SENT, message_id=message_id, known=claimed)
