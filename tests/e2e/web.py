"""One HTTP request as a program makes it: nothing followed, nothing raised for a status."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """Return the body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.text)


def ask(method: str, url: str, body: bytes = b"", **headers: str) -> Answer:
    """Send one request; header names are written with `_` for `-`."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=30)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, body or None, sent)
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read())
    finally:
        connection.close()


def post_form(url: str, language: str = "pt-BR", **fields: str) -> Answer:
    """Send a form as a browser without JavaScript does. Field names are written with `__` for `.`."""
    body = urlencode({name.replace("__", "."): value for name, value in fields.items()}).encode()
    return ask("POST", url, body, Accept="text/html", Accept_Language=language, **FORM)
