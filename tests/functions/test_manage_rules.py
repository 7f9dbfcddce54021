"""Rules through the API: made, published anew, refused with the place, and looked at before they hold."""

from datetime import datetime
from typing import Any

import pytest

from escuta import table
from escuta.directory import drops
from escuta.directory.model import DropFile, FileState, Product, RowOutcome, RowResult, Scope, Transaction
from escuta.feedback import surveys
from escuta.feedback.model import SurveyStatus
from escuta.outreach import suppression
from escuta.outreach.model import Asking, Channel, LastAsked
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, open_survey
from tests.kit import factories, world

SUL = {"field": "segment", "op": "is", "value": "sul"}
STAFF = {"name": "equipe", "when": [{"field": "custom.tipo", "op": "is", "value": "funcionário"}]}
ROUTE: dict[str, Any] = {
    "name": "lojas do sul",
    "when": [SUL],
    "survey": "visit",
    "strategy": "email",
    "send": {"when": "local", "hour": "10:00", "days": 1},
    "remind": {"times": 2, "every_days": 3, "hour": "18:30"},
    "expires_after_days": 15,
}
DRAFT: dict[str, Any] = {"exclude": [STAFF], "assign": [ROUTE]}
BODY: dict[str, Any] = {"name": "Depois da visita", "id": "visitas", **DRAFT}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def made() -> Any:
    answer = ask("POST", "/v1/rules", key(), body=BODY)
    assert answer.status == 201, answer.json
    return answer.json


def test_rules_are_made_and_read_again() -> None:
    answer = ask("POST", "/v1/rules", key(Scope.RULES_WRITE), body=BODY)

    assert (answer.status, answer.headers["Location"]) == (201, "rules/visitas")
    found = ask("GET", "/v1/rules/visitas", key(Scope.RULES_READ)).json
    assert found == answer.json
    assert (found["name"], found["version"], found["warnings"]) == ("Depois da visita", 1, [])
    assert found["assign"][0]["send"] == {"when": "local", "at": None, "hour": "10:00", "days": 1}
    assert [item["id"] for item in ask("GET", "/v1/rules", key()).json["items"]] == ["visitas"]


def test_the_same_id_is_taken_once() -> None:
    made()

    assert ask("POST", "/v1/rules", key(), body=BODY).code == "ruleset_exists"


def test_publishing_makes_a_new_version_and_keeps_the_old_one() -> None:
    made()
    wider = {**DRAFT, "default": {"name": "os outros", "survey": "visit"}}
    answer = ask("POST", "/v1/rules/visitas/versions", key(), body=wider)
    again = ask("POST", "/v1/rules/visitas/versions", key(), body=wider)

    assert (answer.status, answer.json["version"], again.json["version"]) == (201, 2, 2)
    assert ask("GET", "/v1/rules/visitas", key()).json["default"]["name"] == "os outros"
    assert ask("GET", "/v1/rules/visitas/versions/1", key()).json["default"] is None
    assert [item["version"] for item in ask("GET", "/v1/rules/visitas/versions", key()).json["items"]] == [2, 1]


def test_a_version_on_top_of_another_one_than_was_read_is_refused() -> None:  # A6
    rev = made()["rev"]
    ask("POST", "/v1/rules/visitas/versions", key(), body={"assign": []})
    answer = ask("POST", "/v1/rules/visitas/versions", key(), body=DRAFT, headers={"If-Match": f'"{rev}"'})

    assert (answer.status, answer.code) == (412, "rev_stale")


@pytest.mark.parametrize(
    ("draft", "code", "field"),
    [
        ({"assign": [{**ROUTE, "survey": "nothing"}]}, "rules_survey_not_live", "assign[0].survey"),
        ({"default": {"name": "x", "survey": "nothing"}}, "rules_survey_not_live", "default.survey"),
        ({"assign": [{**ROUTE, "when": [{**SUL, "value": "bh"}]}]}, "rules_segment_unknown", "assign[0].when[0].value"),
        ({"assign": [ROUTE, ROUTE]}, "rules_name_twice", "assign"),
        ({"assign": [{**ROUTE, "when": [{**SUL, "field": "loja"}]}]}, "rules_field_unknown", "assign[0].when[0].field"),
        ({"assign": [{**ROUTE, "when": [{**SUL, "op": "known"}]}]}, "rules_value_senseless", "assign[0].when[0].value"),
        ({"default": ROUTE}, "rules_default_condition", "default.when"),
        ({"assign": [{**ROUTE, "when": [{**SUL, "op": "equals"}]}]}, "value_not_allowed", "assign[0].when[0].op"),
        ({"assign": [{**ROUTE, "send": {"when": "local"}}]}, "value_invalid", "assign[0].send"),
        ({"assign": [{**ROUTE, "remind": {"times": 6}}]}, "value_too_large", "assign[0].remind.times"),
        ({"assign": [{**ROUTE, "name": "a#b"}]}, "value_invalid", "assign[0].name"),
        ({"assign": [{**ROUTE, "template": "x"}]}, "rules_template_unknown", "assign[0].template"),
        ({"exclude": [{"name": "todos", "when": []}]}, "value_too_short", "exclude[0].when"),
    ],
)
def test_what_is_wrong_with_rules_is_said_with_its_place(draft: dict[str, Any], code: str, field: str) -> None:
    made()
    answer = ask("POST", "/v1/rules/visitas/versions", key(), body=draft)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)
    assert answer.json["detail"]


