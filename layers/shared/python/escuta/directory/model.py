"""The entities of the directory. Pure: no clock, no table."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from zlib import crc32

from pydantic import Field

from escuta.entity import Entity, Key, Table, Value

CONTACT_SHARDS = 8


class _Directory(Entity):
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


class Segment(_Directory, SegmentDraft):
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


class Root(_Directory):
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


class Manager(_Directory):
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


class Assignment(_Directory):
    """A manager answers for a segment: the edge that is read from the segment's side."""

    kind = "assignment"

    segment: str
    manager: str

    def key(self) -> Key:
        """Return the primary key, in the partition of the segment."""
        return Key(f"segment#{self.segment}", f"manager#{self.manager}")


class Product(_Directory):
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


class Contact(_Directory):
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


class PrivacyRequest(_Directory):
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


class DropFile(_Directory):
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


class Content(_Directory):
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


class FolderRule(_Directory):
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


class Scope(StrEnum):
    """What a key or a role may do; `noun:verb`."""

    SURVEYS_READ = "surveys:read"
    SURVEYS_WRITE = "surveys:write"
    SEGMENTS_READ = "segments:read"
    SEGMENTS_WRITE = "segments:write"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    FILES_READ = "files:read"
    DEPLOYMENTS_READ = "deployments:read"
    DEPLOYMENTS_WRITE = "deployments:write"
    RESPONSES_READ = "responses:read"
    RESPONSES_WRITE = "responses:write"
    TICKETS_READ = "tickets:read"
    TICKETS_WRITE = "tickets:write"
    TOKENS_READ = "tokens:read"
    TOKENS_WRITE = "tokens:write"
    METRICS_READ = "metrics:read"
    PRIVACY_ADMIN = "privacy:admin"
    PARKED_ADMIN = "parked:admin"


class Role(StrEnum):
    """The Cognito groups."""

    ADMIN = "admin"
    ANALYST = "analyst"
    MANAGER = "manager"


class ApiKey(_Directory):
    """A machine's key `esk_{id}_{secret}`; only the hash of the secret is kept."""

    kind = "api_key"

    id: str
    name: str
    secret_hash: str
    scopes: tuple[Scope, ...]
    segment: str = ""  # "" : the whole hierarchy
    created_at: datetime
    revoked_at: datetime | None = None

    @staticmethod
    def at(api_key: str) -> Key:
        """Return the key of the API key with this id."""
        return Key(f"apikey#{api_key}", "apikey")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)


class Session(_Directory):
    """A signed-in person. Deleting the row ends the session everywhere."""

    kind = "session"

    token_key: str  # SHA-256 of the cookie
    username: str
    name: str
    role: Role
    manager: str = ""  # id; a manager's segments are read anew at every use, so that a cut takes effect at once
    segments: tuple[str, ...]  # () : the whole hierarchy
    language: str
    csrf: str
    created_at: datetime
    expires_at: datetime

    @staticmethod
    def at(token_key: str) -> Key:
        """Return the key of the session with this hash."""
        return Key(f"session#{token_key}", "session")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.token_key)

    def index(self) -> tuple[Key | None, Key | None]:
        """List a person's sessions, so that all of them can be ended."""
        return Key(f"sessions#{self.username}", self.token_key), None

    def ttl(self) -> int:
        """Let DynamoDB forget the session after its end."""
        return int(self.expires_at.timestamp())


class Caller(Value):
    """Who asks: what they may do, and where."""

    id: str
    name: str
    scopes: frozenset[Scope]
    segments: tuple[str, ...] = ()  # roots of the subtrees they may see; () : the whole hierarchy
    language: str = ""
