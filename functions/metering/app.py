"""The stream of responses -> counters."""

import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any

from escuta import table
from escuta.entity import Entity
from escuta.feedback import metrics
from escuta.feedback.model import Response
from escuta.observe import entry, logger

_RESERVE = 0.2  # of the time the call had: enough for the transaction under way
_DIGITS = 40  # a sequence number has 21 to 40 digits, so as text it compares only when padded


@entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Count a batch; report the lowest sequence number that is not counted, from which it is delivered again."""
    in_time = _until(context)
    sequences: dict[str, list[str]] = defaultdict(list)
    responses = []
    for record in event["Records"]:
        response = _response(record)
        if response is not None:
            responses.append(response)
            sequences[response.id].append(record["dynamodb"]["SequenceNumber"])
    try:
        metrics.apply(responses, in_time=in_time)
    except metrics.UnappliedError as left:
        numbers = [number for response in left.responses for number in sequences[response.id]]
        logger().warning("not all counted", extra={"code": left.code, "responses": len(left.responses)})
        return {"batchItemFailures": [{"itemIdentifier": min(numbers, key=lambda number: number.zfill(_DIGITS))}]}
    return {"batchItemFailures": []}


def _until(context: Any) -> Callable[[], bool]:
    reserve = _RESERVE * context.get_remaining_time_in_millis()
    return lambda: context.get_remaining_time_in_millis() > reserve


def _response(record: dict[str, Any]) -> Response | None:
    """Return the response a record shows; None for a removal, which never changes a count, and for other kinds.

    What should be a response and cannot be read is parked whole: it must not hold up those behind it.
    """
    image = record["dynamodb"].get("NewImage")
    kind = (image or {}).get("kind", {}).get("S")
    if image is None or kind is None or (kind != Response.kind and kind in Entity.kinds):
        return None
    try:
        entity = table.from_image(image)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        number = record["dynamodb"]["SequenceNumber"]
        name = record["dynamodb"].get("Keys", {}).get("pk", {}).get("S", "")
        metrics.park(f"unreadable: {type(error).__name__}", name, json.dumps(image, default=str), "record", number)
        return None
    return entity if isinstance(entity, Response) else None
