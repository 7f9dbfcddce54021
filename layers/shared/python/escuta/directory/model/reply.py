"""What was answered to a call that may come again under the same key."""

from datetime import datetime
from zlib import crc32

from escuta.directory.model.place import Directory
from escuta.entity import Key

REPLY_SHARDS = 8


class Reply(Directory):
    """One call under one key: under way until `busy_until`, or answered in so many parts.

    It names whom the call spoke of, so that an erasure finds it.
    """

    kind = "reply"

    id: str
    body_hash: str  # keyed: the body holds names
    contacts: tuple[str, ...] = ()  # "" stands for somebody whom the call could not tell
    parts: int = 0  # 0: not answered yet
    created_at: datetime
    busy_until: datetime
    expires_at: datetime

    @staticmethod
    def at(reply: str) -> Key:
        """Return the key of the reply with this id."""
        return Key(f"reply#{reply}", "reply")

    @staticmethod
    def shards() -> tuple[str, ...]:
        """Return the index partitions over which replies are spread."""
        return tuple(f"replies#{shard}" for shard in range(REPLY_SHARDS))

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List replies, for an erasure."""
        shard = self.shards()[crc32(self.id.encode()) % REPLY_SHARDS]
        return Key(shard, f"{self.created_at.isoformat()}#{self.id}"), None

    def ttl(self) -> int:
        """Let DynamoDB forget the reply when it is over."""
        return int(self.expires_at.timestamp())


class ReplyPart(Directory):
    """A part of what was answered, packed."""

    kind = "reply_part"

    reply: str
    created_at: datetime  # of the reply: one under the same key that is over has parts of its own
    number: int
    text: str
    expires_at: datetime

    @staticmethod
    def at(reply: Reply, number: int) -> Key:
        """Return the key of a part, in the partition of its reply."""
        return Key(f"reply#{reply.id}", f"part#{reply.created_at.isoformat()}#{number}")

    def key(self) -> Key:
        """Return the primary key."""
        return Key(f"reply#{self.reply}", f"part#{self.created_at.isoformat()}#{self.number}")

    def ttl(self) -> int:
        """Let DynamoDB forget the part with its reply."""
        return int(self.expires_at.timestamp())
