"""Finding tickets: by their place, by their state, by the answer they are about and by their customer."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import takewhile

from escuta import table
from escuta.entity import Table
from escuta.feedback.model import Ticket, TicketEdge, TicketHold, TicketState


def listing(
    segment: str, *, state: TicketState | None = None, limit: int = 50, cursor: str | None = None
) -> table.Page[Ticket]:
    """Return the tickets of one segment, without its subtree, by state and then by due time."""
    prefix = f"{state}#" if state else ""
    return table.query(Ticket, f"tickets#{segment}", prefix=prefix, index="g1", limit=limit, cursor=cursor)


def open_under(path: tuple[str, ...]) -> tuple[Ticket, ...]:
    """Return what is not closed in a segment and all below it, the soonest due first."""
    found = table.query(Ticket, "open_tickets", prefix=_prefix(path), index="g2").items
    return tuple(sorted(found, key=lambda ticket: (ticket.due_at, ticket.id)))


def open_upto(path: tuple[str, ...], most: int, *, subtree: bool = True) -> tuple[Ticket, ...]:
    """Return what is not closed in a segment, with all below it; one more than `most` where there are more."""
    prefix = _prefix(path) if subtree else _prefix(path) + "#"
    return table.query(Ticket, "open_tickets", prefix=prefix, index="g2", limit=most + 1).items


def closed_on(day: date, path: tuple[str, ...], most: int) -> tuple[Ticket, ...]:
    """Return what was closed on a day of UTC in a segment and all below it, at most so many."""
    return table.query(Ticket, f"closed_tickets#{day.isoformat()}", prefix=_prefix(path), index="g2", limit=most).items


def closed_between(segment: str, first: datetime, before: datetime, most: int) -> tuple[Ticket, ...]:
    """Return the tickets of one segment, without its subtree, that were closed in this time, the newest first.

    At most so many.
    """
    span = (f"{TicketState.CLOSED}#{first.isoformat()}", f"{TicketState.CLOSED}#{before.isoformat()}")
    return table.query(Ticket, f"tickets#{segment}", between=span, index="g1", limit=most, newest_first=True).items


def held(owner: str, *, most: int) -> tuple[Ticket, ...]:
    """Return the tickets of a manager that are not closed, the soonest due first, wherever they stand; at most so many.

    Strongly consistent: what was given or closed a moment ago is here, or is not.
    """
    rows = table.query(TicketHold, TicketHold.by(owner), limit=most, consistent=True).items
    found = table.find_many(Ticket, (Ticket.at(row.ticket) for row in rows), consistent=True)
    mine = (found.get(Ticket.at(row.ticket)) for row in rows)
    return tuple(each for each in mine if each and each.owner == owner and each.state is not TicketState.CLOSED)


def streak(owner: str, *, most: int) -> int:
    """Return how many of a manager's tickets were closed as was promised since the last one that was not.

    At most so many; those without a promise are passed over. Strongly consistent.
    """
    pk = TicketHold.by(owner, closed=True)
    found = table.query(TicketHold, pk, limit=most, newest_first=True, consistent=True).items
    return sum(row.in_time is True for row in takewhile(lambda row: row.in_time is not False, found))


def edges_of(response: str) -> tuple[TicketEdge, ...]:
    """Return by what the tickets about an answer are found."""
    return table.query(TicketEdge, TicketEdge.of(response), consistent=True).items


def edges_of_contact(contact: str) -> tuple[TicketEdge, ...]:
    """Return by what all tickets of a person are found, the oldest first."""
    return table.query(TicketEdge, TicketEdge.about(contact), index="g1").items


def about(responses: Iterable[str]) -> tuple[Ticket, ...]:
    """Return all tickets about these answers, whatever opened them."""
    edges = [edge for response in responses if response for edge in edges_of(response)]
    return tuple(table.find_many(Ticket, (Ticket.at(edge.ticket) for edge in edges), consistent=True).values())


def by_answer(responses: Iterable[str]) -> dict[str, tuple[Ticket, ...]]:
    """Return the tickets of each of these answers that has any, by their opening; two batches, however many answers."""
    named = names_by_answer(responses)
    found = table.find_many(Ticket, (Ticket.at(name) for names in named.values() for name in names))
    there: dict[str, list[Ticket]] = {}
    for ticket in sorted(found.values(), key=lambda each: (each.opened_at, each.id)):
        there.setdefault(ticket.response, []).append(ticket)
    return {response: tuple(there[response]) for response in named if response in there}


def names_by_answer(responses: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the ids of the tickets of each of these answers that has any, whatever opened them; in one batch."""
    keys = {TicketEdge.counted(response): response for response in responses}
    return {keys[key]: tuple(sorted(names)) for key, names in table.numbers_of(Table.FEEDBACK, keys).items()}


def of_contact(contact: str, *, limit: int = 50, cursor: str | None = None) -> table.Page[TicketEdge]:
    """Return the tickets of a person, by their opening, the newest first."""
    return table.query(TicketEdge, TicketEdge.about(contact), index="g1", limit=limit, cursor=cursor, newest_first=True)


def _prefix(path: tuple[str, ...]) -> str:
    return "/".join(path) + "/"
