"""Links out of alerts: each opens one ticket for one manager, for some days, until somebody takes it back."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from escuta import clock, ids, secrets, table
from escuta.config import settings
from escuta.directory.model import Manager, Role
from escuta.entity import Value
from escuta.errors import ConflictError, GoneError, NotFoundError
from escuta.feedback.model import Ticket, TicketLink
from escuta.feedback.tickets import settling
from escuta.feedback.tickets.keeping import Actor

VIA = "link"  # what the log says of acts that came by one
_PURPOSE = "ticket"


class Address(NamedTuple):
    """Where a link leads, and until when."""

    url: str
    until: datetime


class Opened(Value):
    """What a link opens: the ticket as it is now, for whom."""

    link: TicketLink
    ticket: Ticket
    manager: Manager

    @property
    def actor(self) -> Actor:
        """Return who acts by this link."""
        known = self.manager
        return Actor(name=known.name, id=known.id, manager=known.id, role=Role.MANAGER, via=VIA)


def issue(tickets: Iterable[str], manager: str, occasion: str) -> dict[str, Address]:
    """Return by ticket the address that opens it for a manager, the same for the same occasion.

    What there is already stays as it is: a message that is sent again gives no more time, and what was revoked in
    between stays revoked.
    """
    secret, now = secrets.link_secret(), clock.now()
    until = now + timedelta(days=settling.settings().link_days)
    tokens = {ticket: ids.link_token(secret, _PURPOSE, identity(ticket, manager, occasion)) for ticket in tickets}
    links = {
        ticket: TicketLink(
            id=identity(ticket, manager, occasion),
            token_key=ids.token_key(token),
            ticket=ticket,
            manager=manager,
            occasion=occasion,
            created_at=now,
            expires_at=until,
        )
        for ticket, token in tokens.items()
    }
    known = table.find_many(TicketLink, (link.key() for link in links.values()), consistent=True)
    for link in links.values():
        if link.key() not in known:
            _create(link)
    return {
        ticket: Address(f"{settings().house}/c/{tokens[ticket]}", known.get(link.key(), link).expires_at)
        for ticket, link in links.items()
    }


def _create(link: TicketLink) -> None:
    try:
        table.create(link)
    except ConflictError:
        return  # made by somebody who sends the same message: it is the same link


def identity(ticket: str, manager: str, occasion: str) -> str:
    """Return the id of the link that a manager gets on an occasion."""
    return ids.derive("ticket_link", ticket, manager, occasion)


def opened(token: str) -> Opened:
    """Return what this link opens now, writing nothing.

    NotFoundError `link_cut` or `link_unknown`; GoneError `link_expired`, `link_revoked`, `link_elsewhere` (the manager
    answers for the ticket's place no more) or `ticket_erased`. Each but the first two names the `language`.
    """
    token = ids.clean_token(token)
    if not ids.is_whole(token):
        raise NotFoundError("link_cut")
    link = table.find(TicketLink, TicketLink.at(ids.token_key(token)), consistent=True)
    if link is None:
        raise NotFoundError("link_unknown")
    ticket, manager = table.find_together((Ticket, Ticket.at(link.ticket)), (Manager, Manager.at(link.manager)))
    if not isinstance(manager, Manager):
        raise GoneError("link_revoked")
    code = _over(link, ticket if isinstance(ticket, Ticket) else None, manager)
    if code or not isinstance(ticket, Ticket):
        raise GoneError(code or "ticket_erased", language=manager.language)
    return Opened(link=link, ticket=ticket, manager=manager)


def _over(link: TicketLink, ticket: Ticket | None, manager: Manager) -> str:
    if link.revoked_at is not None or manager.retired_at is not None:
        return "link_revoked"
    if link.expires_at <= clock.now():
        return "link_expired"
    if ticket is None or ticket.emptied is not None:
        return "ticket_erased"
    return "" if reaches(manager, ticket) else "link_elsewhere"


def reaches(manager: Manager, ticket: Ticket) -> bool:
    """Tell whether a manager answers for the place where a ticket is now, or for one above it."""
    return manager.retired_at is None and not set(manager.segments).isdisjoint(ticket.segment_path)


def links(ticket: str) -> tuple[TicketLink, ...]:
    """Return the links to a ticket, the oldest first."""
    return table.query(TicketLink, TicketLink.about(ticket), index="g1").items


def revoke(ticket: str, *, who: str, manager: str = "") -> tuple[TicketLink, ...]:
    """Take back the links to a ticket, or those of one manager, and return all that there are. Twice is once."""
    return tuple(
        _revoked(link, who) if manager in {"", link.manager} and link.revoked_at is None else link
        for link in links(ticket)
    )


def _revoked(link: TicketLink, who: str) -> TicketLink:
    current = table.load(TicketLink, link.key(), consistent=True)
    if current.revoked_at is not None:
        return current
    return table.save(current.changed(revoked_at=clock.now(), revoked_by=who))
