"""A chunk of a registered file becomes people; the last chunk has the file closed."""

from typing import Any

from escuta import queues
from escuta.config import settings
from escuta.directory import drops, loading
from escuta.directory.scan import Chunk
from escuta.observe import entry


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Load the chunks that the messages name."""
    return queues.each(event, _load)


def _load(message: dict[str, Any]) -> None:
    file = loading.load(Chunk.model_validate(message))
    if drops.is_loaded(file):
        queues.send(settings().close_queue, [{"file": file.id}])
