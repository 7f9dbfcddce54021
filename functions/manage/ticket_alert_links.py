"""Links out of alerts that open one ticket without an account: which there are, and taking them back."""

from typing import Any

from pydantic import Field

from escuta import table
from escuta.directory.model import Manager
from escuta.feedback.model import TicketLink
from escuta.feedback.tickets import magic
from manage import handling
from manage.asking import Asked, Request

_HELD_BACK = {"rev", "token_key"}


class Whose(Asked):
    """Whose links are taken back; without it, all."""

    manager: str = Field(default="", max_length=64)


def listing(request: Request, ticket: str) -> dict[str, Any]:
    """Return the links to a ticket that alerts bore, with whom they were sent to, the oldest first.

    What opens a link is told to nobody.
    """
    request.query(Asked)
    return _shown(magic.links(handling.visible(request, ticket).id))


def revoke(request: Request, ticket: str) -> dict[str, Any]:
    """Revoke the links to a ticket, or those of one manager.

    They open nothing from now on. Told again it answers the same.
    """
    asked = request.query(Whose)
    found = handling.visible(request, ticket)
    return _shown(magic.revoke(found.id, who=request.caller.name, manager=asked.manager))


def _shown(links: tuple[TicketLink, ...]) -> dict[str, Any]:
    people = table.find_many(Manager, {Manager.at(link.manager) for link in links})
    names = {each.id: each.name for each in people.values()}
    items = [
        {**link.model_dump(mode="json", exclude=_HELD_BACK), "manager_name": names.get(link.manager, "")}
        for link in links
    ]
    return {"items": items}
