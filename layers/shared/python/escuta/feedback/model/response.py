"""Answers: what was given, what is half given, and what could not be taken."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from escuta.entity import Key, Value
from escuta.feedback.model.survey import Feedback, ScoreClass

Answer = int | str | tuple[str, ...] | dict[str, str]


class ResponseState(StrEnum):
    """A deleted response stays as a tombstone, so that counting never depends on a removal."""

    FINAL = "final"
    DELETED = "deleted"


class Standing(StrEnum):
    """Whether a response is in the figures. Whatever is left out is kept, shown, and counted apart."""

    COUNTED = "counted"
    SUSPECT = "suspect"  # one of a burst, or beyond a limit
    FLAGGED = "flagged"  # a score out of a message with evidence of a scanner, or without sign of a person
    EXCLUDED = "excluded"  # switched off by a person


class Origin(StrEnum):
    """How a response came to be."""

    SUBMITTED = "submitted"  # somebody pressed the button
    TAPPED = "tapped"  # a score out of a message, confirmed after its time because a person was there


class Emptied(StrEnum):
    """Why a response holds nothing of a person any more."""

    ERASED = "erased"  # somebody wanted to be forgotten
    EXPIRED = "expired"  # its survey keeps answers for so long, and no longer


class Switch(Value):
    """One line of the record of who put a response into the figures, or out of them."""

    at: datetime
    who: str  # "" : the product itself
    was: Standing
    now: Standing
    reason: str = ""


class Call(Value):
    """Somebody asked to be called."""

    at: datetime
    phone: str


class Heard(Value):
    """What a comment said: all of it where the words themselves had to go, else what somebody was asked once."""

    tone: str
    topics: tuple[str, ...]  # while there is a comment they follow the dictionary, and none are kept
    sentiment: float = 0.0
    by: str = "offline"  # who read it: offline, comprehend


class Response(Feedback):
    """What somebody answered. `rev` rises with every correction; counting is guarded by it."""

    kind = "response"

    id: str  # submission id, made when the page was rendered
    survey: str
    version: int
    segment: str
    segment_path: tuple[str, ...]
    timezone: str
    day: str  # calendar day of the segment on which it was answered
    channel: str  # email, sms, store, web
    language: str
    product: str = ""
    facets: dict[str, str] = Field(default_factory=dict)  # dimension of the survey -> what the link or the person has
    contact: str = ""
    contact_name: str = ""
    invitation: str = ""
    link_key: str = ""
    deployment: str = ""
    answers: dict[str, Answer]
    unreached: dict[str, Answer] = Field(default_factory=dict)  # answers to what the survey did not ask in the end
    hidden: dict[str, str] = Field(default_factory=dict)
    score: int | None = None
    score_class: ScoreClass | None = None
    comment: str = ""
    heard: Heard | None = None  # of an emptied one, or of one that was not read offline: what its comment said
    call: Call | None = None
    state: ResponseState = ResponseState.FINAL
    standing: Standing = Standing.COUNTED
    evidence: tuple[str, ...] = ()  # why it is not simply counted: limit_survey, burst, no_signal, ...
    switches: tuple[Switch, ...] = ()
    origin: Origin = Origin.SUBMITTED
    replaces: str = ""  # the response that a tap in the message had become; this answer took its place
    device: str = ""  # hash of what the device calls itself
    body_hash: str
    received_at: datetime
    sent_at: datetime | None = None  # when the invitation left, if it did
    answered_at: datetime | None = None  # when it was answered on a device without network
    emptied: Emptied | None = None  # nothing is left of who answered and of what they wrote; what was counted stays
    client_time: datetime | None = None

    @staticmethod
    def at(response: str) -> Key:
        """Return the key of the response with this id."""
        return Key(f"response#{response}", "response")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    @property
    def moment(self) -> datetime:
        """Return when it was answered: a device that was without network sends many at once, each with its own time."""
        return self.answered_at or self.received_at

    @property
    def place_in_time(self) -> str:
        """Return what lists of responses are sorted by."""
        return f"{self.moment.isoformat()}#{self.id}"

    @classmethod
    def keyed(cls, key: Key, index: tuple[Key | None, Key | None]) -> dict[str, str]:
        """Return what the keys say: the id, and of the indexes survey, segment and day."""
        told, (listed, dated) = {"id": key.pk.partition("#")[2]}, index
        if listed is not None:
            told["survey"], _, told["segment"] = listed.pk.partition("#")[2].partition("#")
        if dated is not None:
            told["day"] = dated.pk.rpartition("#")[2]
        return told

    def index(self) -> tuple[Key | None, Key | None]:
        """List a segment's responses, and those of a survey's day, by when they were answered."""
        return (
            Key(f"responses#{self.survey}#{self.segment}", self.place_in_time),
            Key(f"responses#{self.survey}#{self.day}", self.place_in_time),
        )


class Answered(Feedback):
    """Who says in an answer who they are, and was not invited: the edge by which the answer is found from the person.

    `contact` is the identity that the address in the answer gives, whether or not there is such a contact.
    """

    kind = "answered"

    contact: str
    response: str

    @staticmethod
    def pk(contact: str) -> str:
        """Return the partition of a person's edges."""
        return f"contact#{contact}"

    def key(self) -> Key:
        """Return the primary key."""
        return Key(self.pk(self.contact), f"response#{self.response}")


class Draft(Feedback):
    """A half-filled survey. Of an invitation there is one, so that it can be resumed on any device."""

    kind = "draft"

    place: str  # hash of an invitation's link; of other links one for each page, since their devices are shared
    submission: str
    survey: str
    version: int
    segment: str
    number: int  # rises with every saving on the page; an older one that comes late is ignored
    fields: dict[str, str]  # of the form, as it names them
    language: str
    started_at: datetime
    saved_at: datetime
    expires_at: datetime

    @staticmethod
    def at(place: str) -> Key:
        """Return the key of the draft kept for a link or a submission."""
        return Key(f"draft#{place}", "draft")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.place)

    def ttl(self) -> int | None:
        """Return when DynamoDB may delete the row: a while after its end, which the readers keep."""
        return int((self.expires_at + timedelta(days=1)).timestamp())


class Parked(Feedback):
    """A payload that could not be accepted, kept whole for the operator to see and to replay."""

    kind = "parked"

    id: str
    reason: str
    submission: str
    link_key: str
    payload: str
    created_at: datetime

    @staticmethod
    def at(parked: str) -> Key:
        """Return the key of what is parked under this id."""
        return Key(f"parked#{parked}", "parked")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List what is parked by time."""
        return Key("parked", f"{self.created_at.isoformat()}#{self.id}"), None

    def ttl(self) -> int | None:
        """Return when DynamoDB may delete the row: a year is long enough to correct and replay it."""
        return int((self.created_at + timedelta(days=365)).timestamp())
