"""Tickets: an unhappy answer that somebody must follow up, what was done about it, and whom it concerns."""

from datetime import UTC, datetime
from enum import StrEnum

from pydantic import Field

from escuta.entity import Key, Value
from escuta.feedback.model.leaving import Leaving
from escuta.feedback.model.response import Emptied
from escuta.feedback.model.survey import Feedback, ScoreClass

FAR = datetime(9000, 1, 1, tzinfo=UTC)  # when something is due that nobody promised


class TicketState(StrEnum):
    """The life of a ticket. That it was escalated is no state: see `Ticket.escalated`."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"  # for the customer, or for somebody outside: the clock of the promise stands still
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"

    @property
    def is_done(self) -> bool:
        """Tell whether nobody has to do anything: no promise runs."""
        return self in _DONE


_DONE = frozenset({TicketState.RESOLVED, TicketState.CLOSED})


class Priority(StrEnum):
    """How soon somebody must act, from the least to the most."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"

    @property
    def rank(self) -> int:
        """Return its place in the order; the most urgent has the highest."""
        return tuple(Priority).index(self)

    @property
    def raised(self) -> "Priority":
        """Return the next more urgent one; of the most urgent itself."""
        return tuple(Priority)[min(self.rank + 1, len(Priority) - 1)]


class Promise(Value):
    """Within how many minutes of a place's business hours something is to be done. 0: not promised."""

    respond: int = Field(default=0, ge=0, le=525_600)  # until the customer has heard from us
    resolve: int = Field(default=0, ge=0, le=525_600)  # until the ticket is resolved


class Gesture(Value):
    """What was given to make good, as far as it costs."""

    amount: str = Field(pattern=r"^[0-9]{1,12}(\.[0-9]{1,6})?$")  # with a point
    currency: str = Field(pattern="^[A-Z]{3}$")  # ISO 4217


class Attachment(Value):
    """A file at a ticket. `key` is generated, never what somebody called it."""

    id: str
    name: str
    content_type: str
    size: int  # bytes
    key: str
    added_at: datetime
    added_by: str


