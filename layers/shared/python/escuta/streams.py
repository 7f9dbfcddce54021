"""How far whoever follows a stream is behind."""

from typing import Any

from escuta import clock, measured
from escuta.measured import Measure

PATIENCE = 600  # seconds that a change may wait; up to five minutes it does so on purpose, to be counted with others


def note_age(event: dict[str, Any]) -> None:
    """Tell when the oldest change of a batch waited for too long. Most batches, and other events, tell nothing."""
    changes = (record["dynamodb"] for record in event.get("Records", ()) if "dynamodb" in record)
    written = [change["ApproximateCreationDateTime"] for change in changes if "ApproximateCreationDateTime" in change]
    if written and clock.epoch() - min(written) > PATIENCE:
        measured.count(Measure.LATE)
