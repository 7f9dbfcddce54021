"""What happened around a score in a message: who opened it, what moved, and what it became."""

from datetime import datetime, timedelta
from enum import StrEnum
from zlib import crc32

from escuta.entity import Key, Value
from escuta.feedback.model.survey import Feedback

PROVISIONAL_SHARDS = 8
CLICK_SHARDS = 4
KEPT = timedelta(days=90)


class Click(Feedback):
    """A link of a message was opened, by a person or by a machine: the first time for each score. Never an answer."""

    kind = "click"

    link_key: str
    score: str  # as the link says; "" for the link without one
    method: str
    agent: str  # browser, scanner, preview, none
    network: str  # datacenter, other, "" when nobody says
    survey: str
    segment: str
    domain: str  # of the invited address, so that a domain full of scanners can be named
    after_seconds: int | None  # since the message was sent
    day: str
    at_time: datetime

    @staticmethod
    def shards(survey: str, day: str) -> tuple[str, ...]:
        """Return the index partitions over which a day's openings are spread."""
        return tuple(f"clicks#{survey}#{day}#{shard}" for shard in range(CLICK_SHARDS))

    @staticmethod
    def at(link_key: str, score: str) -> Key:
        """Return the key of the first opening with this score."""
        return Key(f"clicks#{link_key}", f"score#{score}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.link_key, self.score)

    def index(self) -> tuple[Key | None, Key | None]:
        """List a survey's openings by time."""
        shard = self.shards(self.survey, self.day)[crc32(self.link_key.encode()) % CLICK_SHARDS]
        return Key(shard, f"{self.at_time.isoformat()}#{self.link_key}#{self.score}"), None

    def ttl(self) -> int | None:
        """Return when DynamoDB may delete the row."""
        return int((self.at_time + KEPT).timestamp())


class Human(Value):
    """The first sign of a person on the page: what moved, and how long after the page was shown."""

    input: str  # pointer, touch, key, scroll
    after_ms: int
    at: datetime


class ProvisionalState(StrEnum):
    """What became of a score out of a message."""

    PENDING = "pending"
    CONFIRMED = "confirmed"  # became a counted response
    FLAGGED = "flagged"  # became a response that is kept apart
    ANSWERED = "answered"  # the person pressed the button, which counts


class Provisional(Feedback):
    """A score out of a message, with a page that was open on it; nothing is counted before it is confirmed."""

    kind = "provisional"

    link_key: str
    survey: str
    version: int
    segment: str
    segment_path: tuple[str, ...] = ()
    domain: str = ""  # of the invited address
    question: str
    score: int
    language: str
    human: Human | None = None
    flags: tuple[str, ...] = ()
    state: ProvisionalState = ProvisionalState.PENDING
    response: str = ""
    day: str
    at_time: datetime
    due_at: datetime

    @staticmethod
    def at(link_key: str) -> Key:
        """Return the key of the score given through this link."""
        return Key(f"provisional#{link_key}", "provisional")

    @staticmethod
    def shards() -> tuple[str, ...]:
        """Return the index partitions over which the pending ones are spread."""
        return tuple(f"provisional_due#{shard}" for shard in range(PROVISIONAL_SHARDS))

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.link_key)

    def index(self) -> tuple[Key | None, Key | None]:
        """List what is pending by the moment it is due, and a survey's by day."""
        shard = self.shards()[crc32(self.link_key.encode()) % PROVISIONAL_SHARDS]
        pending = self.state is ProvisionalState.PENDING
        return (
            Key(shard, f"{self.due_at.isoformat()}#{self.link_key}") if pending else None,
            Key(f"provisional#{self.survey}#{self.day}", f"{self.at_time.isoformat()}#{self.link_key}"),
        )

    def ttl(self) -> int | None:
        """Return when DynamoDB may delete the row; a pending one stays."""
        pending = self.state is ProvisionalState.PENDING
        return None if pending else int((self.at_time + KEPT).timestamp())
