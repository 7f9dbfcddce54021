"""What a manager sees of the own work, and nobody else of it who may not."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta.directory import managers
from escuta.directory.model import Scope
from escuta.feedback import metrics
from escuta.feedback.model import TicketState
from escuta.feedback.tickets import counts
from tests.conftest import NOON
from tests.functions.callers import Answer, answered, ask, found_company, key, open_survey, ticketed
from tests.kit.faults import recording


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


@pytest.fixture
def carla(company: None) -> str:  # noqa: ARG001 - the places come first
    return managers.create("Carla", "carla@example.com", language="pt-BR", segments=["poa"]).id


def coached(manager: str, text: str = "", **query: Any) -> Answer:
    return ask("GET", f"/v1/managers/{manager}/coaching", text or key(), query={"survey": "visit", **query})


def scored(place: str, *scores: int, comment: str = "") -> None:
    made = [
        answered(place, f"{place}{number}", score, answers={"nps": score}, comment=comment, received_at=NOON)
        for number, score in enumerate(scores)
    ]
    metrics.apply(made)


def closed(name: str, hours: int, owner: str, place: str = "poa", **fields: Any) -> None:
    end = NOON - timedelta(hours=hours)
    times = {"closed_at": end, "ended_at": end, "opened_at": end - timedelta(hours=1), "due_at": NOON}
    ticketed(place, name, state=TicketState.CLOSED, owner=owner, **times, **fields)


def test_what_waits_for_a_manager_stands_by_due_time_with_how_many_were_closed_in_time_since_one_was_not(
    carla: str,
) -> None:
    ticketed("poa", "later", owner=carla)
    ticketed("poa", "sooner", owner=carla, due_at=NOON, overdue=True)
    ticketed("poa", "other", owner="bruno")
    for hours, late in ((1, False), (2, False), (3, True), (4, False)):
        closed(f"c{hours}", hours, carla, late=late)

    found = coached(carla).json

    assert [each["id"] for each in found["tickets"]] == ["sooner", "later"]
    assert (found["open"], found["given"], found["overdue"], found["streak"]) == (2, 6, 1, 2)
    assert counts.loads([carla])[carla] == (2, 6)


def test_a_store_is_held_against_the_others_below_its_parent(carla: str) -> None:
    scored("poa", *[0] * 15, comment="Fila enorme, liguem (11) 98888-0000")
    scored("curitiba", *[10] * 15)
    for number in range(12):
        closed(f"p{number}", number, carla, recovered=False)
        closed(f"c{number}", number, "bruno", "curitiba", recovered=True)

    (store,) = coached(carla).json["stores"]

    assert (store["segment"], store["name"], store["parent"]) == ("poa", "Poa", "sul")
    nps, recovery, in_time = (store["figures"][name] for name in ("nps", "recovery", "in_time"))
    assert (nps["figure"]["value"], nps["others"]["value"], nps["change"]["verdict"]) == (-100.0, 100.0, "worse")
    assert (recovery["figure"]["value"], recovery["change"]["verdict"]) == (0.0, "worse")
    assert (in_time["figure"]["value"], in_time["change"]["verdict"]) == (1.0, "no_real_change")
    words = [each["comment"] for each in coached(carla).json["comments"]]
    assert len(words) == 10
    assert "98888" not in str(words)


def test_who_may_not_read_answers_gets_no_comments_and_who_may_not_see_managers_nothing(carla: str) -> None:
    usual = {Scope.TICKETS_READ, Scope.MANAGERS_READ}

    assert coached(carla, key(*usual)).json["comments"] is None
    assert coached(carla, key(Scope.TICKETS_READ)).code == "scope_missing"


def test_a_manager_beyond_the_own_part_is_not_there(carla: str) -> None:
    assert coached(carla, key(segment="sul")).status == 200
    assert (coached(carla, key(segment="norte")).status, coached(carla, key(segment="norte")).code) == (
        404,
        "manager_not_found",
    )
    assert coached("nobody").code == "manager_not_found"


def test_it_takes_as_many_reads_however_many_tickets_there_are(carla: str) -> None:
    def reads() -> int:
        with recording() as calls:
            assert coached(carla, text).status == 200
        return len(calls)

    text = key()
    ticketed("poa", "first", owner=carla)
    reads()
    before = reads()
    for number in range(20):
        closed(f"c{number}", number, carla)
        ticketed("poa", f"t{number}", owner=carla)

    assert reads() == before
    assert before < 45
