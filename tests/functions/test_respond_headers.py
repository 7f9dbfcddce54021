"""What every answer of every route carries, whatever it says. A route that is added without a case here is named."""

import re
from collections.abc import Iterator

import pytest
from chalice.test import Client, HTTPResponse

from respond import headers
from respond.app import app
from tests.functions.policies import directives, weaknesses
from tests.functions.respondents import SUBMISSION_ID, good_path
from tests.kit import world

WORLD = pytest.mark.usefixtures("aws", "noon")
ROUTES = [(path, method) for path, methods in app.routes.items() for method in methods]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

# What each route answers with: a page, or data for a script or a mail client.
CASES = {
    **{(f"/{door}/{{token}}", method): "page" for door in "stiup" for method in ("GET", "POST")},
    **{(f"/{door}/{{token}}/{action}", "POST"): "data" for door in "sti" for action in ("call", "draft")},
    ("/s/{token}/signal", "POST"): "data",
    ("/t/{token}/app.webmanifest", "GET"): "data",
    ("/t/{token}/seen", "POST"): "data",
    ("/t/{token}/sw.js", "GET"): "data",
    ("/u/{token}/privacy", "POST"): "page",
    ("/u/{token}/undo", "POST"): "page",
}
PATHS = sorted(app.routes)
FRAMED = {  # these pages may stand in a frame: of the origins that their intercept names, of where they are written
    "/i/": ["https://shop.example"],
    "/p/": ["'self'"],
}


def wrong_path(path: str) -> str:
    return path.replace("{token}", "x" * 23)


def call(method: str, address: str, accept: str = "text/html") -> HTTPResponse:
    body = f"submission_id={SUBMISSION_ID}&version=1&n.nps=9".encode() if method == "POST" else b""
    return Client(app).http.request(method, address, headers={**FORM, "Accept": accept}, body=body)


def answers(path: str, *accepted: str) -> Iterator[tuple[str, str, HTTPResponse]]:
    """Yield what a path answers to each of its methods and to one it does not have, to good links and wrong ones."""
    for address in (good_path(path), wrong_path(path)):
        for method in (*app.routes[path], "HEAD"):
            for accept in accepted:
                yield f"{method} {address} {accept}", method, call(method, address, accept)


def test_every_route_has_its_case() -> None:
    assert sorted(set(ROUTES) ^ set(CASES)) == []


@WORLD
@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers(path: str) -> None:
    for asked, _, answer in answers(path, "text/html", "application/json"):
        found = answer.headers
        assert answer.status_code < 500, asked
        assert found["Referrer-Policy"] == "no-referrer", asked
        assert found["X-Content-Type-Options"] == "nosniff", asked
        assert found["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains", asked
        assert found["Permissions-Policy"].startswith("accelerometer=(), camera=(), "), asked
        assert found["X-Robots-Tag"] == "noindex", asked
        assert found["Cache-Control"] == "no-store", asked
        assert not {"Set-Cookie", "Server", "X-Powered-By"} & found.keys(), asked
        assert weaknesses(found["Content-Security-Policy"]) == [], asked


@WORLD
@pytest.mark.parametrize("path", sorted({path for (path, _), kind in CASES.items() if kind == "page"}))
def test_a_page_runs_nothing_but_what_carries_its_nonce(path: str) -> None:
    for asked, _, page in answers(path, "text/html"):
        (nonce,) = set(re.findall(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"]))
        text = page.body.decode()
        tags = re.findall(r"<(?:style|script)\b[^>]*>", text)
        assert len(nonce) == 22, asked
        assert tags, asked
        assert all(f'nonce="{nonce}"' in tag for tag in tags), asked
        assert not re.search(r"<[^>]+\s(?:style|on\w+)=", text), asked
        assert not re.search(r"https?://", text), asked


@WORLD
@pytest.mark.parametrize("path", PATHS)
def test_only_the_websites_of_an_intercept_may_frame_it_and_only_this_site_a_preview(path: str) -> None:
    address = good_path(path)
    for method in app.routes[path]:
        own = directives(call(method, address).headers["Content-Security-Policy"])["frame-ancestors"]
        unknown = directives(call(method, wrong_path(path)).headers["Content-Security-Policy"])["frame-ancestors"]

        assert own in (FRAMED.get(path[:3], ["'none'"]), ["'none'"]), method
        assert unknown == ["'none'"], method


@WORLD
def test_the_script_of_an_intercept_is_the_one_answer_that_may_be_kept() -> None:
    script = call("GET", good_path("/i/{token}") + ".js")

    assert script.headers["Cache-Control"] == "public, max-age=300"
    assert script.headers["X-Content-Type-Options"] == "nosniff"
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert weaknesses(script.headers["Content-Security-Policy"]) == []
    assert "Set-Cookie" not in script.headers


@WORLD
def test_a_nonce_is_used_once() -> None:
    first, second = (call("GET", "/s/x").headers["Content-Security-Policy"] for _ in range(2))

    assert first != second


@WORLD
@pytest.mark.parametrize("path", PATHS)
def test_t11_other_methods_are_not_allowed_and_say_which_are(path: str) -> None:
    address, allowed = good_path(path), ", ".join(sorted(app.routes[path]))
    before = world.snapshot()

    for method in ("HEAD", "PUT", "DELETE", "PATCH", "PROPFIND", "TRACE", *({"GET", "POST"} - app.routes[path].keys())):
        answer = call(method, address)
        assert (answer.status_code, answer.headers["Allow"]) == (405, allowed), method
        assert f": {allowed}." in answer.body.decode(), method

    assert world.snapshot() == before


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
