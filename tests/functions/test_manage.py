import base64
import json
import re
from datetime import datetime

import boto3
import pytest

from escuta.directory import access, segments
from escuta.directory.model import Scope
from manage import app
from manage.routes import ROUTES
from tests.conftest import forget
from tests.functions.callers import answered, ask, found_company, key, open_survey, ticketed
from tests.kit.gateway import PROXY

SECURITY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def test_each_route_names_the_scope_it_takes() -> None:
    texts = {scope: key(*(other for other in Scope if other is not scope)) for scope in Scope}

    for route, scope in ((route, route.scope) for route in ROUTES):
        if scope is None:
            continue
        answer = ask(route.method, re.sub("<.*?>", "1", route.path), texts[scope], body={}, query={"limit": 1})

        assert (answer.status, answer.code) == (403, "scope_missing"), route
        assert answer.json["details"] == {"scope": scope.value}


@pytest.mark.parametrize(
    "path",
    [
        "/v1",
        "/v1/nothing",
        "/v1/segments/",
        "/v1//segments",
        "/v1/segments/poa/",
        "/v1/..;/segments",
        "/v1/../v1/segments",
        "/v1/segments/poa/x",
        "/v2/segments",
        "/V1/segments",
        "/console",
    ],
)
def test_an_address_that_does_not_exist_is_a_problem_in_json(path: str) -> None:  # A1
    answer = ask("GET", path, key())

    assert (answer.status, answer.code) == (404, "route_unknown")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_encoded_slash_reaches_nothing() -> None:  # A1
    assert ask("GET", "/v1/segments%2Fpoa", key()).status == 404
    assert ask("GET", "/v1/segments/sul%2Fpoa", key()).status == 404


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/v1/products", "GET, POST, HEAD, OPTIONS"),
        ("DELETE", "/v1/responses/poa", "GET, PATCH, HEAD, OPTIONS"),
        ("GET", "/v1/metrics/queries", "POST, OPTIONS"),
        ("TRACE", "/v1/webhooks", "GET, POST, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_told_the_right_ones(method: str, path: str, allow: str) -> None:  # A1
    answer = ask(method, path, key())

    assert (answer.status, answer.code, answer.headers["Allow"]) == (405, "method_unknown", allow)


def test_whoever_came_past_the_authorizer_is_not_let_in() -> None:  # A1
    answer = app.handler({**PROXY, "requestContext": {**PROXY["requestContext"], "authorizer": None}}, None)

    assert answer["statusCode"] == 401
    assert answer["multiValueHeaders"]["WWW-Authenticate"] == ["Bearer"]


def test_a_revoked_key_is_turned_away_at_the_gate() -> None:  # A9
    text, stored = access.issue("ERP", tuple(Scope))
    assert ask("GET", "/v1/segments", text).status == 200

    access.revoke(stored.id)

    with pytest.raises(Exception, match=r"^Unauthorized$"):
        ask("GET", "/v1/segments", text)


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/segments"), ("GET", "/v1/nothing"), ("PUT", "/v1/segments")])
def test_every_answer_carries_the_security_headers(method: str, path: str) -> None:
    assert SECURITY.items() <= ask(method, path, key()).headers.items()


@pytest.mark.parametrize("limit", ["0", "-1", "101", "1e9", "ten", "1.5", ""])
def test_a_limit_outside_of_1_to_100_is_refused_with_its_bounds(limit: str) -> None:  # A4
    answer = ask("GET", "/v1/segments", key(), query={"limit": limit})

    assert (answer.status, answer.json["field"]) == (422, "limit")


def test_the_bounds_of_a_limit_are_said() -> None:  # A4
    assert ask("GET", "/v1/segments", key(), query={"limit": 0}).json["details"] == {"least": 1}
    assert ask("GET", "/v1/segments", key(), query={"limit": 101}).json["details"] == {"most": 100}


@pytest.mark.parametrize("name", ["sort", "__proto__", "filter[x]", "Limit", "survey"])
def test_an_unknown_parameter_is_refused_with_those_allowed(name: str) -> None:  # A4
    answer = ask("GET", "/v1/segments", key(), query={name: "__proto__"})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "field_unknown", name)
    assert answer.json["details"] == {"allowed": "cursor, limit, retired, under"}


