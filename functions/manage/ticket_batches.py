"""The same change of many tickets at once; each says what became of it."""

from typing import Annotated, Any

from pydantic import Field

from escuta.directory import access
from escuta.errors import EscutaError, InvalidError
from escuta.feedback import tickets
from escuta.feedback.model import Priority, Ticket, TicketState
from escuta.feedback.tickets import bulk
from escuta.feedback.tickets.bulk import Became, Item, Wanted
from escuta.feedback.tickets.patching import TAGS
from manage import handling, problems
from manage.asking import Asked, Request, language_of

_UNDONE = {"state", "owner", "priority", "tags"}
_Id = Annotated[str, Field(min_length=1, max_length=100)]


class One(Asked):
    """One of them; `rev` is the revision that was read, where it matters."""

    id: _Id
    rev: int | None = None


class Batch(Asked):
    """Which tickets, and what all of them are to become: only what is sent. `owner` "": nobody."""

    tickets: tuple[One, ...] = Field(min_length=1, max_length=bulk.MOST)
    state: TicketState | None = None
    owner: str = Field(default="", max_length=64)
    priority: Priority | None = None
    add_tags: tuple[str, ...] = Field(default=(), json_schema_extra=TAGS)
    remove_tags: tuple[str, ...] = Field(default=(), json_schema_extra=TAGS)


def create(request: Request) -> dict[str, Any]:
    """Change up to 100 tickets in the same way, one after the other.

    Each says what became of it, with the problem that a call for it alone would have had; one that fails stops none of
    the others. What is so already stays as it is: the same call may come again. `before` is what a changed ticket was,
    to be given to a call that takes the change back, as far as the life of a ticket allows.
    """
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
    return {"items": [_told(request, item, one) for item, one in zip(items, became, strict=True)]}


def _told(request: Request, item: Item, one: Became) -> dict[str, Any]:
    """Return what became of a ticket, as a call for it alone would have answered."""
    if one.error:
        return {
            "id": one.id,
            **_problem(request, _error(request, item, one.ticket, one.error)),
            "rev": one.ticket and one.ticket.rev,
            "before": None,
        }
    if one.changed and one.ticket:
        handling.note(request, one.ticket)
    return {
        "id": one.id,
        "status": 200,
        "changed": one.changed,
        "rev": one.ticket and one.ticket.rev,
        "problem": None,
        "before": one.before and one.before.model_dump(mode="json", include=_UNDONE),
    }


def _error(request: Request, item: Item, ticket: Ticket | None, error: EscutaError) -> EscutaError:
    """Return why a ticket was not changed; who was overtaken is told by what."""
    if ticket is None or error.code != "stale":
        return error
    return handling.overtaken(request, tickets.get(ticket.id), ticket.rev if item.rev is None else item.rev)


def _problem(request: Request, error: EscutaError) -> dict[str, Any]:
    language = language_of(request.event, request.caller)
    told = problems.problem(error, language, request.event["requestContext"].get("requestId", ""))
    return {"status": told.status, "changed": False, "problem": told.body}
