"""SQS `plan`: one page of an audience."""

from typing import Any

from escuta import queues
from escuta.observe import entry
from escuta.outreach import planning


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Plan the parts in these messages."""
    return queues.each(event, lambda body: planning.plan(body["deployment"], body["part"], body["cursor"]))
