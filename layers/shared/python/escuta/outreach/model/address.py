"""Addresses that must not be written to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from zlib import crc32

from pydantic import model_validator

from escuta.entity import Key, Value
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.message import Channel

UNSUBSCRIBE = "unsubscribe"
MANUAL = "manual"
STOP = "stop"
REASONS = ("bounce", "complaint", STOP, MANUAL, UNSUBSCRIBE)  # of several, the first is the one that is named
SUPPRESSION_SHARDS = 8


class Because(Value):
    """Since when a reason closes an address, and what brought it."""

    since: datetime
    survey: str = ""  # whose message it was that brought it about
    source: str = ""  # the row of a file, the key or the reply that brought it; "": a message and what came back of it


class Suppression(Outreach):
    """An address that must not be written to, about anything or about one survey. Gone when its last reason is.

    Keyed by a keyed hash: the list gives no addresses away. Each reason stands for itself: one is taken back, the
    others stay.
    """

    kind = "suppression"

    address_hash: str
    channel: Channel
    scope: str = ""  # the one survey that is not sent to this address; "" for everything
    reasons: dict[str, Because]  # never empty
    created_at: datetime

    @model_validator(mode="before")
    @classmethod
    def _of_old(cls, data: Any) -> Any:
        """Read a row that holds one reason, as each did once."""
        if not isinstance(data, Mapping) or "reason" not in data:
            return data
        because = {name: data[name] for name in ("survey", "source") if name in data}
        return {**data, "reasons": {data["reason"]: {"since": data["created_at"], **because}}}

    @property
    def told(self) -> tuple[str, ...]:
        """The reasons, those first that a mail service or a carrier told."""
        return tuple(sorted(self.reasons, key=lambda reason: (reason not in REASONS, [*REASONS, reason].index(reason))))

    @property
    def cause(self) -> str:
        """The reason why an invitation is not sent, as the catalog `outreach` names it."""
        return f"{self.told[0]}_survey" if self.scope else self.told[0]

    def joined(self, reasons: Mapping[str, Because]) -> Self:
        """Return the address with these reasons too; of one that stands already, the first stays."""
        return self.changed(reasons={**reasons, **self.reasons})

    def without(self, reason: str) -> Self | None:
        """Return what is left when a reason is taken back; None when nothing closes the address any more."""
        left = {name: because for name, because in self.reasons.items() if name != reason}
        return self.changed(reasons=left) if left else None

    @staticmethod
    def at(address_hash: str, scope: str = "") -> Key:
        """Return the key of what closes this address: to everything, or to one survey."""
        return Key(f"suppression#{address_hash}", f"survey#{scope}" if scope else "suppression")

    @staticmethod
    def closing(address_hash: str, survey: str) -> tuple[Key, ...]:
        """Return every key that closes this address to a survey. Of two, the first is the one that is named."""
        everything = Suppression.at(address_hash)
        return (everything, Suppression.at(address_hash, survey)) if survey else (everything,)

    @staticmethod
    def shards() -> tuple[str, ...]:
        """Return the index partitions over which the closed addresses are spread."""
        return tuple(f"closed#{shard}" for shard in range(SUPPRESSION_SHARDS))

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.address_hash, self.scope)

    def index(self) -> tuple[Key | None, Key | None]:
        """List the closed addresses by time, so that they can be written out."""
        shard = self.shards()[crc32(self.address_hash.encode()) % SUPPRESSION_SHARDS]
        return Key(shard, self.place()), None

    def place(self) -> str:
        """Return where it stands in the list of all that is closed: by time, the same as long as it stands."""
        return f"{self.created_at.isoformat()}#{self.address_hash}#{self.scope}"


class SuppressionLifted(Outreach):
    """An address was opened again by somebody who is not the person: who did it, and why. Written once."""

    kind = "suppression_lifted"

    address_hash: str
    reason: str  # that closed it
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
