"""People: who somebody is, what a newer row changes about them, and how they are found.

The rule of merging: a row speaks of the person with its external id; without one, of the person with its e-mail
address; without one, of the person with its telephone number. What a row says replaces what was known; an empty cell
replaces nothing. Custom fields are replaced one by one.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from escuta import clock, ids, table
from escuta.directory.model import Contact, RowOutcome, Transaction

_FIELDS = ("external_id", "name", "email", "phone", "language", "timezone", "segment", "product", "consent")


def identity(external_id: str, email: str, phone: str) -> str:
    """Return the id of the person with these marks: external id, else e-mail, else telephone; "" without any.

    Spellings of an address that differ only in case are one person.
    """
    if external_id:
        return ids.derive("contact", "external", external_id)
    if email:
        return ids.derive("contact", "email", email.lower())
    return ids.derive("contact", "phone", phone) if phone else ""


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


def merged(contact: str, said: Mapping[str, Any], known: Contact | None, source: str) -> Contact | None:
    """Return the person as a row leaves them: new, changed, or None when the row says nothing new.

    `said` holds the fields of a row and `custom`; `source` is the id of the row, kept so that a row that comes again
    is known again.
    """
    news = {field: said[field] for field in _FIELDS if said.get(field)}
    now = clock.now()
    if known is None:
        custom = dict(said.get("custom", {}))
        return Contact(
            id=contact, **news, custom=custom, created_at=now, updated_at=now, created_by=source, updated_by=source
        )
    news["custom"] = {**known.custom, **said.get("custom", {})}
    if all(getattr(known, field) == value for field, value in news.items()):
        return None
    return known.changed(**news, updated_at=now, updated_by=source)


class Taken(NamedTuple):
    """A person whom somebody told us of, with the visit where one was told, and what became of it."""

    contact: Contact
    transaction: Transaction | None
    outcome: RowOutcome  # accepted: something new; updated: something changed; duplicate: nothing


def take(said: Mapping[str, Any], visit: Mapping[str, Any] | None, source: str) -> Taken:
    """Take in one person, and the visit if there is one, as a row of a file that comes now; `source` says who told.

    `said` has the fields of a row (`external_id`, `name`, ..., `segment`, `product`, `consent`, `consent_at`, `custom`),
    canonical; `visit` has `reference`, `occurred_at`, `amount`, `currency`, `custom`. Its segment and product are those
    of `said`. InvalidError `no_identity`, `segment_missing`, `segment_unknown`, `segment_retired`.
    """
    raise NotImplementedError
