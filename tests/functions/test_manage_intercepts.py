from datetime import datetime
from typing import Any

import pytest

from escuta.directory.model import Scope
from escuta.feedback import surveys
from tests.functions.callers import ask, found_company, key
from tests.functions.respondents import DRAFT

BODY: dict[str, Any] = {
    "name": "Checkout",
    "survey": "visit",
    "segment": "poa",
    "origins": ["https://shop.example"],
    "hidden": ["plan"],
    "trigger": {"delay_seconds": 5},
}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    surveys.create("Visit", survey="visit")
    surveys.publish("visit", DRAFT.changed(hidden=("plan", "store")))


def made(**changes: Any) -> dict[str, Any]:
    answer = ask("POST", "/v1/intercepts", key(), body={**BODY, **changes})
    assert answer.status == 201, answer.json
    return dict(answer.json)


def test_an_intercept_comes_with_the_line_for_the_site() -> None:
    answer = ask("POST", "/v1/intercepts", key(), body=BODY)

    identity = answer.json["id"]
    assert (answer.status, answer.headers["Location"]) == (201, f"intercepts/{identity}")
    assert answer.json["script"] == f"https://fala.aurora.example/i/{identity}.js"
    assert answer.json["snippet"] == (
        f'<script async src="https://fala.aurora.example/i/{identity}.js" referrerpolicy="no-referrer"></script>'
    )
    assert answer.json["place"] == "modal"
    assert answer.json["trigger"]["every_days"] == 30
    assert ask("GET", f"/v1/intercepts/{identity}", key(Scope.SURVEYS_READ)).json == answer.json


@pytest.mark.parametrize(
    "origin",
    [
        "https://shop.example",
        "https://www.shop.example:8443",
        "https://loja",
        "http://localhost:3000",
        "http://127.0.0.1",
        "https://xn--caf-dma.example",
    ],
)
def test_an_origin_is_taken_as_the_browser_writes_it(origin: str) -> None:
    assert made(origins=[origin])["origins"] == [origin]


@pytest.mark.parametrize(
    "origin",
    [
        "http://shop.example",
        "https://shop.example/",
        "https://shop.example/checkout",
        "https://*.shop.example",
        "*",
        "null",
        "https://Shop.example",
        "https://shop.example:443",
        "http://localhost:80",
        "https://shop.example:99999",
        "https://user@shop.example",
        "https://shop.example?x",
        "https://shop.example 'unsafe-inline'",
        "https://shop.example;script-src *",
        "https://shop.example\n",
        "https://10.0.0.1",
        "https://café.example",
        "https://-shop.example",
        "shop.example",
        "javascript:alert(1)",
        "https://" + "a." * 70 + "example",
    ],
)
def test_w4_what_is_no_origin_is_refused(origin: str) -> None:
    answer = ask("POST", "/v1/intercepts", key(), body={**BODY, "origins": ["https://shop.example", origin]})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "intercept_origin", "origins[1]")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, "intercept_name", "name"),
        ({"origins": []}, "intercept_origins", "origins"),
        ({"origins": [f"https://shop{number}.example" for number in range(11)]}, "intercept_origins", "origins"),
        ({"hidden": ["plan", "email"]}, "intercept_hidden", "hidden[1]"),
        ({"language": "fr"}, "intercept_language", "language"),
        ({"place": "banner"}, "value_not_allowed", "place"),
        ({"trigger": {}}, "intercept_trigger", "trigger"),
        ({"trigger": {"url_includes": ["/cart"]}}, "intercept_trigger", "trigger"),
        ({"trigger": {"event": "set"}}, "intercept_event", "trigger.event"),
        ({"trigger": {"event": "paid now"}}, "intercept_event", "trigger.event"),
        ({"trigger": {"delay_seconds": -1}}, "value_too_small", "trigger.delay_seconds"),
        ({"trigger": {"scroll_percent": 101}}, "value_too_large", "trigger.scroll_percent"),
        ({"trigger": {"exit_intent": True, "url_excludes": [""]}}, "intercept_rules", "trigger.url_excludes"),
        ({"trigger": {"exit_intent": True, "url_includes": ["x"] * 11}}, "intercept_rules", "trigger.url_includes"),
        ({"trigger": {"moon": "full"}}, "field_unknown", "trigger.moon"),
        ({"starts_at": "2026-03-12T00:00:00Z", "ends_at": "2026-03-12T00:00:00Z"}, "intercept_period", "ends_at"),
        ({"starts_at": "2026-03-12T00:00:00", "ends_at": "2026-03-13T00:00:00Z"}, "value_invalid", "starts_at"),
        ({"ends_at": "9999-12-31T23:59:59-14:00"}, "value_too_large", "ends_at"),  # none any more in UTC
    ],
)
def test_an_intercept_that_cannot_be_is_refused_by_place(changes: dict[str, Any], code: str, field: str) -> None:
    answer = ask("POST", "/v1/intercepts", key(), body={**BODY, **changes})

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)


