"""The same change of many tickets at once; each says what became of it."""

from typing import Annotated, Any

from pydantic import Field

from escuta.directory import access
from escuta.errors import EscutaError, InvalidError
from escuta.feedback.model import Priority, TicketState
from escuta.feedback.tickets import bulk
from escuta.feedback.tickets.bulk import Became, Item, Wanted
from manage import handling, problems
from manage.asking import Asked, Request, language_of

_Id = Annotated[str, Field(min_length=1, max_length=100)]


class One(Asked):
    """One of them; `rev` is the revision that was read, where it matters."""

    id: _Id
    rev: int | None = None


class Batch(Asked):
    """Which tickets, and what all of them are to become: only what is sent. `owner` "": nobody."""

    tickets: tuple[One, ...] = Field(min_length=1, max_length=bulk.MOST)
    state: TicketState | None = None
    owner: str = ""
    priority: Priority | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()


def create(request: Request) -> dict[str, Any]:
    """Change tickets, one after the other. What is so already stays as it is: the same call may come again."""
    asked = request.body(Batch)
    given = asked.model_fields_set - {"tickets"}
    if not given:
        raise InvalidError("ticket_nothing", field="")
    wanted = Wanted.model_validate({name: getattr(asked, name) for name in given})
    items = [Item(id=one.id, rev=one.rev) for one in {one.id: one for one in asked.tickets}.values()]
    who = handling.actor(request)
    became = bulk.change(
        items, wanted, who=who, may_see=lambda ticket: access.may_see(request.caller, ticket.segment_path)
    )
    return {"items": [_told(request, one) for one in became]}


def _told(request: Request, one: Became) -> dict[str, Any]:
    """Return what became of a ticket, as a call for it alone would have answered."""
    if one.error:
        return {"id": one.id, **_problem(request, one.error), "rev": one.ticket.rev if one.ticket else None}
    if one.changed and one.ticket:
        handling.note(request, one.ticket)
    return {"id": one.id, "status": 200, "changed": one.changed, "rev": one.ticket and one.ticket.rev, "problem": None}


def _problem(request: Request, error: EscutaError) -> dict[str, Any]:
    language = language_of(request.event, request.caller)
    told = problems.problem(error, language, request.event["requestContext"].get("requestId", ""))
    return {"status": told.status, "changed": False, "problem": told.body}
