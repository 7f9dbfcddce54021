"""The management API as a WSGI application: a request becomes the gateway's event, and meets authorizer and function.

What programs bring along that speak HTTP (a client made from the document, a fuzzer, the command line) is driven
through it without a socket.
"""

import base64
import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from authorize import app as authorize
from manage import app as manage

EVENTS = Path(__file__).parents[1] / "events"
AUTHORIZER = json.loads((EVENTS / "apigateway_authorizer.json").read_text(encoding="utf-8"))
PROXY = json.loads((EVENTS / "apigateway_manage.json").read_text(encoding="utf-8"))
UNAUTHORIZED = (401, {"Content-Type": "application/json"}, b'{"message":"Unauthorized"}')

Answer = tuple[int, dict[str, str], bytes]


def answer(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Answer:
    """Return what the gateway would answer."""
    pairs: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        pairs.setdefault(name, []).append(value)
    text, packed = _text(body)
    try:
        return call(method, path, pairs, headers, text, packed=packed)
    except Exception as refused:
        if str(refused) != "Unauthorized":
            raise
        return UNAUTHORIZED


def call(
    method: str,
    path: str,
    query: dict[str, list[str]],
    headers: dict[str, str],
    body: str | None,
    *,
    packed: bool = False,
) -> Answer:
    """Return what the function answers behind the authorizer; who is nobody is that one's exception `Unauthorized`."""
    asked = {"httpMethod": method, "path": path, "headers": headers}
    verdict = authorize.handler({**AUTHORIZER, **asked}, None)
    context = {**PROXY["requestContext"], "httpMethod": method, "path": f"/live{path}"}
    event = {
        **PROXY,
        **asked,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "body": body,
        "isBase64Encoded": packed,
        "requestContext": {**context, "authorizer": verdict["context"]},
    }
    said = manage.handler(event, None)
    content = said["body"] or ""
    told = base64.b64decode(content) if said["isBase64Encoded"] else content.encode()
    return said["statusCode"], {name: values[0] for name, values in said["multiValueHeaders"].items()}, told


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as a WSGI application does."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").title(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    body = environ["wsgi.input"].read(length) if length else b""
    status, said, content = answer(environ["REQUEST_METHOD"], path, environ.get("QUERY_STRING", ""), headers, body)
    start_response(f"{status} {HTTPStatus(status).phrase}", list(said.items()))
    return [content]


def _text(body: bytes) -> tuple[str | None, bool]:
    """Return a body as the gateway hands it over: text as it is, anything else in base64."""
    if not body:
        return None, False
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True
