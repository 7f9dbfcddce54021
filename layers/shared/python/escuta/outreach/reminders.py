"""Reminders as they are stored: an invitation sent once more. They move from state to state as invitations do."""

from collections.abc import Mapping, Sequence

from escuta import clock, ids, table
from escuta.errors import ConflictError, UnavailableError
from escuta.outreach import suppression
from escuta.outreach.invitations import LEASE, RANK
from escuta.outreach.model import Deployment, Invitation, InvitationState, Reminder, Suppression

_TRIES = 5


def of(link_key: str) -> Mapping[int, Reminder]:
    """Return the reminders of the invitation behind a link, by number, as they are now."""
    found = table.query(Reminder, Invitation.at(link_key).pk, prefix="reminder#", consistent=True)
    return {reminder.number: reminder for reminder in found.items}


def find(link_key: str, number: int) -> Reminder | None:
    """Return one reminder as it is now."""
    return table.find(Reminder, Reminder.at(link_key, number), consistent=True)


def claim(reminder: Reminder, asked: Sequence[Invitation], deployment: Deployment) -> Reminder | Suppression | None:
    """Take a reminder for sending: the address open, invitation and deployment as they were read, or nothing is taken.

    `asked` is the invitation, and the one over the other channel where there is one. An answer is a change of one of
    them: who answers in this very moment is not reminded. The claimed copy; the suppression that stands in the way; or
    None when something moved and must be read again.
    """
    now, invitation = clock.now(), asked[0]
    claimed = reminder.changed(
        state=InvitationState.CLAIMED,
        claim=ids.new(),
        reason="",
        attempts=reminder.attempts + 1,
        claimed_at=now,
        lease_until=now + LEASE,
    )
    address = suppression.address_hash(invitation.channel, invitation.address)
    closed = (table.Absent(Suppression, key) for key in Suppression.closing(address, invitation.survey))
    try:
        table.transact(_stored(claimed), *closed, *map(table.Unchanged, (*asked, deployment)))
    except table.CancelledError as error:
        return next((refused.found for refused in error.refused if isinstance(refused.found, Suppression)), None)
    except UnavailableError:
        found = find(claimed.link_key, claimed.number)
        if found is None or found.claim != claimed.claim:
            raise
        return found  # only the answer was lost: the claim is ours
    return claimed.changed(rev=claimed.rev + 1)


def _stored(reminder: Reminder) -> table.Action:
    return table.Save(reminder) if reminder.rev else table.Create(reminder)


def settle(reminder: Reminder, state: InvitationState, reason: str, **details: str) -> bool:
    """Close a reminder that is not sent; False when it moved and must be read again."""
    closed = reminder.changed(state=state, reason=reason, details=details, lease_until=None)
    try:
        if reminder.rev:
            table.save(closed)
        else:
            table.create(closed)
    except ConflictError:
        return False
    return True


def give_back(claimed: Reminder, reason: str) -> None:
    """Put a claimed reminder back after a definite refusal: nothing left."""
    try:
        table.save(claimed.changed(state=InvitationState.QUEUED, reason=reason, lease_until=None))
    except ConflictError:
        found = find(claimed.link_key, claimed.number)  # a repeated write of our own, or taken for lost: both stand
        if found is None or found.state not in {InvitationState.QUEUED, InvitationState.UNKNOWN}:
            raise


def advance(
    link_key: str,
    number: int,
    state: InvitationState,
    *,
    reason: str = "",
    message_id: str = "",
    known: Reminder | None = None,
) -> Reminder | None:
    """Move a reminder forward, as `invitations.advance` moves an invitation. None: there is no such reminder."""
    for attempt in range(_TRIES):
        found = find(link_key, number) if attempt or known is None else known
        if found is None:
            return None
        moved = _moved(found, state, reason, message_id)
        if moved == found:
            return found
        try:
            return table.save(moved)
        except ConflictError:
            continue
    raise UnavailableError("reminder_contended", retry_after=2)


def _moved(found: Reminder, state: InvitationState, reason: str, message_id: str) -> Reminder:
    known = found.changed(message_id=found.message_id or message_id)
    if RANK[state] >= RANK[InvitationState.SENT] and state is not InvitationState.REJECTED:
        known = known.changed(sent_at=found.sent_at or clock.now())
    if RANK[state] <= RANK[found.state]:
        return known
    return known.changed(state=state, reason=reason, lease_until=None)
