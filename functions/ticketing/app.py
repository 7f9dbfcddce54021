"""The stream of feedback, `kind = response`: bursts are marked, unhappy answers become tickets, managers hear."""

from typing import Any

from escuta.feedback import alerts, bursts, parking, tickets
from escuta.feedback.model import AlertState
from escuta.observe import entry, logger


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
    response = parking.response_of(record)
    if response is None:
        return
    bursts.judge(response)  # first: one of a burst opens no ticket
    opened = tickets.follow_up(response)
    alerts.queue(alert for _, told in opened for alert in told if alert.state is AlertState.PENDING)
