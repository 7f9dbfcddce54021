"""The same change of many tickets: each is judged and stored by itself, and says what became of it."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from escuta import table
from escuta.entity import Value
from escuta.errors import ConflictError, EscutaError, NotFoundError
from escuta.feedback.model import Priority, Ticket, TicketState
from escuta.feedback.tickets import patching
from escuta.feedback.tickets.keeping import Actor
from escuta.feedback.tickets.patching import Patch, Ruled

MOST = 100


class Wanted(Value):
    """What all of them are to become; what is not set stays."""

    state: TicketState | None = None
    owner: str = ""  # manager id; set to "": nobody
    priority: Priority | None = None
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()


class Item(Value):
    """One of them, at the revision that somebody read; None: as it is now."""

    id: str
    rev: int | None = None


class Became(NamedTuple):
    """What became of one: the ticket as it is now, and whether that is new; or why it was not changed.

    `before` is what it was, where it was changed: who wants it back says so.
    """

    id: str
    ticket: Ticket | None = None
    changed: bool = False
    error: EscutaError | None = None
    before: Ticket | None = None


def change(items: Sequence[Item], wanted: Wanted, *, who: Actor, may_see: Callable[[Ticket], bool]) -> Iterator[Became]:
    """Change tickets one after the other, in their order; what is wrong with one stops none of the others.

    One that is so already stays as it is, whatever revision was read: so the same call may come again after it broke
    off. One that may not be seen is not there.
    """
    by = patching.ruled()
    found = table.find_many(Ticket, (Ticket.at(item.id) for item in items), consistent=True)
    for item in items:
        ticket = found.get(Ticket.at(item.id))
        try:
            if ticket is None or not may_see(ticket):
                raise NotFoundError("ticket_not_found")
            yield _one(ticket, item, wanted, who, by)
        except EscutaError as error:
            yield Became(id=item.id, ticket=ticket if _is_seen(error) else None, error=error)


def _is_seen(error: EscutaError) -> bool:
    return error.code != "ticket_not_found"


def _one(ticket: Ticket, item: Item, wanted: Wanted, who: Actor, by: Ruled) -> Became:
    patch = _patch(ticket, wanted)
    if not patch.model_fields_set:
        return Became(id=item.id, ticket=ticket)
    if item.rev not in {None, ticket.rev}:
        raise ConflictError("stale")
    planned = patching.plan(ticket, patch, who, by)
    made, changed = patching.made(planned, who), not planned.is_nothing
    return Became(id=item.id, ticket=made, changed=changed, before=ticket if changed else None)


def _patch(ticket: Ticket, wanted: Wanted) -> Patch:
    """Return what is left to change of a ticket."""
    given, fields = wanted.model_fields_set, dict[str, object]()
    if wanted.state not in {None, ticket.state}:
        fields["state"] = wanted.state
    if wanted.priority not in {None, ticket.priority}:
        fields["priority"] = wanted.priority
    if "owner" in given and wanted.owner != ticket.owner:
        fields["owner"] = wanted.owner
    tags = tuple(dict.fromkeys((*ticket.tags, *wanted.add_tags)))
    tags = tuple(tag for tag in tags if tag not in wanted.remove_tags)
    if tags != ticket.tags:
        fields["tags"] = tags
    return Patch.model_validate(fields)
