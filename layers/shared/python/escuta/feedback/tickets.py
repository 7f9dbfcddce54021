"""Tickets: an unhappy answer that somebody must follow up, from its opening to its closing."""

from datetime import datetime, timedelta
from typing import NamedTuple

from escuta import clock, ids, table
from escuta.directory import managers
from escuta.directory.model import AlertChannel, Manager, Segment
from escuta.entity import Table, Value
from escuta.errors import ConflictError, InvalidError, TooLargeError
from escuta.feedback.model import (
    Activity,
    Alert,
    Response,
    ResponseState,
    ScoreClass,
    Standing,
    Ticket,
    TicketState,
)
from escuta.observe import logger

MOST_ALERTS = 98  # a transaction takes 100 actions: the ticket, the check of the response, and these
LONGEST_TEXT = 4_000
LARGEST_TICKET = 300_000  # bytes; DynamoDB refuses an item above 400 KB

MOVES: dict[TicketState, frozenset[TicketState]] = {
    TicketState.NEW: frozenset({TicketState.OPEN, TicketState.RESOLVED, TicketState.CLOSED}),
    TicketState.OPEN: frozenset({TicketState.WAITING, TicketState.RESOLVED, TicketState.CLOSED}),
    TicketState.WAITING: frozenset({TicketState.OPEN, TicketState.RESOLVED, TicketState.CLOSED}),
    TicketState.RESOLVED: frozenset({TicketState.OPEN, TicketState.CLOSED}),
    TicketState.CLOSED: frozenset({TicketState.OPEN}),
}
_DONE = frozenset({TicketState.RESOLVED, TicketState.CLOSED})


class Rule(Value):
    """What opens a ticket. The ticket names the rule with its version, so that a later edit does not rewrite why."""

    id: str
    version: int
    score_class: ScoreClass | None = None  # of the answers that are in the figures
    call: bool = False  # whoever asked to be called, whatever the score
    high_at_most: int = 0  # scores up to here are urgent
    hours: int  # until the customer should have heard from us

    def opens(self, response: Response) -> bool:
        """Tell whether this response wants a ticket. A deleted or emptied one never does.

        A bad score that is not counted (a burst, a scanner) opens none; a request to be called is a person's own.
        """
        if response.state is not ResponseState.FINAL or response.emptied:
            return False
        if self.call:
            return response.call is not None
        return response.standing is Standing.COUNTED and response.score_class is self.score_class

    def priority(self, response: Response) -> str:
        """Return `high` for who waits for a call, and for the lower half of the detractors' 0-6: they warn others."""
        low = response.score is not None and response.score <= self.high_at_most
        return "high" if self.call or low else "normal"


DETRACTOR = Rule(id="detractor", version=1, score_class=ScoreClass.DETRACTOR, high_at_most=3, hours=48)
CALL_ME = Rule(id="call_me", version=1, call=True, hours=24)
RULES = (DETRACTOR, CALL_ME)


class Opened(NamedTuple):
    """A ticket and the alerts that were stored with it."""

    ticket: Ticket
    alerts: tuple[Alert, ...]


def follow_up(response: Response) -> tuple[Opened, ...]:
    """Open the tickets that this response wants, one for each rule, each with an alert per manager and channel.

    A ticket and its alerts are one transaction. Told twice, or after a correction, it returns what is stored: the id
    follows from the response and the rule. What replaces a tap takes over its tickets. The response as it is now
    decides, not the copy that was passed: images of a stream come late and out of order. ConflictError when it changed
    at this very moment; its new image will come.
    """
    current = table.find(Response, response.key(), consistent=True)
    if current is None or current.state is not ResponseState.FINAL:
        return ()
    taken = _taken_over(current) if current.replaces else {}
    rules = [rule for rule in RULES if rule.opens(current) and rule.id not in taken]
    people = managers.answering_for(current.segment_path) if rules else ()
    return (*taken.values(), *(_open(current, rule, people) for rule in rules))


def _taken_over(current: Response) -> dict[str, Opened]:
    """Return by rule the tickets of the tap that this answer replaced: they are about the same customer, and go on.

    Nobody is alerted again. One that is done with stays as it is.
    """
    keys = {rule: Ticket.at(identity(current.replaces, rule)) for rule in RULES}
    found = table.find_many(Ticket, keys.values(), consistent=True)
    taken: dict[str, Opened] = {}
    for rule, key in keys.items():
        ticket = found.get(key)
        if ticket is None or (ticket.response != current.id and ticket.state in _DONE):
            continue
        if ticket.response != current.id:
            ticket = table.save(_about(ticket, current, rule))
        taken[rule.id] = Opened(ticket, ())
    return taken


