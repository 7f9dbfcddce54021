from datetime import datetime
from typing import Any

import pytest

from escuta.directory import managers
from escuta.directory.model import Role, Scope
from tests.functions.callers import ask, found_company, key, ticketed
from tests.kit import people as kit


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def made(name: str, *segments: str) -> str:
    return managers.create(name, f"{name.lower()}@aurora.example", language="pt-BR", segments=segments).id


def listed(text: str = "", **query: Any) -> list[str]:
    return [item["name"] for item in ask("GET", "/v1/managers", text or key(), query=query).json["items"]]


BODY = {"name": "Ana Souza", "email": "ana@aurora.example", "segments": ["poa", "manaus"]}


def test_a_manager_is_made_and_shows_what_was_said() -> None:
    body = {**BODY, "phone": "(11) 91234-5678", "channels": ["email", "sms"], "languages": ["en"], "language": "es"}

    answer = ask("POST", "/v1/managers", key(), body=body)

    identity = managers.identity("ana@aurora.example")
    assert (answer.status, answer.headers["Location"]) == (201, f"managers/{identity}")
    assert answer.json == {
        "rev": 1,
        "id": identity,
        "name": "Ana Souza",
        "email": "ana@aurora.example",
        "phone": "+5511912345678",
        "language": "es",
        "languages": ["en"],
        "channels": ["email", "sms"],
        "alerts": "at_once",
        "digest": "weekly",
        "segments": ["poa", "manaus"],
        "external_reference": "",
        "retired_at": None,
    }
    assert ask("GET", f"/v1/managers/{identity}", key(Scope.MANAGERS_READ)).json == answer.json
    again = ask("POST", "/v1/managers", key(), body=BODY)
    assert (again.status, again.code) == (409, "manager_exists")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, "required", "name"),
        ({"email": "ana"}, "email_invalid", "email"),
        ({"phone": "1"}, "phone_invalid", "phone"),
        ({"language": "fr"}, "language_unknown", "language"),
        ({"channels": ["pager"]}, "value_not_allowed", "channels[0]"),
        ({"channels": ["sms"]}, "required", "phone"),
        ({"segments": ["atlantis"]}, "segment_unknown", "segments"),
        ({"segments": [str(number) for number in range(41)]}, "too_many", "segments"),
        ({"boss": "Bruno"}, "field_unknown", "boss"),
    ],
)
def test_a_manager_that_cannot_be_is_refused(changes: dict[str, Any], code: str, field: str) -> None:
    answer = ask("POST", "/v1/managers", key(), body=BODY | changes)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)
    assert listed() == []


def test_an_account_is_changed_retired_and_opened_again() -> None:
    ana = made("Ana", "poa")

    answer = ask(
        "PATCH", f"/v1/managers/{ana}", key(), body={"segments": ["sul"], "languages": ["en"], "retired": True}
    )

    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    assert (answer.json["segments"], answer.json["languages"], answer.json["name"]) == (["sul"], ["en"], "Ana")
    assert answer.json["retired_at"].startswith("2026-03-10T15:00")
    assert (listed(retired="true"), listed(retired="false")) == (["Ana"], [])
    stale = ask("PATCH", f"/v1/managers/{ana}", key(), body={"name": "x"}, headers={"If-Match": '"1"'})
    assert (stale.status, stale.code) == (412, "rev_stale")
    address = ask("PATCH", f"/v1/managers/{ana}", key(), body={"email": "other@aurora.example"})
    assert (address.code, address.json["field"]) == ("field_unknown", "email")
    opened = ask("PATCH", f"/v1/managers/{ana}", key(), body={"retired": False})
    assert opened.json["retired_at"] is None


def test_a_bound_key_sees_and_changes_who_answers_for_nothing_else() -> None:
    bound = key(segment="sul")
    inside, across, nowhere = made("Ana", "poa", "curitiba"), made("Bruno", "poa", "manaus"), made("Carla")

    assert listed(bound) == ["Ana"]
    assert ask("PATCH", f"/v1/managers/{inside}", bound, body={"name": "Ana Lima"}).status == 200
    for other in (across, nowhere):
        for method, path in (("GET", ""), ("PATCH", ""), ("GET", "/activity")):
            answer = ask(
                method, f"/v1/managers/{other}{path}", bound, body={"name": "x"} if method == "PATCH" else None
            )
            assert (answer.status, answer.code) == (404, "manager_not_found")


