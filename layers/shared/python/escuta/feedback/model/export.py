"""Exports: a kind of thing written out as a table that somebody fetches."""

from datetime import datetime
from enum import StrEnum

from escuta.entity import Key
from escuta.feedback.model.survey import Feedback


class ExportKind(StrEnum):
    """What is written out."""

    SEGMENTS = "segments"
    MANAGERS = "managers"
    PRODUCTS = "products"
    CONTACTS = "contacts"
    TRANSACTIONS = "transactions"
    SUPPRESSIONS = "suppressions"
    LINKS = "links"  # of one deployment: whom it asked, each with the link


class ExportFormat(StrEnum):
    """As which kind of file."""

    CSV = "csv"
    XLSX = "xlsx"


class ExportState(StrEnum):
    """How far an export is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


class Export(Feedback):
    """One export, and how far it is: whoever goes on with it begins at `cursor`, with the part after `parts`."""

    kind = "export"

    id: str
    what: ExportKind
    format: ExportFormat
    language: str  # of the titles
    segments: tuple[str, ...] = ()  # roots of the subtrees it is about; () : everything
    deployment: str = ""  # whose links these are
    state: ExportState = ExportState.QUEUED
    reason: str = ""  # why it failed; its words are in the catalog of the API
    upload: str = ""  # what the store calls the object that is being put together
    parts: tuple[str, ...] = ()  # tags of the parts that are there
    cursor: str = ""
    rows: int = 0
    object_key: str = ""
    created_at: datetime
    created_by: str
    started_at: datetime | None = None  # the figures and names are those of the time from here to `finished_at`
    finished_at: datetime | None = None
    expires_at: datetime

    @staticmethod
    def at(export: str) -> Key:
        """Return the key of the export with this id."""
        return Key(f"export#{export}", "export")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List exports by time."""
        return Key("exports", f"{self.created_at.isoformat()}#{self.id}"), None

    def ttl(self) -> int:
        """Let DynamoDB forget the export a month after what it made is gone."""
        return int(self.expires_at.timestamp()) + 30 * 86400
