"""What hangs on a survey, told before it is paused, closed or deleted."""

from datetime import datetime
from typing import Any

import pytest

from tests.functions.callers import ask, found_company, key, open_survey


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def uses(survey: str = "visit") -> dict[str, Any]:
    answer = ask("GET", f"/v1/surveys/{survey}/uses", key())
    assert answer.status == 200, answer.json
    return {name: value for name, value in answer.json.items() if name != "survey"}


def test_a_survey_that_nobody_uses_has_its_own_dashboard_alone() -> None:
    assert uses() == {
        "status": "live",
        "deployments": 0,
        "tokens": 0,
        "intercepts": 0,
        "rules": 0,
        "dashboards": 1,
        "complete": True,
    }


def test_what_works_is_counted_and_what_is_over_is_not() -> None:
    for label in ("Caixa", "Balcão"):
        made = ask("POST", "/v1/tokens", key(), body={"survey": "visit", "segment": "poa", "label": label}).json
    ask("DELETE", f"/v1/tokens/{made['id']}", key())
    letter = {"survey": "visit", "strategy": "prefer_email", "audience": "segments", "segments": ["sul"]}
    going = ask("POST", "/v1/deployments", key(), body={"name": "Março", **letter}).json
    ask("POST", "/v1/deployments", key(), body={"name": "Abril", **letter})
    ask("PATCH", f"/v1/deployments/{going['id']}", key(), body={"state": "cancelled"})

    found = uses()

    assert (found["tokens"], found["deployments"]) == (1, 1)


def test_what_belongs_to_another_survey_is_not_counted() -> None:
    ask("POST", "/v1/surveys", key(), body={"name": "Nova", "id": "nova"})
    ask("POST", "/v1/tokens", key(), body={"survey": "visit", "segment": "poa", "label": "Caixa"})

    assert uses("nova")["tokens"] == 0


def test_rules_that_ask_by_it_are_counted() -> None:
    route = {"name": "todos", "survey": "visit", "strategy": "email"}
    answer = ask("POST", "/v1/rules", key(), body={"name": "Lojas", "default": route})
    assert answer.status == 201, answer.json

    assert uses()["rules"] == 1
