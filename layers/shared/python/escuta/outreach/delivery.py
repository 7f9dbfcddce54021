"""Delivering one invitation: claim, one attempt, and a state for every outcome.

Work that must wait goes back as a new message with a delay, so that waiting never counts as a failed try.
"""

from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum

from escuta import clock, queues, table
from escuta.config import settings
from escuta.directory.model import Contact
from escuta.entity import Value
from escuta.errors import UnavailableError
from escuta.observe import logger
from escuta.outreach import alarms, deployments, eligibility, invitations, letters, messages, suppression, times
from escuta.outreach.letters import Asked
from escuta.outreach.merge import BlankError
from escuta.outreach.messages import Email
from escuta.outreach.model import (
    Deployment,
    DeploymentState,
    Due,
    Invitation,
    InvitationState,
    Suppression,
)
from escuta.outreach.templates import TooLongError

PAUSED_SECONDS = 300
LONGEST_DELAY = 900  # seconds; what the queue allows
_EARLY = timedelta(minutes=1)
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
    if invitation.send_at and invitation.send_at > clock.now():
        wait(Due(link_key=invitation.link_key, due_at=invitation.send_at))
        return True
    deployment = deployments.get(invitation.deployment)
    survey = survey_of(invitation.survey)
    stopped = ended(invitation, deployment, survey) or (invitation.send_at and no_longer(invitation))
    if stopped:
        return invitations.settle(invitation, *stopped)
    if is_held(deployment, survey):
        later(invitation.link_key, PAUSED_SECONDS)
        return True
    return _written(invitation, deployment, survey.asked)


def is_held(deployment: Deployment, survey: Survey) -> bool:
    """Tell whether nothing goes out for now."""
    return deployment.state is DeploymentState.PAUSED or survey.standing is Standing.PAUSED


def ended(invitation: Invitation, deployment: Deployment, survey: Survey) -> tuple[InvitationState, str] | None:
    """Return how a message ends that nobody may send any more, and why."""
    if deployment.state is DeploymentState.CANCELLED:
        return InvitationState.CANCELLED, "deployment_cancelled"
    if survey.standing is Standing.CLOSED:
        return InvitationState.CANCELLED, "survey_closed"
    if invitation.expires_at <= clock.now():
        return InvitationState.EXPIRED, "expired"
    return None


def no_longer(invitation: Invitation) -> tuple[InvitationState, str] | None:
    """Return why a person is not written to any more who was to be when it was decided, some time ago."""
    person = table.find(Contact, Contact.at(invitation.contact), consistent=True)
    if person is None:
        return InvitationState.CANCELLED, "erased"
    if eligibility.is_denied(person):
        return InvitationState.SUPPRESSED, "no_consent"
    return None


def _waited(invitation: Invitation) -> bool:
    """Give the worker that claimed it until the end of its lease; after that nobody knows."""
    left = (invitation.lease_until or clock.now()) - clock.now()
    if left > timedelta():
        later(invitation.link_key, int(left.total_seconds()) + 1)
        return True
    return invitations.lapse(invitation)


def later(link_key: str, seconds: int, *, reminder: int = 0) -> None:
    """Look again in so many seconds, 15 minutes at most."""
    queues.send(settings().deliver_queue, [alarms.message(link_key, reminder)], delay=min(seconds, LONGEST_DELAY))


def wait(alarm: Due) -> None:
    """Come back when it is time.

    What comes up a moment early, by a clock that is behind, waits in the queue: the alarm that has just rung may not be
    removed yet, and another one at its place would be removed with it.
    """
    left = alarm.due_at - clock.now()
    if left > _EARLY:
        alarms.put([alarm])
    else:
        later(alarm.link_key, max(1, int(left.total_seconds()) + 1), reminder=alarm.reminder)


def _written(invitation: Invitation, deployment: Deployment, asked: Asked) -> bool:
    """Write the message before anything is claimed: what cannot be written leaves nothing open."""
    try:
        letter = letters.letter(invitation, deployment, asked)
    except BlankError as error:
        return invitations.settle(invitation, InvitationState.SUPPRESSED, "field_blank", field=error.field)
    except TooLongError:
        return invitations.settle(invitation, InvitationState.SUPPRESSED, "sms_too_long")
    remind_of(invitation, deployment, 1)
    claimed = invitations.claim(invitation, deployment)
    if isinstance(claimed, Suppression):
        return invitations.settle(invitation, InvitationState.SUPPRESSED, claimed.cause)
    if claimed is None:
        return False
    _send(claimed, letter)
    return True


def remind_of(invitation: Invitation, deployment: Deployment, number: int) -> None:
    """Set the alarm of the reminder that follows what goes out now, before it does."""
    if number <= deployment.remind.times:
        due = times.reminding(deployment.remind, clock.now(), invitation.zone or invitation.timezone)
        alarms.put([Due(link_key=invitation.link_key, reminder=number, due_at=due)])


def post(address: str, letter: Email | str) -> str:
    """Send with one attempt; return the provider's id of the message."""
    return messages.send_email(letter) if isinstance(letter, Email) else messages.send_sms(address, letter)


def _send(claimed: Invitation, letter: Email | str) -> None:
    try:
        message_id = post(claimed.address, letter)
    except messages.Refused as refused:
        _refused(claimed, refused)
    except messages.Lost:
        invitations.advance(claimed.link_key, InvitationState.UNKNOWN, reason="answer_lost", known=claimed)
    else:
        invitations.advance(claimed.link_key, InvitationState.SENT, message_id=message_id, known=claimed)


def _refused(claimed: Invitation, refused: messages.Refused) -> None:
    heed(claimed, refused)
    if not refused.retry:
        invitations.reject(claimed, refused.code)
        return
    invitations.give_back(claimed, refused.code)
    later(claimed.link_key, 5 * 2 ** min(claimed.attempts, 8))


def heed(invitation: Invitation, refused: messages.Refused) -> None:
    """Do what a refusal asks for beyond this message: close the address, or hold back the deployment."""
    if refused.code == "opted_out":
        suppression.add(invitation.channel, invitation.address, "stop")
    if refused.stops_the_run:
        logger().error("deployment paused", extra={"deployment": invitation.deployment, "reason": refused.code})
        deployments.pause(invitation.deployment, refused.code)
