"""What every function does while it runs: calls of AWS, what they cost, what it logs, and its own processor time.

Sits where botocore sends a call, so that all clients of the product pass by, the lightened ones as well. The tables are
those in memory; time spent in them, and in whatever else stands in for AWS, is not the function's.
"""

import io
import json
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from benchmarks.capacity import Item, Units
from escuta import observe
from escuta.outreach import posting
from tests.conftest import in_memory
from tests.kit import guard
from tests.kit.stream import Context

Handler = Callable[[dict[str, Any], Any], Any]
Measured = Callable[..., Any]  # the context may be left out
Changed = tuple[str, Item | None, Item | None]  # table, the row before, and after
_LINE = 26  # bytes that CloudWatch counts for each line besides its own
_TENS = 10  # messages that one receiving, and one deleting, takes
_KINDS = {  # service, operation -> the unit that it is billed in; what is not here is billed in none
    "sqs.SendMessageBatch": "sqs.requests",
    "sqs.SendMessage": "sqs.requests",
    "sqs.GetQueueAttributes": "sqs.requests",
    "s3.PutObject": "s3.puts",
    "s3.CreateMultipartUpload": "s3.puts",
    "s3.UploadPart": "s3.puts",
    "s3.CompleteMultipartUpload": "s3.puts",
    "s3.CopyObject": "s3.puts",
    "s3.ListObjectsV2": "s3.puts",
    "s3.GetObject": "s3.gets",
    "s3.HeadObject": "s3.gets",
    "sesv2.SendEmail": "ses.messages",
    "ses.SendRawEmail": "ses.messages",
    "sns.Publish": "sms.messages",
    "secretsmanager.GetSecretValue": "secrets.requests",
}
_WAITS = {"dynamodb": "store", "sesv2": "mail", "ses": "mail", "sns": "mail"}
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


@dataclass
class Part:
    """What one part of a scene took in all: units by name, and by function how often, how long, and what it awaited."""

    units: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    runs: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    waits: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(float)))
    smaller: float = 0.0  # write units, if rows were smaller
    metrics: set[str] = field(default_factory=set)  # of our own, by name and dimensions


class Meter:
    """Measures while `standing`. `changes` are the rows that functions changed since they were taken last."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.parts: dict[str, Part] = {}
        self.changes: list[Changed] = []
        self._part, self._function = Part(), ""
        self._log, self._lock = io.StringIO(), threading.Lock()
        self._elsewhere = 0.0

    @contextmanager
    def part(self, name: str) -> Iterator[Part]:
        """Add what follows to this part."""
        before, self._part = self._part, self.parts.setdefault(name, Part())
        yield self._part
        self._part = before

    def function(self, name: str, handler: Handler, *, queue: bool = False) -> Measured:
        """Return the handler, measured; of a queue its messages are received and deleted, too."""

        def call(event: dict[str, Any], context: Any = None) -> Any:
            if queue:
                self._part.units["sqs.requests"] += 2 * -(-len(event["Records"]) // _TENS)
            with self.running(name):
                return handler(event, context or Context())

        return call

    @contextmanager
    def running(self, name: str) -> Iterator[None]:
        """Count what happens within as one run of this function."""
        if self._function:
            raise RuntimeError(f"{name} within {self._function}")
        self._function, self._elsewhere = name, 0.0
        self._part.runs[name] += 1
        begun, logged = time.process_time(), self._log.tell()
        try:
            with redirect_stdout(self._log):  # metrics are lines as well
                yield
        finally:
            self._part.seconds[name] += max(0.0, time.process_time() - begun - self._elsewhere)
            self._log.seek(logged)
            lines = self._log.readlines()
            self._part.units["logs.bytes"] += sum(len(line.encode()) + _LINE for line in lines)
            self._part.metrics.update(metric for line in lines for metric in _metrics(line))
            self._function = ""

    @contextmanager
    def standing(self) -> Iterator[None]:
        """Let every call of a function pass by here."""
        below = vars(BaseClient)[guard.EVERY_CALL]

        def call(client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
            if not self._function:
                return below(client, operation, parameters)
            begun = time.thread_time()
            try:
                return self._passed(client, operation, parameters, below)
            finally:
                with self._lock:
                    self._elsewhere += time.thread_time() - begun

        with patch.object(BaseClient, guard.EVERY_CALL, call), self._logging():
            yield

    def _passed(self, client: BaseClient, operation: str, parameters: dict[str, Any], below: Any) -> Any:
        service = client.meta.service_model.service_name
        with self._lock:
            self._count(service, operation, parameters)
        if service != "dynamodb":
            return below(client, operation, parameters)
        guard.check(operation, parameters)
        with self._lock:
            units = Units(in_memory())
            try:
                return units.call(operation, parameters)
            finally:
                self._part.units["dynamodb.writes"] += units.writes
                self._part.units["dynamodb.reads"] += units.reads
                self._part.smaller += units.smaller
                self._part.units["dynamodb.bytes"] += units.stays
                self.changes += units.changes

    def _count(self, service: str, operation: str, parameters: dict[str, Any]) -> None:
        if unit := _KINDS.get(f"{service}.{operation}"):
            self._part.units[unit] += 1
        if operation == "PutEvents":
            self._part.units["events.published"] += len(parameters["Entries"])
            self._part.units["events.bytes"] += sum(len(entry["Detail"].encode()) for entry in parameters["Entries"])
        if operation == "GetMetricData":
            self._part.units["metrics.read"] += len(parameters["MetricDataQueries"])
        if operation == "PutObject":
            self._part.units["s3.bytes"] += _length(parameters.get("Body"))
        kind = _WAITS.get(service, service)
        kind = "write" if operation in _WRITES else "read" if kind == "store" else kind
        beside = threading.current_thread() is threading.main_thread()
        self._part.waits[self._function][kind] += 1 if beside else 1 / posting.AT_ONCE

    @contextmanager
    def _logging(self) -> Iterator[None]:
        """Collect every line that functions log, at the level at which they are deployed."""
        logger = observe.logger()
        stream, level = logger.registered_handler, logger.log_level
        if not isinstance(stream, logging.StreamHandler):
            raise TypeError(stream)
        usual = stream.setStream(self._log)
        logger.setLevel("INFO")
        try:
            yield
        finally:
            logger.setLevel(level)
            stream.setStream(usual)


def _metrics(line: str) -> Iterator[str]:
    """Yield the metrics that a line tells of, in CloudWatch's embedded format: each set of dimensions is one more."""
    if '"_aws"' not in line:
        return
    told = json.loads(line)
    for group in told["_aws"]["CloudWatchMetrics"]:
        for names in group["Dimensions"]:
            values = ",".join(f"{name}={told[name]}" for name in sorted(names))
            yield from (f"{group['Namespace']}/{each['Name']}{{{values}}}" for each in group["Metrics"])


def _length(body: Any) -> int:
    if hasattr(body, "__len__"):  # bytes, and the parts of a file that the SDK sends
        return len(body)
    place = body.tell()
    body.seek(0, io.SEEK_END)
    end = body.tell()
    body.seek(place)
    return int(end)
