"""Exports of tickets: what was followed up, by whom, and how fast."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from operator import attrgetter
from types import MappingProxyType

from escuta import clock, table
from escuta.directory import contacts, segments
from escuta.directory.model import Contact, Manager
from escuta.feedback import comments
from escuta.feedback.exported import walking
from escuta.feedback.exported.columns import Column, Type, plain, times
from escuta.feedback.exported.invited import name_of
from escuta.feedback.model import FAR, Export, Ticket, TicketState
from escuta.feedback.tickets import listing, searching, settling, timing

_S = TicketState
# in the order of a ticket's life: one that moves on while the export runs is ahead, and is not passed over
STATES = (_S.NEW, _S.REOPENED, _S.OPEN, _S.WAITING, _S.RESOLVED, _S.CLOSED)


class Followed:
    """A ticket as it is told, with who has it and whom it is about."""

    def __init__(
        self,
        export: Export,
        ticket: Ticket,
        owner: Manager | None,
        contact: Contact | None,
        causes: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Keep what is told; `causes` are the names of root causes."""
        self.export = export
        self.ticket = ticket
        self.causes = causes
        self.owner_name = owner.name if owner else ""
        self.external_id = contact.external_id if contact else ""

    def words(self, text: str) -> str:
        """Return what somebody wrote, masked unless all of it was asked for."""
        return text if self.export.personal else comments.masked(text, self.ticket.language)

    @property
    def first_response_at(self) -> datetime | None:
        """Return when somebody of the company first did something about it."""
        return self.ticket.first_response_at

    @property
    def resolved_at(self) -> datetime | None:
        """Return when it was brought to `resolved` last."""
        return self.ticket.resolved_at

    @property
    def due_at(self) -> datetime | None:
        """Return when it is due; None where nothing was promised."""
        return self.ticket.due_at if self.ticket.due_at < FAR else None

    @property
    def in_time(self) -> bool | None:
        """Tell whether it was done as promised; None: nothing was, or it is not known yet."""
        return timing.in_time(self.ticket)

    @property
    def responded_in_time(self) -> bool | None:
        """Tell whether the customer heard from somebody as promised."""
        return timing.responded_in_time(self.ticket)

    def named(self, causes: Iterable[str]) -> list[str]:
        """Return root causes as people call them; what somebody wrote freely as `words`."""
        return [self.causes.get(cause) or self.words(cause) for cause in causes]

    def minutes(self, end: datetime | None) -> int | None:
        """Return how many minutes after its opening something was."""
        return None if end is None else int((end - self.ticket.opened_at).total_seconds() // 60)


_COLUMNS = (
    *plain("id", "response", "survey", "rule", "segment", of="ticket"),
    Column("segment_name", lambda followed: name_of(followed.ticket.segment)),
    *plain("segment_path", kind=Type.TEXTS, of="ticket"),
    *plain("origin_segment", "owner", of="ticket"),
    *plain("owner_name"),
    *plain("state", "priority", of="ticket"),
    *plain("score", kind=Type.INT, of="ticket"),
    Column("comment", lambda followed: followed.words(followed.ticket.comment)),
    Column(
        "root_causes",
        lambda followed: [followed.words(each) for each in followed.ticket.root_causes],
        Type.TEXTS,
        shown=lambda followed: followed.named(followed.ticket.root_causes),
    ),
    Column(
        "caused_again",
        lambda followed: [followed.words(each) for each in followed.ticket.caused_again],
        Type.TEXTS,
        shown=lambda followed: followed.named(followed.ticket.caused_again),
    ),
    Column("action", lambda followed: followed.words(followed.ticket.action)),
    Column("gesture_amount", lambda followed: followed.ticket.gesture and followed.ticket.gesture.amount),
    Column("gesture_currency", lambda followed: followed.ticket.gesture and followed.ticket.gesture.currency),
    *plain("language", "contact", of="ticket"),
    *plain("external_id"),
    *times("opened_at", of="ticket"),
    *times("due_at"),
    *times("first_response_at", "resolved_at"),
    *times("closed_at", of="ticket"),
    Column("first_response_minutes", lambda followed: followed.minutes(followed.first_response_at), Type.INT),
    Column("closing_minutes", lambda followed: followed.minutes(followed.ticket.closed_at), Type.INT),
    *plain("rule_name", of="ticket"),
    *plain("tags", kind=Type.TEXTS, of="ticket"),
    *plain("overdue", "key_customer", kind=Type.BOOL, of="ticket"),
    *plain("escalated", "reopened", "repeated", kind=Type.INT, of="ticket"),
    Column("promised_response_minutes", lambda followed: followed.ticket.promise.respond or None, Type.INT),
    Column("promised_resolution_minutes", lambda followed: followed.ticket.promise.resolve or None, Type.INT),
    *plain("responded_in_time", "in_time", kind=Type.BOOL),
    *plain("recovered", kind=Type.BOOL, of="ticket"),
    *plain("merged_into", of="ticket"),
    *times("ended_at", "updated_at", of="ticket"),
)
_PERSONAL = (Column("name", attrgetter("ticket.contact_name")),)


def columns(export: Export) -> Iterable[Column]:
    """Return the columns of tickets."""
    return (*_COLUMNS, *_PERSONAL) if export.personal else _COLUMNS


def page(export: Export) -> table.Page[Followed]:
    """Return the tickets that follow the export's cursor, segment by segment and state by state."""
    states = [state for state in STATES if not export.states or state in export.states]
    codes = sorted(segment.code for segment in walking.inside(export))
    stops = [f"{code}#{state}" for code in codes for state in states]
    found = walking.through(stops, export, _of)
    fitting = [ticket for ticket in found.items if _fits(export, ticket)]
    people = contacts.many({ticket.contact for ticket in fitting if ticket.contact})
    owners = table.find_many(Manager, {Manager.at(ticket.owner) for ticket in fitting if ticket.owner})
    called = {cause.id: cause.text.get(export.language, "") for cause in settling.causes().causes}
    told = (
        Followed(export, ticket, owners.get(Manager.at(ticket.owner)), people.get(ticket.contact), called)
        for ticket in fitting
    )
    return table.Page(tuple(told), found.next)


def _of(stop: str, cursor: str | None) -> table.Page[Ticket]:
    segment, _, state = stop.rpartition("#")
    return listing(segment, state=TicketState(state), limit=walking.PAGE, cursor=cursor)


def _fits(export: Export, ticket: Ticket) -> bool:
    place = segments.by_code().get(ticket.segment)
    day = date.fromisoformat(clock.local_day(ticket.opened_at, place.timezone if place else "UTC"))
    return (
        (export.tickets is None or searching.fits(ticket, export.tickets))
        and (not export.survey or ticket.survey == export.survey)
        and (export.first is None or export.first <= day)
        and (export.last is None or day <= export.last)
    )