def test_a_bound_key_gives_no_segments_that_it_may_not_see() -> None:
    bound, ana = key(segment="sul"), made("Ana", "poa")

    for answer in (
        ask("PATCH", f"/v1/managers/{ana}", bound, body={"segments": ["poa", "manaus"]}),
        ask("POST", "/v1/managers", bound, body=BODY | {"email": "new@aurora.example"}),
    ):
        assert (answer.status, answer.code) == (404, "segment_not_found")
    for answer in (
        ask("PATCH", f"/v1/managers/{ana}", bound, body={"segments": []}),
        ask("POST", "/v1/managers", bound, body=BODY | {"segments": []}),
    ):
        assert (answer.status, answer.code) == (403, "whole_hierarchy_only")
    assert managers.get(ana).segments == ("poa",)


def signed_in(manager: str) -> str:
    return kit.seat(kit.user("Ana", Role.MANAGER), manager=manager)


def test_the_log_tells_what_a_manager_did_to_tickets_in_the_language_of_the_reader() -> None:
    ana = made("Ana", "sul")
    session, ticket = signed_in(ana), ticketed("poa")
    ask("PATCH", f"/v1/tickets/{ticket.id}", session, body={"state": "open", "rev": 1})
    ask("PATCH", f"/v1/tickets/{ticket.id}", session, body={"segment": "curitiba", "rev": 2})
    ask("PATCH", f"/v1/tickets/{ticket.id}", key(), body={"comment": "Not by Ana", "rev": 3})

    answer = ask("GET", f"/v1/managers/{ana}/activity", key(), headers={"Accept-Language": "es"})

    assert {item["words"] for item in answer.json["items"]} == {
        "La cuenta fue creada.",
        "Cambió el estado del caso first a open.",
        "Transfirió el caso first a curitiba.",
    }
    moved = next(item for item in answer.json["items"] if item["did"] == "ticket_moved")
    assert (moved["thing"], moved["who"]) == ("ticket first", "")


def test_the_log_of_a_manager_has_nothing_that_others_did() -> None:
    ana = made("Ana", "sul")
    session = signed_in(ana)
    for name in ("a", "b"):
        ticketed("poa", name)
    tag = {"If-Match": "*"}
    ask("POST", "/v1/tickets/a/links", key(), body={"ticket": "b"}, headers=tag)
    ask("PATCH", "/v1/tickets/a", key(), body={"state": "waiting"}, headers=tag)

    ask("POST", "/v1/tickets/a/links", session, body={"ticket": "b"}, headers=tag)
    ask("POST", "/v1/tickets/b/merge", key(), body={"into": "a"}, headers=tag)
    ask("POST", "/v1/tickets/b/merge", session, body={"into": "a"}, headers=tag)

    did = [item["did"] for item in ask("GET", f"/v1/managers/{ana}/activity", key()).json["items"]]
    assert did == ["account_made"]


def test_a_retired_manager_gets_in_nowhere() -> None:
    ana = made("Ana", "sul")
    session = signed_in(ana)
    assert ask("GET", "/v1/segments/poa", session).status == 200

    managers.update(ana, rev=1, retired=True)

    with pytest.raises(Exception, match="Unauthorized"):
        ask("GET", "/v1/segments/poa", session)


def test_a_manager_says_when_to_be_told_of_tickets() -> None:
    manager = made("Ana", "poa")

    changed = ask("PATCH", f"/v1/managers/{manager}", key(), body={"alerts": "urgent"}, headers={"If-Match": '"1"'})
    refused = ask("PATCH", f"/v1/managers/{manager}", key(), body={"alerts": "often"}, headers={"If-Match": '"2"'})

    assert (changed.status, changed.json["alerts"]) == (200, "urgent")
    assert (refused.code, managers.get(manager).alerts) == ("value_not_allowed", "urgent")


def test_deleting_a_manager_retires_the_account_and_its_log_stays() -> None:
    ana = made("Ana", "poa")

    gone = ask("DELETE", f"/v1/managers/{ana}", key(Scope.MANAGERS_WRITE))

    assert (gone.status, gone.json["retired_at"] is not None) == (200, True)
    assert managers.answering_for(("aurora", "sul", "poa")) == ()
    assert ask("DELETE", f"/v1/managers/{ana}", key()).json == gone.json
    log = ask("GET", f"/v1/managers/{ana}/activity", key()).json["items"]
    assert [noted["did"] for noted in log].count("account_retired") == 1


def test_a_manager_of_another_place_is_not_deleted() -> None:
    ana = made("Ana", "manaus")

    answer = ask("DELETE", f"/v1/managers/{ana}", key(segment="sul"))

    assert (answer.status, answer.code) == (404, "manager_not_found")
    assert managers.get(ana).retired_at is None
