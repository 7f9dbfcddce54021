from datetime import datetime
from typing import Any

import pytest

from escuta.directory import custom_fields
from escuta.directory.model import Scope
from tests.functions.callers import ask, found_company, key

PLAN = {"name": "plan", "type": "choice", "labels": {"pt-BR": "Plano"}, "choices": ["gold", "silver"]}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def defined(**fields: Any) -> Any:
    answer = ask("POST", "/v1/custom-fields", key(Scope.CONTACTS_WRITE), body={**PLAN, **fields})
    assert answer.status == 201, answer.json
    return answer.json


def test_a_field_is_defined_and_read_again() -> None:
    answer = ask("POST", "/v1/custom-fields", key(), body=PLAN)

    assert (answer.status, answer.headers["Location"]) == (201, "custom-fields/plan")
    assert answer.json == {**PLAN, "rev": 1}
    assert ask("GET", "/v1/custom-fields/plan", key(Scope.CONTACTS_READ)).json == answer.json


def test_fields_are_listed_by_name_page_by_page() -> None:
    for name in ("plan", "age", "tier"):
        defined(name=name)
    text = key()

    page = ask("GET", "/v1/custom-fields", text, query={"limit": 2}).json
    rest = ask("GET", "/v1/custom-fields", text, query={"limit": 2, "cursor": page["next"]}).json

    assert [[item["name"] for item in part["items"]] for part in (page, rest)] == [["age", "plan"], ["tier"]]


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"name": "Plano"}, 422, "custom_field_name", "name"),
        ({"name": "2nd"}, 422, "custom_field_name", "name"),
        ({"name": "p" * 41}, 422, "custom_field_name", "name"),
        ({"type": "money"}, 422, "value_not_allowed", "type"),
        ({"choices": []}, 422, "custom_field_choices", "choices"),
        ({"choices": ["gold", "Gold"]}, 422, "custom_field_choice_twice", "choices"),
        ({"choices": ["gold", " "]}, 422, "custom_field_words", "choices[1]"),
        ({"type": "number"}, 422, "custom_field_choices_unasked", "choices"),
        ({"labels": {"fr": "Formule"}}, 422, "custom_field_language", "labels.fr"),
        ({"labels": {"en": ""}}, 422, "custom_field_words", "labels.en"),
        ({"id": "x"}, 422, "field_unknown", "id"),
    ],
)
def test_a_field_that_cannot_be_is_refused(changes: dict[str, Any], status: int, code: str, field: str) -> None:
    answer = ask("POST", "/v1/custom-fields", key(), body={**PLAN, **changes})

    assert (answer.status, answer.code, answer.json["field"]) == (status, code, field)


def test_a_name_is_taken_once() -> None:
    defined()

    answer = ask("POST", "/v1/custom-fields", key(), body=PLAN)

    assert (answer.status, answer.code) == (409, "custom_field_exists")


def test_labels_and_choices_change_and_what_is_not_sent_stays() -> None:
    defined()

    answer = ask("PATCH", "/v1/custom-fields/plan", key(), body={"choices": ["gold", "silver", "black"]})

    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    assert answer.json == {**PLAN, "choices": ["gold", "silver", "black"], "rev": 2}


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [("text", "number", 200), ("number", "text", 200), ("number", "date", 409), ("date", "boolean", 409)],
)
def test_a_type_becomes_text_and_text_any_type_and_nothing_else(before: str, after: str, status: int) -> None:
    defined(type=before, choices=[])

    answer = ask("PATCH", "/v1/custom-fields/plan", key(), body={"type": after})

    assert answer.status == status
    assert custom_fields.get("plan").type == (after if status == 200 else before)


def test_a_choice_that_becomes_text_loses_its_options() -> None:
    defined()

    assert ask("PATCH", "/v1/custom-fields/plan", key(), body={"type": "text"}).json["choices"] == []


def test_a_field_is_changed_as_it_was_read_or_not_at_all() -> None:  # A6
    defined()
    ask("PATCH", "/v1/custom-fields/plan", key(), body={"labels": {"en": "Plan"}})

    for method in ("PATCH", "DELETE"):
        body: Any = {"labels": {}} if method == "PATCH" else None
        answer = ask(method, "/v1/custom-fields/plan", key(), body=body, headers={"If-Match": '"1"'})
        assert (answer.status, answer.code) == (412, "rev_stale")


def test_a_definition_is_forgotten() -> None:
    defined()

    assert ask("DELETE", "/v1/custom-fields/plan", key()).status == 200
    answer = ask("GET", "/v1/custom-fields/plan", key())
    assert (answer.status, answer.code) == (404, "custom_field_not_found")


def test_a_warm_function_learns_of_its_own_changes_at_once() -> None:
    assert custom_fields.all() == {}
    defined()
    assert list(custom_fields.all()) == ["plan"]
    ask("DELETE", "/v1/custom-fields/plan", key())
    assert custom_fields.all() == {}


def test_a_bound_key_reads_definitions_and_changes_none() -> None:
    defined()
    bound = key(segment="sul")

    assert ask("GET", "/v1/custom-fields", bound).json["items"] == [{**PLAN, "rev": 1}]
    for method, path, body in (
        ("POST", "/v1/custom-fields", PLAN),
        ("PATCH", "/v1/custom-fields/plan", {}),
        ("DELETE", "/v1/custom-fields/plan", None),
    ):
        answer = ask(method, path, bound, body=body)
        assert (answer.status, answer.code) == (403, "whole_hierarchy_only")
