"""Events, and telling them once more."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from escuta.events import DATA, EventType
from escuta.events.replays import EventReplay
from manage import events
from manage.described.operation import Operation, Operations, Shown, shape


class Event(Shown):
    """Something that happened, as an envelope of CloudEvents 1.0. `data` is of the schema that `dataschema` names."""

    specversion: Literal["1.0"]
    id: str
    source: str
    time: datetime
    subject: str
    dataschema: str
    datacontenttype: Literal["application/json"]
    revision: int
    recordedat: datetime
    segment: str
    segmentpath: str
    survey: str


def _one_of(names: Iterable[str]) -> Any:
    return Literal.__getitem__(tuple(names))


def _listed() -> Any:
    """Return an envelope for each kind of data, told apart by the types that bear it; a test is listed nowhere."""
    types: defaultdict[Any, list[str]] = defaultdict(list)
    for kind, data in DATA.items():
        if kind is not EventType.WEBHOOK_TEST:
            types[data].append(kind.value)
    envelopes = [
        create_model(
            data.__name__.removesuffix("Data") + "Event",
            __base__=Event,
            __doc__=data.__doc__,
            type=(_one_of(names), ...),
            data=(data, ...),
        )
        for data, names in types.items()
    ]
    union: Any = reduce(or_, envelopes)
    return Annotated[union, Field(discriminator="type")]


class EventPage(Shown):
    """Events in the order in which they were noted. `next` is there always; `more`: go on with it at once."""

    items: list[_listed()]  # type: ignore[valid-type] # made from the table of types
    next: str
    more: bool


Replay = shape(EventReplay, without={"place"}, more={"finished": bool})

OPERATIONS: Operations = {
    events.listing: Operation(name="list_events", query=events.EventListing, answer=EventPage),
    events.replay: Operation(name="replay_events", body=events.Replaying, answer=Replay, statuses=(201,)),
    events.replayed: Operation(name="get_event_replay", answer=Replay),
}
