"""Invitations: one by its id, and what a person was asked."""

from typing import Any

from escuta import table
from escuta.directory import access
from escuta.errors import NotFoundError
from escuta.outreach import invitations
from manage import deployments, people
from manage.asking import Asked, Listing, Request


def get(request: Request, invitation: str) -> dict[str, Any]:
    """Return one invitation: where it stands and why, when it went out, and what became of it.

    Its id is the one that lists, events and exports have. Who is behind it only to somebody who may read contacts; an
    invitation of a place outside the caller's segments is none.
    """
    request.query(Asked)
    found = invitations.find(invitations.link_key(invitation))
    if found is None:
        raise NotFoundError("invitation_not_found")
    request.inside(found.segment_path, "invitation_not_found")
    return deployments.told(request, found)


def of_contact(request: Request, contact: str) -> dict[str, Any]:
    """Return what a person was asked, the newest first: invitations of every deployment, over every channel.

    Those of places outside the caller's segments are left out, so that a page may be shorter than `limit` although
    there is a next one.
    """
    asked = request.query(Listing)
    found = people.load(request, contact)
    page = invitations.of_contact(found.id, limit=asked.limit, cursor=request.cursor(asked))
    seen = tuple(one for one in page.items if access.may_see(request.caller, one.segment_path))
    return request.page(table.Page(seen, page.next), lambda one: deployments.told(request, one))
