"""SQS `erase`: goes on with the erasure, or with the retention of a survey, that a message names."""

from functools import partial
from typing import Any

from escuta import queues
from escuta.feedback import erasing, retention
from escuta.observe import entry

_LEFT = 60_000  # milliseconds: a step is done in less


@entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Go on with what the messages name as long as there is time; what is left is a message again."""
    return queues.each(event, partial(_work, context=context))


def _work(message: dict[str, Any], context: Any) -> None:
    def in_time() -> bool:
        return bool(context.get_remaining_time_in_millis() > _LEFT)

    if "retain" in message:
        retention.run(message["retain"], in_time, message.get("day", ""))
    else:
        erasing.run(message["erasure"], in_time)
