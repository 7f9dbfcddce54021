"""Which tickets somebody wants to see, in which order; and such a choice under a name, to be made again."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, field_serializer

from escuta.directory.model import Role
from escuta.entity import Key, Value
from escuta.feedback.model.survey import Feedback
from escuta.feedback.model.ticket import Priority, TicketState

ME = "me"  # whoever looks
NOBODY = "-"
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2199, 12, 31))]
MOST_NAMES, LONGEST_NAME = 20, 80
_Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]
Names = Annotated[frozenset[_Name], Field(max_length=MOST_NAMES)]


class TicketOrder(StrEnum):
    """In which order tickets are shown."""

    DUE = "due"  # the soonest due first
    OPENED = "opened"  # the newest first
    PRIORITY = "priority"  # the most urgent first, and of those the soonest due
    UPDATED = "updated"  # what anything happened to last


class TicketFilter(Value):
    """Which tickets. Without states: those that are not closed, and, where days of closing are said, those that are.

    What is empty, or None, says nothing. Days are those of the ticket's place, both included.
    """

    segment: str = Field(default="", max_length=64)
    subtree: bool = True
    survey: str = Field(default="", max_length=40)
    product: str = Field(default="", max_length=LONGEST_NAME)
    states: frozenset[TicketState] = frozenset()
    priorities: frozenset[Priority] = frozenset()
    owner: str = Field(default="", max_length=64)  # id of a manager; `me`; `-`: nobody's
    watcher: str = Field(default="", max_length=64)  # id of a manager; `me`
    rules: Names = frozenset()  # ids; `manual`
    tags: Names = frozenset()  # all of them
    causes: Names = frozenset()  # any of them
    overdue: bool | None = None
    escalated: bool | None = None
    recovered: bool | None = None
    opened_from: Day | None = None
    opened_to: Day | None = None
    closed_from: Day | None = None
    closed_to: Day | None = None

    @field_serializer("states", "priorities", "rules", "tags", "causes", when_used="json")
    def _sorted(self, some: frozenset[str]) -> list[str]:
        return sorted(some)

    @property
    def wants_closed(self) -> bool:
        """Tell whether closed tickets are among those that are wanted."""
        if self.states:
            return TicketState.CLOSED in self.states
        return self.closed_from is not None or self.closed_to is not None

    @property
    def wants_open(self) -> bool:
        """Tell whether others are."""
        if self.states:
            return self.states != {TicketState.CLOSED}
        return self.closed_from is None and self.closed_to is None


class TicketViewDraft(Value):
    """What the author of a view decides. Without roles in `shared` it is theirs alone."""

    name: str = Field(min_length=1, max_length=80)
    shared: frozenset[Role] = frozenset()
    filter: TicketFilter = TicketFilter()
    sort: TicketOrder = TicketOrder.DUE


class TicketView(Feedback, TicketViewDraft):
    """A choice of tickets under a name."""

    kind = "ticket_view"

    id: str
    owner: str  # id of the caller who made it
    created_at: datetime
    updated_at: datetime

    @staticmethod
    def at(view: str) -> Key:
        """Return the key of the view with this id: all of them stand in one partition, since they are few."""
        return Key("ticket_views", f"view#{view}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)
