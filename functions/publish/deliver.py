"""The queue `webhook`: each message names a webhook that is to be called, or asks to send again what failed."""

from typing import Any

from escuta import queues
from escuta.observe import entry
from escuta.outreach import webhooks
from escuta.outreach.webhooks import replaying


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Call whom the messages name."""
    return queues.each(event, _work)


def _work(body: dict[str, Any]) -> None:
    if "replay" in body:
        replaying.work(body)
    else:
        webhooks.work(body["webhook"], body["deliveries"])
