"""Tickets that have to do with each other: merged, linked, and no longer linked."""

from typing import Any

from pydantic import Field

from escuta.feedback.tickets import linking
from manage import handling
from manage.asking import Asked, Request


class Merging(Asked):
    """Which ticket goes on instead. `rev` as in a change."""

    into: str = Field(max_length=64)
    rev: int | None = None


class Linking(Asked):
    """Which ticket it has to do with. `rev` as in a change."""

    ticket: str = Field(max_length=64)
    rev: int | None = None


def merge(request: Request, ticket: str) -> dict[str, Any]:
    """Merge a ticket into another one, which goes on instead.

    This one is closed and says so in `merged_into`; its watchers go over. It takes the revision that was read, as a
    change does. 409 `ticket_merge_done` where nobody works on the other any more; 422 `ticket_merge_customers` for
    tickets of two customers. Told again it answers the same.
    """
    asked = request.body(Merging)
    current = handling.visible(request, ticket)
    handling.visible(request, asked.into)
    done = current.merged_into == asked.into
    rev = current.rev if done else handling.read(request, current, asked.rev)
    with handling.guarded(request, ticket, rev):
        merged = linking.merge(ticket, asked.into, who=handling.actor(request), rev=rev)
    handling.note(request, merged)
    return handling.shown(request, merged)


def link(request: Request, ticket: str) -> dict[str, Any]:
    """Link two tickets that have to do with each other.

    It takes the revision that was read, as a change does. Those that are linked stay so. 422 `ticket_itself`, and
    `too_many` beyond what one may have.
    """
    asked = request.body(Linking)
    current = handling.visible(request, ticket)
    handling.visible(request, asked.ticket)
    rev = current.rev if asked.ticket in current.linked else handling.read(request, current, asked.rev)
    with handling.guarded(request, ticket, rev):
        linked = linking.link(ticket, asked.ticket, who=handling.actor(request), rev=rev)
    handling.note(request, linked)
    return handling.shown(request, linked)


def unlink(request: Request, ticket: str, other: str) -> dict[str, Any]:
    """Take a link between two tickets back.

    It takes the revision that was read, as a change does. Those that are not linked stay so.
    """
    request.query(Asked)
    current = handling.visible(request, ticket)
    handling.visible(request, other)
    rev = handling.read(request, current) if other in current.linked else current.rev
    with handling.guarded(request, ticket, rev):
        unlinked = linking.unlink(ticket, other, who=handling.actor(request), rev=rev)
    handling.note(request, unlinked)
    return handling.shown(request, unlinked)
