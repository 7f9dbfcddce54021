"""The stream of responses -> counters."""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from escuta import streams
from escuta.feedback import lake, listening, metrics, parking
from escuta.observe import entry, logger

_RESERVE = 0.2  # of the time the call had: enough for the transaction under way
_TO_COUNT = 0.5  # of that time: enough for a call to Comprehend under way, and for counting after it


@entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Count a batch; report the lowest sequence number that is not counted, from which it is delivered again.

    What came is noted for the lake as well, counted or not: its part is written later, as it then stands.
    """
    had = context.get_remaining_time_in_millis()
    in_time, may_listen = _until(context, _RESERVE * had), _until(context, _TO_COUNT * had)
    sequences: dict[str, list[str]] = defaultdict(list)
    responses = []
    for record in event["Records"]:
        response = parking.response_of(record)
        if response is not None:
            responses.append(response)
            sequences[response.id].append(record["dynamodb"]["SequenceNumber"])
    answer: dict[str, Any] = {"batchItemFailures": []}
    try:
        metrics.apply(listening.listen(responses, in_time=may_listen), in_time=in_time)
    except metrics.UnappliedError as left:
        numbers = [number for response in left.responses for number in sequences[response.id]]
        logger().warning("not all counted", extra={"code": left.code, "responses": len(left.responses)})
        answer = streams.again(numbers)
    else:
        logger().info("answers counted", extra={"answers": list(sequences)})
    lake.note(responses)
    return answer


def _until(context: Any, reserve: float) -> Callable[[], bool]:
    return lambda: context.get_remaining_time_in_millis() > reserve
