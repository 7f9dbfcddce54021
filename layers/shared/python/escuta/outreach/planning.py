"""Planning: one decision per person, and in one transaction the invitations and the rest period."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from types import MappingProxyType
from typing import NamedTuple

from escuta import clock, queues, table
from escuta.config import settings
from escuta.directory import segments
from escuta.directory.model import Contact, Segment, Transaction
from escuta.errors import UnavailableError
from escuta.outreach import (
    alarms,
    audience,
    canary,
    deployments,
    eligibility,
    invitations,
    rest,
    sending_rules,
    suppression,
    times,
    visited,
)
from escuta.outreach.audience import Sought
from escuta.outreach.eligibility import Decision, Defer, Send, Skip
from escuta.outreach.model import (
    AudienceKind,
    Channel,
    Deployment,
    DeploymentState,
    Due,
    Invitation,
    InvitationState,
    LastAsked,
    Suppression,
)

_TOGETHER = 40  # people read at once
_TRIES = 5
_NO_VISITS: Mapping[str, str] = MappingProxyType({})


class Facts(NamedTuple):
    """What is known when people are decided on: read together, checked again by the transaction."""

    invited: Mapping[str, tuple[Invitation, ...]]  # contact -> what this deployment made of it before
    suppressed: Mapping[str, str]  # hash of an address -> reason
    last_asked: Mapping[str, LastAsked]


class Manner(NamedTuple):
    """What whoever asks says beside the deployment: how long after now, and in which language ("" : the person's)."""

    after: timedelta = timedelta()
    language: str = ""


class Subject(NamedTuple):
    """One person, and the visit that this is about; None: about none in particular."""

    contact: Contact
    visit: Transaction | None = None

    @property
    def segment(self) -> Segment:
        """Where it was."""
        code = self.visit.segment if self.visit else self.contact.segment
        return segments.by_code().get(code) or segments.get(code)

    def when(self, deployment: Deployment) -> datetime:
        """Return when this person's message goes out, if it is decided now."""
        zone = times.known(self.contact.timezone, self.segment.timezone, settings().timezone)
        calendar = sending_rules.calendar_of(deployment)
        return canary.moment(deployment, self.contact.id, clock.now(), zone, calendar)


def plan(deployment: str, part: int, cursor: str) -> None:
    """Plan the next people of a part and queue their messages; a repetition finds the same and queues it again."""
    found = deployments.get(deployment)
    if found.state is DeploymentState.CANCELLED:
        return
    reached = audience.page(found, part, cursor)
    ask(found, reached.people)
    if reached.cursor:
        queues.send(settings().plan_queue, [{"deployment": deployment, "part": part, "cursor": reached.cursor}])
    else:
        deployments.part_done(deployment, part)


def ask(
    deployment: Deployment, sought: Iterable[Sought], *, after: timedelta = timedelta(), language: str = ""
) -> list[Invitation]:
    """Decide about these people now, queue their messages, and return the invitations; the same again finds the same.

    The messages go out `after` so long, in this `language` where it is said; of a deployment that asks about each visit
    apart nobody may stand here twice.
    """
    made: list[Invitation] = []
    people = iter(sought)
    while together := tuple(islice(people, _TOGETHER)):
        made += _plan(deployment, together, Manner(after, language))
    return made


def _plan(deployment: Deployment, sought: tuple[Sought, ...], manner: Manner) -> list[Invitation]:
    about = audience.keeping(deployment, subjects(sought, apart=deployment.audience is AudienceKind.TOLD))
    facts = facts_of(deployment, [subject.contact for subject in about], _visits(deployment, about))
    made = [invitation for subject in about for invitation in _invited(deployment, subject, facts, manner)]
    waiting = [invitation for invitation in made if invitation.state is InvitationState.QUEUED]
    later = [Due(link_key=one.link_key, due_at=one.send_at) for one in waiting if one.send_at]
    alarms.put(later)
    queues.send(settings().deliver_queue, [alarms.message(one.link_key) for one in waiting if not one.send_at])
    return made


def _visits(deployment: Deployment, about: Iterable[Subject]) -> dict[str, str]:
    """Return the visit that is part of the identity of what somebody is asked, where each visit is asked about."""
    if deployment.audience is not AudienceKind.TOLD:
        return {}
    return {subject.contact.id: subject.visit.id for subject in about if subject.visit}


def subjects(sought: Collection[Sought], *, apart: bool = False) -> list[Subject]:
    """Return whom of these there is, with the visits: each person once, about the latest of the visits of the file.

    `apart`: about the visit that is named, whatever others there are.
    """
    people = table.find_many(Contact, [Contact.at(one.contact) for one in sought], consistent=True)
    contacts = {contact.id: contact for contact in people.values()}
    latest = visited.named(sought) if apart else visited.latest(sought, contacts)
    return [Subject(contact, latest[contact.id]) for contact in contacts.values() if contact.id in latest]


def facts_of(deployment: Deployment, contacts: Collection[Contact], visits: Mapping[str, str] = _NO_VISITS) -> Facts:
    """Return what is known of people when a deployment decides on them; `visits`: those asked about apart."""
    keys = {
        Invitation.at(
            invitations.link_key(invitations.identity(deployment.id, contact.id, channel, visits.get(contact.id, "")))
        )
        for contact in contacts
        for channel in Channel
    }
    invited: dict[str, tuple[Invitation, ...]] = {}
    for found in table.find_many(Invitation, keys, consistent=True).values():
        invited[found.contact] = (*invited.get(found.contact, ()), found)
    names = {name for contact in contacts for name in rest.names(contact.id, eligibility.addresses(contact))}
    hashes = [name.removeprefix("address#") for name in names if name.startswith("address#")]
    return Facts(invited, _suppressed(hashes, deployment.survey), rest.known(names))


def _suppressed(hashes: Iterable[str], survey: str) -> dict[str, str]:
    keys = [key for name in hashes for key in Suppression.closing(name, survey)]
    found = table.find_many(Suppression, keys)
    closed: dict[str, str] = {}
    for row in (found[key] for key in keys if key in found):
        closed.setdefault(row.address_hash, row.cause)
    return closed


def _invited(
    deployment: Deployment,
    subject: Subject,
    facts: Facts,
    manner: Manner = Manner(),  # noqa: B008 - it never changes
) -> tuple[Invitation, ...]:
    """Return what this deployment makes of a person: what it made before, else what is decided and stored now."""
    for _ in range(_TRIES):
        known = facts.invited.get(subject.contact.id)
        if known:
            return known
        when = subject.when(deployment) + manner.after
        decision = decide(deployment, subject.contact, facts, when)
        made = tuple(_in_language(one, manner.language) for one in _made(deployment, subject, decision, when))
        try:
            table.transact(*map(table.Create, made), *_rest(deployment, subject.contact, decision, facts, when))
        except table.CancelledError:
            facts = facts_of(
                deployment, [subject.contact], _visits(deployment, [subject])
            )  # somebody asked this person meanwhile: decide again
        else:
            return made
    raise UnavailableError("contact_contended", retry_after=2)


def decide(deployment: Deployment, contact: Contact, facts: Facts, when: datetime) -> Decision:
    """Return the decision on one person whose message would go out at `when`."""
    reached = eligibility.addresses(contact)
    hashes = {channel: suppression.address_hash(channel, address) for channel, address in reached.items()}
    rested = [row.at_time for name in rest.names(contact.id, reached) if (row := facts.last_asked.get(name))]
    return eligibility.decide(
        contact,
        deployment.strategy,
        now=when,
        suppressed={channel: facts.suppressed[name] for channel, name in hashes.items() if name in facts.suppressed},
        last_asked=max(rested, default=None),
    )


def _rest(
    deployment: Deployment, contact: Contact, decision: Decision, facts: Facts, when: datetime
) -> tuple[table.Action, ...]:
    if not isinstance(decision, Send):
        return ()
    reached = eligibility.addresses(contact)
    asked = {channel: reached[channel] for channel in decision.channels if channel in reached}
    return rest.claim(rest.names(contact.id, asked), facts.last_asked, rest.asking(deployment.id, contact.id), when)


def _made(deployment: Deployment, subject: Subject, decision: Decision, when: datetime) -> Iterator[Invitation]:
    match decision:
        case Send(channels=channels):
            for channel in channels:
                yield _invitation(deployment, subject, channel, when)
        case Skip(channel=channel, reason=reason, evidence=evidence):
            yield _invitation(deployment, subject, channel, when).changed(
                state=InvitationState.SUPPRESSED, send_at=None, reason=reason, details=evidence
            )
        case Defer(channel=channel, reason=reason, evidence=evidence):
            yield _invitation(deployment, subject, channel, when).changed(
                state=InvitationState.DEFERRED, send_at=None, reason=reason, details=evidence
            )


def _invitation(deployment: Deployment, subject: Subject, channel: Channel, when: datetime) -> Invitation:
    contact, visit, segment = subject.contact, subject.visit, subject.segment
    apart = deployment.audience is AudienceKind.TOLD and visit is not None
    identity = invitations.identity(deployment.id, contact.id, channel, visit.id if apart and visit else "")
    now = clock.now()
    return Invitation(
        id=identity,
        link_key=invitations.link_key(identity),
        deployment=deployment.id,
        survey=deployment.survey,
        contact=contact.id,
        segment=segment.code,
        segment_path=segment.path,
        timezone=segment.timezone,
        zone=contact.timezone if contact.timezone != segment.timezone else "",
        product=visit.product if visit else contact.product,
        transaction=visit.id if visit else "",
        apart=apart,
        rules=f"{deployment.rules}#{deployment.route}" if deployment.rules else "",
        channel=channel,
        address=eligibility.addresses(contact).get(channel, ""),
        language=contact.language or settings().language,
        first_name=first_name(contact.name),
        name=contact.name,
        custom={**contact.custom, **(visit.custom if visit else {})},
        state=InvitationState.EXPORTED if channel is Channel.LINK else InvitationState.QUEUED,
        created_at=now,
        send_at=when if when > now and channel is not Channel.LINK else None,
        expires_at=when + timedelta(days=deployment.expires_after_days),
    )


def _in_language(invitation: Invitation, language: str) -> Invitation:
    return invitation.changed(language=language) if language else invitation


def first_name(name: str) -> str:
    """Return what to call a person: the first word, written as a name when it was typed without care."""
    first = next(iter(name.split()), "").rstrip(",;:.")
    return first.capitalize() if first.isupper() or first.islower() else first
