"""No counter is added to without a guard: the SDK itself repeats a write whose reply was lost (faults 3.0, rule 1)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

EVERY_CALL = "_make_api_call"  # the one method of botocore that every call of every client goes through
_ADDS = re.compile(r"\bADD\b|=\s*(if_not_exists\([^)]*\)|[#.\w]+)\s*[+-]", re.IGNORECASE)
_allowed: ContextVar[bool] = ContextVar("allowed", default=False)


@contextmanager
def standing() -> Iterator[None]:
    """Refuse, at the SDK, every addition that nothing guards."""
    original = vars(BaseClient)[EVERY_CALL]

    def call(self: BaseClient, operation_name: str, api_params: dict[str, Any]) -> Any:
        check(operation_name, api_params)
        return original(self, operation_name, api_params)

    with patch.object(BaseClient, EVERY_CALL, call):
        yield


@contextmanager
def down() -> Iterator[None]:
    """Let unguarded additions through: for the tests that show what they do."""
    token = _allowed.set(True)
    try:
        yield
    finally:
        _allowed.reset(token)


def check(operation: str, parameters: dict[str, Any]) -> None:
    """Refuse an addition that nothing guards, unless the guard is down. For who stands in for the SDK itself."""
    if not _allowed.get():
        refuse(operation, parameters)


def refuse(operation: str, parameters: dict[str, Any]) -> None:
    """Raise AssertionError for an addition outside a transaction that also carries a condition."""
    writes = [parameters] if operation == "UpdateItem" else []
    if operation == "TransactWriteItems":
        writes = [action for item in parameters["TransactItems"] for action in item.values()]
    adds = any(_ADDS.search(write.get("UpdateExpression", "")) for write in writes)
    if adds and not any("ConditionExpression" in write for write in writes):
        message = f"{operation} adds to a number without a guard: a repeated request counts twice"
        raise AssertionError(message)
