"""Tickets that somebody opens by hand: about an answer, about a customer, or about a place."""

from datetime import datetime
from typing import Any

from pydantic import Field

from escuta import clock, ids, table
from escuta.directory import contacts, managers, products
from escuta.directory.model import Contact, Manager, Segment
from escuta.entity import Value
from escuta.errors import ConflictError, InvalidError
from escuta.feedback import facts, logic
from escuta.feedback.model import Facts, Priority, Response, ResponseState, Ticket
from escuta.feedback.tickets import alerting, history, keeping, knowing, life, owning, patching, settling
from escuta.feedback.tickets.keeping import Actor, Change, Line
from escuta.feedback.tickets.patching import Patch

MANUAL = "manual"
LONGEST_SUBJECT = 200


class ByHand(Value):
    """What a ticket is to be about: an answer; or a customer, a place, or both, and then it says its subject."""

    response: str = Field(default="", max_length=64)
    contact: str = Field(default="", max_length=64)
    segment: str = Field(default="", max_length=64)  # "": the answer's, or the customer's
    subject: str = Field(default="", json_schema_extra={"maxLength": LONGEST_SUBJECT})
    product: str = ""
    priority: Priority = Priority.NORMAL
    tags: tuple[str, ...] = Field(default=(), json_schema_extra=patching.TAGS)
    owner: str = Field(default="", max_length=64)  # manager id; "": whoever is next at the place
    watchers: tuple[str, ...] = ()
    comment: str = Field(
        default="", json_schema_extra={"maxLength": life.LONGEST_TEXT}
    )  # stands in the first line of the log


def identity(call: str, began: datetime) -> str:
    """Return the id of the ticket that a call asks for, however often it comes."""
    return ids.derive("ticket", MANUAL, call, began.isoformat())


def open_by_hand(name: str, wanted: ByHand, *, who: Actor) -> Ticket:
    """Open a ticket under this id, and alert who gets it; under an id that is taken, return what stands there.

    InvalidError `ticket_about` when it says too little, `segment_unknown` and the like for what there is not;
    ConflictError when the answer is changed at this moment, or nothing of its customer is left.
    """
    response = _response(wanted.response) if wanted.response else None
    place = _place(wanted, response)
    people = managers.answering_for(place.path)
    person = contacts.get(wanted.contact) if wanted.contact and not response else None
    if wanted.product and not response and products.named(wanted.product) is None:
        raise InvalidError("product_unknown", field="product", value=wanted.product[:64])
    blank = _weighed(_blank(name, wanted, place, response, person), response, person)
    planned = patching.plan(blank, _fields(wanted), who, patching.ruled())
    filled = planned.change.after
    ticket = filled if filled.owner else filled.changed(owner=owning.choose(filled, people))
    line = Line("opened", planned.change.line.text, {"subject": ticket.subject} if ticket.subject else {})
    alerts = alerting.wanted(ticket, [each for each in _told(ticket, people) if each.id != who.manager], "opened")
    beside = (*(table.Create(alert) for alert in alerts), *((table.Unchanged(response),) if response else ()))
    try:
        (stored,) = keeping.store_together((Change(None, ticket, line),), who, *beside)
    except table.CancelledError as error:
        known = next((refusal.found for refusal in error.refused if isinstance(refusal.found, Ticket)), None)
        if known is None:
            raise
        return known
    return stored


def _response(name: str) -> Response:
    found = table.load(Response, Response.at(name), consistent=True)
    if found.state is not ResponseState.FINAL or found.emptied:
        raise ConflictError("response_over", field="response")
    return found


def _place(wanted: ByHand, response: Response | None) -> Segment:
    """Return where a ticket stands: where it was asked for, else where the answer or the customer is."""
    code = wanted.segment or (response.segment if response else "")
    if not code and wanted.contact:
        code = contacts.get(wanted.contact).segment
    if not code or not (response or wanted.subject.strip()):
        raise InvalidError("ticket_about", field="subject" if code else "segment")
    place = table.find(Segment, Segment.at(code))
    if place is None:
        raise InvalidError("segment_unknown", field="segment", value=code)
    if place.retired_at is not None:
        raise ConflictError("segment_retired", field="segment", value=code)
    return place


def _blank(name: str, wanted: ByHand, place: Segment, response: Response | None, person: Contact | None) -> Ticket:
    """Return a ticket that knows what it is about, and nothing yet of what is to become of it."""
    now = clock.now()
    return Ticket(
        id=name,
        rule=MANUAL,
        subject=life.line("subject", wanted.subject, LONGEST_SUBJECT) if wanted.subject.strip() else "",
        segment=place.code,
        segment_path=place.path,
        origin_segment=place.code,
        timezone=place.timezone,
        opened_at=now,
        since=now,
        **(_of_response(response) if response else _of_person(wanted, person)),
    )


def _weighed(ticket: Ticket, response: Response | None, person: Contact | None) -> Ticket:
    """Return a ticket that knows how much its customer matters, as one that a rule opens does."""
    settings = settling.settings()
    keys = settings.key_customers
    repeated = history.unhappy_before(response, settings.repeat_days) if response else 0
    if keys is None:
        return ticket.changed(repeated=repeated)
    named = frozenset(facts.fields(keys))
    custom = {f"contact.{name}": value for name, value in person.custom.items()} if person else {}
    known: Facts = knowing.of(response, named) if response else {**custom, "segment": ticket.segment_path}
    return ticket.changed(repeated=repeated, key_customer=logic.holds(keys, known))


def _of_response(response: Response) -> dict[str, Any]:
    same = ("survey", "product", "score", "score_class", "comment", "contact", "contact_name", "language")
    return {"response": response.id, **{name: getattr(response, name) for name in same}}


def _of_person(wanted: ByHand, known: Contact | None) -> dict[str, Any]:
    person = {"contact": known.id, "contact_name": known.name, "language": known.language} if known else {}
    return {"response": "", "survey": "", "product": wanted.product, **person}


def _fields(wanted: ByHand) -> Patch:
    given: dict[str, Any] = {"priority": wanted.priority, "tags": wanted.tags, "watchers": wanted.watchers}
    given |= {"owner": wanted.owner} if wanted.owner else {}
    given |= {"comment": wanted.comment} if wanted.comment.strip() else {}
    return Patch.model_validate(given)


def _told(ticket: Ticket, people: tuple[Manager, ...]) -> tuple[Manager, ...]:
    """Return who hears of it: the owner who was named, or else everybody who answers for the place."""
    if ticket.owner and ticket.owner not in {each.id for each in people}:
        return (managers.get(ticket.owner),)
    return people
