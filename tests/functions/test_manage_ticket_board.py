"""What a board of tickets needs: the numbers of its columns, who may be given a ticket, and how to take a move back."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta.directory.model import Scope
from escuta.feedback.model import Priority, TicketState
from escuta.feedback.model.ticket import FAR
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, ticketed


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def manager(name: str, *places: str, **fields: Any) -> str:
    body = {"name": name, "email": f"{name.lower()}@example.com", "segments": list(places), **fields}
    answer = ask("POST", "/v1/managers", key(), body=body)
    assert answer.status == 201, answer.json
    return str(answer.json["id"])


def buckets(text: str = "", **query: Any) -> dict[str, Any]:
    answer = ask("GET", "/v1/ticket-buckets", text or key(), query=query)
    assert answer.status == 200, answer.json
    told: dict[str, Any] = answer.json
    return told


def test_a_list_is_told_in_numbers_by_state_owner_priority_and_due_time() -> None:
    bruno = manager("Bruno", "poa")
    ticketed("poa", "late", due_at=NOON - timedelta(hours=1), owner=bruno)
    ticketed("poa", "today", due_at=NOON + timedelta(hours=1), owner=bruno, priority=Priority.HIGH)
    ticketed("poa", "tomorrow", due_at=NOON + timedelta(days=1), state=TicketState.OPEN)
    ticketed("curitiba", "week", due_at=NOON + timedelta(days=6), escalated=1)
    ticketed("poa", "later", due_at=NOON + timedelta(days=7))
    ticketed("poa", "waits", due_at=NOON - timedelta(days=7), state=TicketState.WAITING)
    ticketed("poa", "done", due_at=NOON - timedelta(days=7), state=TicketState.RESOLVED)
    ticketed("poa", "none", due_at=FAR)
    ticketed("manaus", "north", due_at=NOON)

    told = buckets(segment="sul", subtree="true")

    assert told["total"] == 8
    assert told["due"] == {"overdue": 1, "today": 1, "tomorrow": 1, "week": 1, "later": 1, "waiting": 1, "never": 2}
    assert told["states"] == {"new": 5, "open": 1, "waiting": 1, "resolved": 1, "closed": 0, "reopened": 0}
    assert told["priorities"] == {"low": 0, "normal": 7, "high": 1, "urgent": 0}
    assert told["owners"] == [
        {"owner": "", "name": "", "tickets": 6},
        {"owner": bruno, "name": "Bruno", "tickets": 2},
    ]
    assert told["escalated"] == 1


def test_the_numbers_are_of_what_the_list_has_for_whoever_asks() -> None:
    ticketed("poa", "tv", product="tv-40")
    ticketed("manaus", "north")
    bound = key(Scope.TICKETS_READ, segment="sul")

    assert (buckets()["total"], buckets(bound)["total"], buckets(product="tv-40")["total"]) == (2, 1, 1)
    listed = ask("GET", "/v1/tickets", key(), query={"product": "tv-40"}).json["items"]
    assert [each["id"] for each in listed] == ["tv"]
    assert ask("GET", "/v1/ticket-buckets", bound, query={"segment": "manaus"}).status == 404


def test_who_may_be_given_a_ticket_are_those_of_the_place_and_above_the_nearest_first() -> None:
    bruno, ana = manager("Bruno", "poa", languages=["es"]), manager("Ana", "poa", "sul")
    carla, _, _ = manager("Carla", "sul"), manager("Davi", "manaus"), manager("Eva", "curitiba")
    ticketed("manaus", "first", owner=bruno)

    items = ask("GET", "/v1/segments/poa/ticket-owners", key(Scope.TICKETS_READ)).json["items"]

    assert [(each["id"], each["of"], each["open"]) for each in items] == [
        (ana, "poa", 0),
        (bruno, "poa", 1),
        (carla, "sul", 0),
    ]
    assert items[1]["languages"] == ["pt-BR", "es"]


def test_a_bound_caller_is_told_of_nobody_above() -> None:
    bruno, _ = manager("Bruno", "poa"), manager("Carla", "sul")

    items = ask("GET", "/v1/segments/poa/ticket-owners", key(segment="poa")).json["items"]

    assert [each["id"] for each in items] == [bruno]


def test_who_retired_may_not_be_given_a_ticket() -> None:
    bruno = manager("Bruno", "poa")
    ask("DELETE", f"/v1/managers/{bruno}", key())

    assert ask("GET", "/v1/segments/poa/ticket-owners", key()).json["items"] == []


def test_a_move_of_many_tells_what_they_were_so_that_it_can_be_taken_back() -> None:
    ticketed("poa", "a", tags=("vip",))
    ticketed("poa", "b", state=TicketState.OPEN, priority=Priority.HIGH)
    both = [{"id": "a"}, {"id": "b"}]

    moved = ask("POST", "/v1/tickets/batch", key(), body={"tickets": both, "priority": "high", "state": "open"})

    assert [each["before"] for each in moved.json["items"]] == [
        {"state": "new", "owner": "", "priority": "normal", "tags": ["vip"]},
        None,
    ]
    back = ask("POST", "/v1/tickets/batch", key(), body={"tickets": [{"id": "a"}], "priority": "normal"})
    assert back.json["items"][0]["before"]["priority"] == "high"
