"""What changed, and which tickets wait: by the clock digests are made, behind their queue they leave."""

from typing import Any

from escuta import queues
from escuta.feedback import digests, ticket_digests
from escuta.observe import entry


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Send the digests that the messages name, or, called by the clock, make those whose time has come."""
    if "Records" in event:
        return queues.each(event, _deliver)
    return {"queued": digests.announce() + ticket_digests.announce()}


def _deliver(body: dict[str, str]) -> None:
    if "ticket_digest" in body:
        ticket_digests.deliver(body["ticket_digest"])
    else:
        digests.deliver(body["digest"])
