"""DynamoDB stream to Lambda, as AWS documents it, in a fixed order for a seed.

Per shard: batches in order; a batch that fails holds its shard until it succeeds, its tries are used up or its records
are too old; then it goes whole, with its payload, to the on-failure destination. Partial batch responses move the
checkpoint to the lowest reported sequence number, and everything from there is delivered again, done or not. Delivery
is at least once: `again` repeats stretches that were already taken, with other batch edges. Between shards there is no
order. Docs: "Process Amazon DynamoDB records with Lambda", "Configuring partial batch response", "Retaining discarded
records" in the AWS Lambda developer guide.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from zlib import crc32

from escuta import clock
from escuta.entity import Entity
from escuta.table.rows import to_item
from tests.kit.faults import Crash

Record = dict[str, Any]
Handler = Callable[[dict[str, Any], Any], Any]
# 21 to 40 digits. Near a power of ten, so that comparing them as text gives the wrong order.
FIRST_NUMBERS = (10**21 - 3, 10**24 - 7, 5 * 10**20, 10**39 - 5)
SOURCE = "arn:aws:dynamodb:us-east-1:123456789012:table/escuta-feedback/stream/2026-03-10T00:00:00.000"


@dataclass
class Context:
    """What Lambda tells a handler. `remaining` is used up one reading at a time, the last one stays.

    The first reading, with which the deadline of the call is set, is not one of them.
    """

    remaining: list[int] = field(default_factory=lambda: [60_000])
    function_name: str = "function"
    aws_request_id: str = "request"

    def __post_init__(self) -> None:
        """Let the first be read twice."""
        self.remaining = [self.remaining[0], *self.remaining]

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds left."""
        return self.remaining.pop(0) if len(self.remaining) > 1 else self.remaining[0]


@dataclass(frozen=True)
class Discarded:
    """What the on-failure destination got: why, and the records with their payload."""

    condition: str
    records: tuple[Record, ...]


def image(entity: Entity) -> dict[str, Any]:
    """Return the stream image of an entity at its own `rev`."""
    return to_item(entity, entity.rev)


def record(
    new: Entity | dict[str, Any] | None, old: Entity | dict[str, Any] | None = None, *, number: int = 0
) -> Record:
    """Return a stream record from entities or from raw images; without `new` a removal."""
    after, before = (image(each) if isinstance(each, Entity) else each for each in (new, old))
    keys = after or before or {}
    change: dict[str, Any] = {
        "ApproximateCreationDateTime": float(clock.epoch()),
        "Keys": {name: keys[name] for name in ("pk", "sk")},
        "SequenceNumber": str(number or FIRST_NUMBERS[0]),
        "SizeBytes": len(str(keys)),
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        **({"NewImage": after} if after else {}),
        **({"OldImage": before} if before else {}),
    }
    return {
        "eventID": f"{crc32(str(change).encode()):032x}",
        "eventName": "REMOVE" if not after else "MODIFY" if before else "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": change,
        "eventSourceARN": SOURCE,
    }


def _copy(each: Record) -> Record:
    """Return a copy that shares nothing: by way of JSON, which is what a record is, and much faster."""
    copied: Record = json.loads(json.dumps(each))
    return copied


def event(records: Iterable[Record]) -> dict[str, Any]:
    """Return the event Lambda gives the handler for these records."""
    return {"Records": [_copy(each) for each in records]}