def test_rules_may_ask_a_paused_survey_but_no_closed_one() -> None:
    surveys.move("visit", SurveyStatus.PAUSED)
    made()
    surveys.move("visit", SurveyStatus.CLOSED)

    assert ask("POST", "/v1/rules", key(), body={**BODY, "id": "b"}).code == "rules_survey_not_live"


def test_a_rule_that_never_matches_is_a_warning_in_the_callers_language() -> None:
    late = {**ROUTE, "name": "tarde", "when": [SUL, {"field": "product", "op": "is", "value": "sofa"}]}
    answer = ask("POST", "/v1/rules", key(), body={**BODY, "assign": [ROUTE, late]}, headers={"Accept-Language": "en"})

    assert [(found["code"], found["detail"]) for found in answer.json["warnings"]] == [
        ("rules_never", "The rule “tarde” never matches: “lojas do sul” before it takes everybody."),
        ("rules_product_unknown", "There is no product “sofa” yet."),
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/v1/rules/nothing"), ("POST", "/v1/rules/nothing/versions"), ("GET", "/v1/rules/nothing/versions")],
)
def test_rules_that_are_not_there_are_not_found(method: str, path: str) -> None:
    answer = ask(method, path, key(), body=DRAFT if method == "POST" else None)

    assert (answer.status, answer.code) == (404, "ruleset_not_found")


def test_a_caller_bound_to_a_part_of_the_hierarchy_has_nothing_to_do_with_rules() -> None:
    made()

    assert ask("GET", "/v1/rules", key(segment="sul")).code == "whole_hierarchy_only"
    assert ask("POST", "/v1/rules/visitas/preview", key(segment="sul"), body={"segment": "sul"}).status == 403


ANA = factories.contact("Ana", segment="poa")
BRUNO = factories.contact("Bruno", segment="curitiba", custom={"tipo": "funcionário"})
CARLA = factories.contact("Carla", segment="manaus")
DAVI = factories.contact("Davi", segment="poa", email="")
EVA = factories.contact("Eva", segment="poa")
FABIO = factories.contact("Fabio", segment="curitiba")


def previewed(**body: Any) -> Any:
    made()
    table.put_many([ANA, BRUNO, CARLA, DAVI, EVA, FABIO])
    suppression.add(Channel.EMAIL, EVA.email, "unsubscribe")
    table.put(LastAsked(contact=FABIO.id, askings=(Asking(at=NOON),)))
    before = world.snapshot()
    answer = ask("POST", "/v1/rules/visitas/preview", key(), body=body, headers={"Accept-Language": "pt-BR"})
    assert answer.status == 200, answer.json
    assert {row[1].partition("#")[0] for row in world.snapshot().keys() - before.keys()} == {"apikey"}
    return answer.json


def test_a_preview_counts_by_rule_and_says_who_would_be_written_to_and_why_not() -> None:
    found = previewed(segment="aurora")

    assert (found["rows"], found["people"], found["complete"], found["version"]) == (6, 6, True, 1)
    (sul,) = found["routes"]
    assert (sul["name"], sul["people"], sul["outcomes"]) == ("lojas do sul", 4, {"send": 1, "skip": 3})
    assert sul["reasons"] == {"no_address": 1, "unsubscribe": 1, "resting": 1}
    assert {one["name"]: (one["outcome"], one["at"] and one["at"][:16]) for one in sul["first"]} == {
        "Ana": ("send", "2026-03-11T13:00"),
        "Davi": ("skip", None),
        "Eva": ("skip", None),
        "Fabio": ("skip", "2026-04-09T15:00"),
    }
    assert [(group["name"], group["people"]) for group in found["excluded"]] == [("equipe", 1)]
    assert [one["name"] for one in found["nobody"]["first"]] == ["Carla"]
    assert found["reasons"]["resting"] == "A pessoa já foi convidada há pouco e está em descanso."


def test_a_preview_looks_at_no_more_than_it_is_asked_to_and_says_so() -> None:
    found = previewed(segment="aurora", limit=2)

    assert (found["rows"], found["complete"]) == (2, False)


def test_a_draft_is_previewed_before_it_is_published() -> None:
    found = previewed(segment="sul", draft={"default": {"name": "todos", "survey": "visit"}})

    assert [(group["name"], group["people"]) for group in found["routes"]] == [("todos", 5)]
    assert found["version"] is None


def test_who_is_behind_an_example_is_told_only_to_whom_may_read_contacts() -> None:
    previewed(segment="sul")
    answer = ask("POST", "/v1/rules/visitas/preview", key(Scope.RULES_READ), body={"segment": "sul"})

    assert not {"name", "email", "phone"} & answer.json["routes"][0]["first"][0].keys()