def _about(ticket: Ticket, response: Response, rule: Rule) -> Ticket:
    """Return a ticket about what the person really sent."""
    line = Activity(at=clock.now(), who="", what="replaced", text=f"{ticket.score} > {response.score}")
    said = {"score": response.score, "comment": response.comment, "language": response.language}
    priority = rule.priority(response)
    return ticket.changed(response=response.id, priority=priority, log=(*ticket.log, line), **said)


def identity(response: str, rule: Rule) -> str:
    """Return the id of the ticket that a rule opens for a response: the same for ever."""
    return ids.derive("ticket", response, rule.id)


def _open(current: Response, rule: Rule, people: tuple[Manager, ...]) -> Opened:
    ticket = _opened(current, rule, people)
    alerts = _alerts(ticket, people)
    creations = [table.Create(entity) for entity in (ticket, *alerts)]
    try:
        table.transact(*creations, table.Unchanged(current))
    except table.CancelledError as error:
        known = next((refusal.found for refusal in error.refused if refusal.action == creations[0]), None)
        if not isinstance(known, Ticket):
            raise
        found = table.find_many(Alert, (alert.key() for alert in alerts), consistent=True)
        return Opened(known, tuple(found.values()))
    return Opened(ticket.changed(rev=1), tuple(alert.changed(rev=1) for alert in alerts))


def _opened(response: Response, rule: Rule, people: tuple[Manager, ...]) -> Ticket:
    now = clock.now()
    name = identity(response.id, rule)
    return Ticket(
        id=name,
        response=response.id,
        rule=f"{rule.id}@{rule.version}",
        survey=response.survey,
        segment=response.segment,
        segment_path=response.segment_path,
        origin_segment=response.segment,
        owner=_owner(name, people),
        priority=rule.priority(response),
        score=response.score,
        comment=response.comment,
        contact=response.contact,
        contact_name=response.contact_name,
        language=response.language,
        opened_at=now,
        due_at=now + timedelta(hours=rule.hours),
        log=(Activity(at=now, who="", what="opened", text=f"{rule.id}@{rule.version}"),),
    )


def _owner(ticket: str, people: tuple[Manager, ...]) -> str:
    """Spread tickets evenly over the managers of a place without reading how many each has."""
    return min((manager.id for manager in people), key=lambda manager: ids.derive(ticket, manager), default="")


def _alerts(ticket: Ticket, people: tuple[Manager, ...], *occasion: str | int) -> tuple[Alert, ...]:
    alerts = tuple(
        Alert(
            id=ids.derive("alert", ticket.id, manager.id, channel, *occasion),
            ticket=ticket.id,
            manager=manager.id,
            channel=channel,
            address=manager.email if channel is AlertChannel.EMAIL else manager.phone,
            language=manager.language,
            created_at=clock.now(),
        )
        for manager in people
        for channel in manager.channels
    )
    if len(alerts) > MOST_ALERTS:
        logger().warning("too many to alert", extra={"ticket": ticket.id, "alerts": len(alerts), "sent": MOST_ALERTS})
    return alerts[:MOST_ALERTS]


def get(ticket: str) -> Ticket:
    """Return the ticket with this id; NotFoundError when there is none."""
    return table.load(Ticket, Ticket.at(ticket), consistent=True)


def listing(
    segment: str, *, state: TicketState | None = None, limit: int = 50, cursor: str | None = None
) -> table.Page[Ticket]:
    """Return the tickets of one segment, without its subtree, by state and then by due time."""
    prefix = f"{state}#" if state else ""
    return table.query(Ticket, f"tickets#{segment}", prefix=prefix, index="g1", limit=limit, cursor=cursor)


def open_under(path: tuple[str, ...]) -> tuple[Ticket, ...]:
    """Return what is not closed in a segment and all below it, the soonest due first."""
    found = table.query(Ticket, "open_tickets", prefix=_prefix(path), index="g2").items
    return tuple(sorted(found, key=lambda ticket: (ticket.due_at, ticket.id)))


def open_upto(path: tuple[str, ...], most: int) -> tuple[Ticket, ...]:
    """Return what is not closed in a segment and all below it; InvalidError `tickets_too_many` for more than `most`."""
    page = table.query(Ticket, "open_tickets", prefix=_prefix(path), index="g2", limit=most + 1)
    if len(page.items) > most:
        raise InvalidError("tickets_too_many", field="segment", most=most)
    return page.items


def closed_due(segment: str, first: datetime, before: datetime, most: int) -> tuple[Ticket, ...]:
    """Return the closed tickets of one segment that were due in this time, at most so many."""
    span = (f"{TicketState.CLOSED}#{first.isoformat()}", f"{TicketState.CLOSED}#{before.isoformat()}")
    return table.query(Ticket, f"tickets#{segment}", between=span, index="g1", limit=most).items


