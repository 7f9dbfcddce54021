"""Places, who answers for them, and what is sold there."""

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
    share: dict[str, str] = Field(default_factory=dict)  # network (google, facebook, ...) -> review page; inherited


class Segment(Directory, SegmentDraft):
    """A node of the one hierarchy: the organisation at the root, stores at the leaves. `code` joins files to it."""

    kind = "segment"

    path: tuple[str, ...]  # codes from the root to this segment, both included
    timezone: str
    country: str = "BR"
    share_hosts: tuple[str, ...] = ()  # of the root: hosts beyond the known networks that `share` may lead to

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


class Manager(Directory):
    """Somebody who answers for segments, with their subtrees."""

    kind = "manager"

    id: str
    name: str
    email: str
    phone: str = ""
    language: str
    channels: tuple[AlertChannel, ...] = (AlertChannel.EMAIL,)
    segments: tuple[str, ...] = ()

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


class Product(Directory):
    """What was bought, with its group; created by imports."""

    kind = "product"

    code: str
    name: str
    group: str = ""

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
