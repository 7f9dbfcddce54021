"""What every route of the API has: calls that come again, tags, parts of answers, and the methods of HTTP."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from escuta import clock
from escuta.directory import segments
from escuta.directory.model import Scope
from escuta.entity import Table
from manage.routes import ROUTES
from manage.serving import Deprecated
from tests.conftest import NOON
from tests.functions.callers import Answer, ask, found_company, key, open_survey
from tests.kit import world

BH = {"code": "bh", "name": "Belo Horizonte", "parent": "sul"}
HOOK = {"name": "CRM", "url": "https://crm.example.com/hook", "types": ["ticket.opened"]}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def post(path: str, body: dict[str, Any], text: str, name: str = "k-1", **headers: str) -> Answer:
    return ask("POST", path, text, body=body, headers={"Idempotency-Key": name, **headers})


def test_the_same_call_is_answered_the_same_and_says_so() -> None:
    text = key()

    first, again = post("/v1/segments", BH, text), post("/v1/segments", BH, text)

    assert (first.status, again.status, again.body) == (201, 201, first.body)
    assert again.headers["Location"] == first.headers["Location"] == "segments/bh"
    assert (again.headers["ETag"], again.headers["Idempotent-Replayed"]) == ('"1"', "true")
    assert "Idempotent-Replayed" not in first.headers


def test_a_key_belongs_to_one_body_one_path_and_the_rights_that_it_was_used_with() -> None:
    text = key()
    post("/v1/segments", BH, text)

    for path, body in (("/v1/segments", {**BH, "name": "BH"}), ("/v1/surveys", {"name": "Visit"})):
        answer = post(path, body, text)
        assert (answer.status, answer.code, answer.json["field"]) == (422, "idempotency_key_reused", "Idempotency-Key")


def test_keys_of_two_programs_are_two_calls() -> None:
    post("/v1/surveys", {"name": "Visit"}, key())

    assert "Idempotent-Replayed" not in post("/v1/surveys", {"name": "Visit"}, key()).headers


def test_a_day_later_the_same_key_is_another_call() -> None:
    text = key()
    first = post("/v1/surveys", {"name": "Visit"}, text)

    with clock.at(NOON + timedelta(hours=25)):
        later = post("/v1/surveys", {"name": "Visit"}, text)

    assert (later.status, later.json["id"] == first.json["id"]) == (201, False)


@pytest.mark.parametrize("name", ["", " ", "a b", "clé", "k" * 256])
def test_a_key_that_cannot_be_one_is_refused(name: str) -> None:
    answer = post("/v1/segments", BH, key(), name)

    assert (answer.status, answer.code) == (422, "idempotency_key_invalid")
    assert "bh" not in segments.by_code()


def test_a_refused_call_may_be_tried_again_at_once() -> None:
    text = key()
    assert post("/v1/segments", {**BH, "parent": "centro"}, text).status == 404
    segments.create("centro", "Centro", "sul")

    assert post("/v1/segments", {**BH, "parent": "centro"}, text).status == 201


def test_a_secret_that_is_shown_once_is_said_again_and_kept_nowhere() -> None:
    text = key()

    first, again = post("/v1/webhooks", HOOK, text), post("/v1/webhooks", HOOK, text)

    assert again.json["secret"] == first.json["secret"]
    assert first.json["secret"].startswith("whsec_")
    with clock.at(NOON + timedelta(hours=25)):
        assert post("/v1/webhooks", HOOK, text).json["secret"] != first.json["secret"]


def test_what_is_read_again_unchanged_is_not_sent_again() -> None:
    text = key()
    tag = ask("GET", "/v1/segments/poa", text).headers["ETag"]

    for sent in (tag, f'"x", W/{tag}', "*"):
        known = ask("GET", "/v1/segments/poa", text, headers={"If-None-Match": sent})
        assert (known.status, known.body, known.headers["ETag"]) == (304, b"", tag)
    ask("PATCH", "/v1/segments/poa", text, body={"name": "Porto Alegre"}, headers={"If-Match": tag})
    assert ask("GET", "/v1/segments/poa", text, headers={"If-None-Match": tag}).json["name"] == "Porto Alegre"


def test_a_list_is_tagged_too() -> None:
    text = key()
    tag = ask("GET", "/v1/segments", text).headers["ETag"]

    assert ask("GET", "/v1/segments", text, headers={"If-None-Match": tag}).status == 304
    segments.create("bh", "BH", "sul")
    assert ask("GET", "/v1/segments", text, headers={"If-None-Match": tag}).status == 200


@pytest.mark.parametrize(
    ("tag", "status"),
    [
        ('"1"', 200),
        ('"9", "1"', 200),
        ('"1-anything"', 200),
        ("*", 200),
        ('"2"', 412),
        ('W/"1"', 412),
        ('"x"', 412),
        ("1", 400),
        ("", 400),
        ('"1', 400),
    ],
)
def test_a_change_is_guarded_by_the_revisions_that_if_match_names(tag: str, status: int) -> None:  # A6
    answer = ask("PATCH", "/v1/segments/poa", key(), body={"name": "PoA"}, headers={"If-Match": tag})

    assert answer.status == status
    if status == 412:
        assert (answer.code, answer.headers["ETag"], answer.json["details"]["current_rev"]) == ("rev_stale", '"1"', 1)


def test_if_none_match_keeps_a_put_from_replacing_and_if_match_from_making() -> None:
    text, path = key(), "/v1/folders/lojas"
    missing = ask("PUT", path, text, body={}, headers={"If-Match": "*"})
    made = ask("PUT", path, text, body={}, headers={"If-None-Match": "*"})
    there = ask("PUT", path, text, body={}, headers={"If-None-Match": "*"})

    assert [(one.status, one.code if one.status > 400 else "") for one in (missing, made, there)] == [
        (412, "rev_stale"),
        (201, ""),
        (412, "rev_known"),
    ]


def test_a_program_takes_the_part_of_a_list_that_it_wants() -> None:
    answer = ask("GET", "/v1/segments", key(), query={"fields": "code,timezone", "limit": 1})

    assert answer.json["items"] == [{"code": "aurora", "timezone": "America/Sao_Paulo"}]
    assert answer.json["next"]
    further = ask("GET", "/v1/segments", key(), query={"fields": "code", "limit": 1})
    assert further.json["items"] == [{"code": "aurora"}]


def test_a_part_of_a_thing_goes_down_into_it_and_has_the_tag_of_its_revision() -> None:
    open_survey()
    text = key()
    made = ask(
        "POST",
        "/v1/tokens",
        text,
        body={"survey": "visit", "segment": "poa", "kiosk": {"idle_seconds": 45, "access_code": "471100"}},
    )
    assert made.status == 201, made.json

    answer = ask("GET", f"/v1/tokens/{made.json['id']}", text, query={"fields": "segment,kiosk.idle_seconds"})

    assert answer.json == {"segment": "poa", "kiosk": {"idle_seconds": 45}}
    assert answer.headers["ETag"].startswith('"1-')


@pytest.mark.parametrize("fields", ["colour", "kiosk.colour", "id,kiosk.idle_seconds.x"])
def test_an_unknown_name_is_refused_with_those_there_are_even_when_the_list_is_empty(fields: str) -> None:
    answer = ask("GET", "/v1/tokens", key(), query={"fields": fields})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "field_unknown", "fields")
    assert answer.json["details"]["value"] == fields.rpartition(",")[2]


@pytest.mark.parametrize("fields", ["", ",", "a,,b", "a..b", ".a", "x" * 2001])
def test_fields_that_are_no_list_of_names_are_refused(fields: str) -> None:
    assert ask("GET", "/v1/segments", key(), query={"fields": fields}).code == "fields_invalid"


def test_a_name_of_ones_own_may_be_asked_for_where_names_are_free() -> None:
    answer = ask("GET", "/v1/segments/poa", key(), query={"fields": "attributes.floor"})

    assert (answer.status, answer.json) == (200, {"attributes": {}})


def test_head_is_get_without_its_body() -> None:
    text = key()
    whole, head = ask("GET", "/v1/segments/poa", text), ask("HEAD", "/v1/segments/poa", text)

    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", whole.headers["ETag"])
    assert ask("HEAD", "/v1/segments/gone", text).status == 404


def test_options_tells_what_an_address_takes_to_whoever_is_known() -> None:
    answer = ask("OPTIONS", "/v1/segments/poa", key(Scope.TICKETS_READ))

    assert (answer.status, answer.body, answer.headers["Allow"]) == (204, b"", "GET, PATCH, DELETE, HEAD, OPTIONS")


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json", "text/html, application/*;q=0.1", "application/json;q=1"]
)
def test_who_takes_json_is_answered(accept: str) -> None:
    assert ask("GET", "/v1/segments", key(), headers={"Accept": accept}).status == 200


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0, */*", "image/png, text/*"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_who_takes_no_json_is_told_so_before_anything_is_done(method: str, accept: str) -> None:
    answer = ask(method, "/v1/segments", key(), body=BH if method == "POST" else None, headers={"Accept": accept})

    assert (answer.status, answer.code, answer.json["details"]["allowed"]) == (
        406,
        "kind_unacceptable",
        "application/json",
    )
    assert "bh" not in segments.by_code()


def test_an_old_route_says_since_when_until_when_and_where_to_read_on() -> None:
    since, sunset = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)

    assert Deprecated(since, sunset, "https://docs.example.com/v2").headers() == {
        "Deprecation": "@1767225600",
        "Sunset": "Fri, 01 Jan 2027 00:00:00 GMT",
        "Link": '<https://docs.example.com/v2>; rel="deprecation"',
    }


def test_whatever_serves_a_route_is_there() -> None:
    assert all(callable(route.view()) for route in ROUTES)


def test_no_secret_stands_in_the_store() -> None:
    secret = post("/v1/webhooks", HOOK, key()).json["secret"]

    assert secret not in json.dumps(world.scan(Table.DIRECTORY))


@pytest.mark.parametrize("path", ["/v1/segments/a#b", "/v1/segments/a^b", "/v1/audit/a#b"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_name_that_no_route_reads_is_of_nothing_and_no_matter_of_the_method(path: str, method: str) -> None:
    answer = ask(method, path, key())

    assert (answer.status, answer.headers.get("Allow")) == (404, None)
