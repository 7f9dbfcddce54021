from datetime import datetime
from typing import Any

import pytest

from escuta.directory.model import Scope
from tests.functions.callers import ask, found_company, key, open_survey
from tests.functions.respondents import DRAFT

BODY: dict[str, Any] = DRAFT.model_dump(mode="json")
NOON = "2026-03-10T15:00:"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def test_a_new_survey_is_a_draft_and_says_where_it_stands() -> None:
    answer = ask("POST", "/v1/surveys", key(), body={"name": "Visit", "id": "visit"})

    assert (answer.status, answer.headers["Location"]) == (201, "surveys/visit")
    assert {name: answer.json[name] for name in ("id", "name", "status", "version", "closed_at", "rev")} == {
        "id": "visit",
        "name": "Visit",
        "status": "draft",
        "version": 0,
        "closed_at": None,
        "rev": 1,
    }
    assert answer.json["created_at"].startswith(NOON)
    assert answer.json["created_at"].endswith("Z")


def test_an_id_is_made_when_none_is_given() -> None:
    made = ask("POST", "/v1/surveys", key(), body={"name": "Visit"})

    assert ask("GET", f"/v1/{made.headers['Location']}", key()).json == made.json


def test_an_id_is_used_once() -> None:
    open_survey()

    answer = ask("POST", "/v1/surveys", key(), body={"name": "Visit", "id": "visit"})

    assert (answer.status, answer.code) == (409, "survey_exists")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"name": "  "}, "survey_name", "name"),
        ({"name": "x" * 201}, "survey_name", "name"),
        ({"name": "Visit", "id": "a b"}, "survey_id", "id"),
        ({"name": 7}, "value_invalid", "name"),
        ({}, "field_missing", "name"),
        ({"name": "Visit", "status": "live"}, "field_unknown", "status"),
    ],
)
def test_a_survey_that_cannot_be_is_refused_by_field(body: dict[str, Any], code: str, field: str) -> None:
    answer = ask("POST", "/v1/surveys", key(), body=body)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)


def test_surveys_are_listed_the_newest_first() -> None:
    for name in ("first", "second", "third"):
        ask("POST", "/v1/surveys", key(), body={"name": name, "id": name})
    text = key(Scope.SURVEYS_READ)

    page = ask("GET", "/v1/surveys", text, query={"limit": 2}).json
    rest = ask("GET", "/v1/surveys", text, query={"limit": 2, "cursor": page["next"]}).json

    assert [survey["id"] for survey in page["items"] + rest["items"]] == ["third", "second", "first"]
    assert rest["next"] is None


def test_publishing_makes_the_next_version_and_sets_the_first_one_live() -> None:
    ask("POST", "/v1/surveys", key(), body={"name": "Visit", "id": "visit"})

    first = ask("POST", "/v1/surveys/visit/versions", key(), body=BODY)
    second = ask("POST", "/v1/surveys/visit/versions", key(), body={**BODY, "color": "#123456"})

    assert (first.status, first.headers["Location"], second.headers["Location"]) == (201, "versions/1", "versions/2")
    head = ask("GET", "/v1/surveys/visit", key()).json
    assert (head["status"], head["version"]) == ("live", 2)
    assert ask("GET", "/v1/surveys/visit/versions/1", key()).json == first.json
    assert first.json["questions"] == BODY["questions"]


def test_publishing_what_is_live_already_makes_no_version() -> None:
    ask("POST", "/v1/surveys", key(), body={"name": "Visit", "id": "visit"})

    answers = [ask("POST", "/v1/surveys/visit/versions", key(), body=BODY) for _ in range(2)]

    assert [answer.headers["Location"] for answer in answers] == ["versions/1", "versions/1"]


