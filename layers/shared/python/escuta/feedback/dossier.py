"""Everything that is known of one person, as one document that a machine can read and the person may be sent.

What keys lead to stands in the first part. What only a walk finds (rows of a year's files, what is parked) follows part
by part, each bounded: whoever asks goes on with `next` until there is none.
"""

import time
from collections.abc import Callable
from typing import Any

from escuta import clock
from escuta.directory import contacts, mentions
from escuta.directory.mentions import Person
from escuta.directory.model import DropFile, Reply, RowResult
from escuta.entity import Entity
from escuta.errors import NotFoundError
from escuta.feedback import belongings, keeping, tickets, walks
from escuta.feedback.model import Ticket
from escuta.feedback.walks import Hit, Position
from escuta.outreach import invitations
from escuta.outreach.model import Channel

SECONDS = 12.0  # for the walk of one part
_MOST_ROWS = 500  # of one part
_INTERNAL = {"rev", "link_key", "claim", "lease_until", "tallied", "body_hash", "marks", "address_hash", "token_key"}


def person_of(contact: str) -> Person:
    """Return what somebody is looked for by; NotFoundError `contact_not_found` when nothing is known of them.

    Of somebody whose contact is gone, invitations may still tell the addresses.
    """
    try:
        return mentions.person(contacts.get(contact))
    except NotFoundError:
        invited = invitations.of_contact(contact, limit=100).items
        if not invited:
            raise
        told = {each.channel: each.address for each in invited if each.address}
    return Person(contact=contact, email=told.get(Channel.EMAIL, ""), phone=told.get(Channel.SMS, ""))


def part(contact: str, cursor: str = "", passed: Callable[[], float] = time.monotonic) -> dict[str, Any]:
    """Return the first part of a person's document, or the one that begins at a cursor."""
    person = person_of(contact)
    found = belongings.of(person)
    document: dict[str, Any] = {"contact": contact, "made_at": clock.now().isoformat()}
    if not cursor:
        document |= _tables(person, found)
    links = frozenset(each.link_key for each in found.invitations)
    hits: list[Hit] = []
    position: Position | None = Position.model_validate_json(cursor) if cursor else Position()
    end = passed() + SECONDS
    while position is not None:
        more, position = walks.step(person, links, position, clock.now() - walks.KEPT)
        hits += more
        if passed() > end or sum(len(hit.rows) for hit in hits) >= _MOST_ROWS:
            break
    document |= _walked(person, hits)
    return {**document, "next": position.model_dump_json() if position else None}


def _tables(person: Person, found: belongings.Belongings) -> dict[str, Any]:
    kept = found._replace(responses=tuple(each for each in found.responses if not keeping.is_over(each)))
    document = {name: [_shown(each) for each in entities] for name, entities in kept._asdict().items()}
    for name in ("edges", "ticket_edges"):
        document.pop(name)
    document["tickets"] = [{**_shown(each), "log": _log(each)} for each in found.tickets]
    marks = {"email": person.email, "phone": person.phone}
    return {**document, "marks": {name: value for name, value in marks.items() if value}}


def _log(ticket: Ticket) -> list[dict[str, Any]]:
    return [_shown(line) for line in tickets.whole_log(ticket.id)]


def _walked(person: Person, hits: list[Hit]) -> dict[str, Any]:
    """Return what a walk found: the rows as they stood in their files, and the rest as it is kept."""
    names = ("requests", "parked", "replies", "deployments", "file_rows", "files")
    lists: dict[str, list[Any]] = {name: [] for name in names}
    for hit in hits:
        if isinstance(hit.found, DropFile) and hit.rows:
            own = (result for result in hit.rows if not person.is_of_another(hit.found, result))
            lists["file_rows"] += [_row(hit.found, result) for result in own]
        elif isinstance(hit.found, DropFile):
            about = _about(hit.found)
            lists["files"] += [] if about in lists["files"] else [about]
        elif isinstance(hit.found, Reply):
            lists["replies"] += [{"reply": hit.id}] if set(person.ids) & set(hit.found.contacts) else []
        elif hit.what == "deployment" and hit.found:
            lists["deployments"].append({"deployment": hit.id})
        elif hit.found:
            lists[f"{hit.what}s" if hit.what == "request" else hit.what].append(_shown(hit.found))
    return lists


def _row(file: DropFile, result: RowResult) -> dict[str, Any]:
    cells = dict(zip(file.header, result.original, strict=False)) or list(result.original)
    said = result.model_dump(mode="json", include={"row", "line", "outcome", "column", "code", "route", "excluded"})
    return {**_about(file), **said, "cells": cells}


def _about(file: DropFile) -> dict[str, Any]:
    return {"file": file.id, "name": file.object_key, "received_at": file.received_at.isoformat()}


def _shown(entity: Entity) -> dict[str, Any]:
    return entity.model_dump(mode="json", exclude=_INTERNAL)
