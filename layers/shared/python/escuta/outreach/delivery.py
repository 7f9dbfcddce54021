"""Delivering one invitation: claim, one attempt, and a state for every outcome.

Work that must wait goes back as a new message with a delay, so that waiting never counts as a failed try.
"""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from escuta import clock, queues
from escuta.config import settings
from escuta.entity import Value
from escuta.errors import UnavailableError
from escuta.observe import logger
from escuta.outreach import deployments, invitations, letters, messages, suppression
from escuta.outreach.letters import Asked
from escuta.outreach.merge import BlankError
from escuta.outreach.messages import Email
from escuta.outreach.model import (
    Channel,
    Deployment,
    DeploymentState,
    Invitation,
    InvitationState,
    Suppression,
)
from escuta.outreach.templates import TooLongError

PAUSED_SECONDS = 300
LONGEST_DELAY = 900  # seconds; what the queue allows
_TRIES = 5


class Standing(StrEnum):
    """Whether a survey may be asked for now."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"


class Survey(Value):
    """What delivering must know of a survey; the caller reads it, since this wing does not know that one."""

    standing: Standing
    asked: Asked


def deliver(key: str, survey_of: Callable[[str], Survey]) -> None:
    """Deliver the invitation with this row key; a message that came twice finds nothing left to do."""
    for _ in range(_TRIES):
        invitation = invitations.find(key)
        if invitation is None or _handled(invitation, survey_of):
            return
    raise UnavailableError("invitation_contended", retry_after=2)


def _handled(invitation: Invitation, survey_of: Callable[[str], Survey]) -> bool:
    """Do what this state asks for; False when the invitation moved and must be read again."""
    if invitation.state is InvitationState.CLAIMED:
        return _waited(invitation)
    if invitation.state is not InvitationState.QUEUED:
        return True
    deployment = deployments.get(invitation.deployment)
    survey = survey_of(invitation.survey)
    ended = _ended(invitation, deployment, survey)
    if ended:
        return invitations.settle(invitation, *ended)
    if deployment.state is DeploymentState.PAUSED or survey.standing is Standing.PAUSED:
        return _later(invitation, PAUSED_SECONDS)
    return _written(invitation, deployment, survey.asked)


def _ended(invitation: Invitation, deployment: Deployment, survey: Survey) -> tuple[InvitationState, str] | None:
    """Return how an invitation ends that nobody may send any more, and why."""
    if deployment.state is DeploymentState.CANCELLED:
        return InvitationState.CANCELLED, "deployment_cancelled"
    if survey.standing is Standing.CLOSED:
        return InvitationState.CANCELLED, "survey_closed"
    if invitation.expires_at <= clock.now():
        return InvitationState.EXPIRED, "expired"
    return None


def _waited(invitation: Invitation) -> bool:
    """Give the worker that claimed it until the end of its lease; after that nobody knows."""
    left = (invitation.lease_until or clock.now()) - clock.now()
    if left > timedelta():
        return _later(invitation, int(left.total_seconds()) + 1)
    return invitations.lapse(invitation)


def _later(invitation: Invitation, seconds: int) -> bool:
    delay = min(seconds, LONGEST_DELAY)
    queues.send(settings().deliver_queue, [{"invitation": invitation.link_key}], delay=delay)
    return True


def _written(invitation: Invitation, deployment: Deployment, asked: Asked) -> bool:
    """Write the message before anything is claimed: what cannot be written leaves nothing open."""
    letter: Email | str
    try:
        if invitation.channel is Channel.EMAIL:
            letter = letters.email(invitation, deployment, asked)
        else:
            letter = letters.sms(invitation, asked)
    except BlankError as error:
        return invitations.settle(invitation, InvitationState.SUPPRESSED, "field_blank", field=error.field)
    except TooLongError:
        return invitations.settle(invitation, InvitationState.SUPPRESSED, "sms_too_long")
    claimed = invitations.claim(invitation, deployment)
    if isinstance(claimed, Suppression):
        return invitations.settle(invitation, InvitationState.SUPPRESSED, claimed.cause)
    if claimed is None:
        return False
    _send(claimed, letter)
    return True


def _send(claimed: Invitation, letter: Email | str) -> None:
    try:
        if isinstance(letter, Email):
            message_id = messages.send_email(letter)
        else:
            message_id = messages.send_sms(claimed.address, letter)
    except messages.Refused as refused:
        _refused(claimed, refused)
    except messages.Lost:
        invitations.advance(claimed.link_key, InvitationState.UNKNOWN, reason="answer_lost", known=claimed)
    else:
        invitations.advance(claimed.link_key, InvitationState.SENT, message_id=message_id, known=claimed)


def _refused(claimed: Invitation, refused: messages.Refused) -> None:
    if not refused.retry:
        if refused.code == "opted_out":
            suppression.add(claimed.channel, claimed.address, "stop")
        invitations.reject(claimed, refused.code)
        return
    invitations.give_back(claimed, refused.code)
    if refused.stops_the_run:
        logger().error("deployment paused", extra={"deployment": claimed.deployment, "reason": refused.code})
        deployments.pause(claimed.deployment, refused.code)
    _later(claimed, 5 * 2 ** min(claimed.attempts, 8))
