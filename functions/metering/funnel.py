"""The stream of invitations -> the response funnel, of those whose people have begun to answer."""

from typing import Any

from escuta import streams
from escuta.observe import entry, logger
from escuta.outreach import catching_up

_RESERVE = 0.2  # of the time the call had: enough for the transaction under way


@entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Count a batch; report the lowest sequence number that is not counted, from which it is delivered again."""
    reserve = _RESERVE * context.get_remaining_time_in_millis()
    sequences: dict[str, str] = {}
    for record in event["Records"]:
        change = record["dynamodb"]
        link_key, number = change["Keys"]["pk"]["S"].partition("#")[2], str(change["SequenceNumber"])
        sequences[link_key] = streams.first([sequences.get(link_key, number), number])
    try:
        catching_up.count(sequences, in_time=lambda: context.get_remaining_time_in_millis() > reserve)
    except catching_up.UncountedError as left:
        logger().warning("not all counted", extra={"code": left.code, "invitations": len(left.link_keys)})
        return streams.again(sequences[link_key] for link_key in left.link_keys)
    return {"batchItemFailures": []}
