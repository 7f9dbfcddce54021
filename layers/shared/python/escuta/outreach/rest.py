"""The rest of a person between two invitations, kept for the contact and for each of its addresses."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from escuta import ids, table
from escuta.outreach import suppression
from escuta.outreach.model import Channel, Invitation, InvitationState, LastAsked

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_SENT = frozenset(
    {InvitationState.SUPPRESSED, InvitationState.CANCELLED, InvitationState.REJECTED, InvitationState.EXPIRED}
)


def names(contact: str, addresses: Mapping[Channel, str]) -> tuple[str, ...]:
    """Return what rests when this person is asked: the contact, and each address, which another contact may share."""
    hashes = (suppression.address_hash(channel, address) for channel, address in addresses.items())
    return (contact, *(f"address#{found}" for found in hashes))


def known(wanted: Iterable[str]) -> dict[str, LastAsked]:
    """Return when these were last asked, by name."""
    found = table.find_many(LastAsked, [LastAsked.at(name) for name in wanted], consistent=True)
    return {row.contact: row for row in found.values()}


def asking(deployment: str, contact: str) -> str:
    """Return the id under which one deployment claims one person's rest, whatever the channels."""
    return ids.derive("asking", deployment, contact)


def claim(
    wanted: Iterable[str], before: Mapping[str, LastAsked], owner: str, when: datetime
) -> tuple[table.Action, ...]:
    """Return the actions that begin the rest at `when`; each fails when somebody began one since `before` was read."""
    return tuple(_begun(name, before.get(name), owner, when) for name in wanted)


def _begun(name: str, before: LastAsked | None, owner: str, when: datetime) -> table.Action:
    if before is None:
        return table.Create(LastAsked(contact=name, at_time=when, invitation=owner))
    return table.Save(before.changed(at_time=when, invitation=owner, before=before.at_time))


def release(invitation: Invitation, sibling: Invitation | None) -> tuple[table.Action, ...]:
    """Return the actions that give the rest back, since this invitation was never sent.

    The address rests no longer; the contact only when nothing went out over the other channel either.
    """
    owner = asking(invitation.deployment, invitation.contact)
    contact, address = names(invitation.contact, {invitation.channel: invitation.address})
    alone = sibling is None or sibling.state in _NOT_SENT
    rows = known((contact, address) if alone else (address,))
    return tuple(
        table.Save(row.changed(at_time=row.before or _NEVER, before=None, invitation=""))
        for row in rows.values()
        if row.invitation == owner
    )