def test_a_repeated_parameter_is_refused() -> None:
    answer = ask("GET", "/v1/segments", key(), query={"limit": ["1", "2"]})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "parameter_repeated", "limit")


@pytest.mark.parametrize("field", ["role", "tenant_id", "rev", "path", "__class__"])
def test_a_field_that_is_not_the_callers_to_set_is_refused(field: str) -> None:  # A5
    body = {"code": "bh", "name": "Belo Horizonte", "parent": "sul", field: "x"}

    answer = ask("POST", "/v1/segments", key(), body=body)

    assert (answer.status, answer.code, answer.json["field"]) == (422, "field_unknown", field)
    assert "bh" not in {segment.code for segment in segments.all()}


def test_all_faults_are_told_at_once_with_their_places() -> None:
    answer = ask("POST", "/v1/segments", key(), body={"code": 7, "colour": "red"}, headers={"Accept-Language": "en"})

    assert [(fault["code"], fault["field"]) for fault in answer.json["errors"]] == [
        ("value_invalid", "code"),
        ("field_missing", "name"),
        ("field_unknown", "colour"),
    ]


@pytest.mark.parametrize("raw", ["", "{", "[" * 10_000, '{"code": "x"} y', "\ufeff{}"])
def test_a_body_that_is_not_json_is_a_400(raw: str) -> None:
    answer = ask("POST", "/v1/segments", key(), raw=raw)

    assert (answer.status, answer.code) == (400, "body_not_json")


@pytest.mark.parametrize("raw", ["[]", "7", '"x"', "null"])
def test_json_that_is_not_an_object_is_a_422(raw: str) -> None:
    assert ask("POST", "/v1/segments", key(), raw=raw).status == 422


@pytest.mark.parametrize(
    "headers",
    [{"Content-Type": "text/plain"}, {"Content-Type": ""}, {"Content-Encoding": "gzip"}, {"content-encoding": "br"}],
)
def test_a_body_of_another_kind_is_a_415(headers: dict[str, str]) -> None:  # A10
    answer = ask("POST", "/v1/segments", key(), body={"code": "bh"}, headers=headers)

    assert (answer.status, answer.code) == (415, "content_not_json")


def test_a_body_above_256_kb_is_a_413_before_it_is_read() -> None:  # A10
    answer = ask("POST", "/v1/segments", key(), raw="x" * (256 * 1024 + 1))

    assert (answer.status, answer.code) == (413, "body_too_large")


def pages(text: str, path: str, query: dict[str, str]) -> list[list[str]]:
    found, cursor = [], ""
    while True:
        answer = ask("GET", path, text, query={**query, **({"cursor": cursor} if cursor else {})})
        found.append([item["code"] for item in answer.json["items"]])
        cursor = answer.json["next"]
        if cursor is None:
            return found


def test_a_list_goes_on_where_its_cursor_points() -> None:
    assert pages(key(), "/v1/segments", {"limit": "4"}) == [["aurora", "norte", "manaus", "sul"], ["curitiba", "poa"]]


def test_the_limit_may_change_from_page_to_page() -> None:
    text = key()
    cursor = ask("GET", "/v1/segments", text, query={"limit": "1"}).json["next"]

    answer = ask("GET", "/v1/segments", text, query={"limit": "2", "cursor": cursor})

    assert [item["code"] for item in answer.json["items"]] == ["norte", "manaus"]


def edited(cursor: str) -> str:
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[-2] ^= 1
    return base64.urlsafe_b64encode(bytes(raw)).decode().rstrip("=")


@pytest.mark.parametrize("forge", [edited, lambda _: "AAAA", lambda _: "é", lambda _: "x", lambda cursor: cursor[:-4]])
def test_a_forged_cursor_is_a_400(forge) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - A3
    text = key()
    cursor = ask("GET", "/v1/segments", text, query={"limit": "1"}).json["next"]

    answer = ask("GET", "/v1/segments", text, query={"limit": "1", "cursor": forge(cursor)})

    assert (answer.status, answer.code) == (400, "cursor_invalid")


def test_the_cursor_of_another_caller_is_a_400() -> None:  # A2, A3
    cursor = ask("GET", "/v1/segments", key(), query={"limit": "1"}).json["next"]

    answer = ask("GET", "/v1/segments", key(segment="sul"), query={"limit": "1", "cursor": cursor})

    assert (answer.status, answer.code) == (400, "cursor_invalid")


