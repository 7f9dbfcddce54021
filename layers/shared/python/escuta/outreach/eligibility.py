"""Whether a person is asked, over which channels, and if not, why and from when on. Pure: one decision, its evidence.

Planning, the dry run, the preview of rules and the API ask here, so that they can never differ.
"""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from escuta.directory.model import Consent, Contact
from escuta.entity import Value
from escuta.outreach import resting, rules
from escuta.outreach.model import Channel, RestAfter, RestThen, SendingDraft, Strategy
from escuta.outreach.resting import FLOOR_RULE, History, Rest

NO_CONSENT = frozenset(  # `denied`, and what people said before consent had its own words
    {Consent.DENIED, "none", "no", "refused", "withdrawn", "não", "nao", "negado", "recusado", "revogado"}
)
_BOUNCE = "bounce"  # an address that does not exist: nothing that a person said

_ORDER: dict[Strategy, tuple[Channel, ...]] = {
    Strategy.EMAIL: (Channel.EMAIL,),
    Strategy.SMS: (Channel.SMS,),
    Strategy.PREFER_EMAIL: (Channel.EMAIL, Channel.SMS),
    Strategy.PREFER_SMS: (Channel.SMS, Channel.EMAIL),
    Strategy.BOTH: (Channel.EMAIL, Channel.SMS),
    Strategy.LINK: (Channel.LINK,),
}


class Send(Value):
    """Ask now, over these channels."""

    channels: tuple[Channel, ...]


class Skip(Value):
    """Do not ask in this deployment. `reason` has its words in the catalog `outreach`."""

    channel: Channel  # the one that was tried first
    reason: str
    evidence: dict[str, str]
    until: datetime | None = None  # when the person could be asked again, where only time stands in the way


class Defer(Value):
    """Not now: the person rests until then."""

    channel: Channel
    reason: str
    until: datetime
    evidence: dict[str, str]


Decision = Send | Skip | Defer
Known = Mapping[str, str | tuple[str, ...]]


class Person(NamedTuple):
    """What is known of somebody."""

    contact: Contact
    closed: Mapping[Channel, str] = MappingProxyType({})  # channels that are closed -> why
    history: History = History()
    facts: Known = MappingProxyType({})  # what exclusion rules ask about


class Terms(NamedTuple):
    """What somebody is to be asked, under which rules."""

    survey: str
    strategy: Strategy
    rules: SendingDraft
    full: bool = False  # as many people as may be asked are asked
    expires_at: datetime | None = None  # putting somebody off for longer is no use


def addresses(contact: Contact) -> dict[Channel, str]:
    """Return where a person can be reached."""
    known = {Channel.EMAIL: contact.email, Channel.SMS: contact.phone}
    return {channel: address for channel, address in known.items() if address}


def is_denied(contact: Contact) -> bool:
    """Tell whether a person does not agree to be written to."""
    return contact.consent.strip().casefold() in NO_CONSENT


def refusal(person: Person, channel: Channel) -> str:
    """Return why somebody does not want to be asked over this channel; "" when they never said so.

    Of an address that bounced nobody said anything.
    """
    if is_denied(person.contact):
        return "no_consent"
    reason = unreachable(person).get(channel, "")
    return "" if reason.startswith(_BOUNCE) else reason


def decide(person: Person, terms: Terms, at: datetime) -> Decision:
    """Return what happens with this person if the message goes out at `at`. The first of these checks that fails says.

    1. consent: `no_consent`
    2. exclusion rules of the organisation: `excluded`
    3. an address for the strategy: `no_address` (handing out a link needs none)
    4. suppression of every such address: its reason
    5. how many the deployment may ask: `quota_reached`
    6. rest rules, those of a channel for each channel apart: `resting` after an invitation, `resting_answered`
    7. the floor of 24 hours between two invitations: `resting_floor`

    Whoever rests is left out or put off, as the rule says; the floor puts off. Somebody who would be put off until the
    invitation has expired is left out. Who was erased is nobody to decide on.
    """
    order = _ORDER[terms.strategy]
    return _forbidden(person, terms, order[0]) or _reached(person, terms, order, at)


def _forbidden(person: Person, terms: Terms, channel: Channel) -> Skip | None:
    """Return why nobody asks this person, whatever the channel and the time."""
    contact = person.contact
    if is_denied(contact):
        return Skip(channel=channel, reason="no_consent", evidence={"consent": contact.consent})
    for exclude in terms.rules.exclude:
        if rules.holds(exclude.when, person.facts):
            return Skip(channel=channel, reason="excluded", evidence={"rule": exclude.name})
    return None


def _reached(person: Person, terms: Terms, order: tuple[Channel, ...], at: datetime) -> Decision:
    """Return the decision on somebody whom only addresses, numbers and time can keep from being asked."""
    known = [channel for channel in order if channel is Channel.LINK or channel in addresses(person.contact)]
    if not known:
        return Skip(channel=order[0], reason="no_address", evidence={"strategy": terms.strategy})
    closed = unreachable(person)
    usable = [channel for channel in known if channel not in closed]
    if not usable:
        return Skip(channel=known[0], reason=closed[known[0]], evidence={"suppressed": known[0]})
    if terms.full:
        return Skip(channel=usable[0], reason="quota_reached", evidence={})
    rests = {channel: resting.rest(terms.rules.rest, person.history, terms.survey, channel, at) for channel in usable}
    free = [channel for channel in usable if rests[channel] is None]
    if free:
        return Send(channels=tuple(free) if terms.strategy is Strategy.BOTH else (free[0],))
    found = next(rest for rest in rests.values() if rest)
    return _rested(person, terms, usable, found, at)


def unreachable(person: Person) -> dict[Channel, str]:
    """Return why which channels are closed. No link is handed out for somebody who said no at every address."""
    said = [person.closed.get(channel, "") for channel in addresses(person.contact)]
    no = said and all(reason and not reason.startswith(_BOUNCE) for reason in said)
    return {**person.closed, **({Channel.LINK: said[0]} if no else {})}


def _rested(person: Person, terms: Terms, usable: list[Channel], found: Rest, at: datetime) -> Skip | Defer:
    rule = found.rule
    until = min(resting.earliest(terms.rules.rest, person.history, terms.survey, channel, at) for channel in usable)
    replied = rule.after is RestAfter.RESPONSE
    evidence = {
        "rule": rule.name,
        "last_answered" if replied else "last_asked": found.since.isoformat(),
        "until": until.isoformat(),
    }
    reason = "resting_floor" if rule is FLOOR_RULE else "resting_answered" if replied else "resting"
    lost = terms.expires_at is not None and until >= terms.expires_at
    if rule.then is RestThen.SKIP or lost:
        return Skip(channel=usable[0], reason=reason, evidence=evidence, until=until)
    return Defer(channel=usable[0], reason=reason, evidence=evidence, until=until)
