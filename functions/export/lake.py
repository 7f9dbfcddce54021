"""Answers that came, changed or went are written into the lake, some minutes' worth at a time."""

from typing import Any

from escuta import queues
from escuta.feedback import lake
from escuta.observe import entry


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Write every part that the messages name, once, however many name it."""
    return queues.together(event, lake.write_all)
