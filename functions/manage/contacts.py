"""Contacts: people, found by where they were or by what they are known by, and what is said of them."""

from typing import Any

from pydantic import Field

from escuta import table
from escuta.config import settings
from escuta.directory import access, addresses, contacts, correcting, finding, history, taking
from escuta.directory.model import Contact, RowOutcome
from escuta.errors import EscutaError, InvalidError
from escuta.feedback import person_journeys
from manage import people, people_found
from manage.asking import Asked, Created, Listing, Request, language_of

_WAYS = ("segment", "external_id", "email", "phone")


class ContactListing(Listing):
    """People whose last visit was to one segment, or who are known by one external id, e-mail or telephone.

    With `q`, who is found by it; `segment` is then where it is looked, with all below.
    """

    q: str = Field(default="", max_length=200)
    segment: str = ""
    external_id: str = Field(default="", max_length=128)
    email: str = Field(default="", max_length=320)
    phone: str = Field(default="", max_length=320)


def listing(request: Request) -> dict[str, Any]:
    """Return people: those of one segment, or who is known by one external id, e-mail or telephone, or found by `q`.

    Exactly one of the four is asked by, or `q` (422 `contact_query`). A page may be shorter than `limit` although there
    is a next one. An external id stands for one person; at one e-mail address several may be reached.
    `q` is what somebody remembers: an external id, an e-mail address, a telephone however it is written, or the
    beginnings of words of a name, of two letters or more, in any case and with or without accents. With `segment`, of
    people whose last visit was there or below.
    """
    asked = request.query(ContactListing)
    if asked.q and not (asked.external_id or asked.email or asked.phone):
        return request.page(
            people_found.search(request, asked.q, asked.segment, asked.limit, request.cursor(asked)), people.shown
        )
    ways = [name for name in _WAYS if getattr(asked, name)]
    if len(ways) != 1 or asked.q:
        raise InvalidError("contact_query", field=ways[-1] if ways else "segment", allowed=[*_WAYS, "q"])
    if asked.segment:
        place = request.segment(asked.segment).code
        return request.page(contacts.listing(place, limit=asked.limit, cursor=request.cursor(asked)), people.shown)
    found = _known_by(asked, request.cursor(asked))
    seen = tuple(one for one in found.items if people.may_see(request, one))
    return request.page(table.Page(seen, found.next), people.shown)


def get(request: Request, contact: str) -> dict[str, Any]:
    """Return one person, with the basis of the consent, its time and who said so."""
    request.query(Asked)
    return people.shown(people.load(request, contact))


def create(request: Request) -> Created | dict[str, Any]:
    """Take in a person; who is known already is changed by what is said and otherwise stays as they are.

    A person is known by the external id, else the e-mail, else the telephone. The answer is 201 for somebody new, else
    200; `outcome` says whether anything changed. Somebody under age is refused and not kept (422 `contact_under_age`),
    and somebody who was erased does not come back (409 `contact_erased`).
    """
    said = people.told(request.body(people.NewPerson))
    if said.get("segment") and request.caller.segments:
        request.segment(said["segment"])
    marks = (said.get("external_id", ""), said.get("email", ""), said.get("phone", ""))
    for known in contacts.many([who] if (who := contacts.identity(*marks)) else [], consistent=True).values():
        people.check_inside(request, known)
    taken = _taken(request, said, who)
    shown = {**people.shown(taken.contact), "outcome": people.OUTCOMES[taken.outcome]}
    return Created(shown, f"contacts/{taken.contact.id}") if taken.outcome is RowOutcome.ACCEPTED else shown


def _taken(request: Request, said: dict[str, Any], who: str) -> contacts.Taken:
    """Take a person in; for a call with a key so that it says the same when it comes again after it broke off."""
    if not request.call or not who:
        return contacts.take(said, None, request.caller.id)
    if not said.get("segment"):
        known = contacts.many([who], consistent=True).get(who)
        said = {**said, "segment": known.segment if known else ""}
    call = taking.Call(request.caller.id, request.call, request.began)
    (came,) = taking.take_in(call, [taking.Told(said, {})], taking.places({said["segment"]} - {""}))
    if isinstance(came, EscutaError):
        raise came
    return contacts.Taken(table.load(Contact, Contact.at(came.contact), consistent=True), None, came.outcome)


def change(request: Request, contact: str) -> dict[str, Any]:
    """Correct what is known of a person; an empty text, or null in `custom`, empties the field.

    What the person is known by stays: another one is somebody else (409 `contact_identity`).
    """
    said = people.canonical(request.body(people.PersonSaid))
    found = people.load(request, contact)
    request.match(found)
    if said.get("segment", found.segment) == "":
        raise InvalidError("segment_missing", field="segment")
    if "segment" in said and request.caller.segments:
        request.segment(said["segment"])
    return people.shown(correcting.correct(found, said, request.caller.id))


def transactions(request: Request, contact: str) -> dict[str, Any]:
    """Return a person's visits, the newest first, as far as they were where the caller may look."""
    asked = request.query(Listing)
    found = people.load(request, contact)
    seen = [visit for visit in history.of(found.id) if access.may_see(request.caller, visit.segment_path)]
    following = [visit for visit in seen if history.place(visit) < (request.cursor(asked) or "~")]
    items = tuple(following[: asked.limit])
    more = history.place(items[-1]) if len(following) > asked.limit else None
    return request.page(table.Page(items, more), people.shown_visit)


def journey(request: Request, contact: str) -> dict[str, Any]:
    """Return what happened with a person, in the order of time, each with words in the caller's language.

    Visits, invitations with their states and reasons, answers, tickets, consent, closed addresses: of each kind the 50
    newest. What the caller may not see, and that there is more, is named in `left_out`.
    """
    request.query(Asked)
    language = language_of(request.event, request.caller)
    return person_journeys.of(people.load(request, contact), request.caller, language).model_dump(mode="json")


def _known_by(asked: ContactListing, cursor: str | None) -> table.Page[Contact]:
    if asked.external_id:
        known = contacts.many([contacts.identity(asked.external_id.strip(), "", "")], consistent=True)
        return table.Page(tuple(known.values()))
    try:
        email = addresses.email(asked.email.strip()) if asked.email else ""
        phone = addresses.phone(asked.phone.strip(), settings().country) if asked.phone else ""
    except InvalidError as error:
        error.details["field"] = "email" if asked.email else "phone"
        raise
    found = contacts.reached_at(email, phone, limit=asked.limit, cursor=cursor)
    if not phone or cursor:
        return found
    others = contacts.many(finding.by_phone(phone, limit=asked.limit), consistent=True).values()
    return table.Page((*found.items, *(other for other in others if other.phone == phone)), found.next)
