"""What a provider tells afterwards, and how it finds what it is about."""

from datetime import datetime, timedelta

from escuta.entity import Key
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.invitation import InvitationState
from escuta.outreach.model.message import Channel

CONFIRMATIONS = timedelta(days=90)
RECEIPTS = timedelta(days=30)  # a carrier tells within three days; what comes back by hand takes longer


class SentMessage(Outreach):
    """Which invitation a provider's id of a message belongs to: a receipt of an SMS bears no tag of ours.

    Written once, in the transaction that marks the message as sent.
    """

    kind = "sent_message"

    channel: Channel
    message_id: str
    link_key: str
    reminder: int = 0  # 0: the invitation itself
    sent_at: datetime

    @staticmethod
    def at(message_id: str) -> Key:
        """Return the key of what a provider calls so."""
        return Key(f"message#{message_id}", "message")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.message_id)

    def ttl(self) -> int | None:
        """Forget it when no receipt comes any more."""
        return int((self.sent_at + RECEIPTS).timestamp())


class Confirmation(Outreach):
    """The one SMS that answers what somebody wrote to us: claimed once, sent with one attempt, never twice.

    It holds neither the number nor the words.
    """

    kind = "confirmation"

    id: str  # derived from what it answers
    what: str  # stopped, help
    state: InvitationState
    claim: str  # who claimed it: tells a lost reply of one's own claim from the claim of another
    reason: str = ""
    message_id: str = ""
    created_at: datetime

    @staticmethod
    def at(identity: str) -> Key:
        """Return the key of the answer with this id."""
        return Key(f"confirmation#{identity}", "confirmation")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def ttl(self) -> int | None:
        """Forget it when what it answers cannot come again any more: a queue keeps it two weeks."""
        return int((self.created_at + CONFIRMATIONS).timestamp())
