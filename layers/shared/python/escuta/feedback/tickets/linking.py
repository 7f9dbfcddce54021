"""Tickets that have to do with each other: linked, or one of them going on in another."""

from collections.abc import Iterator

from escuta import table
from escuta.errors import ConflictError, InvalidError
from escuta.feedback.model import Ticket, TicketEdge, TicketState
from escuta.feedback.tickets import keeping, life, patching
from escuta.feedback.tickets.keeping import Actor, Change, Line

MOST_LINKED = 50
MOST_MERGED = 50


def link(ticket: str, other: str, *, who: Actor, rev: int) -> Ticket:
    """Note on both tickets that they have to do with each other; when they are linked already, change nothing."""
    current, there = keeping.at(ticket, rev), _other(ticket, other)
    if other in current.linked and ticket in there.linked:
        return current
    for each in (current, there):
        if len(each.linked) >= MOST_LINKED:
            raise InvalidError("too_many", field="linked", most=MOST_LINKED)
    return _both(
        (current, current.changed(linked=_with(current.linked, other))),
        (there, there.changed(linked=_with(there.linked, ticket))),
        "linked",
        who,
    )


def unlink(ticket: str, other: str, *, who: Actor, rev: int) -> Ticket:
    """Take back that two tickets have to do with each other; when they are not linked, change nothing."""
    current, there = keeping.at(ticket, rev), _other(ticket, other)
    if other not in current.linked and ticket not in there.linked:
        return current
    return _both(
        (current, current.changed(linked=_without(current.linked, other))),
        (there, there.changed(linked=_without(there.linked, ticket))),
        "unlinked",
        who,
    )


def merge(ticket: str, into: str, *, who: Actor, rev: int) -> Ticket:
    """Close a ticket because another one goes on instead of it, and return it; done again, it changes nothing.

    Each keeps its own log, and names the other. Who watched or owned the one watches the other, which takes over the
    higher priority and, where it knew none, the customer: what they write goes on there, and is found with them.
    ConflictError `ticket_merge_done` when nobody works on the other any more; InvalidError
    `ticket_merge_customers` for two customers: one answer would reach one of them alone. Those are linked instead.
    """
    known = keeping.get(ticket)
    if known.merged_into == into:
        return known
    current, there = keeping.at(ticket, rev), _other(ticket, into)
    _check(current, there)
    ended = current
    if current.state is not TicketState.CLOSED:
        life.allow(who.role, current.state, TicketState.CLOSED, patching.ruled().settings)
        ended = life.moved(current, TicketState.CLOSED)
    ended = ended.changed(merged_into=into)
    joined = there.changed(
        merged=(*there.merged, ticket),
        watchers=_watchers(current, there),
        priority=max(current.priority, there.priority, key=lambda priority: priority.rank),
        **_customer(current, there),
    )
    details = {"ticket": into, "state": str(ended.state), "state_was": str(current.state)}
    stored, _ = keeping.store_together(
        (
            Change(current, ended, Line("merged", details=details)),
            Change(there, joined, Line("joined", details={"ticket": ticket})),
        ),
        who,
        *_found_by(there, joined),
    )
    return stored


def _customer(current: Ticket, there: Ticket) -> dict[str, str]:
    """Return whose ticket it is from now on, where nobody knew."""
    if there.contact or not current.contact:
        return {}
    return {
        "contact": current.contact,
        "contact_name": there.contact_name or current.contact_name,
        "language": there.language or current.language,
    }


def _found_by(before: Ticket, after: Ticket) -> Iterator[table.Action]:
    """Yield by what a ticket is found from its customer, where it has one only now."""
    if before.contact != after.contact:
        edge = TicketEdge(ticket=after.id, response=after.response, contact=after.contact, opened_at=after.opened_at)
        known = table.find(TicketEdge, edge.key(), consistent=True)
        yield table.Save(known.changed(contact=after.contact)) if known else table.Create(edge)


def _check(current: Ticket, there: Ticket) -> None:
    for each in (current, there):
        if each.merged_into:
            raise ConflictError("ticket_merged", into=each.merged_into)
    if there.emptied:
        raise ConflictError("ticket_emptied")
    if there.state.is_done:
        raise ConflictError("ticket_merge_done", state=there.state)
    if current.contact and there.contact and current.contact != there.contact:
        raise InvalidError("ticket_merge_customers", field="into")
    if len(there.merged) >= MOST_MERGED:
        raise InvalidError("too_many", field="merged", most=MOST_MERGED)


def _watchers(current: Ticket, there: Ticket) -> tuple[str, ...]:
    """Return who watches a ticket once another one has joined it; its owner needs no watching."""
    some = (*there.watchers, *current.watchers, current.owner)
    found = tuple(dict.fromkeys(name for name in some if name and name != there.owner))
    if len(found) > patching.MOST_WATCHERS:
        raise InvalidError("too_many", field="watchers", most=patching.MOST_WATCHERS)
    return found


def _other(ticket: str, other: str) -> Ticket:
    if ticket == other:
        raise InvalidError("ticket_itself", field="ticket")
    return keeping.get(other)


def _both(one: tuple[Ticket, Ticket], two: tuple[Ticket, Ticket], what: str, who: Actor) -> Ticket:
    changes = (
        Change(*one, Line(what, details={"ticket": two[0].id})),
        Change(*two, Line(what, details={"ticket": one[0].id})),
    )
    return keeping.store_together(changes, who)[0]


def _with(linked: tuple[str, ...], other: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*linked, other)))


def _without(linked: tuple[str, ...], other: str) -> tuple[str, ...]:
    return tuple(name for name in linked if name != other)
