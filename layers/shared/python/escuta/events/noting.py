"""Noting that something happened: with the change itself, or once afterwards."""

from collections.abc import Iterable
from datetime import datetime

from escuta import clock, ids, table
from escuta.entity import Value
from escuta.errors import ConflictError
from escuta.events.data import DATA, VERSION, EventType
from escuta.events.event import DomainEvent


def made(
    kind: EventType,
    data: Value,
    *identity: str | int,
    subject: str,
    occurred_at: datetime | None = None,
    revision: int = 0,
    segment_path: tuple[str, ...] = (),
    survey: str = "",
) -> DomainEvent:
    """Return an event; `identity` is what tells it from all others of its type, and the same whenever it is made.

    `segment_path` () is for what concerns the whole company: nobody who is bound to a part of it sees that.
    """
    if type(data) is not DATA[kind]:
        raise TypeError(f"{kind} says {DATA[kind].__name__}, not {type(data).__name__}")
    now = clock.now()
    return DomainEvent(
        id=ids.derive("event", kind, *identity),
        type=kind,
        version=VERSION,
        at=now,
        occurred_at=occurred_at or now,
        subject=subject,
        revision=revision,
        segment=segment_path[-1] if segment_path else "",
        segment_path=segment_path,
        survey=survey,
        data=data.model_dump(mode="json"),
    )


def action(event: DomainEvent) -> table.Action:
    """Return what puts an event into the transaction of the change that it tells of: both are stored, or none."""
    return table.Create(event)


def tell(event: DomainEvent) -> None:
    """Store an event unless it is there. For who learns of a change afterwards, perhaps several times."""
    try:
        table.create(event)
    except ConflictError:
        return


def naming(contact: str) -> tuple[DomainEvent, ...]:
    """Return the events that name a person, as an index has them: what was stored a moment ago may be missing."""
    return table.query(DomainEvent, DomainEvent.naming(contact), index="g2").items


def of(names: Iterable[str]) -> tuple[DomainEvent, ...]:
    """Return the events with these ids, in the order of the ids, as far as they are still kept."""
    keys = [DomainEvent.key_of(name) for name in dict.fromkeys(names)]
    found = table.find_many(DomainEvent, keys, consistent=True)
    return tuple(found[key] for key in keys if key in found)
