"""What is due about tickets: somebody is reminded, told that it is overdue, and then those above are, level by level.

A sweep takes timers, the oldest first, and makes at most one change of each ticket with all that is due about it by
then. However late it comes, it goes straight to the level that is due now: nobody gets a message for each step that
was missed. A change is guarded by the ticket's revision, so that sweeps may overlap, run twice or die anywhere.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from heapq import merge
from itertools import islice
from types import MappingProxyType
from typing import Any, NamedTuple

from escuta import clock, measured, table
from escuta.directory import managers
from escuta.directory.model import Manager
from escuta.entity import Key
from escuta.errors import ConflictError, TooLargeError
from escuta.feedback import service_hours
from escuta.feedback.model import FAR, TIMER_SHARDS, Alert, Ticket, TicketSettings, TicketTimer
from escuta.feedback.tickets import alerting, keeping, settling, timing
from escuta.feedback.tickets.hours import Calendar
from escuta.feedback.tickets.keeping import Line
from escuta.measured import Measure
from escuta.observe import logger

MOST = 500  # tickets of a run; what is left, the next run takes
_BATCH = 100
MOST_TOLD = 40  # alerts beside one change


class Run(NamedTuple):
    """By what one run decides; what is read for a place is read once."""

    now: datetime
    settings: TicketSettings
    answering: Callable[[tuple[str, ...]], tuple[Manager, ...]]  # who answers for a place
    held: Callable[[tuple[str, ...]], tuple[Calendar, ...]]  # the hours of a place
    owners: Mapping[Key, Manager] = MappingProxyType({})  # of the tickets at hand


def run() -> Run:
    """Return what a run that begins now decides by."""
    return Run(clock.now(), settling.settings(), cache(managers.answering_for), cache(service_hours.holding))


class _Told(NamedTuple):
    """Whom a change tells, and why."""

    people: tuple[Manager, ...]
    why: str


def take(most: int = MOST) -> Iterator[Alert]:
    """Do what is due, and yield the alerts that were stored for it: they should leave.

    A ticket that the store will never take is left behind and logged; it keeps nobody else waiting.
    """
    by = run()
    timers = _timers(by.now, most)
    behind = int((by.now - timers[0].moment).total_seconds()) if timers else 0
    measured.count(Measure.BEHIND, behind)
    if timers:
        logger().info(
            "tickets due", extra={"tickets": len(timers), "behind_seconds": behind, "more": len(timers) >= most}
        )
    for first in range(0, len(timers), _BATCH):
        yield from _taken(timers[first : first + _BATCH], by)


def _taken(timers: list[TicketTimer], by: Run) -> Iterator[Alert]:
    found = table.find_many(Ticket, (Ticket.at(timer.ticket) for timer in timers), consistent=True)
    owners = {Manager.at(ticket.owner) for ticket in found.values() if ticket.owner}
    by = by._replace(owners=table.find_many(Manager, owners))
    for timer in timers:
        ticket = found.get(Ticket.at(timer.ticket))
        if ticket is None or timing.moment(ticket) != timer.moment:
            _forget(timer, ticket)
            continue
        try:
            yield from act(ticket, by)
        except ConflictError:
            continue  # somebody was faster: what is due now stands at another moment
        except (TooLargeError, table.RejectedError):
            logger().exception("ticket cannot be told", extra={"ticket": ticket.id})


def act(ticket: Ticket, by: Run) -> tuple[Alert, ...]:
    """Do all that is due about a ticket by now, in one change, and return its alerts. ConflictError: it changed."""
    fields, told, line = _due(ticket, by)
    changed = ticket.changed(**fields)
    alerts = tuple(
        {
            alert.id: alert for people, why in told for alert in alerting.wanted(changed, people, why, ticket.rev)
        }.values()
    )[:MOST_TOLD]
    keeping.store(ticket, changed, line, keeping.PRODUCT, *(table.Create(alert) for alert in alerts))
    return tuple(alert.changed(rev=1) for alert in alerts)


def _due(ticket: Ticket, by: Run) -> tuple[dict[str, Any], list[_Told], Line]:
    now = by.now
    breaches = ticket.due_at <= now and not ticket.breached
    silent = ticket.respond_due_at is not None and ticket.respond_due_at <= now
    silent = silent and ticket.first_response_at is None and not ticket.respond_late
    fields: dict[str, Any] = {"reminded": ticket.reminded or (ticket.remind_at or FAR) <= now}
    why = "due_soon"
    if silent:
        fields |= {"respond_late": True, "overdue": True}
        why = "unanswered"
    if breaches:
        fields |= {"breached": True, "late": True, "overdue": True}
        why = "overdue"
    news = breaches or silent or fields["reminded"] is not ticket.reminded
    told = [_Told(_nearest(ticket, by), why)] if news else []
    if ticket.escalate_at is None or ticket.escalate_at > now:
        return fields, told, Line("reminded" if why == "due_soon" else why)
    risen, above = _risen(ticket, by)
    known = {manager.id for each in told for manager in each.people}
    told.append(_Told(tuple(manager for manager in above if manager.id not in known), "escalated"))
    facts = {"level": str(risen["escalated"]), "segment": risen["escalated_to"], "told": str(len(above))}
    return {**fields, **risen}, told, Line("escalated", "", facts)


def _nearest(ticket: Ticket, by: Run) -> tuple[Manager, ...]:
    """Return the owner, or without one who answers for the place."""
    owner = by.owners.get(Manager.at(ticket.owner))
    if owner and owner.retired_at is None:
        return (owner,)
    return by.answering(ticket.segment_path)


def _risen(ticket: Ticket, by: Run) -> tuple[dict[str, Any], tuple[Manager, ...]]:
    """Return a ticket's fields after it went up to the level that is due by now, and who answers there."""
    where = timing.Place(by.held(ticket.segment_path)[0], ticket.timezone)
    levels = ticket.escalated
    at: datetime | None = ticket.escalate_at
    while at is not None and at <= by.now:
        levels += 1
        at = timing.escalation(ticket.due_at, by.settings, levels, where)
    path = ticket.segment_path
    reached = path[: path.index(ticket.escalated_to) + 1] if ticket.escalated_to in path else path
    people: tuple[Manager, ...] = ()
    for _ in range(levels - ticket.escalated):
        reached, people = _above(reached, people, by)
    top = len(reached) <= 1
    fields = {"escalated": levels, "escalated_to": reached[-1], "escalate_at": None if top else at}
    return fields, people


