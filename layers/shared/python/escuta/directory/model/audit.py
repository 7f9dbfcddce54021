"""What the audit keeps of a request: who did what, when, from where, and what it changed."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from escuta.entity import Entity, Key, Table, Value


class Via(StrEnum):
    """The door that somebody came through."""

    API = "api"
    CONSOLE = "console"
    LINK = "link"  # that an alert brought, which opens one ticket
    SCHEDULE = "schedule"  # nobody: what somebody ordered once and for all


class Outcome(StrEnum):
    """How it ended."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"  # it is under way, or it died on the way: it may have changed something


class Changed(StrEnum):
    """What became of a row."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"


Scalar = bool | int | float | str | None


class AuditValue(Value):
    """A value before and after. `field` is the place within the thing, as in `title.en` or `rules[2].priority`."""

    field: str
    before: Scalar
    after: Scalar


class AuditChange(Value):
    """One stored thing that was written."""

    kind: str
    id: str = ""
    what: Changed
    values: tuple[AuditValue, ...] = ()  # of fields that can hold nothing personal
    fields: tuple[str, ...] = ()  # the names of all fields that changed
    is_sure: bool = True  # False: the store did not answer, so that nobody knows


class AuditEntry(Entity):
    """One request. Stored before the work as `asked`, and once more after it, with what came of it, as `done`."""

    table: ClassVar[Table] = Table.AUDIT
    kind = "audit"

    id: str
    is_done: bool = False
    asked_at: datetime
    done_at: datetime | None = None
    actor: str  # id of the caller
    actor_name: str = ""
    role: str = ""
    via: Via
    ip: str = ""
    agent: str = ""
    request_id: str = ""
    action: str
    noun: str
    thing: str = ""  # id of what it was about
    operation: str  # method and route
    outcome: Outcome = Outcome.UNKNOWN
    status: int | None = None
    code: str = ""  # of the refusal
    changes: tuple[AuditChange, ...] = ()
    more: int = 0  # rows that were written beside those in `changes`
    expires_at: datetime

    @staticmethod
    def month(identity: str) -> str:
        """Return the partition of an entry: its id begins with its moment."""
        return f"audit#{identity[:6]}"

    def key(self) -> Key:
        """Return the primary key. What is done stands behind what was asked."""
        return Key(self.month(self.id), self._place)

    @property
    def _place(self) -> str:
        return f"{self.id}#{2 if self.is_done else 1}"

    def index(self) -> tuple[Key | None, Key | None]:
        """List what somebody did, and what was done to something."""
        about = Key(f"audit_of#{self.noun}#{self.thing}", self._place) if self.thing else None
        return Key(f"audit_by#{self.actor}", self._place), about

    def ttl(self) -> int:
        """Let DynamoDB forget the entry when the organisation wants it to."""
        return int(self.expires_at.timestamp())
