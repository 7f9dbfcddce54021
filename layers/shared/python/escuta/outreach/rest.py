"""The rest of a person between two invitations, kept for the contact and for each of its addresses."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from escuta import clock, ids, table
from escuta.directory.model import Contact
from escuta.errors import ConflictError, UnavailableError
from escuta.observe import logger
from escuta.outreach import suppression
from escuta.outreach.model import Asking, Channel, Invitation, InvitationState, LastAsked, Reply

_TRIES = 5
_NOT_SENT = frozenset(
    {InvitationState.SUPPRESSED, InvitationState.CANCELLED, InvitationState.REJECTED, InvitationState.EXPIRED}
)


def names(contact: str, addresses: Mapping[Channel, str]) -> tuple[str, ...]:
    """Return what rests when this person is asked: the contact, and each address, which another contact may share."""
    hashes = (suppression.address_hash(channel, address) for channel, address in addresses.items())
    return (contact, *(f"address#{found}" for found in hashes))


def known(wanted: Iterable[str]) -> dict[str, LastAsked]:
    """Return when these were asked, by name."""
    found = table.find_many(LastAsked, [LastAsked.at(name) for name in wanted], consistent=True)
    return {row.contact: row for row in found.values()}


def asking(deployment: str, contact: str, about: str = "") -> str:
    """Return the id under which one deployment claims one person's rest, whatever the channels.

    `about` is the visit, where a deployment asks once for each of them.
    """
    return ids.derive("asking", deployment, contact, *([about] if about else []))


def begun(wanted: Iterable[str], before: Mapping[str, LastAsked], asked: Asking) -> dict[str, LastAsked]:
    """Return the rows that say that these were asked, as they are to be stored in place of those `before`."""
    now = clock.now()
    return {name: before.get(name, LastAsked(contact=name)).released(asked.owner).asked(asked, now) for name in wanted}


def claim(row: LastAsked) -> table.Action:
    """Return the action that stores what `begun` returned: it fails when somebody asked this person since."""
    return table.Save(row) if row.rev else table.Create(row)


def release(invitation: Invitation, sibling: Invitation | None) -> tuple[table.Action, ...]:
    """Return the actions that give the rest back, since this invitation was never sent."""
    rows = known(_names(invitation))
    return tuple(map(table.Save, ended(invitation, [sibling] if sibling else [], rows).values()))


def ended(
    invitation: Invitation, siblings: Iterable[Invitation], rows: Mapping[str, LastAsked]
) -> dict[str, LastAsked]:
    """Return those of these rows that change when an invitation is not sent, without it.

    The address rests no longer; the contact only when nothing went out over another channel either.
    """
    owner = asking(invitation.deployment, invitation.contact, invitation.about)
    alone = all(each.state in _NOT_SENT for each in siblings)
    channels = {invitation.contact: None if alone else invitation.channel}
    known_rows = {name: row for name in _names(invitation) if (row := rows.get(name))}
    left = {name: row.released(owner, channels.get(name)) for name, row in known_rows.items()}
    return {name: row for name, row in left.items() if row != known_rows[name]}


def _names(invitation: Invitation) -> tuple[str, ...]:
    return names(invitation.contact, {invitation.channel: invitation.address} if invitation.address else {})


def answered(contact: str, survey: str, at: datetime) -> None:
    """Remember that a person has answered, for the rests after an answer. Safe to repeat, in any order.

    It stops nobody: what cannot be written down now is said in the log, since an answer is worth more than a rest.
    Nothing is remembered of whom is not there (any more).
    """
    if not contact:
        return
    try:
        if not any(_noted(contact, Reply(at=at, survey=survey)) for _ in range(_TRIES)):
            logger().warning("answer not noted: contended", extra={"contact": contact})
    except UnavailableError:
        logger().exception("answer not noted", extra={"contact": contact})


def _noted(contact: str, reply: Reply) -> bool:
    """Write an answer down; False when the row or the person changed meanwhile."""
    row, person = table.find_together((LastAsked, LastAsked.at(contact)), (Contact, Contact.at(contact)))
    before = row if isinstance(row, LastAsked) else LastAsked(contact=contact)
    after = before.replied(reply, clock.now())
    if after == before or person is None:
        return True
    try:
        if after.rev:  # who is erased loses it, and what is gone is not stored again
            table.save(after)
        else:
            table.transact(table.Create(after), table.Unchanged(person))
    except ConflictError:
        return False
    return True
