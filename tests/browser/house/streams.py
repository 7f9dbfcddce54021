"""The stream of the feedback table: what is written while it is watched reaches metering and ticketing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from escuta.events import DomainEvent
from escuta.feedback.model import Response
from metering import app as metering
from tests.kit.store import Store
from tests.kit.stream import Context, Record, event, record
from ticketing import app as ticketing

_TABLE = "escuta-feedback"
_WRITES = {"PutItem", "DeleteItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems"}
_COUNTED = {Response.kind}
_HEARD = {Response.kind, DomainEvent.kind}
_BATCH = 100


class Streams:
    """What was written and has not been read yet."""

    def __init__(self, store: Store) -> None:
        """Watch these tables while `watched`."""
        self.store = store
        self.waiting: list[Record] = []
        self._number = 0

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Note every change of a row of the table."""
        call = self.store.call

        def noting(operation: str, request: dict[str, Any]) -> Any:
            keys = list(_keys(operation, request)) if operation in _WRITES else []
            before = [self._row(key) for key in keys]  # a row is replaced, and never changed
            said = call(operation, request)
            for key, old in zip(keys, before, strict=True):
                new = self._row(key)
                if new is not None and new != old and new.get("kind", {}).get("S") in _HEARD:
                    self._number += 1
                    self.waiting.append(record(new, old, number=10**21 + self._number))
            return said

        with patch.object(self.store, "call", noting):
            yield

    def read(self) -> bool:
        """Let the functions read a batch of what waits; tell whether there was one."""
        batch, self.waiting = self.waiting[:_BATCH], self.waiting[_BATCH:]
        if not batch:
            return False
        kinds = [each["dynamodb"]["NewImage"].get("kind", {}).get("S") for each in batch]
        answers = [each for each, kind in zip(batch, kinds, strict=True) if kind in _COUNTED]
        if answers:
            metering.handler(event(answers), Context())
        ticketing.handler(event(batch), Context())
        return True

    def _row(self, key: dict[str, Any]) -> dict[str, Any] | None:
        return self.store.tables[_TABLE].get(key)


def _keys(operation: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if operation == "TransactWriteItems":
        for action in request["TransactItems"]:
            for name, each in action.items():
                if name != "ConditionCheck" and each["TableName"] == _TABLE:
                    yield each.get("Key") or each["Item"]
    elif operation == "BatchWriteItem":
        for each in request["RequestItems"].get(_TABLE, ()):
            yield each["PutRequest"]["Item"] if "PutRequest" in each else each["DeleteRequest"]["Key"]
    elif request["TableName"] == _TABLE:
        yield request.get("Key") or request["Item"]
