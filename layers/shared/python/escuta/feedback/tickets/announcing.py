"""What others hear of a ticket: an event, stored with the change that it tells of."""

from typing import TYPE_CHECKING, Any

from escuta import events, table
from escuta.entity import Value
from escuta.events import ChangedTicketData, CommentedTicketData, DomainEvent, EventType, LeftTicketData, TicketData
from escuta.feedback.model import FAR, Ticket, TicketState
from escuta.feedback.tickets import counts

if TYPE_CHECKING:
    from escuta.feedback.tickets.keeping import Line

_WAYS = {"noted": "internal", "written": "to_customer", "received": "from_customer"}


def actions(before: Ticket | None, after: Ticket, line: "Line") -> tuple[table.Action, ...]:
    """Return what puts the events of a change into its transaction: none where nothing changed for anybody outside.

    What was opened, escalated, closed, taken up again or made good is told as that. Everything else that changed is a
    change, also beside a comment. Those of a place that it leaves hear that it did, and nothing of where it is.
    """
    number = (before.rev if before else 0) + 1
    told: list[DomainEvent] = []

    def tell(kind: EventType, data: Value, path: tuple[str, ...] = after.segment_path) -> None:
        told.append(
            events.made(
                kind,
                data,
                after.id,
                number,
                subject=f"ticket/{after.id}",
                revision=number,
                segment_path=path,
                survey=after.survey,
            )
        )

    now = TicketData(**shown(after))
    for kind in _turns(before, after):
        tell(kind, now)
    changes = _changes(before, after) if before and not told else ()
    if changes:
        tell(EventType.TICKET_CHANGED, ChangedTicketData(**shown(after), changes=changes))
    if line.what in _WAYS:
        way: dict[str, Any] = {"way": _WAYS[line.what], "number": number}
        tell(EventType.TICKET_COMMENTED, CommentedTicketData(**shown(after), **way))
    if before and before.segment_path != after.segment_path:
        tell(EventType.TICKET_LEFT, LeftTicketData(ticket=after.id, segment=before.segment), before.segment_path)
    return tuple(events.action(each) for each in told)


def _turns(before: Ticket | None, after: Ticket) -> tuple[EventType, ...]:
    """Return what a change is called when it is more than a change."""
    if before is None:
        return (EventType.TICKET_OPENED,)
    turns = {
        EventType.TICKET_CLOSED: after.state is TicketState.CLOSED is not before.state,
        EventType.TICKET_REOPENED: after.reopened > before.reopened,
        EventType.TICKET_ESCALATED: after.escalated > before.escalated,
        EventType.TICKET_RECOVERED: after.recovered is True is not before.recovered,
    }
    return tuple(kind for kind, happened in turns.items() if happened)


def _changes(before: Ticket, after: Ticket) -> tuple[str, ...]:
    was, now = shown(before), shown(after)
    moved = () if before.segment_path == after.segment_path else ("segmentpath",)  # of the envelope
    return (*(name for name in now if was[name] != now[name]), *moved)


def shown(ticket: Ticket) -> dict[str, Any]:
    """Return what an event says of a ticket. Causes in free words are none: they may name somebody."""
    gesture = ticket.gesture
    same = TicketData.model_fields.keys() & Ticket.model_fields.keys()
    return {
        **{name: getattr(ticket, name) for name in TicketData.model_fields if name in same},
        "ticket": ticket.id,
        "root_causes": tuple(cause for cause in ticket.root_causes if counts.named(cause) == cause),
        "due_at": ticket.due_at if ticket.due_at < FAR else None,
        "gesture_amount": gesture.amount if gesture else "",
        "gesture_currency": gesture.currency if gesture else "",
        "erased": ticket.emptied is not None,
    }
