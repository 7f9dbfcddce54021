"""People: who somebody is, how they are found, and how one is taken in.

A row speaks of the person with its external id; without one, of the person with its e-mail address; without one, of the
person with its telephone number.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from escuta import clock, ids, table
from escuta.directory import bought, forgotten, persons, segments, visits
from escuta.directory.merging import moment
from escuta.directory.model import Contact, RowOutcome, Segment, Transaction
from escuta.directory.writing import Batch
from escuta.errors import ConflictError, InvalidError, NotFoundError

_by_external_id, _by_email, _by_phone = (ids.family("contact", mark) for mark in ("external", "email", "phone"))


def identity(external_id: str, email: str, phone: str) -> str:
    """Return the id of the person with these marks: external id, else e-mail, else telephone; "" without any.

    Spellings of an address that differ only in case are one person.
    """
    if external_id:
        return _by_external_id(external_id)
    if email:
        return _by_email(email.lower())
    return _by_phone(phone) if phone else ""


def get(contact: str) -> Contact:
    """Return the person with this id; NotFoundError when there is none."""
    return table.load(Contact, Contact.at(contact))


def many(contacts: Iterable[str], *, consistent: bool = False) -> dict[str, Contact]:
    """Return what is known of these people, by id, reading 100 at a time."""
    found = table.find_many(Contact, map(Contact.at, contacts), consistent=consistent)
    return {contact.id: contact for contact in found.values()}


def listing(segment: str, *, limit: int, cursor: str | None = None) -> table.Page[Contact]:
    """Return people whose last visit was to this segment, by name within each shard of the index."""
    return table.query_spread(Contact, Contact.shards(segment), index="g1", limit=limit, cursor=cursor)


def reached_at(email: str, phone: str, *, limit: int, cursor: str | None = None) -> table.Page[Contact]:
    """Return who is reached at an e-mail address, or at the telephone of people of whom no address is known.

    Whoever is known by nothing else than this mark stands on the first page, also a moment after they were stored.
    """
    partition = Contact.reached_at(email or phone)
    page = table.query(Contact, partition, index="g2", limit=limit, cursor=cursor)
    known = {} if cursor else many([identity("", email, phone)], consistent=True)
    return table.Page(tuple({**known, **{contact.id: contact for contact in page.items}}.values()), page.next)


def merged(contact: str, said: Mapping[str, Any], known: Contact | None, source: str) -> Contact | None:
    """Return the person as somebody who speaks now leaves them: new, changed, or None when nothing new is said.

    `said` holds the fields of a row and `custom`; `source` is who speaks.
    """
    now = clock.now()
    speech = persons.said_of(said, None, content=source, row=0, when=moment(now), told=source, told_at=now)
    person, found = persons.added_up(contact, known, [speech])
    return person if found.changed else None


class Taken(NamedTuple):
    """A person whom somebody told us of, with the visit where one was told, and what became of it."""

    contact: Contact
    transaction: Transaction | None
    outcome: RowOutcome  # accepted: something new; updated: something changed; duplicate: nothing


def take(said: Mapping[str, Any], visit: Mapping[str, Any] | None, source: str, *, contact: str = "") -> Taken:
    """Take in one person, and the visit if there is one, as a row of a file that comes now; `source` says who told.

    `said` has the fields of a row (`external_id`, `name`, ..., `segment`, `product`, `consent`, `consent_at`,
    `custom`), canonical; `visit` has `reference`, `occurred_at`, `amount`, `currency`, `custom`: its segment and
    product are those of `said`. With `contact` it is about this person, whatever the marks. InvalidError `no_identity`,
    `segment_missing`, `segment_unknown`; ConflictError `segment_retired`, and `contact_erased` for somebody who is not
    to come back; NotFoundError for a `contact` that is not there.
    """
    marks = tuple(said.get(field, "") for field in ("external_id", "email", "phone"))
    who = contact or identity(*marks)
    if not who:
        raise InvalidError("no_identity", field="external_id")
    known = many([who], consistent=True)
    if forgotten.known().keeps_out(known.get(who), *marks):
        raise ConflictError("contact_erased")
    segment = _place(said.get("segment", ""), who, known=bool(contact))
    transaction = visits.identity({**said, "segment": segment.code}, visit or {})
    batch = Batch(source, clock.now(), {segment.code: segment}, lambda _: source)
    batch.add(0, who, {**said, "segment": segment.code, **_bought(said)}, visit, transaction)
    batch.decide(known)
    batch.write()
    stored = table.load(Contact, Contact.at(who), consistent=True)
    visited = table.load(Transaction, Transaction.at(who, transaction), consistent=True) if transaction else None
    return Taken(stored, visited, batch.fate(0).outcome)


def _place(code: str, contact: str, *, known: bool) -> Segment:
    """Return where somebody was; who is known and of whom nothing newer is said is where they were."""
    found = table.find(Contact, Contact.at(contact), consistent=True) if known or not code else None
    if known and found is None:
        raise NotFoundError("contact_not_found")
    if not code and found is not None:
        return segments.get(found.segment)
    if not code:
        raise InvalidError("segment_missing", field="segment")
    try:
        return segments.live(code)
    except NotFoundError as error:
        raise InvalidError("segment_unknown", field="segment", value=code[:64]) from error


def _bought(said: Mapping[str, Any]) -> dict[str, str]:
    """Return what the product that is named is taken for, made where nobody knew it."""
    if not (code := said.get("product")):
        return {}
    return {"product": bought.taken_for([said])[code].code}
