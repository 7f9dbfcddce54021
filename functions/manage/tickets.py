"""Tickets: what waits for somebody, and the changes that can be made to one."""

from functools import partial
from typing import Any

from escuta import table
from escuta.directory import activity
from escuta.errors import InvalidError
from escuta.feedback import revealing, tickets
from escuta.feedback.model import Ticket, TicketActivity, TicketState
from escuta.feedback.tickets import Actor
from manage import revealed
from manage.asking import Asked, Listing, Request, language_of, part


class TicketListing(Listing):
    """Tickets of one segment; with `subtree` those below it too, but then only what is not closed."""

    segment: str
    subtree: bool = False
    state: TicketState | None = None


class TicketPatch(Asked):
    """One change: another state (closing says why and what was done), a comment, another segment, another owner."""

    state: TicketState | None = None
    root_causes: tuple[str, ...] = ()
    action: str = ""
    comment: str = ""
    segment: str = ""
    owner: str = ""


def _shown(request: Request, ticket: Ticket, *, whole: bool = True) -> dict[str, Any]:
    """Return a ticket; who the customer is, and every word of the comment, only to who may see personal data."""
    named = revealed.is_whole(request)
    if not (named and whole):
        ticket = revealing.masked_ticket(ticket, language_of(request.event, request.caller), named=named)
    return ticket.model_dump(mode="json")


def _due(ticket: Ticket) -> str:
    return f"{ticket.due_at.isoformat()}#{ticket.id}"


def listing(request: Request) -> dict[str, Any]:
    """Return tickets, the soonest due first: of one segment by state, or what is not closed in a subtree."""
    asked = request.query(TicketListing)
    path, after = request.segment(asked.segment).path, request.cursor(asked)
    if not asked.subtree:
        found = tickets.listing(asked.segment, state=asked.state, limit=asked.limit, cursor=after)
        return request.page(found, partial(_shown, request, whole=False))
    if asked.state is TicketState.CLOSED:
        raise InvalidError("subtree_closed", field="state")
    waiting = [ticket for ticket in tickets.open_under(path) if asked.state in {None, ticket.state}]
    return request.page(part(waiting, _due, asked.limit, after), partial(_shown, request, whole=False))


def get(request: Request, ticket: str) -> dict[str, Any]:
    """Return a ticket with its log."""
    request.query(Asked)
    return _shown(request, _visible(request, ticket))


def change(request: Request, ticket: str) -> dict[str, Any]:
    """Make one change to a ticket and return it."""
    asked = request.body(TicketPatch)
    current = _visible(request, ticket)
    request.match(current)
    changed = _changed(request, current, asked)
    _note(request, changed)
    return _shown(request, changed)


def _note(request: Request, changed: Ticket) -> None:
    """Write into the log of a manager what the manager did to a ticket."""
    if request.caller.manager:
        last = table.load(TicketActivity, TicketActivity.at(changed.id, changed.rev), consistent=True)
        details = {"ticket": changed.id, "state": changed.state, "segment": changed.segment}
        did, thing, when = f"ticket_{last.what}", f"ticket {changed.id}", last.happened_at
        activity.note(request.caller.manager, did, at_time=when, once=changed.rev, thing=thing, details=details)


def _visible(request: Request, ticket: str) -> Ticket:
    found = tickets.get(ticket)
    request.inside(found.segment_path, "ticket_not_found")
    return found


def _changed(request: Request, current: Ticket, asked: TicketPatch) -> Ticket:
    given, rev = asked.model_fields_set, current.rev
    who = Actor(
        name=request.caller.name, id=request.caller.id, manager=request.caller.manager, role=request.caller.role
    )
    if asked.state is TicketState.CLOSED and given <= {"state", "root_causes", "action"}:
        return tickets.close(current.id, asked.root_causes, asked.action, who=who, rev=rev)
    if asked.state and given == {"state"}:
        return tickets.move(current.id, asked.state, who=who, rev=rev)
    if given == {"comment"}:
        return tickets.comment(current.id, asked.comment, who=who, rev=rev)
    if given == {"segment"}:
        return tickets.transfer(current.id, request.segment(asked.segment).code, who=who, rev=rev)
    if given == {"owner"}:
        return tickets.assign(current.id, asked.owner, who=who, rev=rev)
    raise InvalidError("ticket_one_change", field="")
