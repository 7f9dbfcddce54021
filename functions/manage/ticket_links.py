"""Tickets that have to do with each other: merged, linked, and no longer linked."""

from typing import Any

from escuta.feedback.tickets import linking
from manage import handling
from manage.asking import Asked, Request


class Merging(Asked):
    """Which ticket goes on instead. `rev` as in a change."""

    into: str
    rev: int | None = None


class Linking(Asked):
    """Which ticket it has to do with. `rev` as in a change."""

    ticket: str
    rev: int | None = None


def merge(request: Request, ticket: str) -> dict[str, Any]:
    """Let another ticket go on instead of this one, which is closed. Told again it answers the same."""
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
    """Link two tickets. Those that are linked stay so."""
    asked = request.body(Linking)
    current = handling.visible(request, ticket)
    handling.visible(request, asked.ticket)
    rev = current.rev if asked.ticket in current.linked else handling.read(request, current, asked.rev)
    with handling.guarded(request, ticket, rev):
        linked = linking.link(ticket, asked.ticket, who=handling.actor(request), rev=rev)
    handling.note(request, linked)
    return handling.shown(request, linked)


def unlink(request: Request, ticket: str, other: str) -> dict[str, Any]:
    """Take a link back. Those that are not linked stay so."""
    request.query(Asked)
    current = handling.visible(request, ticket)
    handling.visible(request, other)
    rev = handling.read(request, current) if other in current.linked else current.rev
    with handling.guarded(request, ticket, rev):
        unlinked = linking.unlink(ticket, other, who=handling.actor(request), rev=rev)
    handling.note(request, unlinked)
    return handling.shown(request, unlinked)