@pytest.mark.parametrize("number", ["3", "0", "-1", "x", "9" * 40])
def test_a_version_that_was_not_published_is_a_404(number: str) -> None:
    open_survey()

    answer = ask("GET", f"/v1/surveys/visit/versions/{number}", key())

    assert (answer.status, answer.code) == (404, "survey_version_not_found")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"questions": []}, "survey_questions", "questions"),
        ({"color": "red"}, "survey_color", "color"),
        ({"languages": ["fr"]}, "survey_languages", "languages"),
        ({"title": {"pt-BR": "Sua visita"}}, "survey_text_missing", "title.en"),
        ({"questions": [{**BODY["questions"][0], "kind": "stars"}]}, "value_not_allowed", "questions[0].kind"),
        ({"questions": [{**BODY["questions"][0], "required": "yes"}]}, "value_invalid", "questions[0].required"),
        ({"questions": [{**BODY["questions"][0], "counted": True}]}, "field_unknown", "questions[0].counted"),
        ({"version": 7}, "field_unknown", "version"),
    ],
)
def test_a_draft_that_cannot_be_answered_is_refused_by_place(changes: dict[str, Any], code: str, field: str) -> None:
    ask("POST", "/v1/surveys", key(), body={"name": "Visit", "id": "visit"})

    answer = ask("POST", "/v1/surveys/visit/versions", key(), body={**BODY, **changes})

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)
    assert ask("GET", "/v1/surveys/visit", key()).json["version"] == 0


def test_a_survey_is_paused_resumed_and_closed() -> None:
    open_survey()

    for status in ("paused", "live", "closed"):
        answer = ask("PATCH", "/v1/surveys/visit", key(), body={"status": status})
        assert (answer.status, answer.json["status"]) == (200, status)


def test_a_move_that_is_not_allowed_is_a_409() -> None:
    open_survey()

    answer = ask("PATCH", "/v1/surveys/visit", key(), body={"status": "draft"}, headers={"Accept-Language": "en"})

    assert (answer.status, answer.code) == (409, "survey_move")
    assert answer.json["detail"] == "A survey does not go from live to draft."


def test_a_status_that_does_not_exist_is_refused_with_those_that_do() -> None:
    open_survey()

    answer = ask("PATCH", "/v1/surveys/visit", key(), body={"status": "open"})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "value_not_allowed", "status")
    assert answer.json["details"] == {"allowed": "'draft', 'live', 'paused' or 'closed'"}


def test_a_stale_if_match_leaves_the_survey_as_it_is() -> None:  # A6
    open_survey()
    read = ask("GET", "/v1/surveys/visit", key())
    ask("PATCH", "/v1/surveys/visit", key(), body={"status": "paused"})

    answer = ask(
        "PATCH", "/v1/surveys/visit", key(), body={"status": "closed"}, headers={"If-Match": read.headers["ETag"]}
    )

    assert (answer.status, answer.code, answer.headers["ETag"]) == (412, "rev_stale", '"3"')
    assert ask("GET", "/v1/surveys/visit", key()).json["status"] == "paused"


def test_a_bound_key_reads_surveys_and_changes_none() -> None:
    open_survey()
    bound = key(segment="sul")

    assert ask("GET", "/v1/surveys/visit", bound).status == 200
    for method, path, body in (
        ("POST", "/v1/surveys", {"name": "Visit"}),
        ("PATCH", "/v1/surveys/visit", {"status": "closed"}),
        ("POST", "/v1/surveys/visit/versions", BODY),
    ):
        answer = ask(method, path, bound, body=body)
        assert (answer.status, answer.code) == (403, "whole_hierarchy_only")


def test_an_unknown_survey_is_a_404() -> None:
    for method, path, body in (
        ("GET", "/v1/surveys/nothing", None),
        ("PATCH", "/v1/surveys/nothing", {"status": "paused"}),
        ("POST", "/v1/surveys/nothing/versions", BODY),
    ):
        answer = ask(method, path, key(), body=body)
        assert (answer.status, answer.code) == (404, "survey_not_found")


def test_a_survey_says_how_long_it_keeps_its_answers() -> None:
    open_survey()

    kept = ask("PATCH", "/v1/surveys/visit", key(), body={"retention_days": 365})

    assert (kept.status, kept.json["retention_days"], kept.json["status"]) == (200, 365, "live")
    wrong = ask("PATCH", "/v1/surveys/visit", key(), body={"retention_days": -1})
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "retention_days")
