"""Dropped files, and what becomes of their rows."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from escuta.directory.model.place import Directory
from escuta.entity import Key, Value


class FileState(StrEnum):
    """What became of a dropped file."""

    REGISTERED = "registered"
    LOADING = "loading"
    DONE = "done"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


class RowOutcome(StrEnum):
    """What became of one row of a file."""

    ACCEPTED = "accepted"
    UPDATED = "updated"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class RowResult(Value):
    """What became of one row: where it stood, what was wrong with which column, and the row as it was."""

    row: int  # 1 is the first row after the header
    line: int  # physical line of the file where the row begins; the header is line 1
    outcome: RowOutcome
    contact: str = ""
    column: str = ""
    code: str = ""  # reason; its words are in the catalog `intake`
    details: dict[str, str] = Field(default_factory=dict)
    original: tuple[str, ...] = ()


class DropFile(Directory):
    """A file that was dropped, and how far its loading is."""

    kind = "file"

    id: str  # derived from bucket, key and version or etag
    bucket: str
    object_key: str
    version: str = ""
    etag: str = ""
    size: int = 0
    sha256: str = ""
    folder: str = ""
    state: FileState
    reason: str = ""  # why the file was refused; its words are in the catalog `intake`
    details: dict[str, str] = Field(default_factory=dict)
    duplicate_of: str = ""  # id of the file with the same content
    encoding: str = ""
    delimiter: str = ""
    header: tuple[str, ...] = ()
    mapping: dict[str, str] = Field(default_factory=dict)  # column name -> field
    rows: int = 0
    chunks: int = 0
    done_chunks: tuple[int, ...] = ()  # a set of chunk numbers, never a number: a chunk may be done twice
    totals: dict[str, int] = Field(default_factory=dict)  # outcome -> rows
    report_key: str = ""  # of the CSV report in the reports bucket
    deployment: str = ""  # what the folder's rule started
    received_at: datetime
    finished_at: datetime | None = None

    @staticmethod
    def at(file: str) -> Key:
        """Return the key of the file with this id."""
        return Key(f"file#{file}", "file")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List files by the time they came."""
        return Key("files", f"{self.received_at.isoformat()}#{self.id}"), None


class Content(Directory):
    """The first file that had this content."""

    kind = "content"

    sha256: str
    file: str
    object_key: str
    received_at: datetime

    @staticmethod
    def at(sha256: str) -> Key:
        """Return the key of this content."""
        return Key(f"content#{sha256}", "content")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.sha256)


class FolderRule(Directory):
    """What a file in a drop folder causes: which survey is sent to its people, and over which channels."""

    kind = "folder_rule"

    folder: str  # first part of the object key
    survey: str = ""  # "" : load the people, ask nobody
    strategy: str = "prefer_email"
    owner_language: str = "pt-BR"  # language of the reports
    sender_name: str = ""

    @staticmethod
    def at(folder: str) -> Key:
        """Return the key of the rule of this folder."""
        return Key(f"folder#{folder}", "rule")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.folder)

    def index(self) -> tuple[Key | None, Key | None]:
        """List the rules by folder."""
        return Key("folders", self.folder), None
