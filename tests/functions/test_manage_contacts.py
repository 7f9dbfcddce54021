from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory import contacts, custom_fields, forgotten
from escuta.directory.model import FieldType, Scope
from tests.conftest import NOON
from tests.functions.callers import Answer, ask, found_company, key
from tests.kit.factories import contact

ANA = contact(
    "Ana",
    id=contacts.identity("", "ana@example.com", ""),
    segment="poa",
    phone="+5551999990001",
    custom={"plan": "gold"},
)
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


@pytest.mark.parametrize("query", [{}, {"segment": "poa", "email": "ana@example.com"}])
def test_people_are_asked_for_in_one_way(query: dict[str, str]) -> None:
    answer = ask("GET", "/v1/contacts", key(), query=query)

    assert (answer.status, answer.code) == (422, "contact_query")


def created(body: dict[str, Any], text: str = "", **headers: str) -> Answer:
    return ask("POST", "/v1/contacts", text or key(Scope.CONTACTS_WRITE), body=body, headers=headers)


CLARA = {
    "external_id": "C-7",
    "name": "Clara",
    "email": "Clara@Example.COM",
    "phone": "(51) 99999-0007",
    "segment": "poa",
}


def test_a_person_is_taken_in_with_canonical_marks() -> None:
    answer = created(CLARA)

    assert answer.status == 201
    assert answer.headers["Location"] == f"contacts/{answer.json['id']}"
    shown = {name: answer.json[name] for name in ("outcome", "external_id", "name", "email", "phone", "segment")}
    assert shown == {
        "outcome": "created",
        "external_id": "C-7",
        "name": "Clara",
        "email": "Clara@example.com",
        "phone": "+5551999990007",
        "segment": "poa",
    }


def test_the_same_again_is_unchanged_and_something_new_updates() -> None:
    created(CLARA)

    same = created(CLARA)
    with clock.at(NOON + timedelta(minutes=1)):
        newer = created({"external_id": "C-7", "name": "Clara Dias"})

    assert (same.status, same.json["outcome"]) == (200, "unchanged")
    assert (newer.status, newer.json["outcome"]) == (200, "updated")
    assert (newer.json["name"], newer.json["phone"], newer.json["segment"]) == ("Clara Dias", "+5551999990007", "poa")


def test_a_file_and_the_api_mean_the_same_person() -> None:
    assert created({"email": "ANA@example.com", "language": "es", "segment": "poa"}).json["id"] == ANA.id


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"email": "clara"}, 422, "email_invalid", "email"),
        ({"phone": "12"}, 422, "phone_invalid", "phone"),
        ({"language": "Klingon"}, 422, "language_unknown", "language"),
        ({"timezone": "Brasilia"}, 422, "timezone_unknown", "timezone"),
        ({"segment": "nowhere"}, 422, "segment_unknown", "segment"),
        ({"segment": ""}, 422, "segment_missing", "segment"),
        ({"external_id": "", "email": "", "phone": ""}, 422, "no_identity", "external_id"),
        ({"external_id": "C\n7"}, 422, "value_invalid", "external_id"),
        ({"under_age": True}, 422, "contact_under_age", "under_age"),
        ({"consent": {"basis": "because"}}, 422, "value_not_allowed", "consent.basis"),
        ({"consent": {"basis": "consent", "at": "2026-03-11T00:00:00Z"}}, 422, "consent_future", "consent.at"),
        ({"custom": {"Plano VIP": "x"}}, 422, "custom_field_name", "custom.Plano VIP"),
        ({"custom": {"plan": "x" * 16_001}}, 422, "custom_too_large", "custom"),
        ({"custom": {"plan": 7}}, 422, "custom_value", "custom.plan"),
        ({"rev": 3}, 422, "field_unknown", "rev"),
    ],
)
def test_a_person_that_cannot_be_is_refused(changes: dict[str, Any], status: int, code: str, field: str) -> None:
    answer = created({**CLARA, **changes})

    assert (answer.status, answer.code, answer.json["field"]) == (status, code, field)
    assert created(CLARA).json["outcome"] == "created"


def test_somebody_who_was_erased_is_not_taken_in_again() -> None:  # F25, Y2
    forgotten.remember(NOON, email="clara@example.com")

    answer = created(CLARA)

    assert (answer.status, answer.code) == (409, "contact_erased")
    assert ask("GET", "/v1/contacts", key(), query={"external_id": "C-7"}).json["items"] == []


def test_custom_fields_are_typed_in_both_directions() -> None:
    for name, kind, choices in (
        ("age", "number", ()),
        ("vip", "boolean", ()),
        ("since", "date", ()),
        ("seen", "datetime", ()),
        ("plan", "choice", ("gold", "silver")),
    ):
        custom_fields.create(name, FieldType(kind), choices=choices)
    custom = {
        "age": 41.50,
        "vip": True,
        "since": "2024-02-29",
        "seen": "2026-03-01T09:00:00-03:00",
        "plan": "Gold",
        "x": "y",
    }

    answer = created({**CLARA, "custom": custom})

    assert answer.json["custom"] == {
        "age": 41.5,
        "vip": True,
        "since": "2024-02-29",
        "seen": "2026-03-01T12:00:00+00:00",
        "plan": "gold",
        "x": "y",
    }
    stored = contacts.get(answer.json["id"]).custom
    assert (stored["age"], stored["vip"]) == ("41.5", "true")


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "41"),
        ("number", True),
        ("boolean", "yes"),
        ("date", "29/02/2024"),
        ("date", "2026-02-30"),
        ("text", 1),
    ],
)
def test_a_value_of_another_type_is_refused(kind: str, value: Any) -> None:
    custom_fields.create("field", FieldType(kind))

    answer = created({**CLARA, "custom": {"field": value}})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "custom_value", "custom.field")


