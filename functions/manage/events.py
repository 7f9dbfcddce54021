"""Events: what happened, in one order, for who keeps another system in step; and telling it once more."""

from datetime import timedelta
from typing import Any

from pydantic import AwareDatetime, Field

from escuta import clock, events, ids
from escuta.directory import access
from escuta.errors import InvalidError
from escuta.events import EventType, replays
from escuta.outreach import webhooks
from manage import cursors
from manage.asking import Asked, Created, Request

_PLACE = "events"  # a place in the order of all events tells nothing of them: whoever has a new key goes on with it
_LONGEST = 1_000


class EventListing(Asked):
    """What follows a cursor; without one, what happened since a moment, or all that is kept."""

    after: str = Field(default="", max_length=400)
    since: AwareDatetime | None = None
    type: str = Field(default="", max_length=_LONGEST)
    limit: int = Field(default=25, ge=1, le=100)


class Replaying(Asked):
    """Which events are told once more: from a moment on, before another; to one webhook, or on the bus."""

    first: AwareDatetime = Field(alias="from")
    before: AwareDatetime | None = Field(default=None, alias="to")
    types: tuple[str, ...] = Field(default=(), max_length=50)
    webhook: str = Field(default="", max_length=64)


def listing(request: Request) -> dict[str, Any]:
    """Return events in the order in which they were noted, those alone that the caller may see.

    `next` is there always: whoever comes back with it as `after` misses nothing. `more` says whether it is worth doing
    so at once; a page may hold less than `limit`, and not be the last. `type` names types, or nouns for all that
    happens to them, separated by commas: `ticket.opened,response`. Events are kept for 30 days.

    410 `events_gone` when what follows `after` is no longer kept: begin anew, with what the other nouns say. 422 where
    both `since` and `after` are sent.
    """
    asked = request.query(EventListing)
    types = _types("type", tuple(filter(None, asked.type.split(","))))
    found = events.listing(
        _place(asked),
        limit=asked.limit,
        wanted=lambda event: replays.is_of(event, types) and access.may_see(request.caller, event.segment_path),
    )
    following = cursors.seal(found.place, _PLACE)
    return {"items": [events.envelope(event) for event in found.items], "next": following, "more": found.more}


def _place(asked: EventListing) -> str:
    if asked.after and asked.since:
        raise InvalidError("events_since_or_after", field="since")
    if asked.after:
        return cursors.unseal(asked.after, _PLACE)
    now = clock.now()
    if asked.since is None or asked.since <= now - events.KEPT:
        return ""
    return events.place_of(min(asked.since, now + events.KEPT))  # the last moment of all is none in every zone


def _types(field: str, names: tuple[str, ...]) -> frozenset[EventType]:
    """Return the types of these names; a noun alone, such as `ticket`, stands for all that happens to it."""
    found: set[EventType] = set()
    for name in names:
        meant = {kind for kind in EventType if name in {kind.value, kind.value.partition(".")[0]}}
        if not meant:
            raise InvalidError("event_type_unknown", field=field, value=name[:64], allowed=", ".join(EventType))
        found |= meant
    return frozenset(found)


def replay(request: Request) -> Created:
    """Tell events of a period once more, under the ids that they have.

    To one webhook, or on the bus where none is named; whoever takes them knows them by their ids. `to` without a value
    is now; the last moments are left out, since they are being told just now. For callers of the whole hierarchy.

    422 `period_invalid` for an empty period, or one that begins before the 30 days that are kept.
    """
    asked = request.body(Replaying)
    request.everywhere()
    now = clock.now()
    before = min(asked.before or now, now - events.SETTLED)
    if asked.first >= before or asked.first < now - events.KEPT - timedelta(days=1):
        raise InvalidError("period_invalid", field="from", most=events.KEPT.days)
    if asked.webhook:
        webhooks.get(asked.webhook)
    types = _types("types", asked.types)
    key = request.headers.get("idempotency-key", "")
    name = ids.derive("event_replay", request.caller.id, key) if key else ids.new()
    begun = replays.start(name, asked.first, before, sorted(types), webhook=asked.webhook, who=request.caller.id)
    if (begun.first, begun.types, begun.webhook) != (asked.first, tuple(sorted(types)), asked.webhook):
        raise InvalidError("idempotency_key_reused", field="Idempotency-Key")
    return Created(_shown(begun), f"replays/{begun.id}")


def replayed(request: Request, replay: str) -> dict[str, Any]:
    """Return how far a replay is.

    `queued` events were handed over so far; `finished`: all of them.
    """
    request.query(Asked)
    request.everywhere()
    return _shown(replays.get(replay))


def _shown(begun: replays.EventReplay) -> dict[str, Any]:
    return {**begun.model_dump(mode="json", exclude={"place"}), "finished": begun.finished_at is not None}
