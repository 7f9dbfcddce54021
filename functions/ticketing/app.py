"""The stream of feedback, `kind = response`: unhappy answers become tickets, and their managers are alerted."""

import json
from typing import Any

from escuta import clock, ids, table
from escuta.feedback import alerts, tickets
from escuta.feedback.model import AlertState, Parked, Response
from escuta.observe import entry, logger

_LARGEST = 200_000  # bytes of a parked image; the row it came from is still there, under the key that is kept


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Follow up every record; on a failure name its sequence number, from which the stream delivers again."""
    for record in event["Records"]:
        try:
            _apply(record)
        except Exception:  # noqa: BLE001 - the stream keeps the record and everything after it
            number = record["dynamodb"]["SequenceNumber"]
            logger().exception("record failed", extra={"sequence_number": number})
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    return {"batchItemFailures": []}


def _apply(record: dict[str, Any]) -> None:
    image = record["dynamodb"].get("NewImage")
    if image is None:
        return  # a row was removed; deletion by a person is a tombstone, which has an image
    try:
        response = table.from_image(image)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        _park(record, error)
        return
    if isinstance(response, Response) and (opened := tickets.follow_up(response)):
        alerts.queue(alert for alert in opened[1] if alert.state is AlertState.PENDING)


def _park(record: dict[str, Any], error: Exception) -> None:
    """Keep what cannot be read, once however often it comes: it must not hold up the answers behind it."""
    logger().error("record parked", extra={"reason": type(error).__name__, "event_id": record.get("eventID")})
    parked = Parked(
        id=ids.derive("parked", "ticketing", record["dynamodb"]["SequenceNumber"]),
        reason="unreadable",
        submission=record["dynamodb"].get("Keys", {}).get("pk", {}).get("S", "").removeprefix("response#"),
        link_key="",
        payload=json.dumps(record["dynamodb"]["NewImage"])[:_LARGEST],
        created_at=clock.now(),
    )
    if table.find(Parked, parked.key(), consistent=True) is None:
        table.put(parked)
