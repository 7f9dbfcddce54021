"""A whole account in memory: the tables, the queues, the mail and SMS services and the secret, with seeded faults.

What happens at a call follows from the seed, from whom the call is about and from how often that was: the same in every
run, in whatever order threads come by.
"""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from threading import Lock
from typing import Any
from unittest.mock import patch
from zlib import crc32

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from escuta import clock
from escuta.entity import Table
from tests.kit import faults, guard
from tests.kit.expressions import UnknownError
from tests.kit.faults import Call, Fault
from tests.kit.queue import Queue
from tests.kit.store import Store

SENDS = frozenset({"SendEmail", "Publish"})
_RATE = {"Max24HourSend": 5_000_000.0, "MaxSendRate": 5_000.0, "SentLast24Hours": 0.0}


@dataclass(frozen=True)
class Left:
    """A message that truly left: to whom, and which one it was."""

    address: str
    reminder: str  # "" : the first message
    message_id: str
    invitation: str = ""  # its tag, of a mail

    @property
    def place(self) -> tuple[str, int]:
        """Return to whom it went, and as which message: 0 is the first."""
        return self.address, int(self.reminder or 0)


@dataclass(frozen=True)
class Struck:
    """A fault that was injected, and whom or what the call was about."""

    fault: Fault
    operation: str
    about: str


class Account:
    """What the SDK finds while `standing`. `mails` and `texts` are what left, `struck` the faults."""

    def __init__(
        self,
        *,
        probability: float = 0.0,
        partly: float = 0.0,
        seed: int = 0,
        refused: Callable[[str], bool] = lambda _address: False,
    ) -> None:
        """`probability` of a fault at each call; `partly` as of `Store`; `refused`: addresses that get no mail."""
        self.store = Store([f"escuta-{table}" for table in Table], partly=partly, seed=seed)
        self.queues: dict[str, list[tuple[datetime, int, str, str]]] = defaultdict(list)  # heaps, by when they are due
        self.left: list[Left] = []
        self.struck: list[Struck] = []
        self.calls: Counter[str] = Counter()
        self.probability, self.seed, self.refused = probability, seed, refused
        self._order = count()
        self._times: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def call(self, service: str, operation: str, request: dict[str, Any]) -> Any:
        """Answer one call of the SDK, unless a fault strikes it."""
        with self._lock:
            self.calls[operation] += 1
            fault, call = self._weather(service, operation, request)
        return faults.spoil(fault, call, lambda: self._answer(service, operation, request))

    @contextmanager
    def calm(self) -> Iterator[None]:
        """Let no fault strike inside the block: for who looks on."""
        probability, self.probability = self.probability, 0.0
        try:
            yield
        finally:
            self.probability = probability

    def _weather(self, service: str, operation: str, request: dict[str, Any]) -> tuple[Fault | None, Call]:
        about = _about(operation, request)
        self._times[operation, about] += 1
        call = Call(self.calls[operation], service, operation, len(request.get("TransactItems", ())) or 1)
        if not self.probability:
            return None, call
        dice = crc32(f"{self.seed}|{operation}|{about}|{self._times[operation, about]}".encode())
        if dice % 100_000 >= self.probability * 100_000:
            return None, call
        # An SDK that sends a message again by itself is what the product tells it never to be.
        could = [fault for fault in call.faults() if fault is not Fault.REPEATED or operation not in SENDS]
        if operation in SENDS and self.refused(about):  # there is no answer to lose: it says no
            could = [Fault.CRASH_BEFORE, Fault.THROTTLE]
        self.struck.append(Struck(could[dice // 100_000 % len(could)], operation, about))
        return self.struck[-1].fault, call

    def _answer(self, service: str, operation: str, request: dict[str, Any]) -> Any:
        match operation:
            case "SendEmail":
                return self._sent(request["Destination"]["ToAddresses"][0], request.get("EmailTags", ()))
            case "Publish":
                return self._sent(request["PhoneNumber"], ())
            case "GetAccount":
                return {"SendQuota": _RATE, "SendingEnabled": True, "ProductionAccessEnabled": True}
            case "GetSecretValue":
                return {"SecretString": "correct horse battery"}
            case "SendMessageBatch":
                return self._queued(request)
        if service != "dynamodb":
            raise UnknownError(operation)
        guard.check(operation, request)
        return self.store.call(operation, request)

    def _sent(self, address: str, tags: Any) -> dict[str, str]:
        if self.refused(address):
            error = {"Code": "MessageRejected", "Message": "Email address is on the suppression list"}
            raise ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": 400}}, "SendEmail")  # type: ignore[typeddict-item] # as much as is read of it
        named = {tag["Name"]: tag["Value"] for tag in tags}
        with self._lock:
            left = Left(address, named.get("reminder", ""), f"m-{len(self.left):06}", named.get("invitation", ""))
            self.left.append(left)
        return {"MessageId": left.message_id}

    def _queued(self, request: dict[str, Any]) -> dict[str, Any]:
        name = request["QueueUrl"].rpartition("/")[2]
        for entry in request["Entries"]:
            due = clock.now() + timedelta(seconds=entry.get("DelaySeconds", 0))
            with self._lock:
                number = f"{name}-{self.calls['SendMessageBatch']}-{entry['Id']}"
                heappush(self.queues[name], (due, next(self._order), number, entry["MessageBody"]))
        return {"Successful": [{"Id": entry["Id"]} for entry in request["Entries"]]}


def _about(operation: str, request: dict[str, Any]) -> str:
    if operation in SENDS:
        return str(request.get("PhoneNumber") or request["Destination"]["ToAddresses"][0])
    if operation == "TransactWriteItems":
        return str([_pk(action) for each in request["TransactItems"] for action in each.values()])
    return str(request.get("QueueUrl", "") or _pk(request))


def _pk(request: dict[str, Any]) -> str:
    return str((request.get("Key") or request.get("Item") or {}).get("pk", ""))


@contextmanager
def standing(account: Account) -> Iterator[None]:
    """Let every client of the SDK find this account; nothing goes to a network, and nothing waits."""

    def call(self: BaseClient, operation_name: str, api_params: dict[str, Any]) -> Any:
        return account.call(self.meta.service_model.service_name, operation_name, api_params)

    with patch.object(BaseClient, guard.EVERY_CALL, call), patch.object(time, "sleep", lambda _seconds: None):
        yield


class Waiting(Queue):
    """A queue of the account. Delays are kept, by the product's own clock."""

    def __init__(self, account: Account, name: str, handler: Any, **options: Any) -> None:
        """`options` are those of `Queue`."""
        super().__init__(name, handler, **options)
        self._account = account

    def send(self, *bodies: Any) -> None:
        """Put messages on the queue, as a producer outside the product does."""
        entries = [{"Id": str(number), "MessageBody": json.dumps(body)} for number, body in enumerate(bodies)]
        self._account._queued({"QueueUrl": self.name, "Entries": entries})  # noqa: SLF001 - the other half of it

    def next(self) -> datetime | None:
        """Return when the next message can be received."""
        waiting = self._account.queues[self.name]
        return waiting[0][0] if waiting else None

    def _receive(self) -> None:
        now, waiting = clock.now(), self._account.queues[self.name]
        while waiting and waiting[0][0] <= now:
            _, _, number, body = heappop(waiting)
            self._waiting.append({"MessageId": number, "ReceiptHandle": number, "Body": body})
