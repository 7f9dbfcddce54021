from datetime import datetime
from typing import Any

import pytest

from escuta.directory.model import Scope
from tests.functions.callers import ask, found_company, key


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def listed(text: str, **query: str) -> list[str]:
    return [item["code"] for item in ask("GET", "/v1/segments", text, query=query).json["items"]]


def test_the_hierarchy_is_listed_parents_first() -> None:
    assert listed(key()) == ["aurora", "norte", "manaus", "sul", "curitiba", "poa"]
    assert listed(key(), under="sul") == ["sul", "curitiba", "poa"]


def test_a_bound_key_sees_its_subtree_only() -> None:
    assert listed(key(segment="sul")) == ["sul", "curitiba", "poa"]
    assert listed(key(segment="poa")) == ["poa"]


def test_a_segment_shows_its_path_its_time_zone_and_its_revision() -> None:
    answer = ask("GET", "/v1/segments/manaus", key(Scope.SEGMENTS_READ))

    assert answer.headers["ETag"] == '"1"'
    assert answer.json == {
        "rev": 1,
        "code": "manaus",
        "name": "Manaus",
        "parent": "norte",
        "timezone": "America/Manaus",
        "address": "",
        "city": "",
        "state": "",
        "country": "BR",
        "path": ["aurora", "norte", "manaus"],
    }


def test_a_new_store_stands_below_its_parent() -> None:
    body = {"code": "bage", "name": "Bagé", "parent": "sul", "city": "Bagé", "state": "RS"}

    answer = ask("POST", "/v1/segments", key(), body=body)

    assert (answer.status, answer.headers["Location"]) == (201, "segments/bage")
    assert (answer.json["path"], answer.json["timezone"]) == (["aurora", "sul", "bage"], "America/Sao_Paulo")
    assert ask("GET", "/v1/segments/bage", key()).json == answer.json


def test_a_bound_key_adds_below_its_segment_and_nowhere_else() -> None:
    bound = key(segment="sul")

    assert ask("POST", "/v1/segments", bound, body={"code": "bage", "name": "Bagé", "parent": "poa"}).status == 201
    for parent in ("aurora", "norte", "nowhere"):
        answer = ask("POST", "/v1/segments", bound, body={"code": "belem", "name": "Belém", "parent": parent})
        assert (answer.status, answer.code) == (404, "segment_not_found")
    answer = ask("POST", "/v1/segments", bound, body={"code": "belem", "name": "Belém"})
    assert (answer.status, answer.code) == (403, "whole_hierarchy_only")


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"code": "poa"}, 409, "segment_exists", None),
        ({"code": "Bagé"}, 422, "segment_code_invalid", "code"),
        ({"name": ""}, 422, "segment_name_invalid", "name"),
        ({"timezone": "Brasilia"}, 422, "timezone_unknown", "timezone"),
        ({"parent": None}, 409, "segment_root_exists", "parent"),
        ({"city": 7}, 422, "value_invalid", "city"),
    ],
)
def test_a_segment_that_cannot_be_is_refused(
    changes: dict[str, Any], status: int, code: str, field: str | None
) -> None:
    body = {"code": "bage", "name": "Bagé", "parent": "sul", "timezone": "America/Sao_Paulo", **changes}

    answer = ask("POST", "/v1/segments", key(), body=body)

    assert (answer.status, answer.code, answer.json.get("field")) == (status, code, field)
