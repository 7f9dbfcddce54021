"""Tickets: what waits for somebody, and the changes that can be made to one."""

from functools import partial
from typing import Any

from escuta import ids
from escuta.directory import access, contacts
from escuta.directory.model import Scope
from escuta.errors import NotFoundError
from escuta.feedback import responses, tickets
from escuta.feedback.tickets import Patch, making
from escuta.feedback.tickets.making import ByHand
from manage import handling, people, revealed
from manage.asking import Asked, Created, Listing, Request


class TicketPatch(Patch, Asked):
    """What is to change: only what is sent. `rev` is the revision that was read, where no `If-Match` says it."""

    rev: int | None = None


def get(request: Request, ticket: str) -> dict[str, Any]:
    """Return a ticket.

    Its log, its messages and its links are asked for by themselves.
    """
    request.query(Asked)
    return handling.shown(request, handling.visible(request, ticket))


def log(request: Request, ticket: str) -> dict[str, Any]:
    """Return what happened to a ticket, the newest first.

    What the customer wrote is masked for who may not see personal data.
    """
    asked = request.query(Listing)
    found = handling.visible(request, ticket)
    page = tickets.log(found.id, limit=asked.limit, cursor=request.cursor(asked))
    return request.page(page, partial(handling.line, request))


def create(request: Request) -> Created:
    """Open a ticket by hand, about an answer, a customer, or a place.

    About a customer or a place it takes a `subject`. It goes to `owner`, else to whoever is next of those that answer
    for the place, who are alerted. 422 `ticket_about` when it says too little; 409 for a retired segment, and for an
    answer of which nothing is left.
    """
    asked = request.body(ByHand)
    _check(request, asked)
    name = making.identity(request.call or ids.new(), request.began)
    made = making.open_by_hand(name, asked, who=handling.actor(request))
    handling.note(request, made)
    return Created(handling.shown(request, made), f"tickets/{made.id}")


def _check(request: Request, asked: ByHand) -> None:
    """Refuse what a ticket may not be about, because the caller may not see it."""
    if asked.segment:
        request.segment(asked.segment)
    if asked.contact:
        access.require(request.caller, Scope.CONTACTS_READ)
        if not people.may_see(request, contacts.get(asked.contact)):
            raise NotFoundError("contact_not_found")
    if asked.response:
        access.require(request.caller, Scope.RESPONSES_READ)
        found = responses.get(asked.response)
        if not revealed.may_see(request, found):
            raise NotFoundError("response_not_found")
        request.segment(asked.segment or found.segment)


def change(request: Request, ticket: str) -> dict[str, Any]:
    """Change any fields of a ticket, with one line in its log.

    Only what is sent changes; a ticket that is so already stays as it is. It takes the revision that was read:
    `If-Match`, or `rev` in the body; 428 `rev_required` without one, 412 `rev_stale` with what happened since when
    somebody was faster.

    409 `ticket_cannot_move` for a move that its state does not allow, `ticket_merged`, `ticket_emptied`; 403
    `ticket_move_forbidden` for one that is not this role's; 422 `required` for what the settings demand of a state,
    such as the root cause of a closed one.
    """
    asked = request.body(TicketPatch)
    current = handling.visible(request, ticket)
    rev = handling.read(request, current, asked.rev)
    if asked.segment:
        request.segment(asked.segment)
    given = {name: getattr(asked, name) for name in asked.model_fields_set - {"rev"}}
    with handling.guarded(request, ticket, rev):
        changed = tickets.change(ticket, Patch.model_validate(given), who=handling.actor(request), rev=rev)
    if changed.rev > rev:
        handling.note(request, changed)
    return handling.shown(request, changed)
