"""What changed: by the clock digests are made, behind their queue they leave."""

from typing import Any

from escuta import queues
from escuta.feedback import digests
from escuta.observe import entry


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Send the digests that the messages name, or, called by the clock, make those whose time has come."""
    if "Records" in event:
        return queues.each(event, _deliver)
    return {"queued": digests.announce()}


def _deliver(body: dict[str, str]) -> None:
    digests.deliver(body["digest"])
