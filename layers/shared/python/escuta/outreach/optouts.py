"""Who of the people of a file said no to everything: they are kept out of what the file makes and changes.

A no is what a person did: unsubscribed, complained, answered STOP, or asked somebody who closed the address by hand.
An address that bounced is no such thing, and one survey less is not everything.
"""

from collections.abc import Iterable, Sequence

from escuta import table
from escuta.directory.rows import Person
from escuta.outreach import suppression
from escuta.outreach.model import Channel, Suppression

NO = frozenset({"unsubscribe", "complaint", "stop", "manual"})
_CHANNELS = {"email": Channel.EMAIL, "phone": Channel.SMS}


def closed(people: Sequence[Person]) -> dict[int, str]:
    """Return, by row, why somebody said no, of those whose every address in the row is closed to everything.

    A row without an address says nothing of that. The second address of a row is only looked up once the first one is
    closed.
    """
    known = {person.row: addresses for person in people if (addresses := _addresses(person))}
    told = _told(addresses[0] for addresses in known.values())
    some = {row: addresses for row, addresses in known.items() if addresses[0] in told}
    told |= _told(address for addresses in some.values() for address in addresses[1:])
    return {
        row: told[addresses[-1]] for row, addresses in some.items() if all(address in told for address in addresses)
    }


def _addresses(person: Person) -> list[tuple[Channel, str]]:
    return [(channel, address) for field, channel in _CHANNELS.items() if (address := person.said.get(field))]


def _told(addresses: Iterable[tuple[Channel, str]]) -> dict[tuple[Channel, str], str]:
    """Return why those of these addresses are closed that a person closed."""
    names = {suppression.address_hash(*address): address for address in addresses}
    found = table.find_many(Suppression, (key for name in names for key in Suppression.closing(name, "")))
    return {
        names[entry.address_hash]: said
        for entry in found.values()
        if (said := next(filter(NO.__contains__, entry.told), ""))
    }
