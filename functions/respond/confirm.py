"""Every few minutes: scores that were tapped in messages half an hour ago become responses, or are kept apart."""

from typing import Any

from escuta import clock
from escuta.feedback import evidence
from escuta.observe import entry, logger

_RESERVE_MS = 20_000  # enough for the score that is under way


@entry
def handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
    """Settle what is due; what the time does not suffice for stays due."""
    settled = evidence.confirm_due(clock.now(), in_time=lambda: context.get_remaining_time_in_millis() > _RESERVE_MS)
    logger().info("taps settled", extra={"settled": settled})
    return {"settled": settled}
