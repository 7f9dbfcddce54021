"""What waits for its time: an alarm for each message that is to go out later, and how far the alarms are worked off."""

from datetime import UTC, datetime, timedelta
from zlib import crc32

from escuta.entity import Key
from escuta.outreach.model.base import Outreach

DUE_SHARDS = 4
SLOT = timedelta(hours=1)


def slot_of(moment: datetime) -> str:
    """Return the name of the hour that a moment falls into, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H")


class Due(Outreach):
    """An alarm: at `due_at` somebody looks whether this message is to go out. One too many does no harm."""

    kind = "due"

    link_key: str
    reminder: int = 0  # 0: the invitation itself
    due_at: datetime

    @staticmethod
    def shards(moment: datetime) -> tuple[str, ...]:
        """Return the partitions over which the alarms of the hour of this moment are spread."""
        return tuple(f"due#{slot_of(moment)}#{shard}" for shard in range(DUE_SHARDS))

    def key(self) -> Key:
        """Return the primary key: by hour, so that what is due is found without looking at what is not."""
        shard = self.shards(self.due_at)[crc32(self.link_key.encode()) % DUE_SHARDS]
        return Key(shard, f"{self.due_at.astimezone(UTC).isoformat()}#{self.link_key}#{self.reminder}")


class DueCursor(Outreach):
    """Before this hour there is no alarm left, and none can come any more."""

    kind = "due_cursor"

    slot: datetime

    @staticmethod
    def at() -> Key:
        """Return the one key."""
        return Key("due", "cursor")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at()
