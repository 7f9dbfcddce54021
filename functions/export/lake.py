"""Answers that came, changed or went are written into the lake, some minutes' worth at a time."""

from functools import partial
from typing import Any

from escuta import queues
from escuta.feedback import lake
from escuta.observe import entry

_RESERVE = 0.2  # of the time the call had: enough for the part under way


@entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Write every part that the messages name, once, however many name it; what there is no time for comes again."""
    reserve = _RESERVE * context.get_remaining_time_in_millis()
    in_time = partial(_is_time, context, reserve)
    return queues.together(event, partial(lake.write_all, in_time=in_time))


def _is_time(context: Any, reserve: float) -> bool:
    return bool(context.get_remaining_time_in_millis() > reserve)
