"""Lists of tickets, as somebody asks for them."""

from collections.abc import Callable, Iterable
from enum import EnumType
from functools import partial
from typing import Any, TypeVar

from pydantic import Field

from escuta import clock, table
from escuta.directory import access, segments
from escuta.directory.model import Manager, Scope, Segment
from escuta.errors import InvalidError
from escuta.feedback import tickets
from escuta.feedback.model import ME, Priority, Ticket, TicketFilter, TicketOrder, TicketState
from escuta.feedback.model.ticket_view import LONGEST_NAME, MOST_NAMES
from escuta.feedback.tickets import bucketing, searching, views
from escuta.feedback.tickets.searching import Path
from manage import handling
from manage.asking import Asked, Day, Listing, Request, part

T = TypeVar("T")
_PLAIN = frozenset({"segment", "state", "limit", "cursor", "subtree"})
_ID = 26  # characters of a ticket's id


class TicketsAsked(Asked):
    """By what tickets are found. Commas separate several values. Without a segment: wherever the caller may look.

    `q` is the id of a ticket, or an e-mail address, telephone number, external id or name of a customer. `view` is the
    id of a saved view; what is said beside it takes the place of what it says.
    """

    view: str = Field(default="", max_length=64)
    q: str = Field(default="", max_length=320)
    segment: str = Field(default="", max_length=64)
    subtree: bool = False
    survey: str = Field(default="", max_length=40)
    product: str = Field(default="", max_length=LONGEST_NAME)
    state: str = Field(default="", max_length=100)
    priority: str = Field(default="", max_length=60)
    owner: str = Field(default="", max_length=64)
    watcher: str = Field(default="", max_length=64)
    rule: str = Field(default="", max_length=500)
    tag: str = Field(default="", max_length=500)
    cause: str = Field(default="", max_length=500)
    overdue: bool | None = None
    escalated: bool | None = None
    recovered: bool | None = None
    opened_from: Day | None = None
    opened_to: Day | None = None
    closed_from: Day | None = None
    closed_to: Day | None = None
    sort: TicketOrder = TicketOrder.DUE


class TicketListing(TicketsAsked, Listing):
    """A page of tickets."""


def listing(request: Request) -> dict[str, Any]:
    """Return tickets, a page in the order that `sort` asks for.

    Without `state`: those that are not closed, and where days of closing are said, those that are. Without `segment`:
    wherever the caller may look. Looking for a customer by `q` takes the scope `responses:personal`.

    Of one segment alone, where nothing else is said, all of them, state by state.
    """
    asked = request.query(TicketListing)
    after, shown = request.cursor(asked), partial(handling.shown, request, whole=False)
    if asked.segment and not asked.subtree and asked.model_fields_set <= _PLAIN and "," not in asked.state:
        code = request.segment(asked.segment).code
        only = next(iter(_several("state", asked.state, TicketState)), None)
        return request.page(tickets.listing(code, state=only, limit=asked.limit, cursor=after), shown)
    found, order = _asked_for(request, asked)
    return request.page(part(found, partial(searching.place, order=order), asked.limit, after), shown)


def buckets(request: Request) -> dict[str, Any]:
    """Return how many tickets of a list there are of each state, priority and owner, and by when they are due.

    Asked as the list itself, so that a board has the numbers of what it shows: without `state` of those that are not
    closed. `due` is in the days of each ticket's place. 422 `tickets_too_many` where more than 2,000 would have to be
    read: of a place with all below, `/ticket-counts` tells the numbers of states whatever there is.
    """
    found, _ = _asked_for(request, request.query(TicketsAsked))
    told = bucketing.of(found, clock.now())
    people = table.find_many(Manager, (Manager.at(owner) for owner in told.owners if owner))
    names = {manager.id: manager.name for manager in people.values()}
    owners = [
        {"owner": owner, "name": names.get(owner, ""), "tickets": number} for owner, number in told.owners.items()
    ]
    return {**told.model_dump(mode="json"), "owners": owners}


def _asked_for(request: Request, asked: TicketsAsked) -> tuple[list[Ticket], TicketOrder]:
    """Return the tickets that are asked for, all of them, and the order in which they stand."""
    wanted, order = choice(request, asked)
    places = _places(request, wanted.segment)
    paths: tuple[Path, ...] = tuple(place.path for place in places)
    words = asked.q.strip()
    found = _found(request, words, wanted, order, places) if words else searching.of(wanted, paths, order)
    return found, order


def choice(request: Request, asked: TicketsAsked) -> tuple[TicketFilter, TicketOrder]:
    """Return which tickets are asked for, and in which order: those of the view, with what is said beside it."""
    view = views.get(asked.view, request.caller) if asked.view else None
    said: dict[str, Any] = asked.model_dump(include=asked.model_fields_set & set(TicketFilter.model_fields))
    for one, field, kind in (("state", "states", TicketState), ("priority", "priorities", Priority)):
        if one in asked.model_fields_set:
            said[field] = _several(one, getattr(asked, one), kind)
    for one, field in (("rule", "rules"), ("tag", "tags"), ("cause", "causes")):
        if one in asked.model_fields_set:
            said[field] = _named(one, getattr(asked, one))
    if not view and asked.segment and "subtree" not in asked.model_fields_set:
        said["subtree"] = False
    base = dict(view.filter) if view else {}
    order = asked.sort if "sort" in asked.model_fields_set or view is None else view.sort
    return resolved(request, TicketFilter.model_validate({**base, **said})), order


def resolved(request: Request, wanted: TicketFilter) -> TicketFilter:
    """Return a filter that says whom it means with `me`: the manager who asks."""
    mine = [name for name in ("owner", "watcher") if getattr(wanted, name) == ME]
    if mine and not request.caller.manager:
        raise InvalidError("tickets_not_a_manager", field=mine[0])
    return wanted.changed(**dict.fromkeys(mine, request.caller.manager))


def _found(
    request: Request, words: str, wanted: TicketFilter, order: TicketOrder, places: Iterable[Segment]
) -> list[Ticket]:
    """Return the tickets that are searched for: by id, or by a customer, whom only some may look for."""
    paths: tuple[Path, ...] = tuple(place.path for place in places)
    if len(words) == _ID and (found := searching.one(words, wanted, paths)):
        return found
    access.require(request.caller, Scope.RESPONSES_PERSONAL)
    return searching.customer(words, wanted, paths, order, next((place.country for place in places), ""))


def _places(request: Request, code: str) -> tuple[Segment, ...]:
    """Return the place that is named, else all where the caller may look."""
    if code:
        return (request.segment(code),)
    roots = request.caller.segments or tuple(place.code for place in segments.all() if place.parent is None)
    return tuple(request.segment(root) for root in roots)


def _named(field: str, text: str) -> frozenset[str]:
    """Return names of which the filter takes any: as many, and as long, as it can hold."""
    found = _several(field, text, str)
    if len(found) > MOST_NAMES:
        raise InvalidError("value_too_long", field=field, most=MOST_NAMES)
    if any(len(name) > LONGEST_NAME for name in found):
        raise InvalidError("value_too_long", field=field, most=LONGEST_NAME)
    return found


def _several(field: str, text: str, kind: Callable[[str], T]) -> frozenset[T]:
    found = set()
    for name in filter(None, (each.strip() for each in text.split(","))):
        try:
            found.add(kind(name))
        except ValueError as error:
            allowed = ", ".join(map(str, kind)) if isinstance(kind, EnumType) else "-"
            raise InvalidError("value_not_allowed", field=field, value=name[:80], allowed=allowed) from error
    return frozenset(found)
