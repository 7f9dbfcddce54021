"""The entities of feedback. Pure: no clock, no table."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from zlib import crc32

from pydantic import Field

from escuta.entity import Entity, Key, Table, Value

CONTRIBUTION_SHARDS = 64

Texts = dict[str, str]  # language -> words
Answer = int | str | tuple[str, ...]


class _Feedback(Entity):
    table: ClassVar[Table] = Table.FEEDBACK


class QuestionKind(StrEnum):
    """What a question asks for."""

    NPS = "nps"  # 0-10
    CSAT = "csat"  # 1-5
    CES = "ces"  # 1-7
    TEXT = "text"
    CHOICE = "choice"
    CHOICES = "choices"


SCALES: dict[QuestionKind, tuple[int, int]] = {
    QuestionKind.NPS: (0, 10),
    QuestionKind.CSAT: (1, 5),
    QuestionKind.CES: (1, 7),
}


class Choice(Value):
    """One option of a `choice` or `choices` question."""

    id: str
    text: Texts


class Question(Value):
    """One question. `benchmark` classifies the respondent; `voice` is the comment that is analysed."""

    id: str
    kind: QuestionKind
    text: Texts
    help: Texts = Field(default_factory=dict)
    low: Texts = Field(default_factory=dict)  # label of the scale's lowest end
    high: Texts = Field(default_factory=dict)
    choices: tuple[Choice, ...] = ()
    required: bool = False
    benchmark: bool = False
    voice: bool = False


class SurveyStatus(StrEnum):
    """The life of a survey."""

    DRAFT = "draft"
    LIVE = "live"
    PAUSED = "paused"
    CLOSED = "closed"


class Survey(_Feedback):
    """A survey's head: its name and which version is live."""

    kind = "survey"

    id: str
    name: str
    status: SurveyStatus = SurveyStatus.DRAFT
    version: int = 0  # live version; 0 before the first publishing
    closed_at: datetime | None = None
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def at(survey: str) -> Key:
        """Return the key of the survey with this id."""
        return Key(f"survey#{survey}", "survey")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List surveys by their making."""
        return Key("surveys", f"{self.created_at.isoformat()}#{self.id}"), None


class SurveyDraft(Value):
    """What the author of a survey decides, and publishing makes immutable."""

    languages: tuple[str, ...]  # the first is the default
    title: Texts
    intro: Texts = Field(default_factory=dict)
    thanks: dict[str, Texts] = Field(default_factory=dict)  # score class, or "any" -> words
    questions: tuple[Question, ...]
    detractor_max: int = 6
    passive_max: int = 8
    color: str = "#0b5c5e"


class SurveyVersion(_Feedback, SurveyDraft):
    """What was published: immutable. A response names the version it answered."""

    kind = "survey_version"

    survey: str
    version: int
    published_at: datetime

    @staticmethod
    def at(survey: str, version: int) -> Key:
        """Return the key of a version."""
        return Key(f"survey#{survey}", f"version#{version:06d}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey, self.version)


class StoreToken(_Feedback):
    """A link that stands in a store, on a device or a poster; its responses are anonymous."""

    kind = "store_token"

    token_key: str
    survey: str
    segment: str
    label: str = ""
    created_at: datetime
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    revoked_at: datetime | None = None

    @staticmethod
    def at(token_key: str) -> Key:
        """Return the key of the token with this hash."""
        return Key(f"token#{token_key}", "token")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.token_key)

    def index(self) -> tuple[Key | None, Key | None]:
        """List tokens by segment."""
        return Key("tokens", f"{self.segment}#{self.created_at.isoformat()}"), None


class ScoreClass(StrEnum):
    """What the benchmark answer makes of a respondent."""

    DETRACTOR = "detractor"
    PASSIVE = "passive"
    PROMOTER = "promoter"


class ResponseState(StrEnum):
    """A deleted response stays as a tombstone, so that counting never depends on a removal."""

    FINAL = "final"
    DELETED = "deleted"


class Response(_Feedback):
    """What somebody answered. `rev` rises with every correction; counting is guarded by it."""

    kind = "response"

    id: str  # submission id, made when the page was rendered
    survey: str
    version: int
    segment: str
    segment_path: tuple[str, ...]
    timezone: str
    day: str  # calendar day of the segment on which it was received
    channel: str  # email, sms, store
    language: str
    product: str = ""
    contact: str = ""
    contact_name: str = ""
    invitation: str = ""
    link_key: str = ""
    deployment: str = ""
    answers: dict[str, Answer]
    score: int | None = None
    score_class: ScoreClass | None = None
    comment: str = ""
    state: ResponseState = ResponseState.FINAL
    body_hash: str
    received_at: datetime
    client_time: datetime | None = None

    @staticmethod
    def at(response: str) -> Key:
        """Return the key of the response with this id."""
        return Key(f"response#{response}", "response")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List a segment's responses by time, and a survey's by day: the sweep walks the latter."""
        return (
            Key(f"responses#{self.survey}#{self.segment}", f"{self.received_at.isoformat()}#{self.id}"),
            Key(f"responses#{self.survey}#{self.day}", f"{self.received_at.isoformat()}#{self.id}"),
        )


