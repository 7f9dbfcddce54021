"""Correcting what is known of a person, by somebody who has looked: what is said now holds, and a field may be emptied.

Who the person is stays: another external id, or another address where the person is known by it, is another person.
"""

from collections.abc import Mapping
from typing import Any

from escuta import clock, table
from escuta.directory import contacts, finding, forgotten, persons, segments
from escuta.directory.merging import moment
from escuta.directory.model import Contact
from escuta.errors import ConflictError, InvalidError, NotFoundError, OvertakenError

_MARKS = ("external_id", "email", "phone")


def correct(current: Contact, said: Mapping[str, Any], source: str) -> Contact:
    """Return the person with these fields as they are said, stored if nobody changed the person since it was read.

    `said` is as of `contacts.take`; an empty text empties the field, in `custom` too. ConflictError `stale`,
    `contact_identity`, `contact_erased`, `segment_retired`; InvalidError `segment_unknown`.
    """
    _check_identity(current, said)
    if said.get("segment", current.segment) != current.segment:
        _check_segment(said["segment"])
    now = clock.now()
    speech = persons.said_of(said, None, content=source, row=0, when=moment(now), told=source, told_at=now)
    emptied = {name: "" for name, value in said.items() if value == ""}
    person, found = persons.added_up(current.id, current, [speech._replace(fields={**speech.fields, **emptied})])
    if person is None or not found.changed:
        return current
    person = person.changed(custom={name: text for name, text in person.custom.items() if text})
    finding.note([(current, person)])
    try:
        return table.save(person)
    except (ConflictError, OvertakenError):
        finding.note([(person, contacts.many([current.id], consistent=True).get(current.id))])
        raise


def _check_identity(current: Contact, said: Mapping[str, Any]) -> None:
    marks = {name: said.get(name, getattr(current, name)) for name in _MARKS}
    if contacts.identity(**marks) != current.id:
        changed = next(name for name in _MARKS if marks[name] != getattr(current, name))
        raise ConflictError("contact_identity", field=changed)
    fresh = {name: value for name, value in marks.items() if value != getattr(current, name)}
    if fresh and forgotten.is_forgotten(**fresh):
        raise ConflictError("contact_erased", field=next(iter(fresh)))


def _check_segment(code: str) -> None:
    try:
        segments.live(code)
    except NotFoundError as error:
        raise InvalidError("segment_unknown", field="segment", value=code[:64]) from error
