"""Who of the people of a file said no to everything: they are kept out of what the file makes and changes.

A no is what a person did: unsubscribed, complained, answered STOP, or asked somebody who closed the address by hand.
An address that bounced is no such thing, and one survey less is not everything.
"""

from collections.abc import Iterable, Sequence

from escuta import table
from escuta.directory.rows import Person
from escuta.entity import Key
from escuta.outreach import suppression
from escuta.outreach.model import Channel, Suppression

NO = frozenset({"unsubscribe", "complaint", "stop", "manual"})
_CHANNELS = {"email": Channel.EMAIL, "phone": Channel.SMS}


def closed(people: Sequence[Person]) -> dict[str, str]:
    """Return, by contact, why somebody said no, of those whose every address in the row is closed to everything.

    A row without an address says nothing of that. The second address of a row is only looked up once the first one is
    closed.
    """
    reasons: dict[str, str] = {}
    waiting = {person.contact: _addresses(person) for person in people}
    while waiting := {contact: addresses for contact, addresses in waiting.items() if addresses}:
        first = {contact: _keys(*addresses[0]) for contact, addresses in waiting.items()}
        told = _told(key for keys in first.values() for key in keys)
        for contact, keys in first.items():
            reason = next((told[key] for key in keys if key in told), "")
            if reason:
                reasons[contact] = reason
            else:
                reasons.pop(contact, None)
            waiting[contact] = waiting[contact][1:] if reason else []
    return reasons


def _addresses(person: Person) -> list[tuple[Channel, str]]:
    return [(channel, address) for field, channel in _CHANNELS.items() if (address := person.said.get(field))]


def _keys(channel: Channel, address: str) -> tuple[Key, ...]:
    return Suppression.closing(suppression.address_hash(channel, address), "")


def _told(keys: Iterable[Key]) -> dict[Key, str]:
    found = table.find_many(Suppression, keys)
    return {key: entry.reason for key, entry in found.items() if entry.reason in NO}
