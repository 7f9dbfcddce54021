import json
from datetime import datetime
from typing import Any

import pytest

from escuta import table
from escuta.directory import contacts, custom_fields, segments
from escuta.directory.model import FieldType, Scope
from tests.functions.callers import Answer, ask, found_company, key
from tests.kit.factories import contact

ANA = contact("Ana", id=contacts.identity("", "ana@example.com", ""), segment="poa")
PATH = "/v1/transactions"
VISIT = {
    "contact": {"email": "ana@example.com"},
    "segment": "poa",
    "reference": "NF-1",
    "occurred_at": "2026-03-09T18:30:00-03:00",
    "product": "tv-55",
    "amount": 1299.9,
    "currency": "brl",
}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    table.put_many([ANA])


def told(*items: dict[str, Any], text: str = "") -> Answer:
    return ask("POST", PATH, text or key(Scope.CONTACTS_WRITE), body={"items": list(items)})


def outcomes(*items: dict[str, Any], **options: Any) -> list[str]:
    answer = told(*items, **options)
    assert answer.status == 200, answer.json
    return [item["problem"]["code"] if item["problem"] else item["outcome"] for item in answer.json["items"]]


def visits(person: str = ANA.id, **query: Any) -> Any:
    answer = ask("GET", f"/v1/contacts/{person}/transactions", key(Scope.CONTACTS_READ), query=query)
    assert answer.status == 200, answer.json
    return answer.json


def test_a_visit_is_taken_in_beside_its_person() -> None:
    (taken,) = told(VISIT).json["items"]

    assert (taken["outcome"], taken["contact"], taken["problem"]) == ("created", ANA.id, None)
    (shown,) = visits()["items"]
    assert {name: shown[name] for name in ("id", "reference", "segment", "segment_path", "product", "amount")} == {
        "id": taken["transaction"],
        "reference": "NF-1",
        "segment": "poa",
        "segment_path": ["aurora", "sul", "poa"],
        "product": "tv-55",
        "amount": "1299.90",
    }
    assert (shown["currency"], shown["occurred_at"]) == ("BRL", "2026-03-09T21:30:00Z")


def test_a_visit_told_again_changes_nothing() -> None:
    told(VISIT)

    assert outcomes(VISIT) == ["unchanged"]
    assert len(visits()["items"]) == 1


def test_what_is_wrong_with_one_visit_stops_none_of_the_others() -> None:
    bad = {**VISIT, "reference": "NF-2", "segment": "nowhere"}

    answer = told(bad, {**VISIT, "reference": "NF-3"})

    first, second = answer.json["items"]
    assert (first["item"], first["outcome"], first["problem"]["field"]) == (0, "refused", "segment")
    assert (second["item"], second["outcome"]) == (1, "created")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"contact": None}, "transaction_whose", "contact"),
        ({"contact_id": ANA.id}, "transaction_whose", "contact"),
        ({"contact": {"email": "ana"}}, "email_invalid", "email"),
        ({"contact": {"email": "ana@example.com", "under_age": True}}, "contact_under_age", "under_age"),
        ({"contact": {"email": "ana@example.com", "segment": "poa"}}, "transaction_segment", "contact.segment"),
        ({"contact": {}}, "no_identity", "external_id"),
        ({"contact": None, "contact_id": "nobody"}, "contact_not_found", None),
        ({"reference": "", "occurred_at": None}, "transaction_unnamed", "reference"),
        ({"occurred_at": "2026-03-09T18:30:00"}, "value_invalid", "occurred_at"),
        ({"occurred_at": "2027-01-01T00:00:00Z"}, "transaction_future", "occurred_at"),
        ({"amount": "many"}, "value_invalid", "amount"),
        ({"currency": "reals?"}, "currency_unknown", "currency"),
        ({"custom": {"Till": "1"}}, "custom_field_name", "custom.Till"),
        ({"shop": "poa"}, "field_unknown", "shop"),
    ],
)
def test_a_visit_that_cannot_be_is_refused_with_its_field(changes: dict[str, Any], code: str, field: str) -> None:
    (item,) = told({**VISIT, **changes}).json["items"]

    assert (item["outcome"], item["problem"]["code"], item["problem"].get("field")) == ("refused", code, field)
    assert visits()["items"] == []


def test_a_thousand_visits_are_the_most() -> None:
    answer = told(*[VISIT] * 1001)

    assert (answer.status, answer.code, answer.json["field"]) == (422, "value_too_long", "items")


