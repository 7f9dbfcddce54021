"""Invitations: who was asked, the links, and the moves from one state to the next.

Between `queued` and a sent message stands a claim, which only one worker gets. After it the message may have left, so
an invitation goes back to `queued` only on a definite refusal.
"""

from datetime import timedelta

from escuta import clock, ids, secrets, table
from escuta.config import settings
from escuta.errors import ConflictError, UnavailableError
from escuta.outreach import rest, suppression
from escuta.outreach.model import Channel, Deployment, Invitation, InvitationState, Suppression

LEASE = timedelta(seconds=60)
_TRIES = 5
_PATHS = {"answer": "s", "unsubscribe": "u"}

# An event moves an invitation only upwards: duplicates and late events change nothing.
RANK: dict[InvitationState, int] = {
    InvitationState.QUEUED: 0,
    InvitationState.CLAIMED: 1,
    InvitationState.UNKNOWN: 2,
    InvitationState.EXPORTED: 3,
    InvitationState.SENT: 3,
    InvitationState.DELIVERED: 4,
    InvitationState.BOUNCED: 5,
    InvitationState.REJECTED: 5,
    InvitationState.COMPLAINED: 6,
    InvitationState.COMPLETED: 7,
    InvitationState.DEFERRED: 9,
    InvitationState.SUPPRESSED: 9,
    InvitationState.CANCELLED: 9,
    InvitationState.EXPIRED: 9,
}


def identity(deployment: str, contact: str, channel: Channel, about: str = "") -> str:
    """Return the id of the invitation of a person in a deployment over a channel: the same for ever.

    `about` is the visit, where a person is asked about each one apart.
    """
    return ids.derive("invitation", deployment, contact, channel, *((about,) if about else ()))


def link_key(invitation: str) -> str:
    """Return the row key of the invitation with this id: the hash of its answer token."""
    return ids.token_key(_token(invitation, "answer"))


def link(invitation: Invitation, purpose: str = "answer") -> str:
    """Return the address that a person opens to `answer` or to `unsubscribe`."""
    token = _token(invitation.id, purpose)
    whole = invitation.id + token if purpose == "unsubscribe" else token
    return f"{settings().public_url}/{_PATHS[purpose]}/{whole}"


def _token(invitation: str, purpose: str) -> str:
    return ids.link_token(secrets.link_secret(), purpose, invitation)


def find(key: str) -> Invitation | None:
    """Return the invitation with this row key, as it is now."""
    return table.find(Invitation, Invitation.at(key), consistent=True)


def sibling(invitation: Invitation) -> Invitation | None:
    """Return what the same deployment sent the same person over the other channel, as it is now."""
    other = Channel.SMS if invitation.channel is Channel.EMAIL else Channel.EMAIL
    about = invitation.transaction if invitation.apart else ""
    return find(link_key(identity(invitation.deployment, invitation.contact, other, about)))


def of_contact(contact: str, *, limit: int = 50, cursor: str | None = None) -> table.Page[Invitation]:
    """Return what a person was asked, the newest first."""
    return table.query(Invitation, f"contact#{contact}", index="g2", limit=limit, newest_first=True, cursor=cursor)


def listing(
    deployment: str, state: InvitationState | None = None, *, limit: int = 50, cursor: str | None = None
) -> table.Page[Invitation]:
    """Return a deployment's invitations, of one state when named."""
    shards = Invitation.shards(deployment)
    prefix = f"{state}#" if state else ""
    return table.query_spread(Invitation, shards, index="g1", prefix=prefix, limit=limit, cursor=cursor)


def claim(invitation: Invitation, deployment: Deployment) -> Invitation | Suppression | None:
    """Take a queued invitation for sending: the address is open and the deployment as it was read, or nothing is taken.

    The claimed copy; the suppression that stands in the way; or None when something moved and must be read again.
    """
    claimed = invitation.changed(
        state=InvitationState.CLAIMED,
        claim=ids.new(),
        reason="",
        attempts=invitation.attempts + 1,
        lease_until=clock.now() + LEASE,
    )
    address = suppression.address_hash(invitation.channel, invitation.address)
    closed = (table.Absent(Suppression, key) for key in Suppression.closing(address, invitation.survey))
    try:
        table.transact(table.Save(claimed), *closed, table.Unchanged(deployment))
    except table.CancelledError as error:
        return next((refused.found for refused in error.refused if isinstance(refused.found, Suppression)), None)
    except UnavailableError:
        found = find(invitation.link_key)
        if found is None or found.claim != claimed.claim:
            raise
        return found  # only the answer was lost: the claim is ours
    return claimed.changed(rev=claimed.rev + 1)


def give_back(claimed: Invitation, reason: str) -> None:
    """Put a claimed invitation back after a definite refusal: nothing left."""
    try:
        table.save(claimed.changed(state=InvitationState.QUEUED, reason=reason, lease_until=None))
    except ConflictError:
        found = find(claimed.link_key)  # a repeated write of our own, or the lease was taken for lost: both stand
        if found is None or found.state not in {InvitationState.QUEUED, InvitationState.UNKNOWN}:
            raise


def settle(invitation: Invitation, state: InvitationState, reason: str, **details: str) -> bool:
    """Close an invitation that is not sent, and give the rest back; False when it moved and must be read again."""
    closed = invitation.changed(state=state, reason=reason, details=details, lease_until=None)
    try:
        table.transact(table.Save(closed), *rest.release(invitation, sibling(invitation)))
    except table.CancelledError:
        return False
    return True


def reject(claimed: Invitation, reason: str) -> None:
    """Close a claimed invitation that the provider refused for good."""
    found: Invitation | None = claimed
    for _ in range(_TRIES):
        if found is None or found.claim != claimed.claim or settle(found, InvitationState.REJECTED, reason):
            return
        found = find(claimed.link_key)
    raise UnavailableError("invitation_contended", retry_after=2)


def lapse(invitation: Invitation) -> bool:
    """Say that nobody knows whether a claimed invitation left; False when it moved meanwhile."""
    try:
        table.save(invitation.changed(state=InvitationState.UNKNOWN, reason="lease_over", lease_until=None))
    except ConflictError:
        return False
    return True


def advance(
    key: str, state: InvitationState, *, reason: str = "", message_id: str = "", known: Invitation | None = None
) -> Invitation | None:
    """Move an invitation forward; an event that came twice or too late changes nothing. None: no such invitation.

    `known` is the copy at hand: nothing is read unless it is stale, since a read that fails would leave a doubt.
    """
    for attempt in range(_TRIES):
        found = find(key) if attempt or known is None else known
        if found is None:
            return None
        moved = _moved(found, state, reason, message_id)
        if moved == found:
            return found
        try:
            return table.save(moved)
        except ConflictError:
            continue
    raise UnavailableError("invitation_contended", retry_after=2)


def _moved(found: Invitation, state: InvitationState, reason: str, message_id: str) -> Invitation:
    known = found.changed(message_id=found.message_id or message_id)
    if RANK[state] >= RANK[InvitationState.SENT]:
        known = known.changed(sent_at=found.sent_at or clock.now())
    if RANK[state] <= RANK[found.state]:
        return known
    return known.changed(state=state, reason=reason, lease_until=None)
