"""The two gateways before the respondents' function: the same call gets the same answer from each."""

import base64
import gzip
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from chalice.app import Response
from chalice.local import LambdaContext, LambdaEventConverter, RouteMatcher
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from respond import headers
from respond.app import app
from respond.gateway import Gateway
from tests.functions.browsing import FORM
from tests.functions.respondents import SUBMISSION_ID, good_path

pytestmark = pytest.mark.usefixtures("aws", "noon")
Answer = tuple[int, dict[str, str], str]
ROUTES = list(app.routes)
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)


@pytest.fixture(autouse=True)
def one_nonce(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what makes two pages differ."""
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: "nonce")


def rest(method: str, path: str, sent: dict[str, str], body: bytes = b"") -> dict[str, Any]:
    """Return the call as a REST API makes it."""
    event = LambdaEventConverter(RouteMatcher(ROUTES)).create_lambda_event(method, path, sent, body)
    return dict(event)


def http(method: str, path: str, sent: dict[str, str], body: bytes = b"", **more: Any) -> dict[str, Any]:
    """Return the call as an HTTP API makes it, which codes the body of a form."""
    way, _, query = path.partition("?")
    try:
        matched = RouteMatcher(ROUTES).match_route(way)
        route, captured = f"{method} {matched.route}", matched.captured
    except ValueError:
        route, captured = "$default", {}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": way,
        "rawQueryString": query,
        "headers": {name.lower(): value for name, value in sent.items()},
        "requestContext": {
            "http": {"method": method, "path": way, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": ""},
            "requestId": "one-call",
            "routeKey": route,
            "stage": "$default",
        },
        "isBase64Encoded": bool(body),
    }
    if captured:
        event["pathParameters"] = captured
    if body:
        event["body"] = base64.b64encode(body).decode()
    return event | more


def called(event: dict[str, Any]) -> dict[str, Any]:
    return dict(app(event, LambdaContext("respond", 256)))


def read(answer: dict[str, Any]) -> Answer:
    """Return an answer as a browser reads it."""
    body = answer["body"]
    if answer.get("isBase64Encoded"):
        body = gzip.decompress(base64.b64decode(body)).decode()
    told = {**answer["headers"], **{n: ", ".join(v) for n, v in answer.get("multiValueHeaders", {}).items()}}
    left = {name: value for name, value in told.items() if name not in {"Vary", "Content-Encoding"}}
    return answer["statusCode"], left, body


def calls() -> Iterator[tuple[str, str, dict[str, str], bytes]]:
    """Return a call of every route, in the methods that it takes and in one that it refuses."""
    form = urlencode({"submission_id": SUBMISSION_ID, "version": "1", "n.nps": "9", "t.comment": "Ótimo!"}).encode()
    for path in ROUTES:
        for method in ("GET", "POST", "PUT"):
            for kind in ("text/html", "application/json"):
                yield method, path, {**FORM, "Accept": kind}, b"" if method == "GET" else form


@pytest.mark.parametrize(("method", "path", "sent", "body"), list(calls()))
def test_a_call_of_either_gateway_gets_the_same_answer(
    method: str, path: str, sent: dict[str, str], body: bytes
) -> None:
    address = good_path(path)

    first = read(called(rest(method, address, sent, body)))
    second = read(called(rest(method, address, sent, body)))
    through = read(called(http(method, address, {**sent, "Accept-Encoding": "gzip"}, body)))

    assert through[0] < 500
    assert through in (first, second)  # what was taken is told the second time, too, with a header that says so


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    token=st.text(st.sampled_from("AnaBia019_-"), min_size=1, max_size=30),
    query=st.lists(st.tuples(st.sampled_from(["lang", "r", "n.nps", "ç"]), PLAIN), max_size=4),
    cookies=st.lists(st.tuples(st.sampled_from(["a", "b"]), st.sampled_from(["1", "2"])), max_size=3),
    body=st.binary(max_size=200),
    language=st.sampled_from(["pt-BR", "en;q=0.5, es", "", "*"]),
)
def test_what_stands_in_a_call_means_the_same_through_either_gateway(
    token: str, query: list[tuple[str, str]], cookies: list[tuple[str, str]], body: bytes, language: str
) -> None:
    path = f"/s/{token}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
    sent = {"Accept": "text/html", "Accept-Language": language, "Content-Type": FORM["Content-Type"]}
    said = [f"{name}={value}" for name, value in cookies]
    whole = {**sent, "Cookie": "; ".join(said)} if said else sent
    for method in ("GET", "POST"):
        raw = body if method == "POST" else b""
        answer = read(called(http(method, path, sent, raw, **({"cookies": said} if said else {}))))
        assert answer == read(called(rest(method, path, whole, raw)))
        assert answer[0] < 500


class Told:
    """An app that tells what it was asked."""

    def __init__(self) -> None:
        self.app = Gateway(app_name="told", configure_logs=False, env={})
        self.app.route("/s/{token}", methods=["GET"])(self.tell)

    def tell(self, token: str) -> dict[str, Any]:
        asked = self.app.current_request
        assert asked is not None
        query = asked.query_params
        return {
            "token": token,
            "headers": dict(asked.headers),
            "query": {name: query.getlist(name) for name in query} if query else {},
            "source": asked.context["identity"]["sourceIp"],
            "request": asked.context["requestId"],
        }


def test_cookies_lists_of_values_the_caller_and_the_name_of_the_call_arrive() -> None:
    event = http("GET", "/s/abc?a=1&b=&a=%C3%A7+d", {"X-One": "two"}, cookies=["c=1", "d=2"])

    told = json.loads(Told().app(event, LambdaContext("told", 256))["body"])

    assert told == {
        "token": "abc",
        "headers": {"x-one": "two", "cookie": "c=1; d=2"},
        "query": {"a": ["1", "ç d"], "b": [""]},
        "source": "203.0.113.9",
        "request": "one-call",
    }


def test_headers_of_many_values_become_one_and_cookies_a_list_of_their_own() -> None:
    made = Gateway(app_name="made", configure_logs=False, env={})
    many: dict[str, str | list[str]] = {"Set-Cookie": ["a=1", "b=2"], "Link": ["</a>", "</b>"]}
    made.route("/s/{token}", methods=["GET"])(lambda token: Response(token, many))

    told = made(http("GET", "/s/abc", {}), LambdaContext("made", 256))

    assert (told["cookies"], told["headers"]["Link"]) == (["a=1", "b=2"], "</a>, </b>")
    assert not told.keys() & {"multiValueHeaders"}
    assert "Set-Cookie" not in told["headers"]


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("", False),
        ("br", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("*;q=0", False),
        ("gzip;q=0.001", True),
    ],
)
def test_a_page_is_packed_where_the_browser_can_unpack_it(accepted: str, *, packed: bool) -> None:
    answer = called(http("GET", good_path("/s/{token}"), {"Accept": "text/html", "Accept-Encoding": accepted}))

    assert (answer["headers"].get("Content-Encoding"), answer["isBase64Encoded"]) == (
        ("gzip", True) if packed else (None, False)
    )
    assert answer["headers"]["Vary"] == "Accept-Encoding"
    assert "</html>" in read(answer)[2]


def test_a_packed_page_is_a_third_of_its_length_and_the_same_to_the_byte_each_time() -> None:
    asked = http("GET", good_path("/s/{token}"), {"Accept": "text/html", "Accept-Encoding": "gzip"})

    first, second = called(asked), called(asked)

    assert first["body"] == second["body"]
    assert len(base64.b64decode(first["body"])) * 3 < len(read(first)[2].encode())


def test_what_is_short_and_what_did_not_change_is_sent_as_it_is() -> None:
    packs = {"Accept-Encoding": "gzip"}
    short = called(http("GET", "/s/none", {"Accept": "application/json", **packs}))
    script = called(http("GET", "/i/none.js", packs))
    kept = called(http("GET", "/i/none.js", {**packs, "If-None-Match": script["headers"]["ETag"]}))

    assert [(each["isBase64Encoded"], each["statusCode"]) for each in (short, kept)] == [(False, 404), (False, 304)]


@pytest.mark.parametrize(
    ("language", "words"),
    [("pt-BR", "Este endereço não existe"), ("en", "There is no such address"), ("es", "Esta dirección no existe")],
)
@pytest.mark.parametrize("path", ["/", "/s", "/s/", "/x/abc", "/s/abc/def", "/console", "/v1/surveys", "/s/abc/call/x"])
def test_an_address_that_is_none_is_told_in_the_readers_language(path: str, language: str, words: str) -> None:
    asked = {"Accept": "text/html", "Accept-Language": language}

    status, told, body = read(called(http("GET", path, asked)))
    coded = read(called(http("DELETE", path, {**asked, "Accept": "application/json"})))

    assert (status, words in body) == (404, True)
    assert told.items() >= {**headers.ALWAYS, "Content-Language": language}.items()
    assert (coded[0], json.loads(coded[2])["code"]) == (404, "route_unknown")


@pytest.mark.parametrize("stage", ["$default", "live"])
def test_a_slash_at_the_end_of_a_link_harms_nobody(stage: str) -> None:
    address = good_path("/s/{token}")
    asked = http("GET", address, {"Accept": "text/html"})
    prefix = "" if stage == "$default" else f"/{stage}"
    slashed = {**asked, "routeKey": "$default", "rawPath": f"{prefix}{address}/", "pathParameters": None}
    slashed["requestContext"] = {**asked["requestContext"], "stage": stage}

    assert read(called(slashed)) == read(called(asked))
    assert read(called(asked))[0] == 200