def test_a_survey_must_have_been_published() -> None:
    surveys.create("Later", survey="later")

    answers = [ask("POST", "/v1/intercepts", key(), body={**BODY, "survey": name}) for name in ("later", "never")]

    assert [(answer.status, answer.code) for answer in answers] == [
        (422, "survey_not_published"),
        (404, "survey_not_found"),
    ]


def test_the_moment_and_the_place_can_be_changed_and_what_is_not_sent_stays() -> None:
    first = made()
    tag = {"If-Match": f'"{first["rev"]}"'}
    body = {"place": "corner", "trigger": {"event": "paid", "every_days": 90}}

    answer = ask("PATCH", f"/v1/intercepts/{first['id']}", key(), body=body, headers=tag)

    assert answer.status == 200
    assert (answer.json["place"], answer.json["trigger"]["event"], answer.json["trigger"]["delay_seconds"]) == (
        "corner",
        "paid",
        None,
    )
    assert (answer.json["name"], answer.json["origins"]) == ("Checkout", ["https://shop.example"])
    assert ask("PATCH", f"/v1/intercepts/{first['id']}", key(), body=body, headers=tag).status == 412


def test_its_survey_and_its_segment_stay() -> None:
    answer = ask("PATCH", f"/v1/intercepts/{made()['id']}", key(), body={"segment": "manaus"})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "field_unknown", "segment")


def test_a_change_is_checked_as_a_whole() -> None:
    answer = ask("PATCH", f"/v1/intercepts/{made()['id']}", key(), body={"hidden": ["email"]})

    assert (answer.status, answer.code) == (422, "intercept_hidden")


def test_a_revoked_intercept_stays_visible_and_cannot_be_changed() -> None:
    place = f"/v1/intercepts/{made()['id']}"

    first, again = (ask("DELETE", place, key()).json for _ in range(2))

    assert first["revoked_at"].startswith("2026-03-10T15:00:")
    assert again == first == ask("GET", place, key()).json
    answer = ask("PATCH", place, key(), body={"name": "Again"})
    assert (answer.status, answer.code) == (410, "intercept_revoked")


def test_intercepts_are_listed_by_segment_and_over_pages() -> None:
    names = {made(name=name, segment=place)["name"] for name, place in [("a", "poa"), ("b", "manaus"), ("c", "poa")]}
    text = key(Scope.SURVEYS_READ)

    page = ask("GET", "/v1/intercepts", text, query={"limit": 2}).json
    rest = ask("GET", "/v1/intercepts", text, query={"limit": 2, "cursor": page["next"]}).json
    of_one = ask("GET", "/v1/intercepts", text, query={"segment": "poa"}).json

    assert {found["name"] for found in page["items"] + rest["items"]} == names
    assert {found["name"] for found in of_one["items"]} == {"a", "c"}


def test_a_bound_key_sees_and_makes_its_own_alone() -> None:
    ours, theirs = made(), made(segment="manaus")
    bound = key(segment="sul")

    assert [found["id"] for found in ask("GET", "/v1/intercepts", bound).json["items"]] == [ours["id"]]
    assert ask("GET", f"/v1/intercepts/{ours['id']}", bound).status == 200
    for method in ("GET", "PATCH", "DELETE"):
        answer = ask(method, f"/v1/intercepts/{theirs['id']}", bound, body={} if method == "PATCH" else None)
        assert (answer.status, answer.code) == (404, "intercept_not_found")
    assert ask("POST", "/v1/intercepts", bound, body={**BODY, "segment": "manaus"}).code == "segment_not_found"
    assert ask("POST", "/v1/intercepts", bound, body=BODY).status == 201


def test_reading_is_not_writing() -> None:
    answer = ask("POST", "/v1/intercepts", key(Scope.SURVEYS_READ), body=BODY)

    assert (answer.status, answer.code) == (403, "scope_missing")
