"""Showing and taking a ten-question survey, against bare handlers that do one put_item.

Two baselines: put_item alone, and the least that a public form on this framework does: a Chalice handler that reads the
same form and stores it with one put_item of boto3's client.
"""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlencode

import boto3
from chalice.app import Chalice, Response

from benchmarks.ground import STORE, SURVEY, TOKEN, VERSION, batch, invitation, item, items, standing
from benchmarks.measure import Ratio, compare
from escuta import ids
from escuta.outreach.model import InvitationState
from respond.app import app

CALLS = 100


def ratios() -> Iterator[Ratio]:
    """Yield the ratios of showing the page and of taking the answer."""
    invited = invitation(InvitationState.DELIVERED)
    answers = {
        "BatchGetItem|invitation#": batch(invited),
        "GetItem|invitation#": item(invited),
        "GetItem|version#": item(VERSION),
        "GetItem|survey#": item(SURVEY),
        "Query|segments": items(STORE),
    }
    with standing(answers):
        client = boto3.client("dynamodb")
        bare = _bare(client)

        def put() -> None:
            for _ in range(CALLS):
                _put(client, _form())

        def handle() -> None:
            for _ in range(CALLS):
                _call(bare, "POST")

        def show() -> None:
            for _ in range(CALLS):
                _call(app, "GET")

        def take() -> None:
            for _ in range(CALLS):
                one_answer()

        yield compare("GET a survey page : bare handler", show, handle, CALLS, "request")
        yield compare("POST an answer : bare handler", take, handle, CALLS, "request")
        yield compare("GET a survey page : one put_item", show, put, CALLS, "request")
        yield compare("POST an answer : one put_item", take, put, CALLS, "request")


def one_answer() -> None:
    """Take one answer."""
    _call(app, "POST")


def _bare(client: Any) -> Chalice:
    """Return the least that takes a form: read it, store it, say so."""
    bare = Chalice(app_name="bare", configure_logs=False, env={})

    def take(token: str) -> Response:
        request = bare.current_request
        if request is None:
            raise RuntimeError(token)
        fields = dict(parse_qsl(_text(request.raw_body), keep_blank_values=True))
        _put(client, json.dumps({"token": token, **fields}))
        return Response("<!doctype html><p>OK", {"Content-Type": "text/html; charset=utf-8"}, 200)

    bare.route("/s/{token}", methods=["POST"], content_types=["*/*"])(take)
    return bare


def _text(body: str | bytes) -> str:
    return body.decode() if isinstance(body, bytes) else body


def _put(client: Any, data: str) -> None:
    client.put_item(
        TableName="feedback",
        Item={"pk": {"S": ids.new()}, "sk": {"S": "response"}, "data": {"S": data}},
        ConditionExpression="attribute_not_exists(pk)",
    )


def _call(handler: Chalice, method: str) -> None:
    answer = handler(_event(method, _form() if method == "POST" else ""), None)
    if answer["statusCode"] != 200:  # noqa: PLR2004 - HTTP
        raise RuntimeError(answer)


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
