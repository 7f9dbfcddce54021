"""Invitations: who was asked, and the links. How they move from state to state is the ledger's."""

from escuta import ids, secrets, table
from escuta.config import settings
from escuta.entity import Key
from escuta.outreach.model import Channel, Invitation, InvitationState

_PATHS = {"answer": "s", "unsubscribe": "u"}


def identity(deployment: str, contact: str, channel: Channel, about: str = "") -> str:
    """Return the id of the invitation of a person in a deployment over a channel: the same for ever.

    `about` is the visit, where a person is asked about each one apart, or the occasion.
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
    return table.find(Invitation, sibling_key(invitation), consistent=True)


def sibling_key(invitation: Invitation) -> Key:
    """Return the key of what the same deployment sends the same person over the other channel, if it does."""
    other = Channel.SMS if invitation.channel is Channel.EMAIL else Channel.EMAIL
    return Invitation.at(link_key(identity(invitation.deployment, invitation.contact, other, invitation.about)))


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
