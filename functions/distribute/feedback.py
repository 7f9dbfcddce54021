"""SQS `feedback`: what the mail service and the carriers tell, and what people reply, which came over SNS.

The delivery log of SNS may be subscribed directly: then lines come packed, without a queue, and Lambda itself tries
again.
"""

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from escuta import queues
from escuta.feedback import parking
from escuta.observe import entry
from escuta.outreach import receipts, sms_replies

_TESTED = "Successfully validated SNS topic"  # what the mail service writes when a topic is named to it


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Apply what came. What nobody can apply is kept for a person to see, whole, and stops none of the others."""
    if "awslogs" in event:
        event = _of_log(event["awslogs"]["data"])
    receipts.ahead(_told(event))
    result = queues.each(event, _receive)
    if result["batchItemFailures"] and event.get("packed"):
        raise RuntimeError(f"{len(result['batchItemFailures'])} lines of the delivery log could not be applied")
    return result


def _of_log(packed: str) -> dict[str, Any]:
    """Return the lines of a delivery log as messages of a queue."""
    log = json.loads(gzip.decompress(base64.b64decode(packed)))
    lines = log["logEvents"] if log["messageType"] == "DATA_MESSAGE" else []
    return {"packed": True, "Records": [{"messageId": line["id"], "body": line["message"]} for line in lines]}


def _told(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what can be read of the messages; what cannot is told of as each is received."""
    for record in event["Records"]:
        with suppress(ValueError):
            said = _opened(json.loads(record["body"]))
            if isinstance(said, dict):
                yield said


def _receive(body: Any) -> None:
    said = _opened(body)
    if said is None:
        return
    reason = receipts.receive(said, _told_at(body)) if isinstance(said, dict) else receipts.UNREADABLE
    if reason:
        payload = json.dumps(said, ensure_ascii=False, sort_keys=True)
        parking.park(reason, "", payload, reason, payload, alarming=reason != sms_replies.NOT_UNDERSTOOD)


def _told_at(body: dict[str, Any]) -> datetime | None:
    """Return when an envelope was posted; None where there is none, or it does not say."""
    try:
        return datetime.fromisoformat(body.get("Timestamp", "")).astimezone(UTC)
    except (OverflowError, TypeError, ValueError):
        return None


def _opened(body: Any) -> Any:
    """Return the event inside its envelope; with raw delivery there is none. None: it tells of nothing."""
    if not isinstance(body, dict) or not {"Type", "Message"} <= body.keys():
        return body
    message = body["Message"]
    if body["Type"] != "Notification" or str(message).startswith(_TESTED):
        return None
    try:
        return json.loads(message)
    except (TypeError, ValueError):
        return message
