"""What became of the demo company's unhappy answers: tickets, closed with cause and action, or still waiting."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import cycle, islice
from random import Random
from typing import Any

from escuta import ids, table
from escuta.entity import Entity, Key, Table
from escuta.feedback.model import (
    Cause,
    Causes,
    Gesture,
    Priority,
    Promise,
    Response,
    ScoreClass,
    Ticket,
    TicketActivity,
    TicketEdge,
    TicketHold,
    TicketState,
)
from escuta.feedback.tickets import counts, timing
from infra.local.company import ACTIONS, CAUSES, ROOT_CAUSES
from infra.local.history import Ground

_TONGUES = ("pt-BR", "en", "es")
_OPEN_DAYS, _LATE_DAYS = 2, 5
_FORGOTTEN = 0.3  # of the tickets that should have been closed by now
_PROMISE = Promise(respond=24 * 60, resolve=48 * 60)
_ASKED, _RECOVERED, _COMPENSATED = 0.7, 0.72, 0.2
_TOGETHER = 60  # counters in one transaction
_HOUR = timedelta(hours=1)
_LOW = 3  # scores up to here make a ticket urgent


def causes() -> Causes:
    """Return the tree of causes as the company has it."""
    return Causes(
        causes=tuple(
            Cause(id=name, parent=parent, text=dict(zip(_TONGUES, words, strict=True)))
            for name, parent, words in CAUSES
        )
    )


def tickets(ground: Ground, past: Sequence[Response], rule: str) -> list[Ticket]:
    """Return a ticket for every detractor: closed with cause and action, but for the last days and a few forgotten."""
    turns = cycle(zip(ROOT_CAUSES * 3, ACTIONS * 4, strict=False))
    dice = Random(1930)  # noqa: S311 - a repeatable past, not a secret
    unhappy = (response for response in past if response.score_class is ScoreClass.DETRACTOR)
    return [_ticket(ground, response, rule, next(turns), dice) for response in unhappy]


def _ticket(ground: Ground, response: Response, rule: str, turn: tuple[str, str], dice: Random) -> Ticket:
    opened = response.received_at + timedelta(seconds=4)
    forgotten = dice.random() < _FORGOTTEN
    ticket = Ticket(
        id=ids.derive("ticket", response.id, rule),
        response=response.id,
        rule=f"{rule}@1",
        survey=response.survey,
        segment=response.segment,
        segment_path=response.segment_path,
        origin_segment=response.segment,
        timezone=response.timezone,
        product=response.product,
        owner=ground.owners[response.segment].id,
        priority=Priority.HIGH if (response.score or 0) <= _LOW else Priority.NORMAL,
        score=response.score,
        score_class=response.score_class,
        comment=response.comment,
        contact=response.contact,
        contact_name=response.contact_name,
        language=response.language,
        opened_at=opened,
        since=opened,
        updated_at=opened,
        promise=_PROMISE,
        respond_due_at=opened + timedelta(minutes=_PROMISE.respond),
        due_at=opened + timedelta(minutes=_PROMISE.resolve),
    )
    if opened > ground.now - timedelta(days=_LATE_DAYS if forgotten else _OPEN_DAYS):
        return _waiting(ticket, ground.now)
    return _closed(ticket, turn, dice)


def _waiting(ticket: Ticket, now: datetime) -> Ticket:
    """Return a ticket that nobody has looked at: who was to be told of that was told long ago."""
    unheard = ticket.respond_due_at is not None and ticket.respond_due_at <= now
    over = ticket.due_at <= now
    told: dict[str, Any] = {"reminded": True, "breached": over, "late": over}
    return ticket.changed(**told, respond_late=unheard, overdue=unheard or over)


def _closed(ticket: Ticket, turn: tuple[str, str], dice: Random) -> Ticket:
    cause, action = turn
    heard = ticket.opened_at + _HOUR * dice.choice((1, 2, 3, 5, 8, 20, 27))
    done = heard + _HOUR * (6 + (ticket.score or 0) * 5)
    in_each = {TicketState.NEW: heard - ticket.opened_at, TicketState.OPEN: done - heard}
    asked = bool(ticket.contact) and dice.random() < _ASKED
    return ticket.changed(
        rev=1,  # its opening; its closing makes the second
        state=TicketState.CLOSED,
        root_causes=(cause,),
        action=action,
        gesture=Gesture(amount="50.00", currency="BRL") if dice.random() < _COMPENSATED else None,
        first_response_at=heard,
        respond_seconds=int((heard - ticket.opened_at).total_seconds()),
        respond_late=ticket.respond_due_at is not None and heard > ticket.respond_due_at,
        resolve_seconds=int((done - ticket.opened_at).total_seconds()),
        late=done > ticket.due_at,
        reminded=True,
        resolved_at=done,
        closed_at=done,
        ended_at=done,
        since=done,
        updated_at=done,
        spent={state: int(each.total_seconds()) for state, each in in_each.items()},
        follow_up=ids.derive("asked", ticket.id) if asked else "",
        recovered=dice.random() < _RECOVERED if asked else None,
    )


def store(found: Sequence[Ticket], names: Mapping[str, str]) -> None:
    """Store tickets with all that stands beside them, and counted. `names` are those of their owners, by id."""
    rows = [row for ticket in found for row in _rows(ticket, names)]
    for some in _parts(rows, 100):
        table.put_many(some)
    sums: dict[tuple[Table, Key], Counter[str]] = {}
    edges = [table.Add(Table.FEEDBACK, TicketEdge.counted(each.response), {each.id: 1}) for each in found]
    adds = [add for ticket in found for add in counts.adds(None, ticket) if isinstance(add, table.Add)]
    for add in (*edges, *adds):
        sums.setdefault((add.table, add.key), Counter()).update(add.numbers)
    guards = iter(found)
    for part in _parts(list(sums.items()), _TOGETHER):
        known = next(guards)
        guard = table.Unchanged(known.changed(rev=known.rev + 1))
        table.transact(guard, *(table.Add(where, key, numbers) for (where, key), numbers in part))


def _rows(ticket: Ticket, names: Mapping[str, str]) -> Iterator[Entity]:
    line = TicketActivity(ticket=ticket.id, number=1, happened_at=ticket.opened_at, what="opened", text=ticket.rule)
    yield ticket
    yield line
    if ticket.closed_at:
        said = {"root_causes": ", ".join(ticket.root_causes)}
        who = {"who": names.get(ticket.owner, ""), "by": ticket.owner}
        told = {"what": "closed", "happened_at": ticket.closed_at, "text": ticket.action, "details": said}
        yield line.changed(number=2, **who, **told)
    yield TicketEdge(ticket=ticket.id, response=ticket.response, contact=ticket.contact, opened_at=ticket.opened_at)
    if hold := TicketHold.of(ticket, timing.in_time(ticket)):
        yield hold
    for timer in timing.timer(None, ticket):
        if isinstance(timer, table.Create):
            yield timer.entity


def _parts(some: Sequence[Any], most: int) -> Iterator[list[Any]]:
    walk = iter(some)
    while part := list(islice(walk, most)):
        yield part
