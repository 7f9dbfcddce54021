"""Dropped files, and what becomes of their rows."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from escuta.directory.model.place import Directory
from escuta.entity import Key, Value


class FileKind(StrEnum):
    """What the rows of a file are about."""

    CONTACTS = "contacts"  # people, and their visits where a row says when or under which number one was
    SEGMENTS = "segments"
    MANAGERS = "managers"
    PRODUCTS = "products"
    SUPPRESSIONS = "suppressions"


class FileState(StrEnum):
    """What became of a dropped file."""

    REGISTERED = "registered"
    HELD = "held"  # waits for a person: much smaller than the files before it, or its marker has not come
    LOADING = "loading"
    DONE = "done"
    DUPLICATE = "duplicate"
    REFUSED = "refused"
    FAILED = "failed"  # given up after the last try, with the reason; its message waits and can be put back


class RowOutcome(StrEnum):
    """What became of one row of a file."""

    ACCEPTED = "accepted"
    UPDATED = "updated"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    SKIPPED = "skipped"  # nothing is wrong with the row, and it is not to be taken in: opted out, erased, under age


class RowResult(Value):
    """What became of one row: where it stood, what was wrong with which column, and the row as it was."""

    row: int  # 1 is the first row after the header
    line: int  # physical line of the file where the row begins; the header is line 1
    outcome: RowOutcome
    contact: str = ""
    transaction: str = ""
    route: str = ""  # assignment of the folder's rules that this row falls under; "": nobody is asked because of it
    excluded: str = ""  # name of the rule that keeps this row's person from being asked
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
    sequencer: str = ""  # of S3's notice: which of two objects at one place is the newer
    sha256: str = ""
    folder: str = ""
    file_kind: FileKind = FileKind.CONTACTS
    dry_run: bool = False  # says what would happen, and changes nothing
    format: str = "csv"  # `csv`, `xlsx`, `jsonl`: what the object was, unpacked
    compression: str = ""  # `gzip`, or ""
    staged_key: str = ""  # the plain copy in the reports bucket that is loaded in place of a packed object
    upload: str = ""  # id of the upload that the API announced
    state: FileState
    reason: str = ""  # why the file was refused; its words are in the catalog `intake`
    details: dict[str, str] = Field(default_factory=dict)
    duplicate_of: str = ""  # id of the file with the same content
    encoding: str = ""
    delimiter: str = ""
    header: tuple[str, ...] = ()
    mapping: dict[str, str] = Field(default_factory=dict)  # column name -> field, `custom.plan` for a custom field
    ignored: tuple[str, ...] = ()  # columns that are taken for nothing
    date_formats: dict[str, str] = Field(default_factory=dict)  # column -> format that the folder or the file settled
    rows: int = 0
    chunks: int = 0
    totals: dict[str, int] = Field(default_factory=dict)  # outcome -> rows
    reasons: dict[str, int] = Field(default_factory=dict)  # code of rejected and skipped rows -> rows
    routed: dict[str, int] = Field(default_factory=dict)  # assignment of the rules -> rows; "" : nobody is asked
    excluded: dict[str, int] = Field(default_factory=dict)  # rule that keeps people from being asked -> rows
    rules: str = ""  # id of the rules that held when the file was registered
    rules_version: int = 0
    report_key: str = ""  # of the CSV report in the reports bucket
    rejected_key: str = ""  # of the CSV that holds the rejected rows alone, to be corrected and dropped again
    deployments: tuple[str, ...] = ()  # what the folder's rules started
    approved_by: str = ""  # who let a held file go on
    mail: str = ""  # the mail about this state to the owner of the folder: claimed, sent, refused, unknown, none
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
        """List files by the time they came, and those that a folder's next file is measured by."""
        when = f"{self.received_at.isoformat()}#{self.id}"
        measure = self.state is FileState.DONE and not self.dry_run
        return Key("files", when), Key(f"files#{self.folder}", when) if measure else None


class ChunkGroup(Directory):
    """Which chunks of a file are loaded, of those whose numbers leave one remainder.

    A set of numbers, never a number: a chunk may be loaded twice. Not in the file's row: chunks that are loaded side
    by side belong to different groups, and do not wait for one another.
    """

    kind = "chunk_group"

    file: str
    group: int
    done: tuple[int, ...] = ()

    @staticmethod
    def at(file: str, group: int) -> Key:
        """Return the key of this group of a file's chunks."""
        return Key(f"file#{file}", f"chunks#{group:04d}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.file, self.group)


class DropPlace(Directory):
    """Which object of a key in the drop bucket is the newest one, as far as S3 has told."""

    kind = "drop_place"

    bucket: str
    object_key: str
    sequencer: str
    file: str

    @staticmethod
    def at(bucket: str, object_key: str) -> Key:
        """Return the key of this place."""
        return Key(f"drop#{bucket}/{object_key}", "drop")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.bucket, self.object_key)


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


class UnknownColumns(StrEnum):
    """What becomes of a column that is no field of ours and that the folder's mapping does not name."""

    IGNORE = "ignore"
    CUSTOM = "custom"  # a custom field named after the column
    REFUSE = "refuse"


class FolderDraft(Value):
    """What somebody says about a drop folder: what its files are, how they are read, and what they cause."""

    file_kind: FileKind = FileKind.CONTACTS
    mapping: dict[str, str] = Field(default_factory=dict)  # column -> field, `custom.plan`, or "" to leave it out
    unknown: UnknownColumns = UnknownColumns.IGNORE
    date_format: str = ""  # `DD/MM/YYYY` and the like; "": ISO 8601, and whatever can be read in one way only
    decimal: str = ""  # "," or "."; "": whatever can be read in one way only
    timezone: str = ""  # IANA; of times that name none; "": the organisation's
    segment: str = ""  # code of the segment of rows that name none
    hold_below_percent: int = Field(default=0, ge=0, le=100)  # of the usual number of rows; 0: never held
    marker: str = ""  # `.done` or `.sha256`: a file is loaded once the object of this name stands beside it
    owner_email: str = ""  # who is told of every file
    owner_language: str = "pt-BR"  # language of the reports
    rules: str = ""  # id of the rules; "": load the people, ask nobody


class Folder(Directory, FolderDraft):
    """What is known of a drop folder."""

    kind = "folder"

    folder: str  # first part of the object key

    @staticmethod
    def at(folder: str) -> Key:
        """Return the key of this folder."""
        return Key(f"folder#{folder}", "folder")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.folder)

    def index(self) -> tuple[Key | None, Key | None]:
        """List the folders by name."""
        return Key("folders", self.folder), None


class Upload(Directory):
    """A file that the API announced: whoever has the link puts it into its place in the drop bucket."""

    kind = "upload"

    id: str
    folder: str
    name: str
    object_key: str
    content_type: str = "application/octet-stream"  # with which the link wants to be used
    dry_run: bool = False
    file: str = ""  # id of the file that it became, the newest one when the link was used more than once
    created_at: datetime
    created_by: str = ""
    expires_at: datetime

    @staticmethod
    def at(upload: str) -> Key:
        """Return the key of the upload with this id."""
        return Key(f"upload#{upload}", "upload")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def ttl(self) -> int:
        """Let DynamoDB forget the upload a week after its link has ended."""
        return int(self.expires_at.timestamp()) + 7 * 86400
