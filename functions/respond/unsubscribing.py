"""Whose link an unsubscribe link is. Its token carries the invitation's id and proves that we made it."""

import hmac

from escuta import ids, secrets
from escuta.errors import NotFoundError
from escuta.outreach import invitations
from escuta.outreach.model import Channel, Invitation

_ID_LENGTH = 26


def invitation(token: str) -> Invitation:
    """Return the invitation that a token unsubscribes from, even when it is over. NotFoundError as for every link."""
    identity, proof = token[:_ID_LENGTH], token[_ID_LENGTH:]
    if not ids.is_whole(proof):
        raise NotFoundError("link_cut")
    if not hmac.compare_digest(ids.link_token(secrets.link_secret(), "unsubscribe", identity), proof):
        raise NotFoundError("link_unknown")
    found = invitations.find(invitations.link_key(identity))
    if found is None:
        raise NotFoundError("link_unknown")
    return found


def masked(invitation: Invitation) -> str:
    """Return enough of the address for its owner to know it, and for nobody else."""
    address = invitation.address
    if invitation.channel is Channel.SMS:
        return f"•••• {address[-4:]}"
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}•••@{domain}"
