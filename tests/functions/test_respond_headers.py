"""What every answer of every route carries, whatever it says, and what it leaves in the log."""

import re
from collections.abc import Callable

import pytest
from chalice.test import Client, HTTPResponse

from escuta import ids
from respond.app import app
from tests.functions.respondents import SUBMISSION_ID, invite, logging_all, open_survey, stand, unsubscribe_token

pytestmark = pytest.mark.usefixtures("aws", "noon")
ROUTES = [(path, method) for path, methods in app.routes.items() for method in methods]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def good(path: str) -> str:
    """Return the address of a link that works."""
    open_survey()
    token, invitation = invite("Ana")
    tokens = {"s": token, "t": stand()[0], "u": unsubscribe_token(invitation)}
    return path.replace("{token}", tokens[path[1]])


def wrong(path: str) -> str:
    return path.replace("{token}", "x" * 23)


def call(method: str, address: str, accept: str = "text/html") -> HTTPResponse:
    body = f"submission_id={SUBMISSION_ID}&version=1&n.nps=9".encode() if method == "POST" else b""
    return Client(app).http.request(method, address, headers={**FORM, "Accept": accept}, body=body)


def test_the_routes_are_these() -> None:
    assert sorted(ROUTES) == [(f"/{door}/{{token}}", method) for door in "stu" for method in ("GET", "POST")]


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("address", [good, wrong])
@pytest.mark.parametrize(("path", "method"), [*ROUTES, *((path, "HEAD") for path, _ in ROUTES[::2])])
def test_every_answer_carries_the_headers(path: str, method: str, address: Callable[[str], str], accept: str) -> None:
    headers = call(method, address(path), accept).headers

    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert headers["Permissions-Policy"].startswith("accelerometer=(), camera=(), ")
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Robots-Tag"] == "noindex"
    assert "Set-Cookie" not in headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", [good, wrong])
@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_a_page_runs_nothing_but_what_carries_its_nonce(path: str, method: str, address: Callable[[str], str]) -> None:
    page = call(method, address(path))

    (nonce,) = set(re.findall(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"]))
    text = page.body.decode()
    tags = re.findall(r"<(?:style|script)\b[^>]*>", text)
    assert len(nonce) == 22
    assert tags
    assert all(f'nonce="{nonce}"' in tag for tag in tags)
    assert not re.search(r"<[^>]+\s(?:style|on\w+)=", text)
    assert not re.search(r"https?://", text)


def test_a_nonce_is_used_once() -> None:
    first, second = (call("GET", "/s/x").headers["Content-Security-Policy"] for _ in range(2))

    assert first != second


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "PROPFIND", "TRACE"])
@pytest.mark.parametrize("path", sorted(app.routes))
def test_t11_other_methods_are_not_allowed_and_say_which_are(path: str, method: str) -> None:
    answer = call(method, good(path))

    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET, POST"


def test_t5_no_token_comes_into_the_log() -> None:
    address = good("/s/{token}")
    token = address.removeprefix("/s/")

    with logging_all() as lines:
        for method, path in [("GET", address), ("POST", address), ("GET", address), ("PUT", address), ("GET", "/s/x")]:
            call(method, path)

    logged = lines.getvalue()
    assert logged.count('"message":"done"') == 5
    assert f'"link":"{ids.token_key(token)[:6]}"' in logged
    assert token not in logged
    assert ids.token_key(token) not in logged
    assert not re.search(r"Souza|mail\.example", logged)
