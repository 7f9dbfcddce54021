"""One server for all that people and programs ask: the console, the respondents' pages and the management API.

It answers as the gateway does, one call at a time. What only this server knows:

- `GET /__as/helena` opens a session as Helena and goes on to the console (`?to=/console/surveys`: to that page);
- `GET /__house` names what there is, as JSON: an id for whatever stands in `<>` in the path of a page;
- `X-Calls` of every answer says how often it asked the tables, and `X-Rows` how many rows came back.
"""

import base64
import json
import re
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode

from chalice.local import LambdaContext, LambdaEventConverter, RouteMatcher

from respond.app import app as respond
from tests.browser.house.asking import Works
from tests.browser.house.people import PASSWORD, USERS, address
from tests.kit import gateway
from tests.kit.store import Store
from tests.kit.stream import Context

Headers = list[tuple[str, str]]
_PAUSE = 0.3  # seconds
Answer = tuple[int, Headers, bytes]
_OURS = ("/console", "/c/")
_NOT_SENT = frozenset({"content-length", "connection", "strict-transport-security"})


class House:
    """What is served: the tables, and what there is in them."""

    def __init__(self, store: Store, works: Works, named: dict[str, str]) -> None:
        """`works` goes on with what people begin; `named` are examples for what paths name."""
        self.store, self.works, self.named = store, works, named
        self._one = Lock()  # one call at a time, as one worker answers
        self._calls, self._rows = 0, 0
        self._begun = Event()

    def work(self) -> None:
        """Go on with what people begin, a little at a time, for ever."""
        while self._begun.wait():
            time.sleep(_PAUSE)  # so that somebody sees it go on
            with self._one:
                if not self.works.step():
                    self._begun.clear()

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """Return what the gateway would answer."""
        path, _, query = target.partition("?")
        if path == "/favicon.ico":  # what browsers ask for by themselves
            return 204, [], b""
        if path.startswith("/__"):
            return self._own(path, query, headers)
        with self._one, self._counted():
            status, said, content = _asked(method, path, query, headers, body)
        if method not in {"GET", "HEAD"}:
            self._begun.set()
        return status, [*said, ("X-Calls", str(self._calls)), ("X-Rows", str(self._rows))], content

    def _own(self, path: str, query: str, headers: dict[str, str]) -> Answer:
        if path == "/__house":
            return 200, [("Content-Type", "application/json")], json.dumps(self.named).encode()
        name = path.removeprefix("/__as/")
        if name not in USERS:
            return 404, [("Content-Type", "text/plain")], b"nobody"
        with self._one:
            cookies = session(name, headers)
        to = parse_qs(query).get("to", ["/console"])[0]
        return 303, [("Location", to), *(("Set-Cookie", each) for each in cookies)], b""

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._calls, self._rows, call = 0, 0, self.store.call

        def counted(operation: str, request: dict[str, Any]) -> Any:
            said = call(operation, request)
            self._calls += 1
            self._rows += said.get("Count", 0) + ("Item" in said)  # those that are counted alone are read, too
            self._rows += sum(map(len, said.get("Responses", {}).values())) if operation == "BatchGetItem" else 0
            return said

        with patch.object(self.store, "call", counted):
            yield


def session(name: str, headers: dict[str, str]) -> list[str]:
    """Sign somebody in by the form, and return the cookies that the browser gets."""
    form = urlencode({"username": address(name), "password": PASSWORD}).encode()
    said = {"Host": headers.get("Host", ""), "Sec-Fetch-Site": "same-origin"}
    said |= {"Content-Type": "application/x-www-form-urlencoded"}
    status, told, _ = _console("POST", "/console/sign-in", "", said, form)
    cookies = [value for key, value in told if key.lower() == "set-cookie"]
    assert status == HTTPStatus.SEE_OTHER, (name, status)
    return cookies


def _asked(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Answer:
    if path.startswith(_OURS):
        return _console(method, path, query, headers, body)
    if path.startswith("/v1/"):
        status, said, content = gateway.answer(method, path, query, headers, body)
        return status, list(said.items()), content
    return _respond(method, f"{path}?{query}" if query else path, headers, body)


def _console(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> Answer:
    from console import app  # noqa: PLC0415 - whoever reloads the console forks before it is imported

    pairs: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        pairs.setdefault(name, []).append(value)
    place = unquote(path)
    text, packed = _text(body)
    event = {
        "resource": "/console/{proxy+}",
        "path": place,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in pairs.items()} or None,
        "multiValueQueryStringParameters": pairs or None,
        "pathParameters": {"proxy": place.removeprefix("/console/")},
        "requestContext": {
            "stage": "live",
            "path": f"/live{place}",
            "httpMethod": method,
            "requestId": "house",
            "identity": {"sourceIp": "127.0.0.1", "userAgent": headers.get("User-Agent", "")},
        },
        "stageVariables": None,
        "body": text,
        "isBase64Encoded": packed,
    }
    said = app.handler(event, Context())
    told = [(name, str(value)) for name, values in said["multiValueHeaders"].items() for value in values]
    content = said["body"] or ""
    return said["statusCode"], told, base64.b64decode(content) if said["isBase64Encoded"] else content.encode()


def _respond(method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
    try:
        event = LambdaEventConverter(RouteMatcher(list(respond.routes))).create_lambda_event(
            method, target, headers, body
        )
    except ValueError:  # no such route: the gateway answers
        return 403, [("Content-Type", "application/json")], b'{"message":"Missing Authentication Token"}'
    found = respond(event, LambdaContext("respond", 256))
    content = found["body"]
    told = base64.b64decode(content) if found.get("isBase64Encoded") else content.encode()
    several = [(name, value) for name, values in found.get("multiValueHeaders", {}).items() for value in values]
    return found["statusCode"], [*found["headers"].items(), *several], told


def _text(body: bytes) -> tuple[str | None, bool]:
    if not body:
        return None, False
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True


def listening(house: House, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of the house on this port of this machine, which does not run yet."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                status, headers, content = house.answer(self.command, self.path, dict(self.headers.items()), body)
            except Exception:  # noqa: BLE001 - what the gateway makes of a function that died, and the reason with it
                status, headers, content = 502, [("Content-Type", "text/plain")], traceback.format_exc().encode()
                sys.stdout.write(content.decode())
                sys.stdout.flush()
            self.send_response(status)
            for name, value in headers:
                if name.lower() not in _NOT_SENT:
                    self.send_header(name, re.sub(r"[\r\n]", "", value))
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_GET = do_POST = do_HEAD = do_OPTIONS = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - of http.server

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A browser that hangs up is no fault."""

    Thread(target=house.work, daemon=True).start()
    return Quiet(("127.0.0.1", port), Handler)
