"""Addresses that must not be written to, kept as keyed hashes: the list gives no address away.

Three things close an address to a survey: what a mail service told (a bounce, a complaint), the person's no to
everything, and the person's no to this one survey. Only what the person said can be taken back by the person.
"""

import unicodedata

from escuta import clock, ids, secrets, table
from escuta.errors import ConflictError
from escuta.outreach.model import UNSUBSCRIBE, Channel, Suppression


def address_hash(channel: Channel, address: str) -> str:
    """Return what an address is known by here: the same for every spelling of it."""
    canonical = unicodedata.normalize("NFKC", address).strip().casefold()
    return ids.keyed_hash(secrets.link_secret(), f"{channel}:{canonical}")


def add(channel: Channel, address: str, reason: str, survey: str = "", *, scope: str = "") -> None:
    """Stop writing to this address, from the next claim on: everything, or the survey `scope`. The first reason stays.

    `survey` is whose message brought it about.
    """
    entry = Suppression(
        address_hash=address_hash(channel, address),
        channel=channel,
        reason=reason,
        survey=survey,
        scope=scope,
        created_at=clock.now(),
    )
    try:
        table.create(entry)
    except ConflictError:  # it is on the list already, which is what was asked
        return


def take_back(channel: Channel, address: str, survey: str) -> None:
    """Forget that the person said no, to everything and to this survey. What a mail service told stays."""
    name = address_hash(channel, address)
    for scope in ("", survey):
        table.delete(Suppression, Suppression.at(name, UNSUBSCRIBE, scope))


def standing(channel: Channel, address: str, survey: str = "") -> tuple[Suppression, ...]:
    """Return all that closes this address now, to everything or to this survey."""
    keys = Suppression.closing(address_hash(channel, address), survey)
    found = table.find_many(Suppression, keys, consistent=True)
    return tuple(found[key] for key in keys if key in found)


def is_suppressed(channel: Channel, address: str, survey: str = "") -> bool:
    """Tell whether this address is closed now: to everything, or at least to this survey."""
    return bool(standing(channel, address, survey))
