"""One fault at one AWS call, for every call of a scenario.

`survey_of_faults` runs a scenario once without faults, then once more for every call and every fault, each time in an
empty world, lets the caller recover as it would in life (by default: the same call again), and says after which faults
the store does not hold what it holds after the clean run.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError, ConnectionClosedError, ReadTimeoutError

from escuta.errors import EscutaError
from tests.kit import world
from tests.kit.guard import EVERY_CALL

ENDPOINT = "https://aws.example"
THROTTLED = {
    "dynamodb": "ProvisionedThroughputExceededException",
    "s3": "SlowDown",
    "sqs": "RequestThrottled",
    "sesv2": "TooManyRequestsException",
}


class Crash(BaseException):
    """The process died. Not an Exception, so that no product code can go on after it."""


class Fault(StrEnum):
    """What goes wrong at one call."""

    CRASH_BEFORE = "crash before"
    CRASH_AFTER = "crash after"
    THROTTLE = "throttle"
    LOST_REPLY = "lost reply"  # it happened; the caller sees a read timeout
    CLOSED = "connection closed"  # it happened; the caller sees the connection closed
    REPEATED = "repeated"  # the reply was lost and the SDK itself sent the request again
    CONFLICT = "transaction conflict"
    THROTTLED_TRANSACTION = "throttled transaction"
    MIXED_TRANSACTION = "conflict and throttle"


_untouched: ContextVar[bool] = ContextVar("untouched", default=False)
_with_audit: ContextVar[bool] = ContextVar("with_audit", default=False)
AUDIT = "escuta-audit"
READS = ("BatchGet", "Describe", "Get", "Head", "List", "Query", "Receive")
TRANSACTION_ONLY = frozenset({Fault.CONFLICT, Fault.THROTTLED_TRANSACTION, Fault.MIXED_TRANSACTION})


@dataclass(frozen=True)
class Call:
    """One AWS call of a scenario, counted from 0."""

    number: int
    service: str
    operation: str
    actions: int = 1  # of a transaction

    def __str__(self) -> str:
        return f"call {self.number} {self.service}.{self.operation}"

    def faults(self) -> tuple[Fault, ...]:
        """Return what can go wrong here. DynamoDB takes a repeated transaction once: it carries a request token.

        A read changes nothing, so that dying beside it is dying beside the write before it; what is left of it is an
        answer that says no, and none.
        """
        if self.operation.startswith(READS):
            return Fault.THROTTLE, Fault.LOST_REPLY
        if self.operation == "TransactWriteItems":
            senseless = {Fault.REPEATED} if self.actions > 1 else {Fault.REPEATED, Fault.MIXED_TRANSACTION}
            return tuple(fault for fault in Fault if fault not in senseless)
        return tuple(fault for fault in Fault if fault not in TRANSACTION_ONLY)


@contextmanager
def recording() -> Iterator[list[Call]]:
    """Yield the list of AWS calls made inside the block."""
    calls: list[Call] = []
    with _patched(lambda _call, proceed: proceed(), calls):
        yield calls


@contextmanager
def injected(number: int, fault: Fault) -> Iterator[list[Call]]:
    """Make one call inside the block fail once in this way. Yields the calls made, to see whether it was reached."""
    calls: list[Call] = []

    def touch(call: Call, proceed: Callable[[], Any]) -> Any:
        return spoil(fault, call, proceed) if call.number == number else proceed()

    with _patched(touch, calls):
        yield calls


@contextmanager
def storm(probability: float, seed: int) -> Iterator[list[Fault]]:
    """Make every call inside the block fail with this probability, in any way it can. Yields what was injected."""
    random = Random(seed)  # noqa: S311 - repeatable disorder, not a secret
    injected_faults: list[Fault] = []

    def touch(call: Call, proceed: Callable[[], Any]) -> Any:
        if random.random() >= probability:
            return proceed()
        injected_faults.append(random.choice(call.faults()))
        return spoil(injected_faults[-1], call, proceed)

    with _patched(touch, []):
        yield injected_faults


@contextmanager
def untouched() -> Iterator[None]:
    """Keep the calls of a driver itself out of the record and out of harm."""
    token = _untouched.set(True)
    try:
        yield
    finally:
        _untouched.reset(token)


@contextmanager
def with_audit() -> Iterator[None]:
    """Count and strike what the audit stores, too. Else it is left alone: it does the same for every request."""
    token = _with_audit.set(True)
    try:
        yield
    finally:
        _with_audit.reset(token)


@contextmanager
def failing(operation: str, error: Callable[[dict[str, Any]], Exception | None]) -> Iterator[None]:
    """Ask `error(parameters)` at each call of this operation: raise what it returns, or let the call through."""
    original = vars(BaseClient)[EVERY_CALL]

    def call(self: BaseClient, operation_name: str, api_params: dict[str, Any]) -> Any:
        problem = error(api_params) if operation_name == operation else None
        if problem is not None:
            raise problem
        return original(self, operation_name, api_params)

    with patch.object(BaseClient, EVERY_CALL, call):
        yield


def survey_of_faults(
    prepare: Callable[[], None],
    act: Callable[[], object],
    *,
    recover: Callable[[], object] | None = None,
    view: Callable[[], world.Snapshot] = world.snapshot,
    faults: tuple[Fault, ...] = tuple(Fault),
    at: Callable[[Call], bool] = lambda _call: True,
) -> list[str]:
    """Return what came out differently, one line per fault ([]: the scenario survives everything).

    Under a fault `act` may fail with an error of the domain or of AWS; `recover` is what its caller does next, and must
    not fail. Recovering after a clean run must change nothing either. `at` narrows the calls, where there are many.
    """
    recover = recover or act
    world.fresh()
    prepare()
    with recording() as calls:
        act()
    expected = view()
    recover()
    again = world.difference(expected, view())
    found = [f"no fault, but done again: {again}"] if again else []
    for call in filter(at, calls):
        for fault in (fault for fault in call.faults() if fault in faults):
            problem = _trial(prepare, act, recover, call, fault) or world.difference(expected, view())
            if problem:
                found.append(f"{fault} at {call}: {problem}")
    return found


def transaction_cancelled(*codes: str) -> ClientError:
    """Return the error DynamoDB gives for a cancelled transaction with these reasons, one per action."""
    reasons = [{"Code": code, "Message": code} for code in codes]
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": f"Transaction cancelled {list(codes)}"},
        "CancellationReasons": reasons,
    }
    return ClientError(response, "TransactWriteItems")


def throttled(service: str, operation: str) -> ClientError:
    """Return the error of this service for a caller that is too fast."""
    code = THROTTLED.get(service, "ThrottlingException")
    return ClientError({"Error": {"Code": code, "Message": "Rate exceeded"}}, operation)


def _trial(
    prepare: Callable[[], None], act: Callable[[], object], recover: Callable[[], object], call: Call, fault: Fault
) -> str:
    world.fresh()
    prepare()
    with injected(call.number, fault) as calls:
        try:
            act()
        except (Crash, EscutaError, ClientError, BotoCoreError):
            pass  # the caller is told, and recovers
        except Exception as error:  # noqa: BLE001 - a fault that nobody foresaw: this is what we look for
            return f"failed with {error!r}"
    if len(calls) <= call.number:
        return f"was never reached: {len(calls)} calls"
    recover()
    return ""


def spoil(fault: Fault | None, call: Call, proceed: Callable[[], Any]) -> Any:
    """Make a call, and let this go wrong with it."""
    rest = ["None"] * (call.actions - 1)
    match fault:
        case Fault.CRASH_BEFORE:
            raise Crash(str(call))
        case Fault.THROTTLE:
            raise throttled(call.service, call.operation)
        case Fault.CONFLICT:
            raise transaction_cancelled(*rest, "TransactionConflict")
        case Fault.THROTTLED_TRANSACTION:
            raise transaction_cancelled(*rest, "ThrottlingError")
        case Fault.MIXED_TRANSACTION:
            raise transaction_cancelled("TransactionConflict", *rest[1:], "ThrottlingError")
    answer = proceed()
    match fault:
        case Fault.CRASH_AFTER:
            raise Crash(str(call))
        case Fault.LOST_REPLY:
            raise ReadTimeoutError(endpoint_url=ENDPOINT)
        case Fault.CLOSED:
            raise ConnectionClosedError(endpoint_url=ENDPOINT)
        case Fault.REPEATED:
            return proceed()
    return answer


@contextmanager
def _patched(touch: Callable[[Call, Callable[[], Any]], Any], calls: list[Call]) -> Iterator[None]:
    original = vars(BaseClient)[EVERY_CALL]

    def call(self: BaseClient, operation_name: str, api_params: dict[str, Any]) -> Any:
        def proceed() -> Any:
            return original(self, operation_name, api_params)

        if _untouched.get() or (api_params.get("TableName") == AUDIT and not _with_audit.get()):
            return proceed()
        service = self.meta.service_model.service_name
        calls.append(Call(len(calls), service, operation_name, len(api_params.get("TransactItems", ())) or 1))
        return touch(calls[-1], proceed)

    with patch.object(BaseClient, EVERY_CALL, call), patch.object(time, "sleep", _wait_not):
        yield


def _wait_not(_seconds: float) -> None:
    """Let no retry wait."""