class Parked(_Feedback):
    """A payload that could not be accepted, kept whole for the operator to see and to replay."""

    kind = "parked"

    id: str
    reason: str
    submission: str
    link_key: str
    payload: str
    created_at: datetime

    def key(self) -> Key:
        """Return the primary key."""
        return Key(f"parked#{self.id}", "parked")

    def index(self) -> tuple[Key | None, Key | None]:
        """List what is parked by time."""
        return Key("parked", f"{self.created_at.isoformat()}#{self.id}"), None


class Contribution(_Feedback):
    """What a response adds to the counters of a day, at which revision of the response. The guard of the counters.

    Every place gets the same numbers, so they are written once. A deleted response keeps its places and adds nothing.
    """

    kind = "contribution"

    survey: str
    response: str
    response_rev: int
    day: str
    places: tuple[str, ...]  # dimension#value
    numbers: dict[str, int]  # name -> number

    @staticmethod
    def shards(survey: str) -> tuple[str, ...]:
        """Return the partitions over which a survey's contributions are spread."""
        return tuple(f"contribution#{survey}#{shard}" for shard in range(CONTRIBUTION_SHARDS))

    @staticmethod
    def at(survey: str, response: str) -> Key:
        """Return the key of the contribution of this response."""
        return Key(f"contribution#{survey}#{crc32(response.encode()) % CONTRIBUTION_SHARDS}", response)

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey, self.response)


class TicketState(StrEnum):
    """The life of a ticket."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Activity(Value):
    """One line of a ticket's log. Nobody edits it."""

    at: datetime
    who: str
    what: str  # opened, assigned, commented, moved
    text: str = ""


class Ticket(_Feedback):
    """An unhappy answer that somebody must follow up. `id` = H(response, rule)."""

    kind = "ticket"

    id: str
    response: str
    rule: str
    survey: str
    segment: str  # where it is now
    segment_path: tuple[str, ...]
    origin_segment: str
    owner: str = ""  # manager id
    state: TicketState = TicketState.NEW
    priority: str = "normal"
    score: int | None = None
    comment: str = ""
    contact: str = ""
    contact_name: str = ""
    language: str = ""
    root_cause: str = ""
    action: str = ""
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None = None
    log: tuple[Activity, ...] = ()

    @staticmethod
    def at(ticket: str) -> Key:
        """Return the key of the ticket with this id."""
        return Key(f"ticket#{ticket}", "ticket")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List a segment's tickets by state and due time, and what is not closed by subtree: a path is a range."""
        by_due = f"{self.due_at.isoformat()}#{self.id}"
        still_open = Key("open_tickets", "/".join(self.segment_path) + "/#" + by_due)
        return Key(f"tickets#{self.segment}", f"{self.state}#{by_due}"), (
            None if self.state is TicketState.CLOSED else still_open
        )


class AlertState(StrEnum):
    """What became of an alert. `unknown`: the provider's answer was lost."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENT = "sent"
    UNKNOWN = "unknown"
    REJECTED = "rejected"


class Alert(_Feedback):
    """The intent to tell a manager about a ticket, stored with the ticket. `id` = H(ticket, manager, channel)."""

    kind = "alert"

    id: str
    ticket: str
    manager: str
    channel: str
    address: str
    language: str
    state: AlertState = AlertState.PENDING
    reason: str = ""
    message_id: str = ""
    resent: bool = False  # what became of the first message is not known, so there was or will be one more
    created_at: datetime
    claimed_at: datetime | None = None
    sent_at: datetime | None = None

    @staticmethod
    def at(alert: str) -> Key:
        """Return the key of the alert with this id."""
        return Key(f"alert#{alert}", "alert")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List only what is not sent, so that a sweep finds what was forgotten."""
        waiting = self.state in {AlertState.PENDING, AlertState.CLAIMED}
        return (Key("alerts", f"{self.created_at.isoformat()}#{self.id}") if waiting else None), None