def test_the_cursor_of_another_query_is_a_400() -> None:  # A3
    text = key()
    cursor = ask("GET", "/v1/segments", text, query={"limit": "1", "under": "sul"}).json["next"]

    answer = ask("GET", "/v1/segments", text, query={"limit": "1", "cursor": cursor})

    assert (answer.status, answer.code) == (400, "cursor_invalid")


@pytest.mark.parametrize(
    ("asked", "detail"),
    [
        ("en-GB,pt;q=0.5", "There is no segment with this code where this access applies."),
        ("es", "No hay un segmento con este código donde vale este acceso."),
        ("pt-PT", "Não há segmento com este código onde este acesso vale."),
        ("fr, *;q=0.1", "Não há segmento com este código onde este acesso vale."),
    ],
)
def test_a_problem_speaks_the_language_that_was_asked_for(asked: str, detail: str) -> None:
    answer = ask("GET", "/v1/segments/nowhere", key(), headers={"Accept-Language": asked})

    assert answer.json["detail"] == detail


def test_a_problem_is_whole() -> None:
    answer = ask("GET", "/v1/segments/nowhere", key(), headers={"Accept-Language": "en"})

    assert answer.json == {
        "type": "urn:escuta:problem:segment_not_found",
        "title": "Not found",
        "status": 404,
        "code": "segment_not_found",
        "detail": "There is no segment with this code where this access applies.",
        "request_id": "5f0c1c9e-8a4b-4c57-9a51-0d6d3a3b7e11",
    }


def test_a_store_that_does_not_answer_is_a_503_that_says_when_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # A11
    text = key()
    monkeypatch.setenv("ESCUTA_FEEDBACK_TABLE", "escuta-gone")
    forget()

    for path in ("/v1/surveys", "/v1/surveys/visit", "/v1/tickets/first"):
        answer = ask("GET", path, text)
        assert (answer.status, answer.code, answer.headers["Retry-After"]) == (503, "store_unavailable", "2"), path


def test_a_failure_that_nobody_foresaw_tells_nothing_of_the_inside() -> None:  # A11
    text = key()
    boto3.client("secretsmanager").delete_secret(SecretId="escuta-link-secret", ForceDeleteWithoutRecovery=True)

    answer = ask("GET", "/v1/segments", text, query={"limit": 1})

    assert (answer.status, answer.code) == (500, "failed")
    assert not re.search(r"Traceback|\.py|boto|Secret|Exception", json.dumps(answer.json))


MATRIX = [
    ("/v1/segments/{place}", {}),
    ("/v1/contacts", {"segment": "{place}"}),
    ("/v1/responses", {"survey": "visit", "segment": "{place}"}),
    ("/v1/responses", {"survey": "visit", "segment": "{place}", "subtree": "true"}),
    ("/v1/responses/{place}", {}),
    ("/v1/responses/{place}/journey", {}),
    ("/v1/tickets", {"segment": "{place}"}),
    ("/v1/tickets", {"segment": "{place}", "subtree": "true"}),
    ("/v1/tickets/{place}", {}),
    ("/v1/metrics", {"survey": "visit", "segment": "{place}"}),
]


@pytest.mark.parametrize(
    ("bound", "place", "status"),
    [
        ("poa", "poa", 200),
        ("poa", "curitiba", 404),
        ("poa", "sul", 404),
        ("poa", "manaus", 404),
        ("sul", "poa", 200),
        ("sul", "sul", 200),
        ("sul", "manaus", 404),
        ("", "manaus", 200),
    ],
)
def test_a_key_reads_its_own_subtree_and_nothing_beside_or_above(bound: str, place: str, status: int) -> None:  # A2
    open_survey()
    answered(place, place)
    ticketed(place, place)
    text = key(segment=bound)

    for path, query in MATRIX:
        filled = {name: value.format(place=place) for name, value in query.items()}
        answer = ask("GET", path.format(place=place), text, query=filled)
        assert answer.status == status, path
        if status == 404:
            assert answer.code in {"segment_not_found", "response_not_found", "ticket_not_found"}
