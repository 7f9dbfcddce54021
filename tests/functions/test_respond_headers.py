"""What every answer of every route carries, whatever it says. A route that is added without a case here is named."""

import re
from collections.abc import Callable, Iterator

import pytest
from chalice.test import Client, HTTPResponse

from respond import headers
from respond.app import app
from tests.functions.policies import directives, weaknesses
from tests.functions.respondents import SUBMISSION_ID, good_path

pytestmark = pytest.mark.usefixtures("aws", "noon")
ROUTES = [(path, method) for path, methods in app.routes.items() for method in methods]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# What each route answers with: a page, or data for a script or a mail client.
CASES = {
    ("/s/{token}", "GET"): "page",
    ("/s/{token}", "POST"): "page",
    ("/t/{token}", "GET"): "page",
    ("/t/{token}", "POST"): "page",
    ("/i/{token}", "GET"): "page",
    ("/i/{token}", "POST"): "page",
    ("/u/{token}", "GET"): "page",
    ("/u/{token}", "POST"): "page",
}
PAGES = [route for route in ROUTES if CASES.get(route) == "page"]
FRAMED = {"/i/{token}"}  # these pages may stand in a frame, of the origins that their intercept names


def wrong_path(path: str) -> str:
    return path.replace("{token}", "x" * 23)


def call(method: str, address: str, accept: str = "text/html") -> HTTPResponse:
    body = f"submission_id={SUBMISSION_ID}&version=1&n.nps=9".encode() if method == "POST" else b""
    return Client(app).http.request(method, address, headers={**FORM, "Accept": accept}, body=body)


def asked() -> Iterator[tuple[str, str]]:
    """Every route as it is, and every path with a method that looks without taking."""
    yield from ROUTES
    yield from ((path, "HEAD") for path in app.routes)


def test_every_route_has_its_case() -> None:
    assert sorted(set(ROUTES) ^ set(CASES)) == []


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
@pytest.mark.parametrize("address", [good_path, wrong_path])
@pytest.mark.parametrize(("path", "method"), list(asked()))
def test_every_answer_carries_the_headers(path: str, method: str, address: Callable[[str], str], accept: str) -> None:
    answer = call(method, address(path), accept)

    found = answer.headers
    assert answer.status_code < 500
    assert found["Referrer-Policy"] == "no-referrer"
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
    assert found["Permissions-Policy"].startswith("accelerometer=(), camera=(), ")
    assert found["X-Robots-Tag"] == "noindex"
    assert found["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in found
    assert "Server" not in found
    assert weaknesses(found["Content-Security-Policy"]) == []


@pytest.mark.parametrize("address", [good_path, wrong_path])
@pytest.mark.parametrize(("path", "method"), PAGES)
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


@pytest.mark.parametrize("address", [good_path, wrong_path])
@pytest.mark.parametrize(("path", "method"), [route for route in ROUTES if route[0] not in FRAMED])
def test_only_an_intercept_may_stand_in_a_frame(path: str, method: str, address: Callable[[str], str]) -> None:
    found = call(method, address(path)).headers["Content-Security-Policy"]

    assert directives(found)["frame-ancestors"] == ["'none'"]


def test_a_nonce_is_used_once() -> None:
    first, second = (call("GET", "/s/x").headers["Content-Security-Policy"] for _ in range(2))

    assert first != second


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "PROPFIND", "TRACE"])
@pytest.mark.parametrize("path", sorted(app.routes))
def test_t11_other_methods_are_not_allowed_and_say_which_are(path: str, method: str) -> None:
    answer = call(method, good_path(path))

    allowed = ", ".join(sorted(app.routes[path]))
    assert answer.status_code == 405
    assert answer.headers["Allow"] == allowed
    assert f": {allowed}." in answer.body.decode()


@pytest.mark.parametrize(
    ("origins", "framed"),
    [
        ((), ["'none'"]),
        (("https://shop.example",), ["https://shop.example"]),
        (("https://shop.example", "https://a.b.example:8443"), ["https://shop.example", "https://a.b.example:8443"]),
        (("http://localhost:8000",), ["http://localhost:8000"]),
        (("*", "https:", "https://*.example", "https://a.example/x", "http://shop.example"), ["'none'"]),
        (("https://a.example; script-src *", "https://a.example https://b.example", "'self'", ""), ["'none'"]),
        (("https://shop.example\n",), ["'none'"]),
    ],
)
def test_a_page_is_framed_only_by_the_origins_named_whole(origins: tuple[str, ...], framed: list[str]) -> None:
    policy = headers.policy("n" * 22, framed_by=origins)

    assert directives(policy)["frame-ancestors"] == framed
    assert weaknesses(policy) == []


def test_an_installed_page_may_have_its_own_manifest_and_worker_and_nothing_else() -> None:
    plain, installable = (directives(headers.policy("n" * 22, installable=on)) for on in (False, True))

    assert {name: installable[name] for name in installable.keys() - plain.keys()} == {
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
    }


@pytest.mark.parametrize(
    ("change", "weakness"),
    [
        (("default-src 'none'", "default-src 'self'"), "default-src 'self'"),
        (("'strict-dynamic'", "'unsafe-inline'"), "unsafe-inline"),
        (("'strict-dynamic'", "'strict-dynamic' 'unsafe-eval'"), "unsafe-eval"),
        (("'strict-dynamic'", "'strict-dynamic' https://cdn.example"), "script-src"),
        (("'nonce-nnnnnnnnnnnnnnnnnnnnnn' 'strict-dynamic'", "'nonce-short' 'strict-dynamic'"), "script-src"),
        (("img-src 'self'", "img-src *"), "wildcard"),
        (("img-src 'self'", "img-src https://*.example"), "wildcard"),
        (("connect-src 'self'", "connect-src http://x.example"), "http:"),
        (("connect-src 'self'", "connect-src https:"), "scheme"),
        (("base-uri 'none'; ", ""), "base-uri"),
        (("object-src 'none'; ", "object-src 'self'; "), "object-src"),
        (("frame-ancestors 'none'", ""), "frame-ancestors"),
        (("form-action 'self'; ", ""), "form-action"),
    ],
)
def test_the_check_of_a_policy_finds_what_opens_it(change: tuple[str, str], weakness: str) -> None:
    policy = headers.policy("n" * 22)
    assert weaknesses(policy) == []
    assert change[0] in policy

    assert any(weakness in found for found in weaknesses(policy.replace(*change)))
