"""SQS `feedback`: the events of the mail service, which came over SNS."""

import json
from typing import Any

from escuta import queues
from escuta.observe import entry
from escuta.outreach import receipts


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Apply the events in these messages."""
    return queues.each(event, lambda body: receipts.receive(_opened(body)))


def _opened(body: dict[str, Any]) -> dict[str, Any]:
    """Return the event inside its envelope; with raw delivery there is none."""
    return json.loads(body["Message"]) if body.get("Type") == "Notification" else body
