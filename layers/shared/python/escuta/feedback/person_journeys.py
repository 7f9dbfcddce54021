"""The journey of one person: visits, invitations, answers, tickets, and what they said about being asked.

All is found by keys and edges in a bounded number of reads; what is not shown is named.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import TypeVar

from escuta import table
from escuta.directory import access, history, segments
from escuta.directory.model import Caller, Contact, Scope
from escuta.entity import Value
from escuta.feedback import edges, journeys, keeping, revealing, waypoints
from escuta.feedback.journeys import Event, LeftOut
from escuta.feedback.model import Response, ResponseState, Ticket
from escuta.feedback.tickets import finding
from escuta.feedback.waypoints import Waypoint
from escuta.outreach import invitations, suppression
from escuta.outreach.model import MOST_REMINDERS, Channel, Invitation, Reminder

MOST = 50  # of each kind, the newest
T = TypeVar("T")


class PersonJourney(Value):
    """All that is known around a person, in the order of time."""

    contact: str
    events: tuple[Event, ...]
    left_out: tuple[LeftOut, ...]


class _Found:
    """What stands around a person; of whom it may not be shown, that there is something."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.points: list[Waypoint] = []
        self.left_out: dict[tuple[str, str], tuple[str, str, str, int]] = {}

    def leave(self, what: str, why: str, needs: str = "", count: int = 1) -> None:
        self.left_out[what, why] = (what, why, needs, count)

    def seen(self, what: str, some: Sequence[T], place: Callable[[T], tuple[str, tuple[str, ...]]]) -> list[T]:
        """Return those that are where the caller may look: where their segment stands now, or stood then."""
        inside = [each for each in some if _may_see(self.caller, *place(each))]
        if len(inside) < len(some):
            self.leave(what, "elsewhere")
        return inside


def of(contact: Contact, caller: Caller, language: str) -> PersonJourney:
    """Return the journey of a person in a language, as far as this caller may see it."""
    found = _Found(caller)
    found.points += [*waypoints.of_contact(contact), *waypoints.of_consent(contact), *_closings(contact)]
    _visits(found, contact)
    asked = _asked(found, contact)
    _answers(found, contact, asked, language)
    _tickets(found, contact)
    return PersonJourney(
        contact=contact.id,
        events=journeys.in_order(found.points, language),
        left_out=tuple(journeys.left_out(found.left_out.values(), language)),
    )


def _closings(contact: Contact) -> Iterator[Waypoint]:
    """Yield what closed the addresses of a person, and who opened them again."""
    for channel, address in ((Channel.EMAIL, contact.email), (Channel.SMS, contact.phone)):
        if not address:
            continue
        closing, lifted = suppression.history(suppression.address_hash(channel, address))
        yield from chain.from_iterable(map(waypoints.of_closed, closing))
        for each in lifted[-MOST:]:
            yield from waypoints.of_lifted(each, channel)


def _visits(found: _Found, contact: Contact) -> None:
    visits = history.of(contact.id)
    if len(visits) > MOST:
        found.leave("visit", "older")
    for each in found.seen("visit", visits[:MOST], lambda visit: (visit.segment, visit.segment_path)):
        found.points.extend(waypoints.of_visit(each))


def _asked(found: _Found, contact: Contact) -> list[Invitation]:
    """Add what a person was asked, with the reminders, and return it all, also what the caller may not see."""
    page = invitations.of_contact(contact.id, limit=MOST)
    if page.next:
        found.leave("invitation", "older")
    seen = found.seen("invitation", page.items, lambda one: ("", one.segment_path))
    for each in seen:
        found.points.extend(waypoints.of_invitation(each))
    sent = [each for each in seen if each.sent_at]
    keys = [Reminder.at(each.link_key, number + 1) for each in sent for number in range(MOST_REMINDERS)]
    for reminder in table.find_many(Reminder, keys).values():
        found.points.extend(waypoints.of_reminder(reminder))
    return list(page.items)


def _answers(found: _Found, contact: Contact, asked: Iterable[Invitation], language: str) -> None:
    named = list(islice(edges.answered(contact.id), MOST + 1))
    names = {name for each in asked for name in (each.response, each.tapped)}
    names |= {edge.response for edge in named[:MOST]}
    if len(named) > MOST:
        found.leave("answer", "older")
    answers = [
        each for each in table.find_many(Response, map(Response.at, sorted(names - {""}))).values() if _left(each)
    ]
    if answers and Scope.RESPONSES_READ not in found.caller.scopes:
        found.leave("answer", "scope_missing", Scope.RESPONSES_READ, len(answers))
        return
    whole = Scope.RESPONSES_PERSONAL in found.caller.scopes
    for each in found.seen("answer", answers, lambda answer: (answer.segment, answer.segment_path)):
        shown = each if whole else revealing.masked(each, language)
        told = {"response": each.id, "survey": each.survey}
        found.points += [one.changed(details={**one.details, **told}) for one in waypoints.of_response(shown)]


def _tickets(found: _Found, contact: Contact) -> None:
    page = finding.of_contact(contact.id, limit=MOST)
    if page.items and Scope.TICKETS_READ not in found.caller.scopes:
        found.leave("ticket", "scope_missing", Scope.TICKETS_READ, len(page.items))
        return
    if page.next:
        found.leave("ticket", "older")
    there = tuple(table.find_many(Ticket, (Ticket.at(edge.ticket) for edge in page.items), consistent=True).values())
    for each in found.seen("ticket", there, lambda ticket: ("", ticket.segment_path)):
        found.points.extend(waypoints.of_ticket_ends(each))


def _left(response: Response) -> bool:
    return response.state is ResponseState.FINAL and not keeping.is_over(response)


def _may_see(caller: Caller, segment: str, path: tuple[str, ...]) -> bool:
    return access.may_see(caller, path) or bool(segment and access.may_see(caller, segments.as_is(segment)))
