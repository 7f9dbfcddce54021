"""A browser without JavaScript: what it sends, and what a person reads in what comes back."""

import re
from html import unescape
from urllib.parse import urlencode

from chalice.test import Client, HTTPResponse

from respond.app import app
from tests.functions.respondents import SUBMISSION_ID

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
ANY_LINK = "/s/AnaAnaAnaAnaAnaAnaAnaA1"  # what cannot be read is refused before anything is looked up


def get(path: str, **headers: str) -> HTTPResponse:
    return Client(app).http.get(path, headers={"Accept": "text/html", **headers})


def post(path: str, body: str | bytes | None = None, **fields: str) -> HTTPResponse:
    sent = {"submission_id": SUBMISSION_ID, "version": "1", "language": "pt-BR", **fields}
    whole = urlencode(sent) if body is None else body
    return Client(app).http.post(path, headers=FORM, body=whole.encode() if isinstance(whole, str) else whole)


def words(answer: HTTPResponse) -> str:
    """Return what a person reads on the page."""
    text = re.sub(r"<(style|script)\b.*?</\1>", "", answer.body.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def checked(answer: HTTPResponse) -> list[str]:
    return re.findall(r'name="([^"]+)" value="[^"]*"[^>]* checked', answer.body.decode())


def field(answer: HTTPResponse, name: str) -> str:
    (value,) = re.findall(rf'name="{name}" value="([^"]*)"', answer.body.decode())
    return str(value)
