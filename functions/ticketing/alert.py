"""The queue `alert`: each message names an alert that should leave."""

from typing import Any

from escuta import queues
from escuta.feedback import alerts
from escuta.observe import entry


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Send each alert that still waits."""
    return queues.each(event, _deliver)


def _deliver(body: dict[str, str]) -> None:
    alerts.deliver(body["alert"])
