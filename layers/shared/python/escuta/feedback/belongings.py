"""Everything in the three tables that is about one person, found by keys and edges: no table is walked for it."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypedDict, TypeVar

from escuta import events, ids, table
from escuta.directory.mentions import Person
from escuta.directory.model import Contact, Transaction
from escuta.entity import Entity, Key
from escuta.events import DomainEvent
from escuta.feedback import edges, partials, tickets
from escuta.feedback.model import (
    Answered,
    Click,
    Draft,
    Provisional,
    Response,
    Ticket,
    TicketEdge,
)
from escuta.outreach import cases, invitations, rest, suppression
from escuta.outreach.model import (
    CaseMessage,
    Channel,
    Due,
    Invitation,
    LastAsked,
    Reminder,
    Suppression,
    SuppressionLifted,
)

_PAGE = 200
_NOT_TOLD = frozenset({"edges", "events", "suppressions", "ticket_edges"})
E = TypeVar("E", bound=Entity)


class Belongings(NamedTuple):
    """What there is. What only bears a keyed hash of an address is in `suppressions`."""

    contacts: tuple[Contact, ...]
    transactions: tuple[Transaction, ...]
    invitations: tuple[Invitation, ...]
    reminders: tuple[Reminder, ...]
    rests: tuple[LastAsked, ...]
    suppressions: tuple[Suppression, ...]
    lifted: tuple[SuppressionLifted, ...]
    edges: tuple[Answered, ...]
    responses: tuple[Response, ...]
    tickets: tuple[Ticket, ...]
    ticket_edges: tuple[TicketEdge, ...]
    messages: tuple[CaseMessage, ...]
    drafts: tuple[Draft, ...]
    provisionals: tuple[Provisional, ...]
    clicks: tuple[Click, ...]
    events: tuple[DomainEvent, ...]

    def counts(self) -> dict[str, int]:
        """Return how many there are of each kind that belongs to the person alone."""
        return {name: len(found) for name, found in self._asdict().items() if name not in _NOT_TOLD}


def of(person: Person, links: Iterable[str] = (), responses: Iterable[str] = ()) -> Belongings:
    """Return what is about a person, and about invitations and responses that are known to be theirs."""
    reached = {Channel.EMAIL: person.email, Channel.SMS: person.phone}
    reached = {channel: address for channel, address in reached.items() if address}
    hashes = [suppression.address_hash(channel, address) for channel, address in reached.items()]
    partitions = [f"contact#{contact}" for contact in person.ids]
    invited = _invitations(person, links)
    named = tuple(edge for contact in person.ids for edge in edges.answered(contact))
    answers = _responses(invited, (*(edge.response for edge in named), *responses))
    keys = [each.link_key for each in invited]
    places = [
        *keys,
        *(partials.place(each.link_key, each.id) for each in answers if each.link_key and not each.invitation),
    ]
    return Belongings(
        contacts=_at(Contact, map(Contact.at, person.ids)),
        transactions=_in(Transaction, partitions, "transaction#"),
        invitations=invited,
        reminders=_in(Reminder, [Invitation.at(key).pk for key in keys], "reminder#"),
        rests=tuple(rest.known({name for contact in person.ids for name in rest.names(contact, reached)}).values()),
        suppressions=_in(Suppression, [Suppression.at(name).pk for name in hashes]),
        lifted=_in(SuppressionLifted, [Suppression.at(name).pk for name in hashes], "lifted#"),
        edges=named,
        responses=answers,
        **_followed(answers, person.ids),
        drafts=_at(Draft, map(Draft.at, places)),
        provisionals=_at(Provisional, map(Provisional.at, keys)),
        clicks=_in(Click, [Click.at(key, "").pk for key in keys]),
        events=tuple(each for contact in person.ids for each in events.naming(contact)),
    )


def of_response(response: Response) -> Belongings:
    """Return what stands around one answer, and nothing else of whoever gave it."""
    keys = [response.link_key] if response.link_key and response.invitation else []
    shared = [partials.place(response.link_key, response.id)] if response.link_key and not response.invitation else []
    return Belongings(
        contacts=(),
        transactions=(),
        invitations=(),
        reminders=(),
        rests=(),
        suppressions=(),
        lifted=(),
        edges=edges.of(response),
        responses=(response,),
        **_followed([response]),
        drafts=_at(Draft, map(Draft.at, [*keys, *shared])),
        provisionals=_at(Provisional, map(Provisional.at, keys)),
        clicks=_in(Click, [Click.at(key, "").pk for key in keys]),
        events=tuple(each for each in events.naming(response.contact) if each.data.get("response") == response.id),
    )


def alarms(found: Belongings) -> Iterator[Due]:
    """Yield the alarms that may stand for a person's messages, whether or not they do."""
    for each in found.invitations:
        if each.send_at is not None:
            yield Due(link_key=each.link_key, due_at=each.send_at)
    for reminder in found.reminders:
        yield Due(link_key=reminder.link_key, reminder=reminder.number, due_at=reminder.due_at)
    yield from map(cases.alarm, found.messages)


def _invitations(person: Person, links: Iterable[str]) -> tuple[Invitation, ...]:
    found: dict[str, Invitation] = {}
    for contact in person.ids:
        cursor: str | None = None
        while True:
            page = invitations.of_contact(contact, limit=_PAGE, cursor=cursor)
            found |= {each.link_key: each for each in page.items}
            cursor = page.next
            if cursor is None:
                break
    return _at(Invitation, map(Invitation.at, sorted({*found, *links})))


def _responses(invited: Iterable[Invitation], others: Iterable[str]) -> tuple[Response, ...]:
    names = {name for each in invited for name in (each.response, each.tapped, ids.derive("tapped", each.link_key))}
    return _at(Response, map(Response.at, sorted((names | set(others)) - {""})))


class _Followed(TypedDict):
    """What was followed up of a person."""

    tickets: tuple[Ticket, ...]
    ticket_edges: tuple[TicketEdge, ...]
    messages: tuple[CaseMessage, ...]


def _followed(answers: Iterable[Response], people: Iterable[str] = ()) -> _Followed:
    """Return the tickets of answers and those of people that no answer leads to, with what they are found by."""
    leading = [
        *(edge for each in answers for edge in tickets.edges_of(each.id)),
        *(edge for contact in people for edge in tickets.edges_of_contact(contact)),
    ]
    edges_of = {edge.key(): edge for edge in leading}
    found = _at(Ticket, sorted({Ticket.at(edge.ticket) for edge in edges_of.values()}))
    messages = tuple(message for ticket in found for message in cases.of_ticket(ticket.id))
    return {"tickets": found, "ticket_edges": tuple(edges_of.values()), "messages": messages}


def _at(cls: type[E], keys: Iterable[Key]) -> tuple[E, ...]:
    return tuple(table.find_many(cls, keys, consistent=True).values())


def _in(cls: type[E], partitions: Iterable[str], prefix: str = "") -> tuple[E, ...]:
    """Return the rows of partitions that are of this kind."""
    return tuple(each for pk in partitions for each in table.query(cls, pk, prefix=prefix, consistent=True).items)
