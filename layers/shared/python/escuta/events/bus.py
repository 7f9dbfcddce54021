"""EventBridge: putting events on the bus. The only module that knows that service."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from escuta import bounded
from escuta.config import settings
from escuta.events.event import SOURCE, DomainEvent, envelope
from escuta.observe import logger

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

TOGETHER = 10  # entries of one call
LARGEST = 256 * 1024  # bytes of one call


@cache
def _client() -> "EventBridgeClient":
    client: EventBridgeClient = bounded.client("events", bounded.config())
    return client


def put(some: Iterable[DomainEvent], *, replay: str = "") -> frozenset[str]:
    """Put events on the bus and return the ids of those that it did not take.

    One whose answer is lost may be on it all the same: put again it bears the same id, by which readers know it.
    `replay` is named in the envelope of what is put on the bus once more.
    """
    failed: set[str] = set()
    for batch in _batches(_entry(event, replay) for event in some):
        answer = _client().put_events(Entries=[entry for _, entry in batch])
        results = zip(batch, answer["Entries"], strict=True)
        failed |= {name for (name, _), result in results if "ErrorCode" in result}
        if answer["FailedEntryCount"]:
            codes = sorted({result["ErrorCode"] for result in answer["Entries"] if "ErrorCode" in result})
            logger().warning("events not taken", extra={"events": answer["FailedEntryCount"], "codes": codes})
    return frozenset(failed)


def _entry(event: DomainEvent, replay: str) -> tuple[str, Any]:
    detail = {**envelope(event), **({"replay": replay} if replay else {})}
    return event.id, {
        "EventBusName": settings().event_bus,
        "Source": SOURCE,
        "DetailType": event.type.value,
        "Time": event.occurred_at,
        "Detail": json.dumps(detail, ensure_ascii=False),
    }


def _batches(entries: Iterable[tuple[str, Any]]) -> Iterator[Sequence[tuple[str, Any]]]:
    """Yield entries as many together as one call takes. One that is too large alone goes alone, and is refused."""
    batch: list[tuple[str, Any]] = []
    weight = 0
    for name, entry in entries:
        own = _weight(entry)
        if batch and (len(batch) == TOGETHER or weight + own > LARGEST):
            yield batch
            batch, weight = [], 0
        batch.append((name, entry))
        weight += own
    if batch:
        yield batch


def _weight(entry: dict[str, Any]) -> int:
    """Return what an entry counts: as EventBridge does it, 14 bytes for the time and those of the texts."""
    return 14 + sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))