def test_a_stored_value_that_its_type_cannot_read_is_shown_as_it_is() -> None:
    custom_fields.create("plan", FieldType.NUMBER)

    assert ask("GET", f"/v1/contacts/{ANA.id}", key()).json["custom"] == {"plan": "gold"}


def test_what_is_empty_says_nothing_of_a_person_and_invisible_characters_are_dropped() -> None:
    created({**CLARA, "custom": {"plan": "gold"}})

    answer = created({"external_id": "C-7", "name": "", "custom": {"plan": None, "note": "two\nlines\u0000", "x": ""}})

    assert answer.json["name"] == "Clara"
    assert contacts.get(answer.json["id"]).custom == {"plan": "gold", "note": "two\nlines"}


def test_consent_is_kept_with_its_basis_its_time_and_who_said_so() -> None:
    answer = created({**CLARA, "consent": {"basis": "contract", "at": "2026-03-01T09:00:00-03:00"}})

    shown = ask("GET", f"/v1/contacts/{answer.json['id']}", key()).json
    assert (shown["consent"], shown["consent_at"]) == ("contract", "2026-03-01T12:00:00Z")
    assert shown["consent_source"].startswith("key:")


def corrected(body: dict[str, Any], person: str = ANA.id, **options: Any) -> Answer:
    return ask("PATCH", f"/v1/contacts/{person}", key(Scope.CONTACTS_WRITE), body=body, **options)


def test_a_person_is_corrected_and_what_is_not_sent_stays() -> None:
    answer = corrected({"name": "Ana Luz", "language": "es", "segment": "curitiba", "custom": {"tier": "2"}})

    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    assert (answer.json["name"], answer.json["language"], answer.json["segment"]) == ("Ana Luz", "es", "curitiba")
    assert (answer.json["custom"], answer.json["phone"]) == ({"plan": "gold", "tier": "2"}, "+5551999990001")


def test_a_field_is_emptied() -> None:
    answer = corrected({"phone": "", "custom": {"plan": None}})

    assert (answer.json["phone"], answer.json["custom"]) == ("", {})
    assert contacts.get(ANA.id).custom == {}


def test_what_was_corrected_stands_against_a_file_that_came_before() -> None:
    corrected({"name": "Ana Luz"})

    with clock.at(NOON - timedelta(days=1)):
        contacts.take({"email": "ana@example.com", "name": "ANA", "segment": "poa"}, None, "old-file")

    assert contacts.get(ANA.id).name == "Ana Luz"


def test_a_no_is_kept_with_its_time() -> None:
    answer = corrected({"consent": {"basis": "denied"}})

    assert answer.json["consent"] == "denied"
    assert answer.json["consent_at"].startswith("2026-03-10T15:00:")


def test_the_mark_by_which_somebody_is_known_stays() -> None:
    for body in ({"email": "ana.luz@example.com"}, {"email": ""}):
        answer = corrected(body)
        assert (answer.status, answer.code, answer.json["field"]) == (409, "contact_identity", "email")


def test_a_person_is_corrected_as_read_or_not_at_all() -> None:  # A6
    corrected({"name": "Ana Luz"})

    answer = corrected({"name": "Ana Sol"}, headers={"If-Match": '"1"'})

    assert (answer.status, answer.code) == (412, "rev_stale")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"email": "ANA@example.com"}, ["Ana"]),
        ({"external_id": "C-7"}, ["Clara"]),
        ({"email": "clara@example.com"}, ["Clara"]),  # though she is known by her external id
        ({"phone": "(51) 99999-0007"}, ["Clara"]),  # though she is reached by mail
        ({"phone": "(51) 99999-0008"}, ["Davi"]),
        ({"email": "nobody@example.com"}, []),
    ],
)
def test_a_person_is_found_by_external_id_or_address(query: dict[str, str], names: list[str]) -> None:
    created(CLARA)
    created({"external_id": "C-8", "name": "Davi", "phone": "(51) 99999-0008", "segment": "poa"})

    answer = ask("GET", "/v1/contacts", key(), query=query)

    assert [item["name"] for item in answer.json["items"]] == names


def test_a_bound_key_finds_corrects_and_takes_in_nobody_outside() -> None:  # A2
    bound = key(segment="curitiba")

    assert ask("GET", "/v1/contacts", bound, query={"email": "ana@example.com"}).json["items"] == []
    for method, path, body in (
        ("PATCH", f"/v1/contacts/{ANA.id}", {"name": "X"}),
        ("GET", f"/v1/contacts/{ANA.id}/transactions", None),
        ("POST", "/v1/contacts", {"email": "ana@example.com", "segment": "curitiba"}),
        ("POST", "/v1/contacts", CLARA),
        ("PATCH", f"/v1/contacts/{BRUNO.id}", {"segment": "poa"}),
    ):
        answer = ask(method, path, bound, body=body)
        assert (answer.status, answer.code) in {(404, "contact_not_found"), (404, "segment_not_found")}, path
    assert contacts.get(ANA.id).name == "Ana"
    assert contacts.get(BRUNO.id).segment == "curitiba"
    assert ask("POST", "/v1/contacts", bound, body={"email": "davi@example.com", "segment": "curitiba"}).status == 201
