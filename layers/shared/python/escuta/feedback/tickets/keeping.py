"""Where every change of a ticket is stored, with the line of its log and all that follows, in one transaction."""

from collections.abc import Mapping
from typing import NamedTuple

from escuta import clock, table
from escuta.directory.model import Role
from escuta.entity import Value
from escuta.errors import ConflictError, TooLargeError
from escuta.feedback.model import Ticket, TicketActivity, TicketEdge

LARGEST = 300_000  # bytes of a ticket; DynamoDB refuses an item above 400 KB
PAGE = 100


class Actor(Value):
    """Who changes a ticket: somebody with an account, a program, a holder of a link; the customer; or the product."""

    name: str = ""
    id: str = ""  # of the caller; "customer"
    manager: str = ""  # id, of a manager
    role: Role | None = None
    via: str = ""  # `link`: by one out of an alert, without an account


PRODUCT = Actor()
CUSTOMER = Actor(id="customer")


class Line(NamedTuple):
    """What the log says of a change."""

    what: str
    text: str = ""
    details: Mapping[str, str] = {}


def get(ticket: str) -> Ticket:
    """Return the ticket with this id; NotFoundError when there is none."""
    return table.load(Ticket, Ticket.at(ticket), consistent=True)


def at(ticket: str, rev: int) -> Ticket:
    """Return the ticket with this id if it still has the revision that somebody read; else ConflictError `stale`."""
    current = get(ticket)
    if current.rev != rev:
        raise ConflictError("stale")
    return current


def log(ticket: str, *, limit: int = PAGE, cursor: str | None = None) -> table.Page[TicketActivity]:
    """Return what happened to a ticket, the newest first."""
    pk = Ticket.at(ticket).pk
    return table.query(
        TicketActivity, pk, prefix="activity#", limit=limit, cursor=cursor, newest_first=True, consistent=True
    )


def store(before: Ticket | None, after: Ticket, line: Line, who: Actor = PRODUCT, *beside: table.Action) -> Ticket:
    """Store a ticket with the line of its log, and return it as it is stored; `before` None: it is a new one.

    `beside` are further actions of the same transaction (at most 60). CancelledError, which is a ConflictError, when
    somebody else was faster; nothing is stored then.
    """
    if len(after.model_dump_json().encode()) > LARGEST:
        raise TooLargeError("ticket_too_large", most=LARGEST)
    number = (before.rev if before else 0) + 1
    activity = TicketActivity(
        ticket=after.id,
        number=number,
        happened_at=clock.now(),
        who=who.name,
        by=who.id,
        what=line.what,
        text=line.text,
        details={**line.details, **({"via": who.via} if who.via else {})},
    )
    edge = TicketEdge(ticket=after.id, response=after.response, contact=after.contact, opened_at=after.opened_at)
    table.transact(
        table.Save(after) if before else table.Create(after),
        table.Create(activity),
        *(() if before and before.response == after.response else (table.Create(edge),)),
        *beside,
    )
    return after.changed(rev=number)
