"""What was opened or begun while somebody waits for answers: so that who does not answer is found without looking."""

from datetime import UTC, datetime, timedelta
from zlib import crc32

from escuta.entity import Key
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.due import DUE_SHARDS, slot_of

KEPT = timedelta(days=45)


class Lookout(Outreach):
    """An invitation was opened, or its survey begun, and this was told at that moment. One too many does no harm."""

    kind = "lookout"

    link_key: str
    at_time: datetime
    begun: bool = False  # it was not only opened

    @staticmethod
    def shards(moment: datetime) -> tuple[str, ...]:
        """Return the partitions over which what was told in the hour of this moment is spread."""
        return tuple(f"lookout#{slot_of(moment)}#{shard}" for shard in range(DUE_SHARDS))

    @staticmethod
    def place(moment: datetime) -> str:
        """Return what sort keys of this moment begin with."""
        return moment.astimezone(UTC).isoformat(timespec="milliseconds")

    def key(self) -> Key:
        """Return the primary key: by hour, so that what is due is found without looking at what is not."""
        shard = self.shards(self.at_time)[crc32(self.link_key.encode()) % DUE_SHARDS]
        return Key(shard, f"{self.place(self.at_time)}#{self.link_key}")

    def ttl(self) -> int:
        """Return when DynamoDB may delete the row: nobody waits longer."""
        return int((self.at_time + KEPT).timestamp())


class Watch(Outreach):
    """Whether somebody wants to know who does not answer: only then it is noted what is opened."""

    kind = "lookout_watch"

    on: bool

    @staticmethod
    def at() -> Key:
        """Return the one key."""
        return Key("lookout", "watch")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at()
