"""Places, who answers for them, and what is sold there."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from escuta.entity import Entity, Key, Table, Value


class Directory(Entity):
    """What is stored in the table of the directory."""

    table: ClassVar[Table] = Table.DIRECTORY


class SegmentDraft(Value):
    """What somebody says about a segment. Empty time zone and country: as the parent's."""

    code: str
    name: str
    parent: str | None = None
    timezone: str = ""
    address: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    postal_code: str = ""
    external_reference: str = ""  # what other systems call it
    attributes: dict[str, str] = Field(default_factory=dict)
    share: dict[str, str] = Field(default_factory=dict)  # network (google, facebook, ...) -> review page; inherited


class Segment(Directory, SegmentDraft):
    """A node of the one hierarchy: the organisation at the root, stores at the leaves. `code` joins files to it."""

    kind = "segment"

    path: tuple[str, ...]  # codes from the root to this segment, both included
    timezone: str
    country: str = "BR"
    share_hosts: tuple[str, ...] = ()  # of the root: hosts beyond the known networks that `share` may lead to
    moving_from: tuple[str, ...] = ()  # path that this segment's subtree still has in part, while it moves
    retired_at: datetime | None = None  # closed: files, links and deployments may no longer name it
    created_by: str = ""  # `{source}.{row}` of the file that made it
    updated_by: str = ""  # of the file that last changed it; a change by a person empties it

    @staticmethod
    def at(code: str) -> Key:
        """Return the key of the segment with this code."""
        return Key(f"segment#{code}", "segment")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.code)

    def index(self) -> tuple[Key | None, Key | None]:
        """List the hierarchy in the order of its paths, so that a subtree is one range."""
        return Key("segments", "/".join(self.path) + "/"), None


class SegmentMove(Directory):
    """A segment was put under another parent; what was answered before keeps the path as it was."""

    kind = "segment_move"

    segment: str
    from_path: tuple[str, ...]
    to_path: tuple[str, ...]
    moved_at: datetime
    moved_by: str = ""

    def key(self) -> Key:
        """Return the primary key, in the partition of the segment."""
        return Key(f"segment#{self.segment}", f"move#{self.moved_at.isoformat()}")

    def index(self) -> tuple[Key | None, Key | None]:
        """List all moves by time: they are few, and tell which places were ever under another."""
        return Key("segment_moves", f"{self.moved_at.isoformat()}#{self.segment}"), None


class Root(Directory):
    """Which segment is the root: the guard that there is only one."""

    kind = "root"

    segment: str

    def key(self) -> Key:
        """Return the one key."""
        return Key("segments", "root")


class AlertChannel(StrEnum):
    """How a manager wants to be alerted."""

    EMAIL = "email"
    SMS = "sms"


class Rhythm(StrEnum):
    """How often a manager is told what changed."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    NEVER = "never"


class Alerting(StrEnum):
    """When a manager is told of tickets."""

    AT_ONCE = "at_once"
    URGENT = "urgent"  # at once what is urgent, was escalated or is asked of them by name; the rest in the digest
    DIGEST = "digest"  # once a day
    NEVER = "never"


class Manager(Directory):
    """Somebody who answers for segments, with their subtrees."""

    kind = "manager"

    id: str
    name: str
    email: str
    phone: str = ""
    language: str  # of alerts and pages
    languages: tuple[str, ...] = ()  # others in which the manager can speak with a customer
    channels: tuple[AlertChannel, ...] = (AlertChannel.EMAIL,)
    alerts: Alerting = Alerting.AT_ONCE
    digest: Rhythm = Rhythm.WEEKLY
    segments: tuple[str, ...] = ()
    external_reference: str = ""
    retired_at: datetime | None = None  # answers for nothing any more
    created_by: str = ""  # `{source}.{row}` of the file that made it
    updated_by: str = ""  # of the file that last changed it; a change by a person empties it

    @staticmethod
    def at(manager: str) -> Key:
        """Return the key of the manager with this id."""
        return Key(f"manager#{manager}", "manager")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List managers by name."""
        return Key("managers", f"{self.name.casefold()}#{self.id}"), None


class Assignment(Directory):
    """A manager answers for a segment: the edge that is read from the segment's side."""

    kind = "assignment"

    segment: str
    manager: str

    def key(self) -> Key:
        """Return the primary key, in the partition of the segment."""
        return Key(f"segment#{self.segment}", f"manager#{self.manager}")


class Activity(Directory):
    """Something that a manager did, or that was done to a manager's account. Written once, never changed."""

    kind = "activity"

    id: str  # derived from what happened, so that it is noted once
    manager: str
    at_time: datetime
    did: str  # `ticket_closed`, `signed_in`, `segments_changed`; its words are in the catalog `directory`
    who: str = ""  # who did it, where it was not the manager
    thing: str = ""  # `ticket {id}`
    details: dict[str, str] = Field(default_factory=dict)

    def key(self) -> Key:
        """Return the primary key, in the partition of the manager."""
        return Key(f"manager#{self.manager}", f"activity#{self.at_time.isoformat()}#{self.id}")


class Product(Directory):
    """What was bought, with its group; created by imports."""

    kind = "product"

    code: str
    name: str
    group: str = ""
    edited: bool = False  # by a person: a file that names it otherwise changes nothing
    merged_into: str = ""  # code of the product that this one is taken for
    created_by: str = ""  # `{source}.{row}` of the file that made it
    updated_by: str = ""  # of the file that last changed it; a change by a person empties it

    @staticmethod
    def at(code: str) -> Key:
        """Return the key of the product with this code."""
        return Key(f"product#{code}", "product")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.code)

    def index(self) -> tuple[Key | None, Key | None]:
        """List products by group and name."""
        return Key("products", f"{self.group.casefold()}#{self.name.casefold()}#{self.code}"), None
