"""Counting the requests of a caller in leases, and letting a key in, against the same without.

The endpoint answers every write at once, so that the ratio is of what we ourselves do. Each run of `CALLS` requests
starts as a cold function does, and so pays for the reading and all portions of a caller's first minute.
"""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import boto3

from authorize import app as authorize
from benchmarks.ground import NOW, item, standing
from benchmarks.measure import Ratio, compare
from escuta.directory.access import keys, rates
from escuta.directory.model import ApiKey, Caller, KeySecret, Product, Scope
from manage import app as manage

CALLS = 400
SECRET = "A" * 32
KEY_ID = "0123456789abcdef"
ADDRESS = {"identity": {"sourceIp": "203.0.113.7"}, "requestId": "bench"}
_PASSED = rates.Standing(passed=True, limit=60_000, remaining=60_000, reset=60)


def ratios() -> Iterator[Ratio]:
    """Yield the ratio of a counted request, and that of the authorizer."""
    key = ApiKey(
        id=KEY_ID,
        name="ERP",
        secrets=(KeySecret(hash=keys._hash(SECRET), turn=1, created_at=NOW),),  # noqa: SLF001 - as the store has it
        scopes=tuple(Scope),
        created_at=NOW,
    )
    product = Product(code="sofa", name="Sofá", group="Salas")
    with standing({"GetItem|apikey#": item(key), "GetItem|product#": item(product)}):
        caller = keys.speaking(key.changed(rate=60_000), key.scopes, None)
        client = boto3.client("dynamodb")

        def counted() -> None:
            rates.forget()
            for _ in range(CALLS):
                _get(caller)

        def uncounted() -> None:
            with patch.object(rates, "take", lambda *_: _PASSED):
                for _ in range(CALLS):
                    _get(caller)

        def let_in() -> None:
            for _ in range(CALLS):
                _authorize()

        def read() -> None:
            for _ in range(CALLS):
                client.get_item(TableName="directory", Key={"pk": {"S": f"apikey#{KEY_ID}"}, "sk": {"S": "apikey"}})

        yield compare("GET a product, counted : not counted", counted, uncounted, CALLS, "request")
        yield compare("authorizer, a key : one get_item", let_in, read, CALLS, "request")


def _get(caller: Caller) -> None:
    path = "/v1/products/sofa"
    event: dict[str, Any] = {
        "resource": "/v1/{proxy+}",
        "path": path,
        "httpMethod": "GET",
        "headers": {"Accept": "application/json"},
        "multiValueQueryStringParameters": None,
        "requestContext": {**ADDRESS, "path": f"/live{path}", "authorizer": {"caller": caller.model_dump_json()}},
        "body": None,
        "isBase64Encoded": False,
    }
    answer = manage.handler(event, None)
    assert answer["statusCode"] == 200, answer["body"]  # noqa: PLR2004, S101 - a figure of refusals would mean nothing


def _authorize() -> None:
    arn = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/live/GET/v1/products"
    headers = {"Authorization": f"Bearer esk_{KEY_ID}_{SECRET}"}
    authorize.handler({"methodArn": arn, "headers": headers, "requestContext": ADDRESS}, None)