def test_a_file_is_previewed_by_its_visits() -> None:
    table.put(Product(code="sofa", name="Sofá", group="Salas"))
    place = {"segment": "curitiba", "segment_path": ("aurora", "sul", "curitiba"), "product": "sofa"}
    times = {"occurred_at": NOON, "created_at": NOON, "updated_at": NOON}
    table.put(Transaction.model_validate({"id": "t1", "contact": CARLA.id, **place, **times}))
    dropped: dict[str, Any] = {"bucket": "b", "object_key": "lojas/a.csv", "received_at": NOON, "chunks": 1}
    table.put(DropFile(id="f1", state=FileState.DONE, **dropped))
    row = RowResult(row=1, line=2, outcome=RowOutcome.ACCEPTED, contact=CARLA.id, transaction="t1")
    drops.write_results("f1", 0, [row])
    salas = {**ROUTE, "name": "salas", "when": [{"field": "group", "op": "is", "value": "Salas"}]}
    found = previewed(file="f1", draft={"assign": [salas]})

    (group,) = found["routes"]
    assert [(one["name"], one["segment"], one["transaction"]) for one in group["first"]] == [
        ("Carla", "curitiba", "t1")
    ]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "rules_preview_whom"),
        ({"file": "a", "segment": "sul"}, 422, "rules_preview_whom"),
        ({"segment": "bh"}, 404, "segment_not_found"),
        ({"file": "nothing"}, 404, "file_not_found"),
        ({"file": "dry"}, 422, "rules_preview_dry_run"),
        ({"file": "loading"}, 409, "file_not_loaded"),
        ({"segment": "sul", "limit": 5000}, 422, "value_too_large"),
        ({"segment": "sul", "draft": {"assign": [ROUTE, ROUTE]}}, 422, "rules_name_twice"),
    ],
)
def test_a_preview_of_nothing_in_particular_is_refused(body: dict[str, Any], status: int, code: str) -> None:
    made()
    dry: dict[str, Any] = {"bucket": "b", "object_key": "a/preview/a.csv", "received_at": NOON, "dry_run": True}
    table.put(DropFile(id="dry", state=FileState.DONE, **dry))
    table.put(DropFile(id="loading", state=FileState.LOADING, **{**dry, "dry_run": False, "chunks": 1}))
    answer = ask("POST", "/v1/rules/visitas/preview", key(), body=body)

    assert (answer.status, answer.code) == (status, code)


def test_rules_are_renamed_and_what_they_say_stays() -> None:
    rev = made()["rev"]
    assert ask("PATCH", "/v1/rules/visitas", key(Scope.RULES_READ), body={"name": "X"}).status == 403
    changed = ask("PATCH", "/v1/rules/visitas", key(), body={"name": " Lojas "}, headers={"If-Match": f'"{rev}"'})
    assert (changed.status, changed.json["name"], changed.json["version"]) == (200, "Lojas", 1)
    assert [each["name"] for each in ask("GET", "/v1/rules", key()).json["items"]] == ["Lojas"]
    stale = ask("PATCH", "/v1/rules/visitas", key(), body={"name": "Y"}, headers={"If-Match": f'"{rev}"'})
    assert (stale.status, stale.json["code"]) == (412, "rev_stale")
    assert ask("PATCH", "/v1/rules/visitas", key(), body={"name": " "}).json["code"] == "ruleset_name_invalid"


def test_retired_rules_stay_readable_and_nothing_names_them_anew() -> None:
    made()
    gone = ask("DELETE", "/v1/rules/visitas", key())
    assert (gone.status, gone.json["retired_at"][:10]) == (200, "2026-03-10")
    assert ask("DELETE", "/v1/rules/visitas", key()).json == gone.json
    assert ask("GET", "/v1/rules", key()).json["items"] == []
    assert ask("GET", "/v1/rules/visitas/versions/1", key()).status == 200
    refused = {
        ask("PATCH", "/v1/rules/visitas", key(), body={"name": "Lojas"}).json["code"],
        ask("POST", "/v1/rules/visitas/versions", key(), body=DRAFT).json["code"],
    }
    assert refused == {"ruleset_retired"}
    assert ask("POST", "/v1/rules", key(), body=BODY).json["code"] == "ruleset_exists"
    assert ask("PUT", "/v1/folders/lojas", key(), body={"rules": "visitas"}).json["code"] == "rules_unknown"


def test_rules_that_a_folder_names_are_not_retired() -> None:
    made()
    assert ask("PUT", "/v1/folders/lojas", key(), body={"rules": "visitas"}).status == 201
    refused = ask("DELETE", "/v1/rules/visitas", key())
    assert (refused.status, refused.json["code"], "lojas" in refused.json["detail"]) == (409, "ruleset_in_use", True)
    assert ask("DELETE", "/v1/folders/lojas", key()).status == 200
    assert ask("DELETE", "/v1/rules/visitas", key()).status == 200
