"""An export is gone on with until it is done or the time is up; then the next message goes on."""

from functools import partial
from typing import Any

from escuta import queues
from escuta.errors import ConflictError
from escuta.feedback import exports
from escuta.observe import entry

_LEFT = 120_000  # milliseconds: a part, or a workbook, is done in less


@entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Go on with the exports that the messages name."""
    return queues.each(event, partial(_run, context=context), _give_up)


def _run(message: dict[str, Any], context: Any) -> None:
    if exports.is_ordered(message["export"]):
        exports.run(message["export"], lambda: context is None or context.get_remaining_time_in_millis() > _LEFT)


def _give_up(message: dict[str, Any], error: Exception) -> None:
    """End an export that failed at every try; where somebody else was faster, it goes on there."""
    if not isinstance(error, ConflictError):
        exports.give_up(message["export"])
