"""The life of a ticket: what may become of it, and what people do with it."""

from datetime import timedelta

from escuta import clock, table
from escuta.directory import managers
from escuta.directory.model import Segment
from escuta.errors import ConflictError, InvalidError
from escuta.feedback.model import Ticket, TicketState
from escuta.feedback.tickets import alerting, keeping, owning
from escuta.feedback.tickets.keeping import Actor, Line

LONGEST_TEXT = 4_000

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
        fields["due_at"] = now + timedelta(minutes=current.promise.resolve)
    return current.changed(**fields)


def move(ticket: str, state: TicketState, *, who: Actor, rev: int) -> Ticket:
    """Bring a ticket to another state. Closing has its own verb, since it must say why.

    Taking up a closed ticket again forgets its root causes and action (the log keeps them) and promises anew.
    """
    if state is _S.CLOSED:
        raise InvalidError("required", field="root_causes")
    current = keeping.at(ticket, rev)
    changed = moved(current, state)
    if state is _S.REOPENED and current.state is _S.CLOSED:
        changed = changed.changed(root_causes=(), action="", gesture=None)
    return keeping.store(current, changed, Line("reopened" if state is _S.REOPENED else "moved", str(state)), who)


def close(ticket: str, root_causes: tuple[str, ...], action: str, *, who: Actor, rev: int) -> Ticket:
    """Close a ticket with why it happened and what was done about it; both are demanded."""
    current = keeping.at(ticket, rev)
    changed = moved(current, _S.CLOSED)
    causes = tuple(dict.fromkeys(text("root_causes", cause) for cause in root_causes))
    if not causes:
        raise InvalidError("required", field="root_causes")
    action = text("action", action)
    changed = changed.changed(root_causes=causes, action=action)
    return keeping.store(current, changed, Line("closed", action, {"root_causes": ", ".join(causes)}), who)


def comment(ticket: str, words: str, *, who: Actor, rev: int) -> Ticket:
    """Write into the log of a ticket, in any state."""
    current = keeping.at(ticket, rev)
    return keeping.store(current, current, Line("noted", text("text", words)), who)


def assign(ticket: str, manager: str, *, who: Actor, rev: int) -> Ticket:
    """Give a ticket to another manager. ConflictError `manager_retired` for one who answers for nothing any more."""
    current = keeping.at(ticket, rev)
    owner = managers.get(manager)
    if owner.retired_at is not None:
        raise ConflictError("manager_retired", field="owner", value=owner.name)
    return keeping.store(current, current.changed(owner=owner.id), Line("assigned", owner.name), who)


def transfer(ticket: str, segment: str, *, who: Actor, rev: int) -> Ticket:
    """Hand a ticket to another segment, whose managers are alerted. Where it came from stays on it.

    The alerts are stored with the move; the sweep sends them, so that a queue that is down refuses no transfer.
    """
    current = keeping.at(ticket, rev)
    target = table.find(Segment, Segment.at(segment))
    if target is None or target.code == current.segment:
        raise InvalidError("segment_unknown" if target is None else "segment_same", field="segment", value=segment)
    if target.retired_at is not None:
        raise ConflictError("segment_retired", field="segment", value=segment)
    people = managers.answering_for(target.path)
    owner = owning.choose(ticket, people)
    there = {"segment": target.code, "segment_path": target.path, "timezone": target.timezone}
    changed = current.changed(**there, owner=owner)
    alerts = alerting.wanted(changed, people, "transferred", rev)
    line = Line("transferred", f"{current.segment} > {target.code}")
    return keeping.store(current, changed, line, who, *(table.Create(alert) for alert in alerts))


def text(field: str, words: str, most: int = LONGEST_TEXT) -> str:
    """Return words without the blanks around them; InvalidError for none, and for too many."""
    words = words.strip()
    if not words:
        raise InvalidError("required", field=field)
    if len(words) > most:
        raise InvalidError("too_long", field=field, most=most)
    return words
