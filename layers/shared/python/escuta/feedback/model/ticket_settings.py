"""How an organisation follows up: what it promises, what closing demands, who is told when, which causes there are."""

from typing import Annotated, Literal

from pydantic import Field

from escuta.directory.model import Role
from escuta.entity import Key, Value
from escuta.feedback.model.survey import Condition, Feedback, Texts
from escuta.feedback.model.ticket import Priority, Promise, TicketState
from escuta.outreach.model.sending import Hour

Minutes = Annotated[int, Field(ge=0, le=525_600)]
Demand = Literal["root_causes", "action", "gesture"]
_CLOSING: frozenset[Demand] = frozenset({"root_causes", "action"})
_DAY = 24 * 60


class Cause(Value):
    """A root cause. The id never changes; one that is retired is no longer offered, and keeps its name in the past."""

    id: str = Field(pattern=r"^[a-z0-9_-]{1,40}$")
    parent: str = ""  # id; "": at the top
    text: Texts
    retired: bool = False


class FollowUp(Value):
    """The one question that a customer is asked after the closing."""

    on: bool = True
    after_hours: int = Field(default=24, ge=0, le=24 * 30)
    expires_after_days: int = Field(default=14, ge=1, le=60)


class TicketSettingsDraft(Value):
    """What an organisation decides about its tickets. Minutes are those of a place's business hours."""

    promises: dict[Priority, Promise] = Field(
        default_factory=lambda: {
            Priority.LOW: Promise(respond=3 * _DAY, resolve=7 * _DAY),
            Priority.NORMAL: Promise(respond=_DAY, resolve=2 * _DAY),
            Priority.HIGH: Promise(respond=_DAY // 2, resolve=2 * _DAY),
            Priority.URGENT: Promise(respond=4 * 60, resolve=_DAY),
        }
    )
    remind_before: Minutes = 4 * 60  # the due time of the resolution
    escalate_after: Annotated[tuple[Minutes, ...], Field(max_length=5)] = (0, _DAY)  # the due time: one level up, each
    repeat_days: int = Field(
        default=90, ge=0, le=730
    )  # an unhappy answer within so many days before makes a repetition
    repeat_promise: Promise | None = None  # instead of the priority's, where it is the shorter one
    key_customers: Condition | None = None  # over `contact.{custom field}`, `segment`, `product`...; None: nobody is
    key_promise: Promise | None = None
    demands: dict[TicketState, frozenset[Demand]] = Field(
        default_factory=lambda: {TicketState.CLOSED: _CLOSING}
    )  # fields that must be filled for a state
    moves: dict[Role, dict[TicketState, frozenset[TicketState]]] = Field(default_factory=dict)  # {}: all that there are
    follow_up: FollowUp = FollowUp()
    link_days: int = Field(default=7, ge=1, le=30)  # how long a link out of an alert opens its ticket
    quiet_from: Hour | None = None  # on the clock of the ticket's place; no SMS leaves then, but for urgent tickets
    quiet_to: Hour | None = None


class TicketSettings(Feedback, TicketSettingsDraft):
    """The one row of these settings."""

    kind = "ticket_settings"

    @staticmethod
    def at() -> Key:
        """Return the one key."""
        return Key("ticket_settings", "ticket_settings")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at()


class Causes(Feedback):
    """The tree of root causes, in the order in which it is offered."""

    kind = "ticket_causes"

    causes: tuple[Cause, ...] = Field(default=(), max_length=500)

    @staticmethod
    def at() -> Key:
        """Return the one key."""
        return Key("ticket_settings", "causes")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at()
