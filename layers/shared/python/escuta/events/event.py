"""A domain event as it is stored, and as it leaves: an envelope of CloudEvents 1.0."""

from datetime import datetime, timedelta
from typing import Any, ClassVar
from zlib import crc32

from pydantic import Field

from escuta.entity import Entity, Key, Table
from escuta.events.data import EventType

KEPT = timedelta(days=30)
SHARDS = 8
SOURCE = "escuta"


class DomainEvent(Entity):
    """Something that happened. `id` follows from what that was, so that it is told once.

    Never changed afterwards, but for the person in it, whom an erasure takes out.
    `at` is when it was noted, a moment before its transaction: the order in which events are listed. `occurred_at` is
    when it happened, which of an answer given without network may be days before.
    """

    table: ClassVar[Table] = Table.FEEDBACK
    kind = "event"

    id: str
    type: EventType
    version: int  # of the schema of `data`
    at: datetime
    occurred_at: datetime
    subject: str  # `{noun}/{id}`
    revision: int = 0  # of the subject, afterwards: orders what happened to one thing; 0: nothing else happens to it
    segment: str = ""
    segment_path: tuple[str, ...] = ()  # (): it concerns the whole company
    survey: str = ""
    data: dict[str, Any] = Field(default_factory=dict)

    @staticmethod
    def key_of(event: str) -> Key:
        """Return the key of the event with this id."""
        return Key(f"event#{event}", "event")

    def key(self) -> Key:
        """Return the primary key."""
        return self.key_of(self.id)

    @property
    def place(self) -> str:
        """Return where it stands in the order of all events."""
        return f"{self.at.isoformat(timespec='milliseconds')}#{self.id}"

    @staticmethod
    def shards(day: str) -> tuple[str, ...]:
        """Return the index partitions of a day (UTC): one alone would take no more than 1,000 events a second."""
        return tuple(f"events#{day}#{shard}" for shard in range(SHARDS))

    def index(self) -> tuple[Key | None, Key | None]:
        """List events by time, and those that name a person; the one that tells of an erasure has to."""
        shard = crc32(self.id.encode()) % SHARDS
        by_time = Key(self.shards(self.at.date().isoformat())[shard], self.place)
        contact = "" if self.type is EventType.CONTACT_ERASED else self.data.get("contact", "")
        return by_time, Key(self.naming(contact), self.place) if contact else None

    @staticmethod
    def naming(contact: str) -> str:
        """Return the index partition of the events that name a person."""
        return f"contact_events#{contact}"

    def unnamed(self) -> "DomainEvent":
        """Return the event without the person, and without what people wrote about the matter in words of their own."""
        words = {name: () for name in ("tags", "root_causes") if name in self.data}
        return self.changed(data={**self.data, **words, "contact": ""})

    def ttl(self) -> int:
        """Return when DynamoDB may delete the row."""
        return int((self.at + KEPT).timestamp())


def envelope(event: DomainEvent) -> dict[str, Any]:
    """Return an event as it leaves: for the bus, for webhooks and for who lists. The same whenever it is told."""
    return {
        "specversion": "1.0",
        "id": event.id,
        "source": SOURCE,
        "type": event.type.value,
        "time": event.occurred_at.isoformat(),
        "subject": event.subject,
        "dataschema": schema_name(event.type, event.version),
        "datacontenttype": "application/json",
        "revision": event.revision,
        "recordedat": event.at.isoformat(),
        "segment": event.segment,
        "segmentpath": "/".join(event.segment_path),
        "survey": event.survey,
        "data": event.data,
    }


def schema_name(kind: EventType, version: int) -> str:
    """Return what the schema of an event is called, a file in `docs/events`."""
    return f"{kind}.v{version}.json"
