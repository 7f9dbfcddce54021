"""People, and what they ask of their data."""

from datetime import datetime
from enum import StrEnum
from zlib import crc32

from pydantic import Field

from escuta.directory.model.place import Directory
from escuta.entity import Key

CONTACT_SHARDS = 8


class Contact(Directory):
    """A person. Identity: external id, else e-mail, else telephone; `id` is derived from it."""

    kind = "contact"

    id: str
    external_id: str = ""
    name: str = ""
    email: str = ""  # canonical: the domain in lower case
    phone: str = ""  # E.164
    language: str = ""  # BCP 47, one of ours, or "" when the person did not say
    timezone: str = ""
    segment: str  # code of the segment of the last visit
    product: str = ""
    custom: dict[str, str] = Field(default_factory=dict)
    consent: str = ""  # basis under which the person may be asked
    created_at: datetime
    updated_at: datetime
    created_by: str = ""  # id of the file row that created the person; makes a redelivered chunk say the same again
    updated_by: str = ""  # id of the last file row that changed the person

    @staticmethod
    def at(contact: str) -> Key:
        """Return the key of the contact with this id."""
        return Key(f"contact#{contact}", "contact")

    @staticmethod
    def shards(segment: str) -> tuple[str, ...]:
        """Return the index partitions over which a segment's contacts are spread."""
        return tuple(f"contacts#{segment}#{shard}" for shard in range(CONTACT_SHARDS))

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List a segment's contacts by name."""
        shard = self.shards(self.segment)[crc32(self.id.encode()) % CONTACT_SHARDS]
        return Key(shard, f"{self.name.casefold()}#{self.id}"), None


class PrivacyKind(StrEnum):
    """What somebody wants of their data."""

    SEE = "see"
    ERASE = "erase"


class PrivacyRequest(Directory):
    """Somebody asks to see or to erase their data, through a link that only they have. `id` = H(contact, kind, day)."""

    kind = "privacy_request"

    id: str
    wants: PrivacyKind
    contact: str
    hint: str  # the address, masked, so that the reader knows whom it is about
    language: str
    requested_at: datetime
    due_at: datetime  # 15 days: LGPD art. 19
    done_at: datetime | None = None
    done_by: str = ""

    @staticmethod
    def at(request: str) -> Key:
        """Return the key of the request with this id."""
        return Key(f"privacy#{request}", "privacy")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List requests by what is open and when it is due."""
        return Key("privacy", f"{'done' if self.done_at else 'open'}#{self.due_at.isoformat()}#{self.id}"), None
