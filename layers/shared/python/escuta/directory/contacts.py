"""People: who somebody is, what is said about them, and how they are found.

The rule of merging: a row speaks of the person with its external id; without one, of the person with its e-mail
address; without one, of the person with its telephone number. What is said adds up as `merging` has it: the newer file
holds, in one file the earlier row; an empty cell says nothing; custom fields are told apart. The segment and the
product are those of the latest visit.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from escuta import clock, ids, table
from escuta.directory.merging import Merged, Said, custom_fields, joined, merge, moment
from escuta.directory.model import Contact

_FIELDS = ("external_id", "name", "email", "phone", "language", "timezone", "consent")
_STORED = ("last_visit_at", "consent_at", "consent_source", "segment", "product", *_FIELDS)


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


def said_of(
    said: Mapping[str, Any],
    visit: Mapping[str, Any] | None,
    *,
    content: str,
    row: int,
    when: str,
    told: str,
    told_at: Any,
) -> Said:
    """Return what a row says about its person. `told` names the row to whoever asks where a consent came from."""
    fields = {field: said[field] for field in _FIELDS if said.get(field)}
    fields["segment"] = said["segment"]
    fields |= custom_fields(said["custom"]) if said.get("custom") else {}
    times: dict[str, str] = {}
    visited = visit.get("occurred_at") if visit else None
    if visited:
        fields["product"] = said.get("product", "")  # a visit without a product leaves none of the visit before
        times["segment"] = times["product"] = moment(visited)
    elif said.get("product"):
        fields["product"] = said["product"]
    if "consent" not in fields:
        return Said(content, row, when, fields, times)
    given = said.get("consent_at") or told_at
    times["consent"] = moment(given)
    return Said(content, row, when, fields, times, {"consent_at": given, "consent_source": told})


def added_up(
    contact: str, known: Contact | None, said: Sequence[Said], visits: Iterable[Mapping[str, Any] | None] = ()
) -> tuple[Contact | None, Merged]:
    """Return the person after all of this was said, None when it leaves everything as it is; and whose rows it was."""
    before: dict[str, Any] = {}
    if known is not None:
        before = {name: getattr(known, name) for name in _STORED} | custom_fields(known.custom)
    found = merge(before, known.marks if known else {}, said)
    latest = [visit["occurred_at"] for visit in visits if visit and visit.get("occurred_at")]
    if latest and (known is None or known.last_visit_at is None or known.last_visit_at < max(latest)):
        found.values["last_visit_at"] = max(latest)
    elif not found.raised:
        return None, found
    now, content = clock.now(), said[0].content
    fields = {**found.plain(), "custom": found.custom(), "marks": found.marks()}
    changed = joined(known.updated_by if known else "", content, found.changed) if found.changed else None
    if known is None:
        source = said[0].source
        return Contact(
            id=contact, **fields, created_at=now, updated_at=now, created_by=source, updated_by=changed or source
        ), found
    if changed is not None:
        fields |= {"updated_at": now, "updated_by": changed}
    return known.changed(**fields), found


def merged(contact: str, said: Mapping[str, Any], known: Contact | None, source: str) -> Contact | None:
    """Return the person as somebody who speaks now leaves them: new, changed, or None when nothing new is said.

    `said` holds the fields of a row and `custom`; `source` is who speaks.
    """
    now = clock.now()
    speech = said_of(said, None, content=source, row=0, when=moment(now), told=source, told_at=now)
    person, found = added_up(contact, known, [speech])
    return person if found.changed else None
