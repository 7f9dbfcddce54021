"""Addresses that must not be written to, kept as keyed hashes: the list gives no address away."""

import unicodedata

from escuta import clock, ids, secrets, table
from escuta.errors import ConflictError
from escuta.outreach.model import Channel, Suppression


def address_hash(channel: Channel, address: str) -> str:
    """Return what an address is known by here: the same for every spelling of it."""
    canonical = unicodedata.normalize("NFKC", address).strip().casefold()
    return ids.keyed_hash(secrets.link_secret(), f"{channel}:{canonical}")


def add(channel: Channel, address: str, reason: str, survey: str = "") -> None:
    """Stop writing to this address, from the next claim on. The first reason stays."""
    entry = Suppression(
        address_hash=address_hash(channel, address),
        channel=channel,
        reason=reason,
        survey=survey,
        created_at=clock.now(),
    )
    try:
        table.create(entry)
    except ConflictError:  # it is on the list already, which is what was asked
        return


def remove(channel: Channel, address: str) -> None:
    """Allow writing to this address again."""
    table.delete(Suppression, Suppression.at(address_hash(channel, address)))


def is_suppressed(channel: Channel, address: str) -> bool:
    """Tell whether this address is on the list now."""
    return table.find(Suppression, Suppression.at(address_hash(channel, address)), consistent=True) is not None
