"""Tickets and the alerts about them."""

from datetime import datetime
from enum import StrEnum

from escuta.entity import Key, Value
from escuta.feedback.model.leaving import Leaving
from escuta.feedback.model.survey import Feedback


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
    what: str  # opened, assigned, commented, moved, replaced
    text: str = ""


class Ticket(Feedback):
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


class Alert(Leaving):
    """The intent to tell a manager about a ticket, stored with the ticket. `id` = H(ticket, manager, channel)."""

    kind = "alert"

    ticket: str
    manager: str
    channel: str
    address: str
    language: str

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
