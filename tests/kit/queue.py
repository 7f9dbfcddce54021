"""SQS to Lambda on moto's queues, step by step: batches, partial failures, redelivery, duplicates, dead letters."""

import copy
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

import boto3

from tests.kit.faults import Crash, untouched
from tests.kit.stream import Context

Handler = Callable[[dict[str, Any], Any], Any]


class Queue:
    """One queue, one event source mapping with ReportBatchItemFailures, one dead-letter queue (`dead`).

    A message whose handler fails is delivered again, alone or beside others, until it was received `max_receives`
    times; then its body is in `dead`. `again`: how often a message that was done is delivered once more, as SQS may.
    Delays are not waited for: what was sent with a delay is delivered at once.
    """

    def __init__(
        self,
        name: str,
        handler: Handler,
        *,
        batch: int = 10,
        max_receives: int = 5,
        again: float = 0.0,
        seed: int = 0,
    ) -> None:
        """`name` is the queue's name in moto (tests/conftest.py makes the queues)."""
        self.name, self.handler, self.batch, self.max_receives, self.again = name, handler, batch, max_receives, again
        self.random = Random(seed)  # noqa: S311 - repeatable disorder, not a secret
        self.dead: list[Any] = []
        self.invocations = 0
        self._client = _client()
        self._url = f"https://sqs.us-east-1.amazonaws.com/123456789012/{name}"
        self._receives: Counter[str] = Counter()
        self._waiting: list[dict[str, Any]] = []

    def send(self, *bodies: Any) -> None:
        """Put messages on the queue, as a producer outside the product does (S3, SNS)."""
        with untouched():
            for body in bodies:
                self._client.send_message(QueueUrl=self._url, MessageBody=json.dumps(body))

    def waiting(self) -> list[Any]:
        """Return the bodies that wait, without delivering them."""
        self._receive()
        return [json.loads(message["Body"]) for message in self._waiting]

    def step(self) -> bool:
        """Deliver one batch; False when nothing waits."""
        self._receive()
        batch = self._waiting[: self.batch]
        del self._waiting[: self.batch]
        if not batch:
            return False
        for message in batch:
            self._receives[message["MessageId"]] += 1
        failed = self._invoke(batch)
        for message in batch:
            if message["MessageId"] in failed:
                self._failed(message)
            elif self.random.random() < self.again:
                self._waiting.append(message)
        return True

    def run(self) -> None:
        """Deliver until nothing waits, what the handlers themselves put on this queue included."""
        while self.step():
            pass

    def replay(self) -> None:
        """Put the dead letters back, as an operator's redrive does."""
        bodies, self.dead = self.dead, []
        self.send(*bodies)

    def _failed(self, message: dict[str, Any]) -> None:
        if self._receives[message["MessageId"]] >= self.max_receives:
            self.dead.append(json.loads(message["Body"]))
        else:
            self._waiting.append(message)

    def _invoke(self, batch: list[dict[str, Any]]) -> set[str]:
        """Return the ids of the messages that must be delivered again."""
        self.invocations += 1
        every = {message["MessageId"] for message in batch}
        try:
            answer = self.handler({"Records": [self._record(message) for message in batch]}, Context())
        except Crash:
            return every
        except Exception:  # noqa: BLE001 - whatever a handler raises is a function error to Lambda
            return every
        failed = {failure.get("itemIdentifier") for failure in (answer or {}).get("batchItemFailures", ())}
        return every if failed - every else failed

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        body = message["Body"]
        return copy.deepcopy(
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": str(self._receives[message["MessageId"]]),
                    "SentTimestamp": message.get("Attributes", {}).get("SentTimestamp", "0"),
                    "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                    "ApproximateFirstReceiveTimestamp": "0",
                },
                "messageAttributes": {},
                "md5OfBody": hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(),
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{self.name}",
                "awsRegion": "us-east-1",
            }
        )

    def _receive(self) -> None:
        """Take everything off moto's queue: from here on the driver alone decides when a message is seen again."""
        _end_delays(self.name)
        with untouched():
            while messages := self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=10, AttributeNames=["All"], WaitTimeSeconds=0
            ).get("Messages"):
                for message in messages:
                    self._waiting.append(message)
                    self._client.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])


@cache
def _client() -> Any:
    """Return the client of all queues: making one costs more than most queues are asked for."""
    return boto3.client("sqs", region_name="us-east-1")


def _end_delays(name: str) -> None:
    from moto.sqs.models import sqs_backends  # noqa: PLC0415 - slow to import, rarely wanted

    for message in sqs_backends["123456789012"]["us-east-1"].queues[name]._messages:  # noqa: SLF001 - no public way
        message.delayed_until = 0
