"""The journey of one answer: how it came about, and what became of it, as far as who asks may see.

All is found by keys and edges, in a few batches; what is not shown is named.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from string import Formatter
from typing import Any, NamedTuple, TypeVar

from escuta import i18n, table
from escuta.directory import access, segments
from escuta.directory.model import Caller, Contact, Manager, Scope, Transaction
from escuta.entity import Entity, Key, Value
from escuta.feedback import comments, edges, keeping, partials, revealing, tickets, waypoints
from escuta.feedback.model import (
    Alert,
    Click,
    Draft,
    Provisional,
    Response,
    ResponseState,
    Ticket,
    TicketActivity,
)
from escuta.feedback.tickets import asking
from escuta.feedback.waypoints import Waypoint
from escuta.outreach import invitations
from escuta.outreach.model import Invitation, Reminder, Resend

MOST_OTHERS = 50  # invitations, and answers without one, of a person that are looked at
_PACKAGE, _OUTREACH = "escuta.feedback", "escuta.outreach"
_CODED = {
    "channel": "channel",
    "consent": "consent",
    "was": "standing",
    "now": "standing",
    "standing": "standing",
    "state": "state",
}  # what has own words
_BLANK = dict.fromkeys(("channel", "name", "phone", "reference", "reminder", "score", "text"), "")
E = TypeVar("E", bound=Entity)


class LeftOut(Value):
    """Something of a journey that is not shown: `scope_missing` with the scope that it takes, `elsewhere`, or `older`.

    How many there are elsewhere is not told.
    """

    what: str
    why: str
    needs: str = ""
    count: int | None = 1
    text: str


class Event(Value):
    """Something that happened, in words too. `at` None: nobody noted when, it stands after what it followed."""

    at: Any
    what: str
    text: str
    details: dict[str, Any]


class Journey(Value):
    """All that is known around an answer, in the order of time."""

    response: str
    events: tuple[Event, ...]
    left_out: tuple[LeftOut, ...]


class _Found(NamedTuple):
    """What stands around an answer; of whom it may not be shown, nothing."""

    points: list[Waypoint]
    left_out: list[tuple[str, str, str, int]]


def of(response: Response, caller: Caller, language: str) -> Journey:
    """Return the journey of an answer in a language, as far as this caller may see it."""
    found = _Found([], [])
    whole = Scope.RESPONSES_PERSONAL in caller.scopes
    found.points.extend(waypoints.of_response(response if whole else revealing.masked(response, language)))
    asked = _invitations(response)
    found.points.extend(_asked(asked))
    found.points.extend(_evidence(response))
    _person(found, response, asked, caller)
    _tickets(found, response, caller, language)
    _others(found, response, caller)
    return Journey(
        response=response.id,
        events=in_order(found.points, language),
        left_out=tuple(left_out(found.left_out, language)),
    )


def in_order(points: Iterable[Waypoint], language: str) -> tuple[Event, ...]:
    """Return what happened in the order of time, in words of a language."""
    ordered = sorted(points, key=lambda each: each.order)
    return tuple(Event(at=e.at, what=e.what, text=_text(e, language), details=e.details) for e in ordered)


def _invitations(response: Response) -> tuple[Invitation, ...]:
    """Return the invitation that was answered, and what went to the same person over the other channel."""
    if not response.invitation:
        return ()
    own = invitations.find(response.link_key)
    other = invitations.sibling(own) if own and own.contact else None
    return tuple(each for each in (own, other) if each)


def _asked(asked: Iterable[Invitation]) -> Iterator[Waypoint]:
    for each in asked:
        yield from waypoints.of_invitation(each)
        reminded = table.query(Reminder, Invitation.at(each.link_key).pk, prefix="reminder#", consistent=True)
        yield from chain.from_iterable(map(waypoints.of_reminder, reminded.items))
        if each.resent:
            resend = table.find(Resend, Resend.at(each.deployment, each.resent))
            yield from waypoints.of_resend(resend) if resend else ()


def _evidence(response: Response) -> Iterator[Waypoint]:
    """Yield what was seen around the link, and what was half filled in before."""
    invited = bool(response.invitation)
    place = response.link_key if invited else partials.place(response.link_key, response.id)
    wanted: list[tuple[type[Entity], Key]] = [(Draft, Draft.at(place)), (Provisional, Provisional.at(place))]
    if response.replaces:
        wanted.append((Response, Response.at(response.replaces)))
    for found in table.find_together(*wanted):
        match found:
            case Draft():
                yield from waypoints.of_draft(found)
            case Provisional():
                yield from waypoints.of_provisional(found)
            case Response():
                yield from waypoints.of_replaced(found)
    if invited:
        clicks = table.query(Click, Click.at(response.link_key, "").pk, consistent=True)
        yield from chain.from_iterable(map(waypoints.of_click, clicks.items))


def _person(found: _Found, response: Response, asked: tuple[Invitation, ...], caller: Caller) -> None:
    """Add how the customer became known, and the visit that they were asked about."""
    if not response.contact:
        return
    if Scope.CONTACTS_READ not in caller.scopes:
        found.left_out.append(("contact", "scope_missing", Scope.CONTACTS_READ, 1))
        return
    visits = {each.transaction for each in asked if each.transaction}
    wanted = [(Transaction, Transaction.at(response.contact, visit)) for visit in sorted(visits)]
    for each in table.find_together((Contact, Contact.at(response.contact)), *wanted):
        if isinstance(each, Contact) and not _may_see(caller, each.segment):
            found.left_out.append(("contact", "elsewhere", "", 1))
        elif isinstance(each, Contact):
            found.points.extend(waypoints.of_contact(each))
        elif isinstance(each, Transaction) and _may_see(caller, each.segment, each.segment_path):
            found.points.extend(waypoints.of_visit(each))
        elif each is not None:
            found.left_out.append(("visit", "elsewhere", "", 1))


def _tickets(found: _Found, response: Response, caller: Caller, language: str) -> None:
    """Add the tickets and whom they alerted; those of a tap that the answer replaced went on with it."""
    names = [name for name in (response.id, response.replaces) if name]
    there = [each for each in tickets.about(names) if each.response == response.id]
    if there and Scope.TICKETS_READ not in caller.scopes:
        found.left_out.append(("ticket", "scope_missing", Scope.TICKETS_READ, len(there)))
        return
    seen = [each for each in there if access.may_see(caller, each.segment_path)]
    if len(seen) < len(there):
        found.left_out.append(("ticket", "elsewhere", "", len(there) - len(seen)))
    alerts = [alert for each in seen for alert in table.query(Alert, Alert.about(each.id), index="g2").items]
    people = table.find_many(Manager, {Manager.at(alert.manager) for alert in alerts})
    known = {manager.id: manager.name for manager in people.values()}
    for each in seen:
        found.points.extend(waypoints.of_ticket(each, _lines(each, caller, language)))
        asked = asking.asked(each)
        found.points.extend(waypoints.of_follow_up(each, asked) if asked else ())
    found.points.extend(point for alert in alerts for point in waypoints.of_alert(alert, known.get(alert.manager, "")))


def _lines(ticket: Ticket, caller: Caller, language: str) -> Iterator[TicketActivity]:
    """Yield the log of a ticket; what the customer wrote is masked for who may not see personal data."""
    whole = Scope.RESPONSES_PERSONAL in caller.scopes
    for line in tickets.whole_log(ticket.id):
        hidden = line.by == tickets.CUSTOMER.id and not whole
        yield line.changed(text=comments.masked(line.text, language)) if hidden else line


def _others(found: _Found, response: Response, caller: Caller) -> None:
    """Add what else the same person answered, lately."""
    if not response.contact:
        return
    invited = invitations.of_contact(response.contact, limit=MOST_OTHERS)
    edges_of = list(islice(edges.answered(response.contact), MOST_OTHERS + 1))
    names = {name for each in invited.items for name in (each.response, each.tapped)}
    names |= {edge.response for edge in edges_of[:MOST_OTHERS]}
    keys = map(Response.at, sorted(names - {"", response.id, response.replaces}))
    there = [each for each in table.find_many(Response, keys).values() if _is_left(each)]
    seen = [each for each in there if _may_see(caller, each.segment, each.segment_path)]
    found.points.extend(waypoints.of_others(seen))
    if len(seen) < len(there):
        found.left_out.append(("other_answer", "elsewhere", "", len(there) - len(seen)))
    if invited.next or len(edges_of) > MOST_OTHERS:
        found.left_out.append(("other_answer", "older", "", 1))


def _is_left(response: Response) -> bool:
    return response.state is ResponseState.FINAL and not keeping.is_over(response)


def _may_see(caller: Caller, segment: str, path: tuple[str, ...] = ()) -> bool:
    """Tell whether a thing is where the caller may look: where its segment stands now, or stood then."""
    return access.may_see(caller, segments.as_is(segment)) or access.may_see(caller, path)


def _text(point: Waypoint, language: str) -> str:
    """Return what happened in a language, with the reason where one was given."""
    words = i18n.catalog(_PACKAGE, language)
    details = {"who": words["journey.system"], "what": point.what, **_worded(point, words)}
    known = words.get(f"journey.{point.what}", words["journey.other"])
    if any(name and name not in details for _, name, _, _ in Formatter().parse(known)):
        known = words.get(f"journey.{point.what}.plain", known)
    reason = i18n.catalog(_OUTREACH, language).get(f"reason.{point.details.get('reason', '')}", "")
    return f"{known.format(**{**_BLANK, **details})} {reason}".rstrip()


def _worded(point: Waypoint, words: Mapping[str, str]) -> dict[str, Any]:
    """Return the details of what happened, the codes among them in words."""
    return {name: words.get(f"journey.{_CODED.get(name)}.{value}", value) for name, value in point.details.items()}


def left_out(found: Iterable[tuple[str, str, str, int]], language: str) -> Iterator[LeftOut]:
    """Yield what is not shown, and why, in words of a language."""
    for what, why, needs, count in found:
        text = i18n.say(_PACKAGE, language, f"journey.left_out.{why}", needs=needs)
        yield LeftOut(what=what, why=why, needs=needs, count=None if why == "elsewhere" else count, text=text)
