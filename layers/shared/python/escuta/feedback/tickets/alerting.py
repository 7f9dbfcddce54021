"""Which alerts a change of a ticket wants: they are stored with the change, and leave afterwards."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from escuta import clock, ids, table
from escuta.directory.model import AlertChannel, Alerting, Manager
from escuta.feedback.model import Alert, Priority, Ticket, TicketState
from escuta.observe import logger

if TYPE_CHECKING:
    from escuta.feedback.tickets.keeping import Actor, Line

MOST = 40  # a transaction takes 100 actions: the change of the ticket, what follows from it, and these
_BY_NAME = frozenset({"assigned", "escalated", "mentioned"})  # is asked of one person, whatever the priority
_NOTHING: Mapping[str, str] = MappingProxyType({})


def wanted(
    ticket: Ticket, people: Iterable[Manager], why: str, *occasion: str | int, note: Mapping[str, str] = _NOTHING
) -> tuple[Alert, ...]:
    """Return an alert for each of these people who want to be told at once, and each of their channels.

    `why`: opened, transferred, assigned, due_soon, overdue, escalated, answered, reopened, mentioned, or watching.
    `occasion` is part of their identity: the same thing is told again on another occasion alone. `note` is one line
    more, by language. Where too many are to be told, the owner is the last to be left out.
    """
    told = ".".join((why, *map(str, occasion)))
    alerts = tuple(
        Alert(
            id=ids.derive("alert", ticket.id, manager.id, channel, why, *occasion),
            ticket=ticket.id,
            manager=manager.id,
            channel=channel,
            address=manager.email if channel is AlertChannel.EMAIL else manager.phone,
            language=manager.language,
            why=why,
            occasion=told,
            note=note.get(manager.language, ""),
            created_at=clock.now(),
        )
        for manager in sorted(people, key=lambda manager: manager.id != ticket.owner)
        if tells(manager, ticket, why)
        for channel in manager.channels
    )
    if len(alerts) > MOST:
        logger().warning("too many to alert", extra={"ticket": ticket.id, "alerts": len(alerts), "sent": MOST})
    return alerts[:MOST]


def tells(manager: Manager, ticket: Ticket, why: str) -> bool:
    """Tell whether a manager wants to hear this at once."""
    if manager.alerts is Alerting.URGENT:
        return urgent(ticket) or why in _BY_NAME
    return manager.alerts is Alerting.AT_ONCE


def urgent(ticket: Ticket) -> bool:
    """Tell whether somebody must act on a ticket sooner than usual."""
    return ticket.priority.rank >= Priority.HIGH.rank


def following(before: Ticket | None, after: Ticket, line: "Line", who: "Actor") -> tuple[table.Action, ...]:
    """Return the alerts that follow from any change of a ticket: to a new owner, on a reopening, and to who watches.

    Nobody is told of what they did themselves. A new ticket and one that is handed over have alerts of their own.
    """
    if before is None or line.what in {"opened", "transferred", "erased", "expired"}:
        return ()
    reasons = {manager: why for manager, why in _reasons(before, after) if manager != who.manager}
    if line.what == "received":  # the owner is told of the words themselves, once
        reasons.pop(after.owner, None)
    if not reasons:
        return ()
    found = table.find_many(Manager, map(Manager.at, reasons))
    people = [manager for manager in found.values() if manager.retired_at is None]
    alerts = [alert for each in people for alert in wanted(after, (each,), reasons[each.id], before.rev)]
    return tuple(table.Create(alert) for alert in alerts[:MOST])


def _reasons(before: Ticket, after: Ticket) -> Iterator[tuple[str, str]]:
    """Yield whom a change concerns and why; of two reasons the later one counts."""
    if after.state is not before.state:
        yield from ((watcher, "watching") for watcher in after.watchers)
    if after.owner and after.state is TicketState.REOPENED is not before.state:
        yield after.owner, "reopened"
    if after.owner and after.owner != before.owner:
        yield after.owner, "assigned"
