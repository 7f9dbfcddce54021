"""Whom a deployment addresses: its audience, cut into parts that are planned apart."""

from typing import NamedTuple

from escuta.directory import contacts, drops, segments
from escuta.outreach.model import AudienceKind, Deployment

PAGE = 100  # people of a page


class Sought(NamedTuple):
    """Somebody who is to be asked, and about which visit ("" : about none in particular)."""

    contact: str
    transaction: str = ""


class Reached(NamedTuple):
    """A page of people, and where the part goes on ("" : it ends here)."""

    people: tuple[Sought, ...]
    cursor: str


def divide(deployment: Deployment) -> Deployment:
    """Return the deployment with its parts fixed, so that a later segment changes nothing of one that runs."""
    match deployment.audience:
        case AudienceKind.FILE:
            return deployment.changed(parts=drops.get(deployment.file, consistent=True).chunks)
        case AudienceKind.CONTACTS:
            return deployment.changed(parts=-(-len(deployment.contacts) // PAGE))
        case AudienceKind.ALL:
            spread = tuple(segment.code for segment in segments.all())
        case AudienceKind.SEGMENTS:
            found = (segment.code for root in deployment.segments for segment in segments.subtree(root))
            spread = tuple(dict.fromkeys(found))
    return deployment.changed(spread=spread, parts=len(spread))


def page(deployment: Deployment, part: int, cursor: str) -> Reached:
    """Return the next people of a part."""
    match deployment.audience:
        case AudienceKind.FILE:
            pairs = drops.people_of(deployment.file, part, deployment.route)
            return Reached(tuple(dict.fromkeys(Sought(*pair) for pair in pairs)), "")
        case AudienceKind.CONTACTS:
            return Reached(tuple(map(Sought, deployment.contacts[part * PAGE : (part + 1) * PAGE])), "")
        case _:
            found = contacts.listing(deployment.spread[part], limit=PAGE, cursor=cursor or None)
            return Reached(tuple(Sought(contact.id) for contact in found.items), found.next or "")
