"""Contacts: the people of a segment."""

from typing import Any

from escuta.directory import contacts, segments
from escuta.directory.model import Contact
from manage.asking import Asked, Listing, Request


class ContactListing(Listing):
    """People whose last visit was to one segment."""

    segment: str


def _shown(contact: Contact) -> dict[str, Any]:
    return contact.model_dump(mode="json")


def listing(request: Request) -> dict[str, Any]:
    """Return people; a page may be shorter than `limit` although there is a next one."""
    asked = request.query(ContactListing)
    place = request.segment(asked.segment).code
    return request.page(contacts.listing(place, limit=asked.limit, cursor=request.cursor(asked)), _shown)


def get(request: Request, contact: str) -> dict[str, Any]:
    """Return one person."""
    request.query(Asked)
    found = contacts.get(contact)
    if request.caller.segments:
        request.inside(segments.get(found.segment).path, "contact_not_found")
    return _shown(found)
