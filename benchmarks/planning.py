"""Planning a page of people: against a bare loop that stores what is left of it, and what it asks of the services.

The last rows count and do not measure: requests a person, where its own transaction is one and a tenth may be added;
and write units a person beside what that transaction writes, of which there may be two. An alarm is one of them.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import boto3
from botocore.client import BaseClient

from benchmarks.ground import DEPLOYMENT, NOW, STORE, batch, item, items, standing
from benchmarks.measure import Ratio, compare
from distribute.plan import handler
from escuta.directory.model import Contact
from escuta.outreach.model import AudienceKind, Deployment, PartGroup, SendTime, SendWhen

PEOPLE = 100  # of a page
REQUESTS, UNITS = 1.1, 2.0  # at most, of a person
_EVERY_CALL = "_make_api_call"  # the one method of botocore that every call of every client goes through
_KIB = 1024
_NOTHING = batch()


def ratios() -> Iterator[Ratio]:
    """Yield the ratio of planning a person, then what it asks of the services when sent now and sent later."""
    people = [person(number) for number in range(PEOPLE)]
    now = sending_to(people)
    later = now.changed(id="later", send=SendTime(when=SendWhen.LOCAL, hour="13:00"))
    with standing(answers(people, now, later)):
        groups = _stored(now)
        client = boto3.client("dynamodb")

        def bare() -> None:
            for group in groups:
                client.transact_write_items(TransactItems=group)

        yield compare("plan a person : transact what is stored", lambda: plan(now), bare, PEOPLE, "person")
        for deployment, when in ((now, "now"), (later, "later")):
            requests, units = _asked(deployment)
            yield Ratio(f"requests ({when}) : 1.1", requests, REQUESTS, requests / REQUESTS, "person")
            yield Ratio(f"further write units ({when}) : 2", units, UNITS, units / UNITS, "person")


def answers(people: list[Contact], *deployments: Deployment) -> dict[str, str]:
    """Return what the services answer: these people are there, and nobody was asked anything yet."""
    return {
        "GetItem|parts#0000": item(PartGroup(whole="deployment#now", number=0)),
        **{f"GetItem|deployment#{one.id}": item(one) for one in deployments},
        "BatchGetItem|parts#0000": batch(PartGroup(whole="deployment#now", number=0, done=(0,))),
        'BatchGetItem|{"S": "contact"}': batch(*people),
        "BatchGetItem": _NOTHING,
        "BatchWriteItem": json.dumps({"UnprocessedItems": {}}),
        "Query|segments": items(STORE),
    }


def plan(deployment: Deployment) -> None:
    """Plan the one page of a deployment, as SQS would have it."""
    body = json.dumps({"deployment": deployment.id, "part": 0, "cursor": ""})
    if handler({"Records": [{"messageId": "m", "body": body}]}, None)["batchItemFailures"]:
        raise RuntimeError("the page was not planned")


def person(number: int) -> Contact:
    """Return a person of a page."""
    return Contact(
        id=f"c{number}",
        name=f"Conceição Araújo {number}",
        email=f"pessoa.{number}@example.com",
        language="pt-BR",
        segment=STORE.code,
        created_at=NOW,
        updated_at=NOW,
    )


def sending_to(people: list[Contact]) -> Deployment:
    """Return a deployment to these people, of one page."""
    named = tuple(person.id for person in people)
    return DEPLOYMENT.changed(id="now", audience=AudienceKind.CONTACTS, contacts=named, parts=1)


@contextmanager
def _calls() -> Iterator[list[tuple[str, Mapping[str, Any]]]]:
    calls: list[tuple[str, Mapping[str, Any]]] = []
    original = vars(BaseClient)[_EVERY_CALL]

    def call(self: BaseClient, operation: str, request: dict[str, Any]) -> Any:
        calls.append((operation, request))
        return original(self, operation, request)

    with patch.object(BaseClient, _EVERY_CALL, call):
        yield calls


def _stored(deployment: Deployment) -> list[list[Any]]:
    """Return the actions of the transactions of a page."""
    with _calls() as calls:
        plan(deployment)
    return [request["TransactItems"] for operation, request in calls if operation == "TransactWriteItems"]


def _asked(deployment: Deployment) -> tuple[float, float]:
    """Return the requests a person, and the write units beside the transactions."""
    with _calls() as calls:
        plan(deployment)
    units = Counter[str]()
    for operation, request in calls:
        units[operation] += sum(map(_units, _written(operation, request)))
    return len(calls) / PEOPLE, units.total() / PEOPLE


def _written(operation: str, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if operation == "PutItem":
        yield request["Item"]
    if operation == "BatchWriteItem":
        for writes in request["RequestItems"].values():
            yield from (write["PutRequest"]["Item"] for write in writes)


def _units(row: Mapping[str, Any]) -> int:
    """Return the write units of a row: one for each KiB begun of its names and values."""
    size = sum(len(name) + len(str(next(iter(value.values()))).encode()) for name, value in row.items())
    return -(-size // _KIB)
