"""One submit of a ten-question survey against a bare handler that does one put_item."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import boto3

from benchmarks.ground import STORE, SURVEY, TOKEN, VERSION, invitation, item, items, standing
from benchmarks.measure import Ratio, compare
from escuta import ids
from escuta.outreach.model import InvitationState
from respond.app import app

CALLS = 100


def ratios() -> Iterator[Ratio]:
    """Yield the ratios of showing the page and of taking the answer."""
    answers = {
        "GetItem|invitation#": item(invitation(InvitationState.DELIVERED)),
        "GetItem|version#": item(VERSION),
        "GetItem|survey#": item(SURVEY),
        "Query|segments": items(STORE),
    }
    with standing(answers):
        client = boto3.client("dynamodb")

        def bare() -> None:
            for _ in range(CALLS):
                _bare(client, _event("POST", _form()))

        def call(method: str) -> None:
            for _ in range(CALLS):
                answer = app(_event(method, _form() if method == "POST" else ""), None)
                if answer["statusCode"] != 200:  # noqa: PLR2004 - HTTP
                    raise RuntimeError(answer)

        yield compare("GET a survey page : one put_item", lambda: call("GET"), bare, CALLS, "request")
        yield compare("POST an answer : one put_item", lambda: call("POST"), bare, CALLS, "request")


def _bare(client: Any, event: dict[str, Any]) -> dict[str, Any]:
    client.put_item(
        TableName="feedback",
        Item={"pk": {"S": ids.new()}, "sk": {"S": "response"}, "data": {"S": event["body"]}},
        ConditionExpression="attribute_not_exists(pk)",
    )
    return {"statusCode": 200, "body": json.dumps({"ok": True})}


def _form() -> str:
    fields = {"submission_id": ids.new(), "version": "1", "language": "pt-BR", "n.nps": "9", "t.comment": "Tudo certo."}
    return urlencode(fields | {f"n.q{number}": "4" for number in range(8)})


def _event(method: str, body: str) -> dict[str, Any]:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    return {
        "resource": "/s/{token}",
        "path": f"/s/{TOKEN}",
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": {"token": TOKEN},
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/s/{token}",
            "httpMethod": method,
            "path": f"/live/s/{TOKEN}",
            "identity": {},
            "requestId": "bench",
        },
        "body": body,
        "isBase64Encoded": False,
    }