def open_count(path: tuple[str, ...]) -> int:
    """Return how many tickets are not closed in a segment and all below it."""
    return table.count(Table.FEEDBACK, "open_tickets", prefix=_prefix(path), index="g2")


def counts(segment: str) -> dict[TicketState, int]:
    """Return how many tickets of one segment are in each state."""
    return {
        state: table.count(Table.FEEDBACK, f"tickets#{segment}", prefix=f"{state}#", index="g1")
        for state in TicketState
    }


def _prefix(path: tuple[str, ...]) -> str:
    return "/".join(path) + "/"


def move(ticket: str, state: TicketState, *, who: str, rev: int) -> Ticket:
    """Bring a ticket to another state. Closing has its own verb, since it must say why.

    Taking up a closed ticket again forgets its root cause and action (the log keeps them) and gives it a new due time.
    """
    if state is TicketState.CLOSED:
        raise InvalidError("required", field="root_cause")
    current = _moving(_at(ticket, rev), state)
    what = "reopened" if current.state in _DONE and state is TicketState.OPEN else "moved"
    fields = _afresh(_rule_of(current)) if current.state is TicketState.CLOSED else {}
    return _saved(current.changed(state=state, **fields), who, what, state)


def close(ticket: str, root_cause: str, action: str, *, who: str, rev: int) -> Ticket:
    """Close a ticket with why it happened and what was done about it; both are demanded."""
    current = _moving(_at(ticket, rev), TicketState.CLOSED)
    root_cause, action = _text("root_cause", root_cause), _text("action", action)
    closed = current.changed(state=TicketState.CLOSED, root_cause=root_cause, action=action, closed_at=clock.now())
    return _saved(closed, who, "closed", f"{root_cause}\n{action}")


def comment(ticket: str, text: str, *, who: str, rev: int) -> Ticket:
    """Write into the log of a ticket, in any state."""
    return _saved(_at(ticket, rev), who, "commented", _text("text", text))


def assign(ticket: str, manager: str, *, who: str, rev: int) -> Ticket:
    """Give a ticket to another manager. ConflictError `manager_retired` for one who answers for nothing any more."""
    owner = managers.get(manager)
    if owner.retired_at is not None:
        raise ConflictError("manager_retired", field="owner", value=owner.name)
    return _saved(_at(ticket, rev).changed(owner=owner.id), who, "assigned", owner.name)


def transfer(ticket: str, segment: str, *, who: str, rev: int) -> Ticket:
    """Hand a ticket to another segment, whose managers are alerted. Where it came from stays on it.

    The alerts are stored with the move; the sweep sends them, so that a queue that is down refuses no transfer.
    """
    current = _at(ticket, rev)
    target = table.find(Segment, Segment.at(segment))
    if target is None or target.code == current.segment:
        raise InvalidError("segment_unknown" if target is None else "segment_same", field="segment", value=segment)
    if target.retired_at is not None:
        raise ConflictError("segment_retired", field="segment", value=segment)
    people = managers.answering_for(target.path)
    moved = current.changed(segment=target.code, segment_path=target.path, owner=_owner(ticket, people))
    moved = _logged(moved, who, "transferred", f"{current.segment} > {target.code}")
    alerts = _alerts(moved, people, "transferred", rev)
    table.transact(table.Save(moved), *(table.Create(alert) for alert in alerts))
    return moved.changed(rev=rev + 1)


def _at(ticket: str, rev: int) -> Ticket:
    current = get(ticket)
    if current.rev != rev:
        raise ConflictError("stale")
    return current


def _moving(current: Ticket, state: TicketState) -> Ticket:
    if state not in MOVES[current.state]:
        raise ConflictError("ticket_cannot_move", origin=current.state, target=state)
    return current


def _rule_of(ticket: Ticket) -> Rule:
    name = ticket.rule.partition("@")[0]
    return next((rule for rule in RULES if rule.id == name), DETRACTOR)


def _afresh(rule: Rule) -> dict[str, object]:
    due = clock.now() + timedelta(hours=rule.hours)
    return {"root_cause": "", "action": "", "closed_at": None, "due_at": due}


def _text(field: str, text: str) -> str:
    text = text.strip()
    if not text:
        raise InvalidError("required", field=field)
    if len(text) > LONGEST_TEXT:
        raise InvalidError("too_long", field=field, most=LONGEST_TEXT)
    return text


def _saved(changed: Ticket, who: str, what: str, text: str) -> Ticket:
    return table.save(_logged(changed, who, what, text))


def _logged(changed: Ticket, who: str, what: str, text: str) -> Ticket:
    logged = changed.changed(log=(*changed.log, Activity(at=clock.now(), who=who, what=what, text=text)))
    if len(logged.model_dump_json().encode()) > LARGEST_TICKET:
        raise TooLargeError("ticket_too_large", most=LARGEST_TICKET)
    return logged
