"""Tickets, written out: who has them, how fast they were answered, what was done, of who may see them."""

from datetime import timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory import managers
from escuta.directory.model import Scope
from escuta.feedback import surveys, tickets
from escuta.feedback.exported import followed
from escuta.feedback.model import Cause, Causes, TicketState
from escuta.feedback.tickets import settling
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, ticketed
from tests.functions.exporting import ENGLISH, read, records, told, work
from tests.kit import factories


@pytest.fixture(autouse=True)
def company(aws: None, noon: object) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def followed_up() -> None:
    """Let Carla take up a ticket after half an hour, and close it two days later."""
    owner = managers.create("Carla", "carla@example.com", language="pt-BR", segments=["poa"])
    table.put(factories.contact("Ana", segment="poa", external_id="C-1"))
    who = {"contact": factories.contact("Ana").id, "contact_name": "Ana", "owner": owner.id}
    ticketed("poa", comment="Liguem para (11) 98888-0000", first_response_at=NOON + timedelta(minutes=30), **who)
    with clock.at(NOON + timedelta(minutes=30)):
        moved = tickets.move("first", TicketState.OPEN, who=tickets.Actor(name="Carla"), rev=1)
    with clock.at(NOON + timedelta(hours=1)):
        moved = tickets.move("first", TicketState.RESOLVED, who=tickets.Actor(name="Carla"), rev=moved.rev)
    with clock.at(NOON + timedelta(days=2)):
        tickets.close(
            "first", ("Fila",), "Falei com Ana, (11) 98888-0000", who=tickets.Actor(name="Carla"), rev=moved.rev
        )


def test_a_ticket_says_who_has_it_what_was_done_and_how_fast() -> None:
    followed_up()

    (line,) = told("tickets")

    expected = {
        "id": "first",
        "segment": "poa",
        "segment_path": ["aurora", "sul", "poa"],
        "owner_name": "Carla",
        "external_id": "C-1",
        "state": "closed",
        "score": 2,
        "root_causes": ["Fila"],
        "opened_at": "2026-03-10T15:00",
        "first_response_at": "2026-03-10T15:30",
        "resolved_at": "2026-03-10T16:00",
        "closed_at": "2026-03-12T15:00",
        "first_response_minutes": 30,
        "closing_minutes": 2880,
    }
    to_the_minute = {name: value[:16] if name.endswith("_at") and value else value for name, value in line.items()}
    assert {name: to_the_minute[name] for name in expected} == expected
    assert "98888" not in str(line)
    assert "name" not in line


def test_names_and_words_as_they_were_written_take_a_right_of_their_own() -> None:
    followed_up()
    usual = {Scope.EXPORTS_READ, Scope.EXPORTS_WRITE, Scope.TICKETS_READ}
    body = {"what": "tickets", "personal": True}

    assert ask("POST", "/v1/exports", key(*usual), body=body).code == "scope_missing"
    (line,) = told("tickets", personal=True)
    assert (line["name"], line["comment"]) == ("Ana", "Liguem para (11) 98888-0000")
    assert line["action"] == "Falei com Ana, (11) 98888-0000"


def test_people_read_titles_in_their_language() -> None:
    ticketed("poa")

    (line,) = read("tickets")

    told_of = {title: line[title] for title in ("store name", "state", "minutes to closing", "due at")}
    expected = {"store name": "Poa", "state": "new", "minutes to closing": "", "due at": "2026-03-12T15:00:00+00:00"}
    assert told_of == expected


def test_tickets_are_found_by_place_state_survey_and_the_day_on_which_they_were_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("escuta.feedback.exported.walking.PAGE", 2)
    monkeypatch.setattr("escuta.feedback.exported.walking.LOOKS", 3)
    for number, place in enumerate(("poa", "curitiba", "manaus", "poa", "poa", "poa")):
        state = (TicketState.NEW, TicketState.CLOSED)[number % 2]
        ticketed(place, f"t{number}", state=state, opened_at=NOON - timedelta(days=number))

    def names(**body: Any) -> list[str]:
        return sorted(line["id"] for line in told("tickets", **body))

    assert names() == ["t0", "t1", "t2", "t3", "t4", "t5"]
    assert names(segment="sul") == ["t0", "t1", "t3", "t4", "t5"]
    assert names(segment="poa", states=["closed"]) == ["t3", "t5"]
    assert names(**{"from": "2026-03-07", "to": "2026-03-08"}) == ["t2", "t3"]
    surveys.create("Other", survey="other")
    ticketed("poa", "other", survey="other")
    assert names(survey="other") == ["other"]


