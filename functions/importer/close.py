"""A file whose chunks are all loaded is reported and followed up; whoever owns its folder is told of it."""

from typing import Any

from escuta import queues
from escuta.directory import closing, drops
from escuta.observe import entry
from escuta.outreach import following, notices


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Close the files that the messages name."""
    return queues.each(event, _close, _give_up)


def _close(message: dict[str, Any]) -> None:
    file = drops.get(message["file"], consistent=True)
    if "tell" in message:
        notices.tell(file)
    else:
        closing.close(file, following.follow_up, notices.tell)


def _give_up(message: dict[str, Any], error: Exception) -> None:
    closing.give_up(message["file"], error)
