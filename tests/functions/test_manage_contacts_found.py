"""Looking for people in one box."""

from datetime import datetime
from typing import Any

import pytest

from escuta import table
from escuta.directory import finding
from escuta.directory.model import ContactWord, Scope
from tests.functions.callers import ask, found_company, key

PEOPLE = (
    {"external_id": "C-1", "name": "Conceição Araújo da Silva", "email": "con@example.com", "phone": "(51) 99999-0001"},
    {"external_id": "C-2", "name": "CONRADO Dias", "email": "conrado@example.com", "segment": "curitiba"},
    {"external_id": "C-3", "name": "José Conceição", "phone": "+55 51 99999-0003"},
    {"external_id": "C-4", "name": "Li", "email": "li@example.com"},
)


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    for person in PEOPLE:
        taken({"segment": "poa", **person})


def taken(body: dict[str, Any]) -> str:
    answer = ask("POST", "/v1/contacts", key(Scope.CONTACTS_WRITE), body=body)
    assert answer.status in {200, 201}, answer.json
    return str(answer.json["id"])


def found(text: str, caller: str = "", **query: str) -> list[str]:
    answer = ask("GET", "/v1/contacts", caller or key(Scope.CONTACTS_READ), query={"q": text, **query})
    assert answer.status == 200, answer.json
    return sorted(each["external_id"] for each in answer.json["items"])


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("conceicao", ["C-1", "C-3"]),
        ("  CONCEIÇÃO ", ["C-1", "C-3"]),
        ("con", ["C-1", "C-2", "C-3"]),
        ("ara", ["C-1"]),
        ("silva", ["C-1"]),
        ("silva con", ["C-1"]),
        ("conceicao da silva", ["C-1"]),
        ("silva dias", []),
        ("jose", ["C-3"]),
        ("C-2", ["C-2"]),
        ("con@example.com", ["C-1"]),
        ("CON@EXAMPLE.COM", ["C-1"]),
        ("51 99999 0001", ["C-1"]),
        ("+5551999990001", ["C-1"]),
        ("(51) 99999-0003", ["C-3"]),
        ("li", ["C-4"]),
        ("c", []),
        ("da", []),
        ("(99)", []),
        ("@", []),
        ("nobody", []),
        ("00000000", []),
    ],
)
def test_people_are_found_by_whatever_is_remembered_of_them(text: str, whom: list[str]) -> None:
    assert found(text) == whom


def test_a_telephone_finds_who_has_an_address_too() -> None:
    answer = ask("GET", "/v1/contacts", key(), query={"phone": "(51) 99999-0001"})

    assert [each["external_id"] for each in answer.json["items"]] == ["C-1"]


def test_tickets_are_found_by_the_telephone_of_who_has_an_address_too() -> None:
    (who,) = ask("GET", "/v1/contacts", key(), query={"external_id": "C-1"}).json["items"]
    made = ask("POST", "/v1/tickets", key(), body={"contact": who["id"], "segment": "poa", "subject": "Ligou"})

    items = ask("GET", "/v1/tickets", key(), query={"q": "51 99999-0001"}).json["items"]

    assert [each["id"] for each in items] == [made.json["id"]]


def test_people_elsewhere_are_not_found() -> None:
    caller = key(Scope.CONTACTS_READ, segment="curitiba")

    assert [found(text, caller) for text in ("con", "C-1", "con@example.com", "51 99999 0001")] == [["C-2"], [], [], []]


def test_people_are_looked_for_at_one_place_and_below() -> None:
    assert found("con", segment="sul") == ["C-1", "C-2", "C-3"]
    assert found("con", segment="curitiba") == ["C-2"]
    assert ask("GET", "/v1/contacts", key(segment="poa"), query={"q": "con", "segment": "curitiba"}).status == 404


def test_many_of_one_name_are_found_page_by_page() -> None:
    for number in range(12):
        taken({"external_id": f"M-{number:02}", "name": f"Maria Souza {number}", "segment": "poa"})
    caller, cursor, seen = key(), None, []
    while cursor != "":
        query = {"q": "maria", "limit": "5", **({"cursor": cursor} if cursor else {})}
        answer = ask("GET", "/v1/contacts", caller, query=query)
        assert len(answer.json["items"]) <= 5
        seen += [each["external_id"] for each in answer.json["items"]]
        cursor = answer.json["next"] or ""

    assert sorted(seen) == [f"M-{number:02}" for number in range(12)]


def test_who_is_renamed_or_was_elsewhere_since_is_found_as_they_are() -> None:
    who = taken({"external_id": "C-2", "name": "Conrado Dias"})
    body = {"name": "Ênio Dias", "segment": "manaus"}
    assert ask("PATCH", f"/v1/contacts/{who}", key(Scope.CONTACTS_WRITE), body=body).status == 200

    assert (found("conrado"), found("enio"), found("dias")) == ([], ["C-2"], ["C-2"])
    assert found("dias", key(Scope.CONTACTS_READ, segment="manaus")) == ["C-2"]
    assert found("dias", key(Scope.CONTACTS_READ, segment="curitiba")) == []


def test_a_name_says_what_it_is_looked_for_with_once() -> None:
    assert finding.words("  Zoë  D'Ávila-Souza souza 2ª ") == ("zoe", "d", "avila", "souza", "2a")


def test_a_long_name_is_found_by_its_first_words_and_the_last_one() -> None:
    taken({"external_id": "P-1", "name": "Pedro de Alcântara Francisco Antônio João Carlos Xavier", "segment": "poa"})

    assert [found(text) for text in ("pedro", "alcant", "franc", "joao", "xavier")] == [["P-1"]] * 5
    assert (found("carlos"), found("carlos xav"), found("carlos alcantara")) == ([], [], ["P-1"])


def test_what_leads_to_nobody_is_not_shown() -> None:
    gone = ContactWord(contact="nobody", word="conde", name="conde", segment="poa")
    table.put(gone)

    assert found("conde") == []


def test_only_one_way_is_asked() -> None:
    answer = ask("GET", "/v1/contacts", key(), query={"q": "ana", "email": "ana@example.com"})

    assert (answer.status, answer.code) == (422, "contact_query")


def test_a_caller_bound_to_a_small_place_reads_no_more_for_a_page_than_anybody() -> None:
    many = [ContactWord(contact=f"c{number:05}", word="maria", name="maria", segment="poa") for number in range(2_300)]
    table.put_many(many)
    taken({"external_id": "Z-1", "name": "Mariazinha", "segment": "curitiba"})
    caller = key(Scope.CONTACTS_READ, segment="curitiba")

    first = ask("GET", "/v1/contacts", caller, query={"q": "maria"})
    second = ask("GET", "/v1/contacts", caller, query={"q": "maria", "cursor": first.json["next"]})

    assert first.json["items"] == []
    assert [each["external_id"] for each in second.json["items"]] == ["Z-1"]
    assert second.json["next"] is None
