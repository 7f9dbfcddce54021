"""Planning: one decision per person, and in one transaction the invitations and the rest period."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import islice
from typing import NamedTuple

from escuta import clock, queues, table
from escuta.config import settings
from escuta.directory import segments
from escuta.directory.model import Contact, Segment
from escuta.errors import UnavailableError
from escuta.outreach import audience, deployments, eligibility, invitations, rest, suppression
from escuta.outreach.eligibility import Decision, Defer, Send, Skip
from escuta.outreach.model import (
    Channel,
    Deployment,
    DeploymentState,
    Invitation,
    InvitationState,
    LastAsked,
    Suppression,
)

_TOGETHER = 40  # people read at once
_TRIES = 5


class Facts(NamedTuple):
    """What is known when people are decided on: read together, checked again by the transaction."""

    invited: Mapping[str, tuple[Invitation, ...]]  # contact -> what this deployment made of it before
    suppressed: Mapping[str, str]  # hash of an address -> reason
    last_asked: Mapping[str, LastAsked]


def plan(deployment: str, part: int, cursor: str) -> None:
    """Plan the next people of a part and queue their messages; a repetition finds the same and queues it again."""
    found = deployments.get(deployment)
    if found.state is DeploymentState.CANCELLED:
        return
    reached = audience.page(found, part, cursor)
    people = iter(reached.contacts)
    while together := tuple(islice(people, _TOGETHER)):
        _plan(found, together)
    if reached.cursor:
        queues.send(settings().plan_queue, [{"deployment": deployment, "part": part, "cursor": reached.cursor}])
    else:
        deployments.part_done(deployment, part)


def _plan(deployment: Deployment, contacts: tuple[str, ...]) -> None:
    people = table.find_many(Contact, map(Contact.at, contacts), consistent=True)
    contacts_found = tuple(people.values())
    facts = _facts(deployment, contacts_found)
    made = (invitation for contact in contacts_found for invitation in _invited(deployment, contact, facts))
    waiting = [{"invitation": made.link_key} for made in made if made.state is InvitationState.QUEUED]
    queues.send(settings().deliver_queue, waiting)


def _facts(deployment: Deployment, contacts: Collection[Contact]) -> Facts:
    keys = {
        Invitation.at(invitations.link_key(invitations.identity(deployment.id, contact.id, channel)))
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


def _invited(deployment: Deployment, contact: Contact, facts: Facts) -> tuple[Invitation, ...]:
    """Return what this deployment makes of a person: what it made before, else what is decided and stored now."""
    for _ in range(_TRIES):
        known = facts.invited.get(contact.id)
        if known:
            return known
        decision = decide(deployment, contact, facts)
        made = tuple(_made(deployment, contact, decision))
        try:
            table.transact(*map(table.Create, made), *_rest(deployment, contact, decision, facts))
        except table.CancelledError:
            facts = _facts(deployment, [contact])  # somebody asked this person meanwhile: decide again
        else:
            return made
    raise UnavailableError("contact_contended", retry_after=2)


def decide(deployment: Deployment, contact: Contact, facts: Facts) -> Decision:
    """Return the decision on one person."""
    reached = eligibility.addresses(contact)
    hashes = {channel: suppression.address_hash(channel, address) for channel, address in reached.items()}
    rested = [row.at_time for name in rest.names(contact.id, reached) if (row := facts.last_asked.get(name))]
    return eligibility.decide(
        contact,
        deployment.strategy,
        now=clock.now(),
        suppressed={channel: facts.suppressed[name] for channel, name in hashes.items() if name in facts.suppressed},
        last_asked=max(rested, default=None),
    )


def _rest(deployment: Deployment, contact: Contact, decision: Decision, facts: Facts) -> tuple[table.Action, ...]:
    if not isinstance(decision, Send):
        return ()
    reached = eligibility.addresses(contact)
    asked = {channel: reached[channel] for channel in decision.channels}
    return rest.claim(rest.names(contact.id, asked), facts.last_asked, rest.asking(deployment.id, contact.id))


def _made(deployment: Deployment, contact: Contact, decision: Decision) -> Iterator[Invitation]:
    match decision:
        case Send(channels=channels):
            for channel in channels:
                yield _invitation(deployment, contact, channel, InvitationState.QUEUED)
        case Skip(channel=channel, reason=reason, evidence=evidence):
            yield _invitation(deployment, contact, channel, InvitationState.SUPPRESSED, reason, evidence)
        case Defer(channel=channel, reason=reason, evidence=evidence):
            yield _invitation(deployment, contact, channel, InvitationState.DEFERRED, reason, evidence)


def _invitation(
    deployment: Deployment,
    contact: Contact,
    channel: Channel,
    state: InvitationState,
    reason: str = "",
    evidence: Mapping[str, str] | None = None,
) -> Invitation:
    identity = invitations.identity(deployment.id, contact.id, channel)
    now = clock.now()
    segment = _segment(contact.segment)
    return Invitation(
        id=identity,
        link_key=invitations.link_key(identity),
        deployment=deployment.id,
        survey=deployment.survey,
        contact=contact.id,
        segment=contact.segment,
        segment_path=segment.path,
        timezone=segment.timezone,
        product=contact.product,
        channel=channel,
        address=eligibility.addresses(contact).get(channel, ""),
        language=contact.language or settings().language,
        first_name=first_name(contact.name),
        name=contact.name,
        custom=contact.custom,
        state=state,
        reason=reason,
        details=dict(evidence or {}),
        created_at=now,
        expires_at=now + timedelta(days=deployment.expires_after_days),
    )


def _segment(code: str) -> Segment:
    return segments.by_code().get(code) or segments.get(code)


def first_name(name: str) -> str:
    """Return what to call a person: the first word, written as a name when it was typed without care."""
    first = next(iter(name.split()), "").rstrip(",;:.")
    return first.capitalize() if first.isupper() or first.islower() else first
