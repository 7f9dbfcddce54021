"""The life of a ticket: where it may go, what it must say there, and what follows for its times. Pure."""

import re
from collections.abc import Iterable

from escuta import clock
from escuta.directory.model import Role
from escuta.errors import ConflictError, ForbiddenError, InvalidError
from escuta.feedback.model import Ticket, TicketSettings, TicketState

LONGEST_TEXT = 4_000
# Controls, but for tabs and line ends, and what turns the direction of the text around it.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

_S = TicketState
MOVES: dict[TicketState, frozenset[TicketState]] = {
    _S.NEW: frozenset({_S.OPEN, _S.WAITING, _S.RESOLVED, _S.CLOSED}),
    _S.OPEN: frozenset({_S.WAITING, _S.RESOLVED, _S.CLOSED}),
    _S.WAITING: frozenset({_S.OPEN, _S.RESOLVED, _S.CLOSED}),
    _S.RESOLVED: frozenset({_S.REOPENED, _S.CLOSED}),
    _S.CLOSED: frozenset({_S.REOPENED}),
    _S.REOPENED: frozenset({_S.OPEN, _S.WAITING, _S.RESOLVED, _S.CLOSED}),
}


def moved(current: Ticket, state: TicketState) -> Ticket:
    """Return a ticket in another state, with what follows for its times. ConflictError where it may not go there."""
    if state not in MOVES[current.state]:
        raise ConflictError("ticket_cannot_move", origin=current.state, target=state)
    now = clock.now()
    since = current.since or current.opened_at
    past = current.spent.get(current.state, 0) + max(0, int((now - since).total_seconds()))
    fields: dict[str, object] = {"state": state, "since": now, "spent": {**current.spent, current.state: past}}
    if state is _S.RESOLVED or (state is _S.CLOSED and current.resolved_at is None):
        fields["resolved_at"] = now
    if state is _S.CLOSED:
        fields["closed_at"] = now
    if state is _S.REOPENED:
        fields |= {"resolved_at": None, "closed_at": None, "reopened": current.reopened + 1, "recovered": None}
    return current.changed(**fields)


def taken_up(current: Ticket) -> Ticket:
    """Return a ticket that is taken up again.

    One that was closed forgets its root causes, its action and its gesture: the log keeps them, and its next closing
    says what holds then.
    """
    again = moved(current, _S.REOPENED)
    if current.state is not _S.CLOSED:
        return again
    return again.changed(root_causes=(), action="", gesture=None, caused_again=())


def gone(current: Ticket, state: TicketState) -> Ticket:
    """Return a ticket that somebody brought to a state, in the way that each state asks for."""
    return taken_up(current) if state is _S.REOPENED else moved(current, state)


def responded(current: Ticket) -> Ticket:
    """Return a ticket to which somebody has responded: now, unless somebody had before.

    It is the first of two things, and stays it: a message to the customer, or, where nobody wrote one, that somebody
    of ours moved the ticket to another state. Whoever takes a ticket up and then calls leaves no other trace. What the
    product does by itself, what the customer does, a note and a new owner are no response.
    """
    return current if current.first_response_at else current.changed(first_response_at=clock.now())


def allow(role: Role | None, origin: TicketState, target: TicketState, settings: TicketSettings) -> None:
    """Refuse a move that the settings keep from a role with ForbiddenError. Who has no role, a program, may all."""
    own = settings.moves.get(role) if role else None
    if own is not None and target not in own.get(origin, frozenset()):
        raise ForbiddenError("ticket_move_forbidden", origin=origin, target=target)


def demand(ticket: Ticket, settings: TicketSettings) -> None:
    """Refuse a ticket that does not say what its state demands: InvalidError `required` with the first such field."""
    wanted = settings.demands.get(ticket.state, frozenset())
    missing = sorted((name for name in wanted if not getattr(ticket, name)), key=_ORDER.index)
    if missing:
        raise InvalidError("required", field=missing[0])


_ORDER = ("root_causes", "action", "gesture")


def text(field: str, words: str, most: int = LONGEST_TEXT) -> str:
    """Return words without the blanks around them and without controls; InvalidError for none, and for too many."""
    words = _UNFIT.sub("", words).strip()
    if not words:
        raise InvalidError("required", field=field)
    if len(words) > most:
        raise InvalidError("too_long", field=field, most=most)
    return words


def line(field: str, words: str, most: int) -> str:
    """Return words on one line; as `text`."""
    return text(field, " ".join(words.split()), most)


def several(field: str, some: Iterable[str], *, most: int, longest: int) -> tuple[str, ...]:
    """Return different words, each on one line; InvalidError for a blank, a long and too many."""
    found = tuple(dict.fromkeys(line(field, each, longest) for each in some))
    if len(found) > most:
        raise InvalidError("too_many", field=field, most=most)
    return found
