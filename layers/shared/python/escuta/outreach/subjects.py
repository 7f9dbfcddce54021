"""Whom a deployment is about: people as they are stored, each with the visit in question, and what is known of them."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from escuta import clock, table
from escuta.config import settings
from escuta.directory import products, segments
from escuta.directory.model import Contact, Segment, Transaction
from escuta.outreach import canary, invitations, rest, sending_rules, suppression, times, visited
from escuta.outreach.audience import Sought
from escuta.outreach.eligibility import Person, addresses
from escuta.outreach.model import (
    MESSAGES,
    AudienceKind,
    Channel,
    Deployment,
    Invitation,
    LastAsked,
    Quota,
    SendingRules,
    Strategy,
    Suppression,
)

Place = tuple[str, str]  # a person, and the visit where each visit is asked about apart


class Occasion(NamedTuple):
    """What somebody is asked about that is no visit, once for each; and where it was."""

    id: str
    segment: str
    product: str


class Subject(NamedTuple):
    """One person, and the visit that this is about; None: about none in particular."""

    contact: Contact
    visit: Transaction | None = None
    apart: bool = False  # asked once for each visit
    language: str = ""  # in which they are asked, where it is another than their own
    after: timedelta = timedelta()  # how long from now
    occasion: Occasion | None = None  # instead of a visit

    @property
    def segment(self) -> Segment:
        """Where it was."""
        where = self.visit or self.occasion or self.contact
        code = where.segment
        return segments.by_code().get(code) or segments.get(code)

    @property
    def about(self) -> str:
        """The visit if it is part of the identity of the invitation, or the occasion."""
        if self.occasion:
            return self.occasion.id
        return self.visit.id if self.visit and self.apart else ""

    @property
    def product(self) -> str:
        """The product in question."""
        return (self.visit or self.occasion or self.contact).product

    @property
    def place(self) -> Place:
        """What tells this one from others of the same deployment."""
        return self.contact.id, self.about

    def when(self, deployment: Deployment) -> datetime:
        """Return when this person's message goes out, if it is decided now to send one."""
        now = clock.now() + self.after
        if deployment.strategy is Strategy.LINK:
            return now
        zone = times.known(self.contact.timezone, self.segment.timezone, settings().timezone)
        return canary.moment(deployment, self.contact.id, now, zone, sending_rules.calendar_of(deployment))


class Facts(NamedTuple):
    """What is known when people are decided on: read together, checked again by the transaction."""

    invited: Mapping[Place, tuple[Invitation, ...]]  # what this deployment made of somebody before
    suppressed: Mapping[str, str]  # hash of an address -> reason
    last_asked: Mapping[str, LastAsked]
    groups: Mapping[str, str]  # product -> its group, where rules ask for it
    rules: SendingRules
    quota: Quota | None  # None: as many as there are


def occasion_of(invitation: Invitation) -> Occasion | None:
    """Return what an invitation asks about where that is no visit."""
    return Occasion(invitation.occasion, invitation.segment, invitation.product) if invitation.occasion else None


def find(sought: Collection[Sought], deployment: Deployment | None = None) -> list[Subject]:
    """Return whom of these there is, with the visits: each person once, about the latest of the visits of the file.

    A deployment that is told of visits one by one asks about each of them apart.
    """
    people = table.find_many(Contact, [Contact.at(one.contact) for one in sought], consistent=True)
    contacts = {contact.id: contact for contact in people.values()}
    if deployment is not None and deployment.audience is AudienceKind.TOLD:
        return _apart(sought, contacts)
    latest = visited.latest(sought, contacts)
    return [Subject(contact, latest[contact.id]) for contact in contacts.values() if contact.id in latest]


def _apart(sought: Collection[Sought], contacts: Mapping[str, Contact]) -> list[Subject]:
    keys = {one: Transaction.at(one.contact, one.transaction) for one in sought if one.transaction}
    visits = table.find_many(Transaction, keys.values(), consistent=True)
    return [
        Subject(
            contacts[one.contact],
            visits[keys[one]] if one.transaction else None,
            apart=True,
            language=one.language,
            after=one.after,
        )
        for one in dict.fromkeys(sought)
        if one.contact in contacts and (not one.transaction or keys[one] in visits)
    ]


def facts_of(deployment: Deployment, subjects: Collection[Subject]) -> Facts:
    """Return what is known of people when a deployment decides on them."""
    names = {name for one in subjects for name in rest.names(one.contact.id, addresses(one.contact))}
    hashes = [name.removeprefix("address#") for name in names if name.startswith("address#")]
    rules = sending_rules.current()
    return Facts(
        _invited(deployment, subjects),
        _suppressed(hashes, deployment.survey),
        rest.known(names),
        _groups(rules, subjects),
        rules,
        quota_of(deployment),
    )


def quota_of(deployment: Deployment) -> Quota | None:
    """Return how many people a deployment has asked, if it may ask only so many."""
    if not deployment.most:
        return None
    return table.find(Quota, Quota.at(deployment.id), consistent=True) or Quota(deployment=deployment.id)


def _invited(deployment: Deployment, subjects: Collection[Subject]) -> dict[Place, tuple[Invitation, ...]]:
    channels = (Channel.LINK,) if deployment.strategy is Strategy.LINK else MESSAGES
    keys = {
        Invitation.at(
            invitations.link_key(invitations.identity(deployment.id, one.contact.id, channel, one.about))
        ): one.place
        for one in subjects
        for channel in channels
    }
    invited: dict[Place, tuple[Invitation, ...]] = {}
    for key, found in table.find_many(Invitation, keys, consistent=True).items():
        invited[keys[key]] = (*invited.get(keys[key], ()), found)
    return invited


def _suppressed(hashes: Iterable[str], survey: str) -> dict[str, str]:
    keys = [key for name in hashes for key in Suppression.closing(name, survey)]
    found = table.find_many(Suppression, keys)
    closed: dict[str, str] = {}
    for row in (found[key] for key in keys if key in found):
        closed.setdefault(row.address_hash, row.cause)
    return closed


def _groups(rules: SendingRules, subjects: Collection[Subject]) -> dict[str, str]:
    if not any(one.field == "group" for exclude in rules.exclude for one in exclude.when):
        return {}
    known = products.resolve(filter(None, map(product_of, subjects)))
    return {code: product.group for code, product in known.items()}


def product_of(subject: Subject) -> str:
    """Return the product in question."""
    return subject.product


def closed(contact: Contact, facts: Facts) -> dict[Channel, str]:
    """Return over which channels this person is not written to, and why."""
    return {channel: facts.suppressed[name] for channel, name in _hashes(contact).items() if name in facts.suppressed}


def refusing(people: Collection[Contact], survey: str) -> dict[str, Person]:
    """Return people, by id, with what closes their addresses to a survey now."""
    hashes = {one.id: _hashes(one) for one in people}
    told = _suppressed({name for own in hashes.values() for name in own.values()}, survey)
    return {
        one.id: Person(one, {channel: told[name] for channel, name in hashes[one.id].items() if name in told})
        for one in people
    }


def _hashes(contact: Contact) -> dict[Channel, str]:
    return {channel: suppression.address_hash(channel, address) for channel, address in addresses(contact).items()}
