"""How far whoever follows a stream is behind, and from where on it is told once more."""

from collections.abc import Iterable
from typing import Any

from escuta import clock, measured
from escuta.measured import Measure

_DIGITS = 40  # a sequence number has 21 to 40 digits, so as text it compares only when padded
PATIENCE = 600  # seconds that a change may wait; up to five minutes it does so on purpose, to be counted with others


def note_age(event: dict[str, Any]) -> None:
    """Tell when the oldest change of a batch waited for too long. Most batches, and other events, tell nothing."""
    changes = (record["dynamodb"] for record in event.get("Records", ()) if "dynamodb" in record)
    written = [change["ApproximateCreationDateTime"] for change in changes if "ApproximateCreationDateTime" in change]
    if written and clock.epoch() - min(written) > PATIENCE:
        measured.count(Measure.LATE)


def first(numbers: Iterable[str]) -> str:
    """Return the lowest of some sequence numbers."""
    return min(numbers, key=lambda number: number.zfill(_DIGITS))


def again(numbers: Iterable[str]) -> dict[str, Any]:
    """Return the answer of a consumer that could not take these records: all from the first of them on come again."""
    return {"batchItemFailures": [{"itemIdentifier": first(numbers)}]}