class Ticket(Feedback):
    """An unhappy answer that somebody must follow up. `id` = H(response, rule); of one made by hand, of what asked it.

    Its log stands in rows of its own (`TicketActivity`), one for each revision.
    """

    kind = "ticket"

    id: str
    response: str  # "": made by hand
    rule: str  # `{id}@{version}`, or `manual`
    rule_name: str = ""  # what people call it, at that time
    survey: str
    segment: str  # where it is now
    segment_path: tuple[str, ...]
    origin_segment: str
    timezone: str = "UTC"  # of the segment: days of the figures are counted by it
    product: str = ""
    subject: str = ""  # of one made by hand
    owner: str = ""  # manager id
    watchers: tuple[str, ...] = ()  # manager ids
    state: TicketState = TicketState.NEW
    since: datetime | None = None  # when it came into this state; None: when it was opened
    spent: dict[TicketState, int] = Field(default_factory=dict)  # seconds in each state before this one
    priority: Priority = Priority.NORMAL
    tags: tuple[str, ...] = ()
    score: int | None = None
    score_class: ScoreClass | None = None
    comment: str = ""
    contact: str = ""
    contact_name: str = ""
    language: str = ""
    repeated: int = 0  # how many unhappy answers the same person had given shortly before
    key_customer: bool = False
    root_causes: tuple[str, ...] = ()  # ids in the tree of causes
    action: str = ""  # what was done about it
    gesture: Gesture | None = None
    attachments: tuple[Attachment, ...] = ()
    linked: tuple[str, ...] = ()  # tickets that have to do with it
    merged_into: str = ""  # the ticket that goes on instead of this one
    merged: tuple[str, ...] = ()  # tickets that go on in this one
    opened_at: datetime
    first_response_at: datetime | None = None  # when the customer, or the log, first heard of somebody acting
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    ended_at: datetime | None = None  # when it was resolved or closed for the first time; stays
    updated_at: datetime | None = None  # when anything happened to it last
    reopened: int = 0  # how often
    rule_promise: Promise | None = None  # what its rule promises, as far as it does
    promise: Promise = Promise()  # as it was given when it was opened or taken up again
    respond_due_at: datetime | None = None
    due_at: datetime = FAR  # of the resolution
    left: int | None = None  # while it waits: business seconds of the resolution's promise that are left
    respond_left: int | None = None  # the same of the first response
    remind_at: datetime | None = None
    escalate_at: datetime | None = None  # when it goes up the next level, unless it is resolved
    reminded: bool = False  # that the due time comes
    breached: bool = False  # that this promise of a resolution is over was noted, and told
    late: bool = False  # it went over its due time while somebody should have acted; stays
    respond_late: bool = False  # the same of the first response
    overdue: bool = False  # one of both is over now; a sweep sets it, acting on it takes it away
    respond_seconds: int | None = None  # business seconds until the first response
    resolve_seconds: int | None = None  # business seconds until it was resolved, since it was promised; without waiting
    escalated: int = 0  # levels that it went up the hierarchy
    escalated_to: str = ""  # the segment whose managers were told last
    caused_again: tuple[str, ...] = ()  # of its root causes, those of another ticket of the place within 60 days before
    follow_up: str = ""  # link key of the invitation that asks the customer whether it is good now
    recovered: bool | None = None  # what the customer said to it
    emptied: Emptied | None = None  # nothing is left of the customer and of what anybody wrote

    @property
    def correlation_id(self) -> str:
        """Return what the log calls all that came of the answer, or of the ticket where no answer opened it."""
        return self.response or self.id

    @staticmethod
    def at(ticket: str) -> Key:
        """Return the key of the ticket with this id."""
        return Key(f"ticket#{ticket}", "ticket")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List a segment's tickets by state, and all below a path: the open ones by due time, the closed ones by day.

        A path is a range; the days of closings are those of UTC.
        """
        path = "/".join(self.segment_path) + "/#"
        if self.state is TicketState.CLOSED:
            end = self.closed_at or self.since or self.opened_at
            by_end = f"{end.isoformat()}#{self.id}"
            day = end.astimezone(UTC).date().isoformat()
            return Key(f"tickets#{self.segment}", f"{self.state}#{by_end}"), Key(f"closed_tickets#{day}", path + by_end)
        by_due = f"{self.due_at.isoformat()}#{self.id}"
        return Key(f"tickets#{self.segment}", f"{self.state}#{by_due}"), Key("open_tickets", path + by_due)


class TicketActivity(Feedback):
    """One line of a ticket's log: what made its revision `number`. Written with it, never changed by anybody."""

    kind = "ticket_activity"

    ticket: str
    number: int  # the ticket's revision afterwards
    happened_at: datetime
    who: str = ""  # name; "": the product itself
    by: str = ""  # id of the caller; "customer"; "": the product itself
    what: str  # opened, moved, closed, reopened, noted, written, received, assigned, ... ; words: catalog `feedback`
    text: str = ""
    details: dict[str, str] = Field(default_factory=dict)

    @staticmethod
    def at(ticket: str, number: int) -> Key:
        """Return the key, in the partition of the ticket."""
        return Key(f"ticket#{ticket}", f"activity#{number:08d}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.ticket, self.number)


class TicketEdge(Feedback):
    """By which a ticket is found from the answer it is about, and from its customer."""

    kind = "ticket_edge"

    ticket: str
    response: str  # "": made by hand; then the row stands by the ticket's own id
    contact: str = ""
    opened_at: datetime

    @staticmethod
    def of(response: str) -> str:
        """Return the partition of an answer's edges."""
        return f"answer_tickets#{response}"

    @staticmethod
    def counted(response: str) -> Key:
        """Return where an answer's tickets are counted, each under its id: so those of many answers are one batch."""
        return Key(f"tickets_of#{response}", "ids")

    @staticmethod
    def about(contact: str) -> str:
        """Return the index partition of a person's tickets."""
        return f"contact_tickets#{contact}"

    def key(self) -> Key:
        """Return the primary key."""
        return Key(self.of(self.response or self.ticket), f"ticket#{self.ticket}")

    def index(self) -> tuple[Key | None, Key | None]:
        """List a person's tickets by their opening."""
        place = f"{self.opened_at.isoformat()}#{self.ticket}"
        return (Key(self.about(self.contact), place) if self.contact else None), None


class TicketHold(Feedback):
    """By which a manager's tickets are found, wherever they stand: the open ones by due time, the closed ones by end.

    It follows from the ticket, and changes in the transaction that changes it.
    """

    kind = "ticket_hold"

    ticket: str
    owner: str
    moment: datetime  # when it is due; of a closed one when it was closed
    closed: bool = False
    in_time: bool | None = None  # closed as was promised; None: nothing was, or it is open

    @classmethod
    def of(cls, ticket: Ticket, in_time: bool | None = None) -> "TicketHold | None":  # noqa: FBT001 - what it stores
        """Return the row of a ticket; None for one that nobody has, that goes on in another, or that was erased."""
        done = ticket.state is TicketState.CLOSED
        moment = ticket.closed_at if done else ticket.due_at
        if not ticket.owner or ticket.merged_into or moment is None:
            return None
        return cls(ticket=ticket.id, owner=ticket.owner, moment=moment, closed=done, in_time=in_time if done else None)

    @staticmethod
    def by(owner: str, *, closed: bool = False) -> str:
        """Return the partition of a manager's tickets."""
        return f"{'closed_by' if closed else 'owner_tickets'}#{owner}"

    def key(self) -> Key:
        """Return the primary key."""
        return Key(self.by(self.owner, closed=self.closed), f"{self.moment.isoformat()}#{self.ticket}")


class Alert(Leaving):
    """The intent to tell a manager about a ticket, stored with what it tells; its id follows from that."""

    kind = "alert"

    ticket: str
    manager: str
    channel: str
    address: str
    language: str
    why: str = "opened"  # opened, transferred, assigned, due_soon, overdue, escalated, answered, reopened, ...
    occasion: str = ""  # which time: `overdue.4`; e-mail and text message of one occasion have the same link
    note: str = ""  # one line more, of the rule that opened the ticket
    not_before: datetime | None = None  # the end of the quiet hours in which it should have left

    @staticmethod
    def at(alert: str) -> Key:
        """Return the key of the alert with this id."""
        return Key(f"alert#{alert}", "alert")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    @staticmethod
    def about(ticket: str) -> str:
        """Return the index partition of the alerts about a ticket."""
        return f"alerts#{ticket}"

    def index(self) -> tuple[Key | None, Key | None]:
        """List what is not sent, so that a sweep finds what was forgotten, and whom a ticket alerted."""
        place = f"{self.created_at.isoformat()}#{self.id}"
        return (Key("alerts", place) if self.waits else None), Key(self.about(self.ticket), place)
