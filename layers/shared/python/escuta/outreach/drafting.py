"""From what came up to letters: who is still to be written to now, and what each of them is told.

Nothing is claimed here: what cannot be written leaves nothing open. Deployments and surveys are as they were at most a
few seconds ago; the claim holds a deployment against the stored one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from escuta import clock, table
from escuta.directory.model import Contact
from escuta.entity import Key, Value
from escuta.errors import UnavailableError
from escuta.observe import logger
from escuta.outreach import deployments, eligibility, invitations, letters, planning, reminding, sending_rules, times
from escuta.outreach.ledger import Message
from escuta.outreach.letters import Asked
from escuta.outreach.merge import BlankError
from escuta.outreach.messages import Email
from escuta.outreach.model import Deployment, DeploymentState, Due, Invitation, InvitationState, Reminder, Strategy
from escuta.outreach.templates import TooLongError, UnusableError
from escuta.outreach.waiting import Desk, Spot

UNPUBLISHED_SECONDS = 300
_FRESH_SECONDS = 5
_WAITING = frozenset({InvitationState.QUEUED, InvitationState.DEFERRED})
_LONG_AGO = timedelta(minutes=10)  # what was known of a person then is looked up again


class Standing(StrEnum):
    """Whether a survey may be asked for now."""

    OPEN = "open"
    UNPUBLISHED = "unpublished"  # so far: nobody starts to ask for one
    PAUSED = "paused"
    CLOSED = "closed"


class Survey(Value):
    """What delivering must know of a survey; the caller reads it, since this wing does not know that one."""

    standing: Standing
    asked: Asked


SurveyOf = Callable[[str], Survey]


class Job(NamedTuple):
    """A message that came up: its row, its invitation, and the rows that tell whether it is still to go out."""

    invitation: Invitation
    number: int = 0  # of the reminder; 0: the invitation itself
    known: Reminder | None = None
    before: Reminder | None = None  # the one that a reminder follows
    others: tuple[Invitation, ...] = ()  # of the same person, over other channels

    @property
    def spot(self) -> Spot:
        """What the queue calls it."""
        return self.invitation.link_key, self.number

    @property
    def message(self) -> Message:
        """What is claimed and marked."""
        return self.known or self.invitation


class Draft(NamedTuple):
    """A letter that is ready, and what must not change until it is claimed."""

    job: Job
    deployment: Deployment
    letter: Email | str
    next: Due | None  # the alarm of the reminder that follows


class _Known(NamedTuple):
    """What was read for several jobs together."""

    people: Mapping[Key, Contact]
    siblings: Mapping[Key, Invitation]


def deployment_of(name: str) -> Deployment:
    """Return a deployment as it was at most a few seconds ago."""
    return _kept(name, clock.epoch() // _FRESH_SECONDS)


@lru_cache(maxsize=64)
def _kept(name: str, _window: int) -> Deployment:
    return deployments.get(name)


@lru_cache(maxsize=64)
def _survey(name: str, survey_of: SurveyOf, _window: int) -> Survey:
    return survey_of(name)


def look_again() -> None:
    """Forget the deployments at hand: one of them has changed."""
    _kept.cache_clear()


def ready(spots: Sequence[Spot], desk: Desk, survey_of: SurveyOf) -> list[Job]:
    """Return what may go out now. Everything else is settled, or waits at the desk."""
    ripe = desk.each(_read(spots), lambda job: _ripe(job, desk, survey_of), lambda job: job.spot)
    known = _known(ripe)
    return desk.each(ripe, lambda job: _open(job, known, desk, survey_of), lambda job: job.spot)


def anew(jobs: Sequence[Job], desk: Desk) -> list[Job]:
    """Return these jobs, whoever should have been asked some time ago as decided on anew; reminders as they are."""
    late = [job for job in jobs if not job.number and planning.is_late(job.invitation)]
    going: dict[Spot, Invitation] = {}
    for name in dict.fromkeys(job.invitation.deployment for job in late):
        some = [job for job in late if job.invitation.deployment == name]
        try:
            found = planning.caught_up([job.invitation for job in some], deployment_of(name))
        except UnavailableError:
            logger().exception("group not decided anew")
            desk.failed += [job.spot for job in some]
            continue
        going |= {(one.link_key, 0): one for one in found}
        desk.again += [job.spot for job in some if job.spot not in going]
    apart = {job.spot for job in late}
    return [
        job._replace(invitation=going.get(job.spot, job.invitation))
        for job in jobs
        if job.spot in going or job.spot not in apart
    ]


def drafts(jobs: Sequence[Job], desk: Desk, survey_of: SurveyOf) -> list[Draft]:
    """Write the letters; whoever cannot be written to is settled."""
    return desk.each(jobs, lambda job: _written(job, _asked_for(job, survey_of).asked, desk), lambda job: job.spot)


def _read(spots: Sequence[Spot]) -> list[Job]:
    """Read invitations and reminders; what is not there any more is not in it."""
    asked = table.find_many(Invitation, [Invitation.at(link) for link, _ in spots], consistent=True)
    numbers = [(link, one) for link, number in spots for one in (number, number - 1) if one > 0]
    reminders = table.find_many(Reminder, [Reminder.at(*one) for one in numbers], consistent=True)
    return [
        Job(invitation, number, reminders.get(Reminder.at(link, number)), reminders.get(Reminder.at(link, number - 1)))
        for link, number in spots
        if (invitation := asked.get(Invitation.at(link)))
    ]


def _ripe(job: Job, desk: Desk, survey_of: SurveyOf) -> Job | None:
    """Do what the state asks for; return the job if its time has come."""
    made = job.known if job.number else job.invitation
    if made and made.state is InvitationState.CLAIMED:
        desk.lapse(made)
        return None
    if made and made.state not in _WAITING:
        return None
    due = _due(job)
    if due is None:
        return None
    if due > clock.now():
        desk.wait(Due(link_key=job.invitation.link_key, reminder=job.number, due_at=due))
        return None
    if made and made.state is InvitationState.DEFERRED:
        held = _is_paused(_of(job), _asked_for(job, survey_of)) and job.invitation.expires_at > clock.now()
        if not held and not planning.again(job.invitation, _of(job)):  # nobody begins to rest for what does not go out
            desk.again.append(job.spot)
        return None
    return job._replace(known=job.known or reminding.made(job.invitation, job.number, due)) if job.number else job


def _due(job: Job) -> datetime | None:
    """Return when a message is to go out; None: not at all."""
    if not job.number:
        return job.invitation.send_at or clock.now()
    return reminding.due(job.invitation, job.number, job.before, deployment_of(job.invitation.deployment))


def _known(jobs: Iterable[Job]) -> _Known:
    """Read what tells whether people are still to be written to: who was decided on long ago, who has answered."""
    long_ago = clock.now() - _LONG_AGO
    old = [job.invitation for job in jobs if job.invitation.created_at < long_ago]
    both = [job.invitation for job in jobs if job.number and _of(job).strategy is Strategy.BOTH]
    return _Known(
        table.find_many(Contact, [Contact.at(one.contact) for one in old], consistent=True),
        table.find_many(Invitation, [invitations.sibling_key(one) for one in both], consistent=True),
    )


def _of(job: Job) -> Deployment:
    return deployment_of(job.invitation.deployment)


def _is_paused(deployment: Deployment, survey: Survey) -> bool:
    return deployment.state is DeploymentState.PAUSED or survey.standing is Standing.PAUSED


def _asked_for(job: Job, survey_of: SurveyOf) -> Survey:
    return _survey(job.invitation.survey, survey_of, clock.epoch() // _FRESH_SECONDS)


def _open(job: Job, known: _Known, desk: Desk, survey_of: SurveyOf) -> Job | None:
    """Settle what is not to go out any more, and put off what is held back or would come at night."""
    invitation, deployment, survey = job.invitation, _of(job), _asked_for(job, survey_of)
    other = known.siblings.get(invitations.sibling_key(invitation)) if job.number else None
    job = job._replace(others=(other,) if other else ())
    stopped = _stopped(job) or ended(invitation, deployment, survey) or _no_longer(invitation, known)
    if stopped:
        desk.settle(job.message, *stopped)
        return None
    if _is_paused(deployment, survey):
        return (
            None  # let go of: nothing circles for weeks, and it is queued when the deployment, or the survey, goes on
        )
    if survey.standing is Standing.UNPUBLISHED:
        desk.later(job.spot, UNPUBLISHED_SECONDS)
        return None
    allowed = times.allowed(clock.now(), reminding.zone_of(invitation), sending_rules.calendar_of(deployment))
    if allowed > clock.now():
        desk.wait(Due(link_key=invitation.link_key, reminder=job.number, due_at=allowed))
        return None
    return job


def _stopped(job: Job) -> tuple[InvitationState, str] | None:
    return reminding.stopped((job.invitation, *job.others)) if job.number else None


def ended(invitation: Invitation, deployment: Deployment, survey: Survey) -> tuple[InvitationState, str] | None:
    """Return how a message ends that nobody may send any more, and why."""
    if deployment.state is DeploymentState.CANCELLED:
        return InvitationState.CANCELLED, "deployment_cancelled"
    if survey.standing is Standing.CLOSED:
        return InvitationState.CANCELLED, "survey_closed"
    if invitation.expires_at <= clock.now():
        return InvitationState.EXPIRED, "expired"
    return None


def _no_longer(invitation: Invitation, known: _Known) -> tuple[InvitationState, str] | None:
    """Return why a person is not written to any more who was to be when it was decided, some time ago."""
    if invitation.created_at >= clock.now() - _LONG_AGO:
        return None
    person = known.people.get(Contact.at(invitation.contact))
    if person is None:
        return InvitationState.CANCELLED, "erased"
    if eligibility.is_denied(person):
        return InvitationState.SUPPRESSED, "no_consent"
    return None


def _written(job: Job, asked: Asked, desk: Desk) -> Draft | None:
    invitation, deployment = job.invitation, _of(job)
    try:
        letter = letters.letter(invitation, deployment, asked, job.number)
    except BlankError as error:
        desk.settle(job.message, InvitationState.SUPPRESSED, "field_blank", field=error.field)
    except TooLongError:
        desk.settle(job.message, InvitationState.SUPPRESSED, "sms_too_long")
    except UnusableError as error:
        desk.settle(job.message, InvitationState.SUPPRESSED, "template_invalid", field=error.details["field"])
    else:
        return Draft(job, deployment, letter, reminding.next_of(invitation, job.number, deployment))
    return None