def test_tickets_are_written_out_by_what_is_said_of_them_in_a_list() -> None:
    ticketed("poa", "urgent", priority="urgent", tags=("vip",))
    ticketed("poa", "calm")
    ticketed("manaus", "mine", owner="carla", overdue=True)

    def names(**wanted: Any) -> list[str]:
        return sorted(line["id"] for line in told("tickets", tickets=wanted))

    assert names(priorities=["urgent", "high"]) == ["urgent"]
    assert names(owner="carla", overdue=True) == ["mine"]
    assert names(tags=["vip"], opened_from="2026-03-10") == ["urgent"]
    body = {"what": "tickets", "tickets": {"segment": "poa"}}
    usual = key(Scope.EXPORTS_READ, Scope.EXPORTS_WRITE, Scope.TICKETS_READ, Scope.CONTACTS_READ, Scope.SEGMENTS_READ)
    refused = ask("POST", "/v1/exports", usual, body=body)
    assert (refused.status, refused.code) == (422, "value_not_allowed")
    misplaced = ask("POST", "/v1/exports", usual, body={"what": "contacts", "tickets": {}})
    assert misplaced.code in {"export_field_unasked", "scope_missing"}


def test_what_following_up_came_to_stands_in_columns_and_causes_by_their_names() -> None:
    settling.put(Causes(causes=(Cause(id="fila", text={"pt-BR": "Fila", "en": "Queue", "es": "Fila"}),)))
    gesture = {"amount": "12.50", "currency": "BRL"}
    done: dict[str, Any] = {
        "root_causes": ("fila",),
        "caused_again": ("fila",),
        "gesture": gesture,
        "recovered": True,
        "reopened": 1,
    }
    ticketed("poa", state=TicketState.CLOSED, promise={"respond": 60, "resolve": 240}, late=True, **done)

    (line,), (row,) = told("tickets"), read("tickets")

    expected = {
        "root_causes": ["fila"],
        "caused_again": ["fila"],
        "gesture_amount": "12.50",
        "gesture_currency": "BRL",
        "promised_response_minutes": 60,
        "promised_resolution_minutes": 240,
        "in_time": False,
        "recovered": True,
        "reopened": 1,
    }
    assert {name: line[name] for name in expected} == expected
    assert (row["root causes"], row["recovered"]) == ("Queue", "true")


def test_a_bound_key_gets_the_tickets_of_its_subtree() -> None:
    ticketed("poa", "ours")
    ticketed("manaus", "theirs")

    body = {"what": "tickets", "format": "jsonl"}
    ordered = ask("POST", "/v1/exports", key(segment="sul"), body=body, headers=ENGLISH).json
    work()

    assert [line["id"] for line in records(ordered["id"])] == ["ours"]


def told_while_it_is_closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let a ticket be closed while it is about to be found; return the states in which it stands in the export."""
    open_ticket = ticketed("poa", state=TicketState.OPEN)
    listing = tickets.listing
    seen: list[str] = []

    def slow(segment: str, *, state: TicketState, **options: Any) -> Any:
        found = listing(segment, state=state, **options)
        if segment == "poa" and not seen:
            seen.append(segment)
            table.save(open_ticket.changed(state=TicketState.CLOSED))
        return found

    monkeypatch.setattr(followed, "listing", slow)
    return [line["state"] for line in told("tickets")]


def test_what_is_closed_while_the_export_runs_stands_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told_while_it_is_closed(monkeypatch) == ["closed"]


def test_an_export_that_went_through_the_states_backward_would_lose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed, "STATES", followed.STATES[::-1])

    assert told_while_it_is_closed(monkeypatch) == []
