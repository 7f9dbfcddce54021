"""What all routes of a ticket do: see it, guard it by what the caller has read, and note who did what."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from escuta import table
from escuta.directory import activity
from escuta.errors import ConflictError
from escuta.feedback import comments, revealing, tickets
from escuta.feedback.model import Ticket, TicketActivity
from escuta.feedback.tickets import Actor
from manage import conditions, revealed
from manage.asking import Request, language_of
from manage.problems import RequestError


def visible(request: Request, ticket: str) -> Ticket:
    """Return a ticket that the caller may see; for any other there is none."""
    found = tickets.get(ticket)
    request.inside(found.segment_path, "ticket_not_found")
    return found


def actor(request: Request) -> Actor:
    """Return who changes something."""
    caller = request.caller
    return Actor(name=caller.name, id=caller.id, manager=caller.manager, role=caller.role, segments=caller.segments)


def shown(request: Request, ticket: Ticket, *, whole: bool = True) -> dict[str, Any]:
    """Return a ticket; who the customer is, and every word of the comment, only to who may see personal data."""
    named = revealed.is_whole(request)
    if not (named and whole):
        ticket = revealing.masked_ticket(ticket, language_of(request.event, request.caller), named=named)
    said = ticket.model_dump(mode="json", exclude={"attachments": {"__all__": {"key"}}})
    return {**said, "correlation_id": ticket.correlation_id}


def line(request: Request, noted: TicketActivity) -> dict[str, Any]:
    """Return a line of a log. What the customer wrote is masked for who may not see personal data.

    What staff wrote stays as they wrote it.
    """
    if noted.by == tickets.CUSTOMER.id and not revealed.is_whole(request):
        words = comments.masked(noted.text, language_of(request.event, request.caller))
        noted = noted.changed(text=words)
    return noted.model_dump(mode="json", exclude={"rev", "ticket"})


def read(request: Request, current: Ticket, rev: int | None = None) -> int:
    """Return the revision that a change is made on: it must be the one that the caller has read.

    That is said by `If-Match`, or by `rev` in the body; `If-Match: *` says that any will do. Who says neither is
    refused (428); who was overtaken is told by whom (412).
    """
    if "if-match" not in request.headers and rev is None:
        raise RequestError(428, "rev_required", field="If-Match")
    if rev is not None and rev != current.rev:
        raise overtaken(request, current, rev)
    if request.is_exact and current.rev not in (revs := conditions.named(request.headers["if-match"]) or []):
        raise overtaken(request, current, max(revs, default=0))
    return current.rev


@contextmanager
def guarded(request: Request, ticket: str, rev: int) -> Iterator[None]:
    """Tell who is overtaken at the very moment of the change the same as who was overtaken before."""
    try:
        yield
    except ConflictError as error:
        if error.code != "stale":
            raise
        current = tickets.get(ticket)
        if current.rev == rev:
            raise
        raise overtaken(request, current, rev) from error


def note(request: Request, changed: Ticket) -> None:
    """Write into the log of a manager what the manager did to a ticket.

    A call that changed nothing, because it was so already, finds the line of whoever was last.
    """
    if not request.caller.manager:
        return
    last = table.find(TicketActivity, TicketActivity.at(changed.id, changed.rev), consistent=True)
    if last and last.by == request.caller.id:
        details = {"ticket": changed.id, "state": changed.state, "segment": changed.segment}
        did, thing, when = f"ticket_{last.what}", f"ticket {changed.id}", last.happened_at
        activity.note(request.caller.manager, did, at_time=when, once=changed.rev, thing=thing, details=details)


def overtaken(request: Request, current: Ticket, read_rev: int) -> RequestError:
    """Return the refusal that says what happened since: so much of it as a page of the log has."""
    lines = [line(request, each) for each in tickets.since(current.id, read_rev)] if read_rev else []
    sent = f'"{read_rev}"' if read_rev else request.headers.get("if-match", "")[:64]
    return RequestError(
        412, "rev_stale", field="If-Match", sent=sent, current_rev=current.rev, changes=lines, state=current.state
    )
