"""The settings of the organisation over the API: what is decided, what holds, and who may."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock
from escuta.directory import organisation
from escuta.directory.model import Label, Noun, Scope
from tests.functions.callers import ask, found_company, key

SETTINGS = "/v1/settings"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def test_without_a_decision_the_stack_says_what_holds() -> None:
    told = ask("GET", SETTINGS, key(Scope.SETTINGS_READ))

    shown = dict(told.json)
    labels = shown.pop("effective")["labels"]
    assert (told.status, shown) == (
        200,
        {
            "name": "Lojas Aurora",
            "language": "pt-BR",
            "country": "BR",
            "timezone": "America/Sao_Paulo",
            "labels": {},
            "session_hours": 8,
            "idle_minutes": 60,
            "admins_need_second_factor": False,
            "audit_days": 400,
            "rev": 0,
            "updated_at": None,
            "updated_by": "",
        },
    )
    assert labels["segment"]["es"] == {"one": "Tienda", "many": "Tiendas"}
    assert labels["manager"]["en"] == {"one": "Manager", "many": "Managers"}


def test_settings_are_decided_as_a_whole_on_what_was_read() -> None:
    body = {
        "session_hours": 4,
        "labels": {"segment": {"pt-BR": {"one": "Filial", "many": "Filiais"}}},
        "audit_days": 730,
    }

    first = ask("PUT", SETTINGS, key(Scope.SETTINGS_WRITE), body=body, headers={"If-Match": '"0"'})
    stale = ask("PUT", SETTINGS, key(), body={}, headers={"If-Match": '"0"'})

    assert (first.status, first.json["rev"]) == (200, 1)
    assert (first.json["session_hours"], first.json["audit_days"]) == (4, 730)
    assert first.json["updated_at"].startswith("2026-03-10T15:00:00")
    assert first.json["effective"]["labels"]["segment"] == {
        "pt-BR": {"one": "Filial", "many": "Filiais"},
        "en": {"one": "Store", "many": "Stores"},
        "es": {"one": "Tienda", "many": "Tiendas"},
    }
    assert (stale.status, stale.code) == (412, "rev_stale")
    assert ask("GET", SETTINGS, key()).json == first.json


def test_what_is_left_out_is_as_without_a_decision_again() -> None:
    ask("PUT", SETTINGS, key(), body={"audit_days": 90, "session_hours": 2})

    told = ask("PUT", SETTINGS, key(), body={}).json

    assert (told["rev"], told["audit_days"], told["session_hours"]) == (2, 400, 8)


def test_who_is_warm_follows_within_a_minute() -> None:
    noon = clock.now()
    assert organisation.current().session_hours == 8
    words = {"manager": {"en": {"one": "Lead", "many": "Leads"}}}
    ask("PUT", SETTINGS, key(), body={"session_hours": 2, "labels": words})

    with clock.at(noon + timedelta(seconds=60)):
        assert organisation.current().session_hours == 2
        assert organisation.label(Noun.MANAGER, "en") == Label(one="Lead", many="Leads")
        assert organisation.label(Noun.MANAGER, "es") == Label(one="Gerente", many="Gerentes")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"name": "Aurora"}, "settings_deployed", "name"),
        ({"language": "en"}, "settings_deployed", "language"),
        ({"country": "PT"}, "settings_deployed", "country"),
        ({"timezone": "Europe/Lisbon", "session_hours": 2}, "settings_deployed", "timezone"),
        ({"session_hours": 0}, "value_too_small", "session_hours"),
        ({"audit_days": 7}, "value_too_small", "audit_days"),
        ({"labels": {"segment": {"fr": {"one": "a", "many": "b"}}}}, "value_not_allowed", "labels.segment.fr"),
        ({"labels": {"segment": {"en": {"one": " ", "many": "b"}}}}, "organisation_label", "labels.segment.en"),
        ({"labels": {"segment": {"en": {"one": "{x}", "many": "b"}}}}, "organisation_label", "labels.segment.en"),
        ({"color": "red"}, "field_unknown", "color"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_field(body: dict[str, Any], code: str, field: str) -> None:
    answer = ask("PUT", SETTINGS, key(), body=body)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)
    assert ask("GET", SETTINGS, key()).json["rev"] == 0


def test_a_bound_key_reads_the_settings_and_changes_none() -> None:
    bound = key(segment="sul")

    assert ask("GET", SETTINGS, bound).status == 200
    answer = ask("PUT", SETTINGS, bound, body={"session_hours": 2})
    assert (answer.status, answer.code) == (403, "whole_hierarchy_only")


def test_only_who_has_the_scope_reads_or_changes_settings() -> None:
    assert ask("GET", SETTINGS, key(Scope.SURVEYS_READ)).code == "scope_missing"
    assert ask("PUT", SETTINGS, key(Scope.SETTINGS_READ), body={}).code == "scope_missing"
