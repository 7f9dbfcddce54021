"""The command line, run in this process: what it sends reaches the API through the authorizer, as in the cloud."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import requests

from escuta_cli import app
from escuta_cli.session import Session
from tests.functions.callers import ask

URL = "https://api.aurora.example"
UNKNOWN = "Unauthorized"  # the one word by which an authorizer says who is nobody


class Gateway(httpx.BaseTransport):
    """Answers what is sent to the API with the API, and everything else with what stands in for S3."""

    def __init__(self) -> None:
        """Begin without a request, and without a fault."""
        self.asked: list[tuple[str, str]] = []
        self.before: Callable[[httpx.Request], None] = lambda _: None
        self.after: Callable[[httpx.Request], httpx.Response | None] = lambda _: None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        body = request.read()
        if not str(request.url).startswith(URL):
            return _stored(request, body)
        self.before(request)
        self.asked.append((request.method, request.url.path))
        key = request.headers["authorization"].removeprefix("Bearer ")
        names = ("if-match", "if-none-match", "idempotency-key", "accept-language", "content-type")
        headers = {name.title(): request.headers[name] for name in names if name in request.headers}
        query = parse_qs(request.url.query.decode(), keep_blank_values=True)
        try:
            answer = ask(request.method, request.url.path, key, raw=body.decode() or None, headers=headers, query=query)
        except Exception as refused:
            if str(refused) != UNKNOWN:
                raise
            return httpx.Response(401, json={"message": UNKNOWN})  # what the gateway makes of it
        return self.after(request) or httpx.Response(answer.status, headers=answer.headers, content=answer.body)

    @property
    def written(self) -> list[tuple[str, str]]:
        """Return what was asked that writes."""
        return [each for each in self.asked if each[0] != "GET"]


def _stored(request: httpx.Request, body: bytes) -> httpx.Response:
    headers = {name: value for name, value in request.headers.items() if name.startswith(("content-", "x-amz-", "if-"))}
    answer = requests.request(request.method, str(request.url), data=body, headers=headers, timeout=5)
    return httpx.Response(answer.status_code, content=answer.content)


@dataclass
class Terminal:
    """Somebody at a terminal."""

    key: str
    captured: pytest.CaptureFixture[str]
    home: Path
    gateway: Gateway
    language: str = "en_US.UTF-8"
    paused: Callable[[float], object] = lambda _: None

    def run(self, *arguments: str | Path) -> "Ended":
        """Run the command with these arguments."""
        self.captured.readouterr()
        environment = {"LANG": self.language, "HOME": str(self.home), "ESCUTA_URL": URL, "ESCUTA_KEY": self.key}
        session = Session(environment if self.key else environment | {"ESCUTA_KEY": ""}, self.gateway, self.paused)
        code = app.run([str(each) for each in arguments], session)
        return Ended(int(code), *self.captured.readouterr())


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return what a program reads."""
        return json.loads(self.out)

    @property
    def lines(self) -> Sequence[Any]:
        """Return what a program reads, line by line."""
        return [json.loads(line) for line in self.out.splitlines()]
