"""Finding tickets by everything that can be said of them, never reading more than one call may read.

What is not closed is listed below each path, and by its manager; what is closed, by the day on which it was. A customer
is looked up exactly: by e-mail, telephone or external id. Where more would have to be read than a call may, it is
refused, and said what to narrow: nothing is shown in part.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from escuta import clock, table
from escuta.directory import addresses, contacts
from escuta.directory import finding as finding_people
from escuta.directory.model import Contact
from escuta.errors import InvalidError
from escuta.feedback import phrases
from escuta.feedback.model import NOBODY, Ticket, TicketEdge, TicketFilter, TicketOrder
from escuta.feedback.tickets import finding

MOST = 2_000  # tickets read for one page
MOST_DAYS = 92  # days of closing; of one segment without its subtree any number
MOST_READS = 400  # days of closing times places: a read each
_NAMESAKES = 200  # people who share an address
_LAST = 9_999_999_999_999
_DAY = timedelta(days=1)
_NUMBER = re.compile(r"\+?[0-9 ()./-]{8,24}")

Path = tuple[str, ...]
F = TypeVar("F")


def of(wanted: TicketFilter, paths: Iterable[Path], order: TicketOrder) -> list[Ticket]:
    """Return the tickets below these paths that are wanted, in this order.

    InvalidError `tickets_too_many`, or `tickets_closed_days`, where too many would have to be read.
    """
    places = _tops(paths) if wanted.subtree else tuple(paths)
    found = {ticket.id: ticket for ticket in _read(wanted, places)}
    return ordered((each for each in found.values() if fits(each, wanted) and _inside(each, wanted, places)), order)


def customer(
    words: str, wanted: TicketFilter, paths: Iterable[Path], order: TicketOrder, country: str = ""
) -> list[Ticket]:
    """Return the tickets of whoever is meant by these words: an e-mail address, a telephone number, an external id.

    Other words are looked for in the names of those whose tickets are not closed. Tickets are of all states and days
    unless these are said. `country` holds for numbers without one.
    """
    places = tuple(paths)
    known = _of_contacts(_people(words, country))
    if not known:
        terms = phrases.terms(words)
        named = _open(wanted, places) if terms else ()
        known = [each for each in named if set(terms) <= set(phrases.terms(each.contact_name))]
    return ordered((each for each in known if fits(each, wanted) and _inside(each, wanted, places)), order)


def one(ticket: str, wanted: TicketFilter, paths: Iterable[Path]) -> list[Ticket]:
    """Return the ticket with this id, if it is wanted."""
    found = table.find(Ticket, Ticket.at(ticket), consistent=True)
    return [found] if found and fits(found, wanted) and _inside(found, wanted, tuple(paths)) else []


def ordered(some: Iterable[Ticket], order: TicketOrder) -> list[Ticket]:
    """Return tickets in an order."""
    return sorted(some, key=lambda ticket: place(ticket, order))


def place(ticket: Ticket, order: TicketOrder) -> str:
    """Return where a ticket stands in an order: a cursor that holds while others move, since it names no number."""
    due = ticket.due_at.isoformat()
    match order:
        case TicketOrder.DUE:
            return f"{due}#{ticket.id}"
        case TicketOrder.OPENED:
            return f"{_backward(ticket.opened_at)}#{ticket.id}"
        case TicketOrder.PRIORITY:
            return f"{9 - ticket.priority.rank}#{due}#{ticket.id}"
        case TicketOrder.UPDATED:
            return f"{_backward(ticket.updated_at or ticket.opened_at)}#{ticket.id}"


def fits(ticket: Ticket, wanted: TicketFilter) -> bool:
    """Tell whether a ticket is one of those that are wanted, wherever it stands. Pure."""
    return (
        (not wanted.states or ticket.state in wanted.states)
        and (not wanted.survey or ticket.survey == wanted.survey)
        and (not wanted.product or ticket.product == wanted.product)
        and (not wanted.priorities or ticket.priority in wanted.priorities)
        and (not wanted.owner or ticket.owner == ("" if wanted.owner == NOBODY else wanted.owner))
        and (not wanted.watcher or wanted.watcher in ticket.watchers)
        and (not wanted.rules or ticket.rule.partition("@")[0] in wanted.rules)
        and wanted.tags <= set(ticket.tags)
        and (not wanted.causes or not wanted.causes.isdisjoint(ticket.root_causes))
        and wanted.overdue in {None, ticket.overdue}
        and wanted.escalated in {None, ticket.escalated > 0}
        and (wanted.recovered is None or wanted.recovered is ticket.recovered)
        and _within(ticket, ticket.opened_at, wanted.opened_from, wanted.opened_to)
        and _within(ticket, ticket.closed_at, wanted.closed_from, wanted.closed_to)
    )


def _within(ticket: Ticket, moment: datetime | None, first: date | None, last: date | None) -> bool:
    if first is None and last is None:
        return True
    if moment is None:
        return False
    day = moment.astimezone(ZoneInfo(ticket.timezone)).date()
    return (first is None or first <= day) and (last is None or day <= last)


def _inside(ticket: Ticket, wanted: TicketFilter, paths: tuple[Path, ...]) -> bool:
    if not wanted.subtree:
        return any(ticket.segment_path == path for path in paths)
    return any(ticket.segment_path[: len(path)] == path for path in paths)


def _read(wanted: TicketFilter, paths: tuple[Path, ...]) -> Iterator[Ticket]:
    if wanted.wants_open:
        yield from _open(wanted, paths)
    if wanted.wants_closed:
        yield from _closed(wanted, paths)


def _open(wanted: TicketFilter, paths: tuple[Path, ...]) -> tuple[Ticket, ...]:
    """Return what is not closed, as far as it may be wanted: of one manager where the filter names one."""
    if wanted.owner and wanted.owner != NOBODY:
        return _few(finding.held(wanted.owner, most=MOST + 1))
    found: list[Ticket] = []
    for path in paths:
        found += finding.open_upto(path, MOST - len(found), subtree=wanted.subtree)
        _few(found)
    return tuple(found)


def _closed(wanted: TicketFilter, paths: tuple[Path, ...]) -> tuple[Ticket, ...]:
    last = wanted.closed_to or clock.now().date() + _DAY
    most = max(1, min(MOST_DAYS, MOST_READS // max(1, len(paths))))
    if wanted.closed_from is None or (wanted.subtree and (last - wanted.closed_from).days >= most):
        raise InvalidError("tickets_closed_days", field="closed_from", most=most)
    found: list[Ticket] = []
    if not wanted.subtree:  # days of a place may begin and end half a day off those of UTC
        first, before = (datetime.combine(day, time(), UTC) for day in (wanted.closed_from - _DAY, last + 2 * _DAY))
        for path in paths:
            found += finding.closed_between(path[-1], first, before, MOST + 1 - len(found))
            _few(found)
        return tuple(found)
    for number in range(-1, (last - wanted.closed_from).days + 2):
        for path in paths:
            found += finding.closed_on(wanted.closed_from + number * _DAY, path, MOST + 1 - len(found))
            _few(found)
    return tuple(found)


def _few(found: Iterable[F], field: str = "segment") -> tuple[F, ...]:
    some = tuple(found)
    if len(some) > MOST:
        raise InvalidError("tickets_too_many", field=field, most=MOST)
    return some


def _tops(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the places without those that lie within another of them."""
    known = frozenset(paths)
    return tuple(sorted(path for path in known if known.isdisjoint(path[:end] for end in range(1, len(path)))))


