"""The dead-letter queues: what lies in them, and moving it back to where it came from.

A message may be moved twice, when something ends between the sending and the removing: every handler may be called
with the same message again. None is lost: nothing is removed before it was taken.
"""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from infra.operate import stacks
from infra.operate.account import Account

Pause = Callable[[float], None]
MISSED = "missed"
ID = re.compile(r"(?P<name>\w*?)(?P<part>Dead|Queue|Missed)[0-9A-F]{8}")
_UNKNOWN = {"InvalidAction", "UnknownOperationException", "NotImplemented"}  # what an AWS says that has no such call
_UNDER_WAY = {"RUNNING", "CANCELLING"}
HIDDEN = 60  # seconds that a message is kept from others while it is moved
_LOOK = 2.0  # seconds between two looks at a move of AWS's own


class Queue(NamedTuple):
    """A queue of what failed, and the queue that it is moved back to; "" for calls by the clock, which come again."""

    name: str
    url: str
    back: str


class Lying(NamedTuple):
    """How much lies in a queue, and since when the oldest of the first ten."""

    number: int
    oldest: datetime | None


class Moved(NamedTuple):
    """What came of moving: how many, what lies there still, and why it did not go on."""

    number: int
    left: int
    why: str = ""


def queues(account: Account) -> list[Queue]:
    """Return the queues of what failed, by the names of the work that they were put aside from."""
    found = {
        (match["name"].lower(), match["part"]): each.physical
        for each in stacks.resources(account, "AWS::SQS::Queue")
        if (match := ID.fullmatch(each.logical))
    }
    dead = [Queue(name, url, found[name, "Queue"]) for (name, part), url in found.items() if part == "Dead"]
    missed = [Queue(MISSED, url, "") for (_, part), url in found.items() if part == "Missed"]
    return [*sorted(dead), *missed]


def lying(account: Account, queue: Queue) -> Lying:
    """Look at a queue. Messages are looked at without being kept from anybody."""
    sqs = account.aws("sqs")
    count = _count(sqs, queue.url)
    if not count:
        return Lying(0, None)
    seen = sqs.receive_message(
        QueueUrl=queue.url, MaxNumberOfMessages=10, VisibilityTimeout=0, MessageSystemAttributeNames=["SentTimestamp"]
    ).get("Messages", ())
    sent = [int(each["Attributes"]["SentTimestamp"]) / 1000 for each in seen]
    return Lying(count, datetime.fromtimestamp(min(sent), UTC) if sent else None)


def forget(account: Account, queue: Queue) -> None:
    """Empty a queue of calls that need not be made again."""
    if queue.back:
        raise ValueError(f"{queue.name} holds work that nobody has done")
    account.aws("sqs").purge_queue(QueueUrl=queue.url)


def redrive(account: Account, queue: Queue, *, rate: int, pause: Pause = time.sleep) -> Moved:
    """Move everything back, at most `rate` a second, and wait for the end.

    AWS does it by itself, and goes on when whoever asked is gone; asked again, this waits for the move under way.
    """
    sqs = account.aws("sqs")
    arn, back = (_arn(sqs, url) for url in (queue.url, queue.back))
    try:
        if not _moving(sqs, arn):
            sqs.start_message_move_task(SourceArn=arn, DestinationArn=back, MaxNumberOfMessagesPerSecond=rate)
    except ClientError as error:
        if error.response["Error"]["Code"].rpartition(".")[2] in _UNKNOWN:
            return _by_hand(sqs, queue, rate, pause)
        if not _moving(sqs, arn):  # else it had begun, and the SDK asked once more
            raise
    while _moving(sqs, arn):
        pause(_LOOK)
    (last, *_) = sqs.list_message_move_tasks(SourceArn=arn)["Results"]
    why = "" if last["Status"] == "COMPLETED" else f"{last['Status']}: {last.get('FailureReason', '')}"
    return Moved(last.get("ApproximateNumberOfMessagesMoved", 0), _count(sqs, queue.url), why)


def _moving(sqs: Any, arn: str) -> bool:
    results = sqs.list_message_move_tasks(SourceArn=arn).get("Results", ())
    return any(each["Status"] in _UNDER_WAY for each in results)


def _by_hand(sqs: Any, queue: Queue, rate: int, pause: Pause) -> Moved:
    """Move what lies there now, one by one. What fails again meanwhile waits for the next time."""
    moved = 0
    for message in _taken(sqs, queue.url, _count(sqs, queue.url)):
        attributes = message.get("MessageAttributes", {})
        sqs.send_message(QueueUrl=queue.back, MessageBody=message["Body"], MessageAttributes=attributes)
        sqs.delete_message(QueueUrl=queue.url, ReceiptHandle=message["ReceiptHandle"])
        moved += 1
        pause(1 / rate)
    return Moved(moved, _count(sqs, queue.url))


def _taken(sqs: Any, url: str, most: int) -> Iterator[dict[str, Any]]:
    for _ in range(most):
        found = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=HIDDEN, MessageAttributeNames=["All"]
        ).get("Messages", ())
        if not found:
            return
        yield from found


def _count(sqs: Any, url: str) -> int:
    names = ("", "NotVisible", "Delayed")
    wanted = [f"ApproximateNumberOfMessages{name}" for name in names]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)["Attributes"]
    return sum(int(told.get(name, 0)) for name in wanted)


def _arn(sqs: Any, url: str) -> str:
    return str(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"])