def test_a_call_may_be_as_large_as_a_thousand_visits_are() -> None:
    text = key(Scope.CONTACTS_WRITE)
    body = json.dumps({"items": [VISIT]})

    assert ask("POST", PATH, text, raw=body + " " * 1_000_000).status == 200
    refused = ask("POST", PATH, text, raw=body + " " * 4_194_304, headers={"Accept-Language": "en"})
    assert (refused.status, refused.json["detail"]) == (413, "The body is larger than 4194304 bytes.")


def test_of_two_items_about_one_person_the_later_holds() -> None:
    named = [{**VISIT, "reference": name, "contact": {"email": "ana@example.com", "name": name}} for name in ("A", "B")]

    assert outcomes(*named) == ["created", "created"]
    assert ask("GET", f"/v1/contacts/{ANA.id}", key()).json["name"] == "B"


def test_one_visit_twice_in_a_call_is_one_visit() -> None:
    assert outcomes(VISIT, VISIT) == ["created", "unchanged"]
    assert len(visits()["items"]) == 1


def test_a_visit_to_a_retired_segment_is_refused() -> None:
    segments.retire(segments.get("poa"))

    assert outcomes(VISIT) == ["segment_retired"]


def test_visits_are_listed_the_newest_first_page_by_page() -> None:
    told(*({**VISIT, "reference": f"NF-{day}", "occurred_at": f"2026-03-0{day}T12:00:00Z"} for day in (3, 1, 4, 2, 5)))
    text, cursor, seen = key(), None, []
    while cursor != "":
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        page = ask("GET", f"/v1/contacts/{ANA.id}/transactions", text, query=query).json
        seen.append([item["reference"] for item in page["items"]])
        cursor = page["next"] or ""

    assert seen == [["NF-5", "NF-4"], ["NF-3", "NF-2"], ["NF-1"]]


def test_the_fields_of_a_visit_are_typed() -> None:
    custom_fields.create("till", FieldType.NUMBER)

    told({**VISIT, "custom": {"till": 7}})

    assert visits()["items"][0]["custom"] == {"till": 7}


def test_a_bound_key_tells_visits_to_its_own_stores_alone() -> None:  # A2
    bound = key(segment="curitiba")

    assert outcomes(VISIT, {**VISIT, "segment": "curitiba"}, text=bound) == ["segment_not_found", "created"]


def test_a_visit_told_by_a_bound_key_says_nothing_else_of_somebody_from_elsewhere() -> None:
    visit = {
        **VISIT,
        "segment": "curitiba",
        "contact": {"email": "ana@example.com", "name": "X", "phone": "51999990009"},
    }

    told(visit, text=key(segment="curitiba"))

    known = contacts.get(ANA.id)
    assert (known.name, known.phone, known.segment) == ("Ana", "", "curitiba")


def test_a_bound_key_takes_no_visit_from_another_store_by_its_reference() -> None:  # A2
    told({**VISIT, "amount": 129.9})
    taken = {**VISIT, "segment": "curitiba", "occurred_at": "2026-03-10T14:00:00Z", "amount": 1}

    assert outcomes(taken, text=key(segment="curitiba")) == ["transaction_not_found"]

    (visit,) = visits()["items"]
    assert (visit["segment"], visit["amount"]) == ("poa", "129.90")
    assert contacts.get(ANA.id).segment == "poa"


def test_a_bound_key_sees_the_visits_to_its_own_stores_alone() -> None:
    told({**VISIT, "segment": "curitiba", "occurred_at": "2026-03-01T12:00:00Z"}, {**VISIT, "reference": "NF-2"})

    seen = ask("GET", f"/v1/contacts/{ANA.id}/transactions", key(segment="poa")).json["items"]

    assert [(item["reference"], item["segment"]) for item in seen] == [("NF-2", "poa")]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "0500-01-01T00:00:00Z", "1899-12-31T23:59:59Z"])
def test_what_is_said_to_be_older_than_any_visit_is_refused(moment: str) -> None:
    (refused,) = told({**VISIT, "occurred_at": moment}).json["items"]
    consent = {"basis": "consent", "at": moment}
    answer = ask("PATCH", f"/v1/contacts/{ANA.id}", key(), body={"consent": consent})

    problem = refused["problem"]
    assert (problem["code"], problem["field"]) == ("value_too_small", "occurred_at")
    assert (answer.status, answer.code, answer.json["field"]) == (422, "value_too_small", "consent.at")
