"""Exports: a kind of thing written out as a table that somebody fetches, once or again and again."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import Field

from escuta.entity import Key, Value
from escuta.feedback.model.query import Filter
from escuta.feedback.model.survey import Feedback
from escuta.feedback.model.ticket_view import TicketFilter


class ExportKind(StrEnum):
    """What is written out."""

    SEGMENTS = "segments"
    MANAGERS = "managers"
    PRODUCTS = "products"
    CONTACTS = "contacts"
    TRANSACTIONS = "transactions"
    SUPPRESSIONS = "suppressions"
    LINKS = "links"  # of one deployment: whom it asked, each with the link
    RESPONSES = "responses"  # to one survey
    INVITATIONS = "invitations"  # of one deployment, or of all of a survey
    TICKETS = "tickets"
    AUDIT = "audit"


class ExportFormat(StrEnum):
    """As which kind of file. The first two are for people: titles in their language, and every cell is text."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"
    PARQUET = "parquet"

    @property
    def lines(self) -> "ExportFormat":
        """Return as what the rows are collected, part by part: lines can be continued by whoever comes next."""
        return ExportFormat.CSV if self in {ExportFormat.CSV, ExportFormat.XLSX} else ExportFormat.JSONL


class ExportState(StrEnum):
    """How far an export is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    EXPIRED = "expired"


class Wanted(Value):
    """What is to be written out. Days are those of each thing's segment, both included."""

    what: ExportKind
    format: ExportFormat
    language: str  # of the titles
    segments: tuple[str, ...] = ()  # roots of the subtrees it is about; () : everything
    deployment: str = ""  # whose links or invitations these are
    survey: str = ""
    first: date | None = None
    last: date | None = None
    filters: tuple[Filter, ...] = ()  # of responses
    states: tuple[str, ...] = ()  # of invitations and tickets; () : all
    tickets: TicketFilter | None = None  # which ones; where they stand is said by `segments`
    personal: bool = False  # with names, telephones, and every word as it was written


class Export(Feedback, Wanted):
    """One export, and how far it is: whoever goes on with it begins at `cursor`, with the part after `parts`."""

    kind = "export"

    id: str
    schedule: str = ""  # that ordered it
    destination: str = ""  # where in the bucket it is put, without the ending; "": under its own id
    state: ExportState = ExportState.QUEUED
    reason: str = ""  # why it failed; its words are in the catalog of the API
    columns: tuple[str, ...] = ()  # names, as they were when it began: a question published meanwhile changes no row
    upload: str = ""  # what the store calls the object that is being put together
    parts: tuple[str, ...] = ()  # tags of the parts that are there
    held: tuple[str, ...] = ()  # objects in which beginnings of parts were kept when the time was up
    holding: bool = False  # whether the last of them is still to become a part
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


class Every(StrEnum):
    """How often something is ordered."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Reach(StrEnum):
    """Which days an export speaks of, seen from the day on which it is ordered."""

    EVERYTHING = "everything"
    YESTERDAY = "yesterday"
    LAST_7_DAYS = "last_7_days"  # up to yesterday
    LAST_30_DAYS = "last_30_days"
    PREVIOUS_WEEK = "previous_week"  # from Monday to Sunday
    PREVIOUS_MONTH = "previous_month"


class ExportSchedule(Feedback, Wanted):
    """An export that is ordered again and again, at an hour of a time zone. `name` is its identity and its folder."""

    kind = "export_schedule"

    name: str
    reach: Reach = Reach.EVERYTHING
    every: Every = Every.DAY
    weekday: int = Field(default=1, ge=1, le=7)  # for every week; 1 is Monday
    day: int = Field(default=1, ge=1, le=28)  # for every month
    hour: int = Field(default=6, ge=0, le=23)
    timezone: str
    enabled: bool = True
    next_at: datetime
    created_at: datetime
    created_by: str
    updated_at: datetime

    @staticmethod
    def at(name: str) -> Key:
        """Return the key of the schedule with this name."""
        return Key(f"export_schedule#{name}", "export_schedule")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.name)

    def index(self) -> tuple[Key | None, Key | None]:
        """List what is due by when it is, and all of them by name."""
        due = Key("export_schedules_due", f"{self.next_at.isoformat()}#{self.name}") if self.enabled else None
        return due, Key("export_schedules", self.name)
