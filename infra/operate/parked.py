"""The bucket of what the consumers of the stream could not process: handing each batch to its function once more.

An object is what Lambda writes where a batch was given up: which function it was for, and the records themselves. It
goes under `done/` when the function has taken every record, and stays otherwise; a function may be given the same
records again.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from botocore.config import Config
from botocore.exceptions import ClientError

from infra.operate import stacks
from infra.operate.account import Account

DONE = "done/"
NAME = "parked"
_NAMED, _QUALIFIED = 6, 8  # where the ARN of a function has its name; the parts that it has with its alias
_SLOW = Config(read_timeout=910, retries={"total_max_attempts": 1})  # a call may take as long as a function runs


class Batch(NamedTuple):
    """An object in the bucket."""

    key: str
    since: datetime


class Handed(NamedTuple):
    """What became of a batch: nothing in `why` says that all of it was taken."""

    key: str
    function: str
    records: int
    why: str = ""


def bucket(account: Account) -> str:
    """Return the name of the bucket."""
    return stacks.outputs(account)["ParkedBucket"]


def batches(account: Account, name: str) -> Iterator[Batch]:
    """Return what lies there, the oldest first as far as keys tell, without what is done."""
    for page in account.aws("s3").get_paginator("list_objects_v2").paginate(Bucket=name):
        for each in page.get("Contents", ()):
            if not each["Key"].startswith(DONE):
                yield Batch(each["Key"], each["LastModified"])


def hand(account: Account, name: str, batch: Batch, ours: frozenset[str]) -> Handed:
    """Hand a batch to its function, which is one of `ours`, and put the object away when all was taken."""
    s3 = account.aws("s3")
    try:
        told = json.loads(s3.get_object(Bucket=name, Key=batch.key)["Body"].read())
        function, event = str(told["requestContext"]["functionArn"]), _event(told)
        parts = function.split(":")
        called = parts[_NAMED]
    except (LookupError, TypeError, ValueError) as error:
        return Handed(batch.key, "", 0, f"it is not what Lambda writes: {error!r}")
    if called not in ours:
        return Handed(batch.key, function, 0, "it is for a function that this stage does not have")
    target = function if len(parts) == _QUALIFIED else f"{function}:live"
    why = _refused(account, target, event)
    if not why:
        s3.copy_object(Bucket=name, Key=f"{DONE}{batch.key}", CopySource={"Bucket": name, "Key": batch.key})
        s3.delete_object(Bucket=name, Key=batch.key)
    return Handed(batch.key, called, len(event["Records"]), why)


def functions(account: Account) -> frozenset[str]:
    """Return the names of the functions of the stage."""
    return frozenset(each.physical for each in stacks.resources(account, "AWS::Lambda::Function"))


def _event(told: dict[str, Any]) -> dict[str, Any]:
    """Return the records as the function was given them; Lambda writes the event as text."""
    payload = told["payload"]
    event: dict[str, Any] = json.loads(payload) if isinstance(payload, str) else payload
    if not isinstance(event["Records"], list):
        raise TypeError("Records")
    return event


def _refused(account: Account, function: str, event: dict[str, Any]) -> str:
    """Return in words what the function did not take; "" when it took everything."""
    try:
        answer = account.aws("lambda", config=_SLOW).invoke(FunctionName=function, Payload=json.dumps(event).encode())
    except ClientError as error:
        return str(error)
    said = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        return f"the function failed: {said[:300]}"
    failures = (json.loads(said) or {}).get("batchItemFailures") or ()
    return f"not taken: {', '.join(str(each['itemIdentifier']) for each in failures)}" if failures else ""
