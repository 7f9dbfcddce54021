"""Saved views of tickets."""

from typing import Any

from pydantic import Field

from escuta.directory.model import Role
from escuta.errors import InvalidError
from escuta.feedback.model import TicketFilter, TicketOrder, TicketView, TicketViewDraft
from escuta.feedback.tickets import views
from manage.asking import Asked, Created, Request


class ViewPatch(Asked):
    """What can be changed alone."""

    name: str | None = Field(default=None, min_length=1, max_length=80)
    shared: frozenset[Role] | None = None
    filter: TicketFilter | None = None
    sort: TicketOrder | None = None


def listing(request: Request) -> dict[str, Any]:
    """Return all views of tickets that the caller may use, by name.

    Their own, and those that are shared with their role. There are at most 200: they are on one page.
    """
    request.query(Asked)
    return {"items": [_shown(each) for each in views.listing(request.caller)], "next": None}


def create(request: Request) -> Created:
    """Keep a choice of tickets under a name.

    `shared` names the roles that may use it; without any it is the caller's alone. 409 `ticket_views_many` beyond 200
    of everybody.
    """
    asked = request.body(TicketViewDraft)
    _check(request, asked.filter)
    made = views.create(asked, request.caller, key=request.headers.get("idempotency-key", ""))
    if made.name != " ".join(asked.name.split()):
        raise InvalidError("idempotency_key_reused", field="Idempotency-Key")
    return Created(_shown(made), f"ticket-views/{made.id}")


def get(request: Request, view: str) -> dict[str, Any]:
    """Return a view of tickets."""
    request.query(Asked)
    return _shown(views.get(view, request.caller))


def change(request: Request, view: str) -> dict[str, Any]:
    """Change the fields of a view of tickets that are sent.

    403 to everybody but its owner and admins.
    """
    asked = request.body(ViewPatch)
    current = views.get(view, request.caller)
    request.match(current)
    if asked.filter:
        _check(request, asked.filter)
    given = {name: value for name, value in asked if value is not None}
    draft = TicketViewDraft.model_validate(
        {**{name: getattr(current, name) for name in TicketViewDraft.model_fields}, **given}
    )
    return _shown(views.put(current, draft, request.caller))


def delete(request: Request, view: str) -> dict[str, Any]:
    """Remove a view of tickets, and return what it was.

    403 to everybody but its owner and admins.
    """
    request.query(Asked)
    current = views.get(view, request.caller)
    request.match(current)
    views.delete(current, request.caller)
    return _shown(current)


def _check(request: Request, wanted: TicketFilter) -> None:
    """Refuse a view of a place where its author may not look; whoever uses it is asked the same."""
    if wanted.segment:
        request.segment(wanted.segment)


def _shown(view: TicketView) -> dict[str, Any]:
    return view.model_dump(mode="json") | {"shared": sorted(view.shared)}