def _above(path: tuple[str, ...], people: tuple[Manager, ...], by: Run) -> tuple[tuple[str, ...], tuple[Manager, ...]]:
    """Return the next place upward that has managers of its own, with them; from the root, or with nobody, the root."""
    above = path[:-1]
    while above:
        found = by.answering(above)
        if not found:
            return path[:1], people
        own = [manager for manager in found if above[-1] in manager.segments]
        if own:
            return above, found
        above = above[:-1]
    return path[:1], people


def _timers(now: datetime, most: int) -> list[TicketTimer]:
    """Return what is due, the oldest first over all shards."""
    until = f"{(now + timedelta(milliseconds=1)).isoformat()}"
    shards = (_shard(TicketTimer.due(number), until, most) for number in range(TIMER_SHARDS))
    return list(islice(merge(*shards, key=lambda timer: (timer.moment, timer.ticket)), most))


def _shard(partition: str, until: str, most: int) -> Iterator[TicketTimer]:
    cursor: str | None = None
    while most > 0:
        page = table.query(
            TicketTimer, partition, between=("0", until), index="g1", limit=min(most, 100), cursor=cursor
        )
        yield from page.items
        most, cursor = most - len(page.items), page.next
        if cursor is None:
            return


def _forget(timer: TicketTimer, ticket: Ticket | None) -> None:
    """Remove a timer that is no longer its ticket's: the index was behind, or it was made by another release."""
    guard = table.Unchanged(ticket) if ticket else table.Absent(Ticket, Ticket.at(timer.ticket))
    try:
        table.transact(guard, table.Remove(TicketTimer, timer.key()))
    except ConflictError:
        return  # the next run looks again
