"""SQS: sending work and reading it. The only module that knows the queue service."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from escuta import bounded, sdk
from escuta.config import TRIES
from escuta.errors import UnavailableError
from escuta.observe import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@cache
def _client() -> "SQSClient":
    client: SQSClient = bounded.client("sqs", bounded.config())
    return client


def send(queue: str, bodies: Iterable[dict[str, Any]], *, delay: int = 0) -> None:
    """Send messages, ten a call. `queue` is a queue URL, `delay` seconds. UnavailableError when one was not taken."""
    for batch in _tens(bodies):
        entries: Any = [
            {"Id": str(number), "MessageBody": json.dumps(body), "DelaySeconds": delay}
            for number, body in enumerate(batch)
        ]
        with sdk.answering("queue_unavailable"):
            answer = _client().send_message_batch(QueueUrl=queue, Entries=entries)
        if answer.get("Failed"):
            raise UnavailableError("queue_unavailable", retry_after=2)


def visible(queue: str) -> int:
    """Return how many messages wait in a queue, about. UnavailableError when it does not say."""
    with sdk.answering("queue_unavailable"):
        told = _client().get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(told["Attributes"]["ApproximateNumberOfMessages"])


def _tens(bodies: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    walk = iter(bodies)
    while batch := list(islice(walk, 10)):
        yield batch


def each(
    event: dict[str, Any], work: Callable[[Any], None], given_up: Callable[[Any, Exception], None] | None = None
) -> dict[str, Any]:
    """Do `work` for the body of each message; report the failed ones alone, so that the others are not done again.

    Every exception of one message is logged and leaves that message in the queue: after its last try it goes to the
    dead-letter queue, so nothing is swallowed. `given_up` is told of that, to say so where people look.
    """
    failed = []
    for record in event["Records"]:
        try:
            _work(record, work, given_up)
        except Exception:  # noqa: BLE001 - the queue keeps the message; one bad message must not block the batch
            logger().exception("message failed", extra={"message_id": record["messageId"]})
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def together(event: dict[str, Any], work: Callable[[list[Any]], Collection[Any]]) -> dict[str, Any]:
    """Do `work` for the bodies of all messages at once; report those that it returns as failed.

    What it raises fails them all. A message that cannot be read fails alone.
    """
    bodies: dict[str, Any] = {}
    failed = []
    for record in event["Records"]:
        try:
            bodies[record["messageId"]] = json.loads(record["body"])
        except ValueError:
            logger().exception("message failed", extra={"message_id": record["messageId"]})
            failed.append(record["messageId"])
    left = work(list(bodies.values()))
    failed += [name for name, body in bodies.items() if body in left]
    return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}


def _work(
    record: dict[str, Any], work: Callable[[Any], None], given_up: Callable[[Any, Exception], None] | None
) -> None:
    body = json.loads(record["body"])
    try:
        work(body)
    except Exception as error:
        tries = int(record.get("attributes", {}).get("ApproximateReceiveCount", 1))
        if given_up is not None and tries >= TRIES:
            given_up(body, error)
        raise