class Stream:
    """A stream with its shards and one event source mapping.

    `kinds` is the filter on `NewImage.kind` (None: no filter; removals never pass a filter). `ragged`: batches of any
    size up to `batch`, as the batching window closes. `again`: how often a taken stretch is delivered once more.
    """

    def __init__(
        self,
        handler: Handler,
        *,
        shards: int = 1,
        batch: int = 100,
        retries: int = 10,
        max_age: int = 21_600,
        bisect: bool = True,
        report: bool = True,
        kinds: tuple[str, ...] | None = ("response",),
        ragged: bool = False,
        again: float = 0.0,
        seed: int = 0,
    ) -> None:
        """Start with empty shards; `max_age` in seconds."""
        self.handler, self.batch, self.retries, self.max_age = handler, batch, retries, max_age
        self.bisect, self.report, self.kinds, self.ragged, self.again = bisect, report, kinds, ragged, again
        self.random = Random(seed)  # noqa: S311 - repeatable disorder, not a secret
        self.shards: list[list[Record]] = [[] for _ in range(shards)]
        self.discarded: list[Discarded] = []
        self.invocations = 0
        self.context = Context
        self._at = [0] * shards

    def put(self, *records: Record) -> None:
        """Append records, each to the shard of its partition key, with the shard's next sequence number."""
        for each in records:
            shard = crc32(each["dynamodb"]["Keys"]["pk"]["S"].encode()) % len(self.shards)
            number = FIRST_NUMBERS[shard % len(FIRST_NUMBERS)] + len(self.shards[shard])
            own = _copy(each)
            own["dynamodb"]["SequenceNumber"] = str(number)
            self.shards[shard].append(own)

    def write(self, *entities: Entity) -> None:
        """Append the images of entities, as if they had been stored one after the other."""
        self.put(*(record(each) for each in entities))

    def run(self) -> None:
        """Deliver until every shard is read to its end."""
        while waiting := [n for n, records in enumerate(self.shards) if self._at[n] < len(records)]:
            shard = self.random.choice(waiting)
            size = self.random.randint(1, self.batch) if self.ragged else self.batch
            taken = self.shards[shard][self._at[shard] : self._at[shard] + size]
            self._deliver([each for each in taken if self._passes(each)])
            self._at[shard] += len(taken)
            if self.random.random() < self.again:
                self._at[shard] -= self.random.randint(1, min(self._at[shard], self.batch))

    def replay(self, records: Iterable[Record]) -> None:
        """Deliver these once more, as an operator does with what the destination kept."""
        self._deliver(list(records))

    def _passes(self, each: Record) -> bool:
        new = each["dynamodb"].get("NewImage", {})
        return self.kinds is None or new.get("kind", {}).get("S") in self.kinds

    def _deliver(self, records: Sequence[Record]) -> None:
        pending = [(list(records), 0)]
        while pending:
            batch, tries = pending.pop()
            batch = self._young(batch)
            if not batch:
                continue
            left = self._invoke(batch)
            if not left:
                continue
            tries = tries + 1 if left == batch else 0
            if tries > self.retries:
                self.discarded.append(Discarded("RetryAttemptsExhausted", tuple(left)))
            elif self.bisect and left == batch and len(batch) > 1:
                # A split does not count as a try.
                half = len(batch) // 2
                pending += [(batch[half:], tries - 1), (batch[:half], tries - 1)]
            else:
                pending.append((left, tries))

    def _young(self, batch: list[Record]) -> list[Record]:
        oldest = clock.epoch() - self.max_age
        old = [each for each in batch if each["dynamodb"]["ApproximateCreationDateTime"] < oldest]
        if old:
            self.discarded.append(Discarded("RecordAgeExceeded", tuple(old)))
        return [each for each in batch if each not in old]

    def _invoke(self, batch: list[Record]) -> list[Record]:
        """Return what must be delivered again: everything, from the lowest reported number on, or nothing."""
        self.invocations += 1
        try:
            answer = self.handler(event(batch), self.context())
        except Crash:
            return batch
        except Exception:  # noqa: BLE001 - whatever a handler raises is a function error to Lambda
            return batch
        if not self.report or not answer or not answer.get("batchItemFailures"):
            return []
        numbers = [each["dynamodb"]["SequenceNumber"] for each in batch]
        reported = [failure.get("itemIdentifier") for failure in answer["batchItemFailures"]]
        if not set(reported) <= set(numbers):
            return batch  # an unknown identifier fails the whole batch
        return batch[min(numbers.index(number) for number in reported) :]
