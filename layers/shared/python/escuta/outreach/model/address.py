"""Addresses that must not be written to."""

from datetime import datetime
from zlib import crc32

from escuta.entity import Key
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.message import Channel

UNSUBSCRIBE = "unsubscribe"
SUPPRESSION_SHARDS = 8


class Suppression(Outreach):
    """An address that must not be written to. Keyed by a keyed hash: the list gives no addresses away.

    What a person said stands apart from what a mail service told, so that taking the first back leaves the second.
    """

    kind = "suppression"

    address_hash: str
    channel: Channel
    reason: str  # unsubscribe, bounce, complaint, stop, manual
    survey: str = ""  # whose message it was that brought it about
    scope: str = ""  # the one survey that is not sent to this address; "" for everything
    source: str = ""  # the row of a file or the key that brought it; "": a message and what came back of it
    created_at: datetime

    @property
    def cause(self) -> str:
        """The reason why an invitation is not sent, as the catalog `outreach` names it."""
        return f"{self.reason}_survey" if self.scope else self.reason

    @staticmethod
    def at(address_hash: str, reason: str = "", scope: str = "") -> Key:
        """Return the key of what closes this address for a reason: to everything, or to one survey."""
        own = UNSUBSCRIBE if reason == UNSUBSCRIBE else "suppression"
        return Key(f"suppression#{address_hash}", f"survey#{scope}" if scope else own)

    @staticmethod
    def closing(address_hash: str, survey: str) -> tuple[Key, ...]:
        """Return every key that closes this address to a survey. Of several, the first is the one that is named."""
        of_survey = (Suppression.at(address_hash, UNSUBSCRIBE, survey),) if survey else ()
        return Suppression.at(address_hash), Suppression.at(address_hash, UNSUBSCRIBE), *of_survey

    @staticmethod
    def shards() -> tuple[str, ...]:
        """Return the index partitions over which the closed addresses are spread."""
        return tuple(f"suppressions#{shard}" for shard in range(SUPPRESSION_SHARDS))

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.address_hash, self.reason, self.scope)

    def index(self) -> tuple[Key | None, Key | None]:
        """List the closed addresses by time, so that they can be written out."""
        shard = self.shards()[crc32(self.address_hash.encode()) % SUPPRESSION_SHARDS]
        return Key(shard, f"{self.created_at.isoformat()}#{self.address_hash}#{self.key().sk}"), None


class SuppressionLifted(Outreach):
    """An address was opened again by somebody who is not the person: who did it, and why. Written once."""

    kind = "suppression_lifted"

    address_hash: str
    reason: str  # of the suppression that was lifted
    scope: str = ""
    closed_at: datetime
    lifted_at: datetime
    lifted_by: str
    why: str

    def key(self) -> Key:
        """Return the primary key, in the partition of the address."""
        return Key(
            f"suppression#{self.address_hash}", f"lifted#{self.lifted_at.isoformat()}#{self.reason}#{self.scope}"
        )
