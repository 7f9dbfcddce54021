from datetime import datetime

import pytest

from escuta import table
from escuta.directory.model import Scope
from tests.functions.callers import ask, found_company, key
from tests.kit.factories import contact

ANA = contact("Ana", segment="poa", phone="+5551999990001", custom={"plan": "gold"})
BRUNO = contact("Bruno", segment="curitiba")


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    table.put_many([ANA, BRUNO])


def test_the_people_of_a_segment_are_listed() -> None:
    answer = ask("GET", "/v1/contacts", key(Scope.CONTACTS_READ), query={"segment": "poa"})

    assert [(item["id"], item["name"]) for item in answer.json["items"]] == [(ANA.id, "Ana")]
    assert answer.json["next"] is None


def test_a_long_list_of_people_is_read_page_by_page_and_nobody_is_missed() -> None:
    table.put_many(contact(f"Person {number:02}", segment="manaus") for number in range(30))
    text, cursor, seen = key(), None, []
    while cursor != "":
        query = {"segment": "manaus", "limit": "7", **({"cursor": cursor} if cursor else {})}
        answer = ask("GET", "/v1/contacts", text, query=query)
        seen += [item["name"] for item in answer.json["items"]]
        cursor = answer.json["next"] or ""

    assert sorted(seen) == [f"Person {number:02}" for number in range(30)]


def test_a_person_is_shown_with_fields_and_times() -> None:
    answer = ask("GET", f"/v1/contacts/{ANA.id}", key())

    assert answer.json["email"] == "ana@example.com"
    assert answer.json["custom"] == {"plan": "gold"}
    assert answer.json["created_at"] == "2026-03-10T15:00:00Z"


@pytest.mark.parametrize(("bound", "status"), [("poa", 200), ("sul", 200), ("curitiba", 404), ("norte", 404)])
def test_a_person_is_seen_from_the_own_subtree_only(bound: str, status: int) -> None:
    assert ask("GET", f"/v1/contacts/{ANA.id}", key(segment=bound)).status == status


def test_a_person_outside_looks_like_nobody() -> None:
    text = key(segment="curitiba")

    outside, nobody = (ask("GET", f"/v1/contacts/{person}", text).json for person in (ANA.id, "nobody"))

    assert outside == nobody


def test_the_segment_must_be_named() -> None:
    answer = ask("GET", "/v1/contacts", key())

    assert (answer.status, answer.code, answer.json["field"]) == (422, "field_missing", "segment")