def _people(words: str, country: str) -> set[str]:
    """Return the ids of whom an address, a telephone number or an external id names."""
    text = words.strip()
    email = _read_as(addresses.email, text) if "@" in text else ""
    if email:
        return _all(contacts.reached_at(email, "", limit=_NAMESAKES))
    found = {contacts.identity(text, "", "")} if text else set()
    phone = _read_as(addresses.phone, text, country) if _NUMBER.fullmatch(text) else ""
    if not phone:
        return found
    return (
        found
        | _all(contacts.reached_at("", phone, limit=_NAMESAKES))
        | set(finding_people.by_phone(phone, limit=_NAMESAKES))
    )


def _read_as(reading: Callable[..., str], *text: str) -> str:
    """Return an address; "" for words that are none."""
    try:
        return reading(*text)
    except InvalidError:
        return ""


def _all(people: table.Page[Contact]) -> set[str]:
    if people.next:
        raise InvalidError("tickets_too_many", field="q", most=MOST)
    return {person.id for person in people.items}


def _of_contacts(people: Iterable[str]) -> list[Ticket]:
    edges: list[TicketEdge] = []
    for contact in people:
        edges += finding.of_contact(contact, limit=MOST + 1 - len(edges)).items
        _few(edges, "q")
    found = table.find_many(Ticket, (Ticket.at(edge.ticket) for edge in edges), consistent=True)
    return [each for each in found.values() if each.contact]


def _backward(moment: datetime) -> str:
    return f"{_LAST - int(moment.timestamp() * 1000):013}"
