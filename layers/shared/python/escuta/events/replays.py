"""Telling events once more: of a period, of some types, to the bus or to one webhook. They keep their ids."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import ClassVar

from escuta import clock, queues, table
from escuta.config import settings
from escuta.entity import Entity, Key, Table
from escuta.errors import ConflictError, GoneError
from escuta.events.data import EventType
from escuta.events.event import KEPT, DomainEvent
from escuta.events.reading import SETTLED, Listed, listing, place_of

_TOGETHER = 500  # events that one message has queued


class EventReplay(Entity):
    """What is told once more, who wanted that, and how far it is."""

    table: ClassVar[Table] = Table.FEEDBACK
    kind = "event_replay"

    id: str
    first: datetime
    before: datetime
    types: tuple[EventType, ...] = ()  # (): all
    webhook: str = ""  # to which they are told; "": the bus
    place: str  # of the last event that was looked at
    queued: int = 0
    created_at: datetime
    created_by: str
    finished_at: datetime | None = None

    @staticmethod
    def at(replay: str) -> Key:
        """Return the key of the replay with this id."""
        return Key(f"event_replay#{replay}", "event_replay")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def ttl(self) -> int:
        """Return when DynamoDB may delete the row: when nothing of what it told is kept any more."""
        return int((self.created_at + KEPT).timestamp())


def is_of(event: DomainEvent, types: Collection[EventType]) -> bool:
    """Tell whether an event is of one of these types; without any, it is."""
    return not types or event.type in types


def start(
    name: str, first: datetime, before: datetime, types: Iterable[EventType], *, webhook: str, who: str
) -> EventReplay:
    """Begin to tell the events of a period once more; with the same name again, return what was begun.

    It ends where events are settled, and says so: what is younger may not be there yet, and is being told just now.
    """
    replay = EventReplay(
        id=name,
        first=first,
        before=min(before, clock.now() - SETTLED),
        types=tuple(types),
        webhook=webhook,
        place=place_of(max(first, clock.now() - KEPT)),
        created_at=clock.now(),
        created_by=who,
    )
    try:
        replay = table.create(replay)
    except ConflictError:
        replay = get(name)
    if replay.finished_at is None:
        queues.send(settings().event_queue, [{"replay": name}])
    return replay


def get(name: str) -> EventReplay:
    """Return a replay as it is now; NotFoundError `event_replay_not_found`."""
    return table.load(EventReplay, EventReplay.at(name), consistent=True)


def go_on(name: str) -> EventReplay:
    """Queue the next events of a replay, note that, and queue what is left. Twice it tells some of them twice."""
    replay = get(name)
    if replay.finished_at is not None:
        return replay
    page = _next(replay)
    bodies = ({"event": event.id, "replay": replay.id, "webhook": replay.webhook} for event in page.items)
    queues.send(settings().event_queue, bodies)
    over = None if page.more else clock.now()
    queued = replay.queued + len(page.items)
    replay = table.save(replay.changed(place=page.place, queued=queued, finished_at=over))
    if over is None:
        queues.send(settings().event_queue, [{"replay": name}])
    return replay


def _next(replay: EventReplay) -> Listed:
    def wanted(event: DomainEvent) -> bool:
        return is_of(event, replay.types)

    try:
        return listing(replay.place, limit=_TOGETHER, wanted=wanted, before=replay.before)
    except GoneError:  # while this waited the oldest ones went: what is left of the period is told
        return listing("", limit=_TOGETHER, wanted=wanted, before=replay.before)
