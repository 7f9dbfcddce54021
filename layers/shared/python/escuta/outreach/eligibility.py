"""Whether a person is asked now, and over which channels. Pure: one decision per person, with its evidence."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from escuta.directory.model import Consent, Contact
from escuta.entity import Value
from escuta.outreach.model import Channel, Strategy

REST = timedelta(days=30)  # after an invitation, whatever came of it
NO_CONSENT = frozenset(  # `denied`, and what people said before consent had its own words
    {Consent.DENIED, "none", "no", "refused", "withdrawn", "não", "nao", "negado", "recusado", "revogado"}
)

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


class Defer(Value):
    """Not now: the person rests until then."""

    channel: Channel
    reason: str
    until: datetime
    evidence: dict[str, str]


Decision = Send | Skip | Defer


def addresses(contact: Contact) -> dict[Channel, str]:
    """Return where a person can be reached."""
    known = {Channel.EMAIL: contact.email, Channel.SMS: contact.phone}
    return {channel: address for channel, address in known.items() if address}


def is_denied(contact: Contact) -> bool:
    """Tell whether a person does not agree to be written to."""
    return contact.consent.strip().casefold() in NO_CONSENT


def decide(
    contact: Contact,
    strategy: Strategy,
    *,
    now: datetime,
    suppressed: Mapping[Channel, str],
    last_asked: datetime | None,
    rest: timedelta = REST,
) -> Decision:
    """Return what happens with this person. `suppressed` names the reason of each channel that is closed."""
    order = _ORDER[strategy]
    if is_denied(contact):
        return Skip(channel=order[0], reason="no_consent", evidence={"consent": contact.consent})
    reached = tuple(addresses(contact))
    known = order if strategy is Strategy.LINK else tuple(channel for channel in order if channel in reached)
    if not known:
        return Skip(channel=order[0], reason="no_address", evidence={"strategy": strategy})
    wanted = reached if strategy is Strategy.LINK else known  # a link needs no address; who closed all wants none
    if wanted and all(channel in suppressed for channel in wanted):
        return Skip(channel=known[0], reason=suppressed[wanted[0]], evidence={"suppressed": wanted[0]})
    usable = tuple(channel for channel in known if channel not in suppressed)
    if last_asked is not None and now < last_asked + rest:
        until = last_asked + rest
        evidence = {"last_asked": last_asked.isoformat(), "until": until.isoformat()}
        return Defer(channel=usable[0], reason="resting", until=until, evidence=evidence)
    return Send(channels=usable if strategy is Strategy.BOTH else (usable[0],))
