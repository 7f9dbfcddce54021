"""How tickets stand at each place of a menu, in one look."""

from datetime import datetime

import pytest

from escuta import table
from escuta.directory.model import Scope
from escuta.entity import Key, Table
from escuta.feedback.model import TicketState
from escuta.feedback.tickets import recounting
from tests.functions.callers import ask, found_company, key, ticketed
from tests.kit import guard
from tests.kit.faults import recording


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def test_a_place_and_each_one_below_it_have_their_numbers_with_their_subtrees() -> None:
    ticketed("poa", "first", priority="urgent", overdue=True)
    ticketed("poa", "second", state=TicketState.WAITING, owner="carla", survey="other")
    ticketed("curitiba", "done", state=TicketState.CLOSED)
    ticketed("manaus", "north", escalated=1)

    found = ask("GET", "/v1/ticket-counts", key(), query={"segment": "aurora"}).json

    assert (found["open"], found["states"]["closed"], found["overdue"], found["unassigned"]) == (3, 1, 1, 2)
    below = {each["segment"]: (each["name"], each["open"], each["escalated"]) for each in found["children"]}
    assert below == {"sul": ("Sul", 2, 0), "norte": ("Norte", 1, 1)}
    stores = ask("GET", "/v1/ticket-counts", key(), query={"segment": "sul", "survey": "other"}).json
    assert [(each["segment"], each["open"]) for each in stores["children"]] == [("curitiba", 0), ("poa", 1)]


def test_it_takes_as_many_reads_for_a_thousand_tickets_as_for_one() -> None:
    def reads() -> int:
        with recording() as calls:
            assert ask("GET", "/v1/ticket-counts", text, query={"segment": "sul"}).status == 200
        return len(calls)

    text = key()
    ticketed("poa", "first")
    reads()
    before = reads()
    for number in range(20):
        ticketed("poa", f"t{number}")

    assert reads() == before
    assert before < 15


def test_who_is_bound_to_a_part_sees_no_number_of_another() -> None:
    ticketed("manaus")
    bound = key(Scope.TICKETS_READ, segment="sul")

    assert ask("GET", "/v1/ticket-counts", bound, query={"segment": "sul"}).json["open"] == 0
    for place in ("aurora", "norte", "manaus"):
        assert ask("GET", "/v1/ticket-counts", bound, query={"segment": place}).code == "segment_not_found"


def test_a_recount_finds_what_somebody_wrote_into_the_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    ticket = ticketed("poa", "first", owner="carla")
    ticketed("curitiba", "done", state=TicketState.CLOSED, closed_at=ticket.opened_at)

    def drift() -> object:
        return ask("GET", "/v1/ticket-counts", key(), query={"segment": "sul", "recount": "true"}).json["drift"]

    assert drift() == {}
    with guard.down():
        table.transact(table.Add(Table.FEEDBACK, Key("ticket_counts#aurora#1", "sul#visit"), {"overdue": 2}))
        table.transact(table.Add(Table.FEEDBACK, Key("ticket_days#visit#sul", "2026-03#0"), {"10.closed": -1}))
    assert drift() == {"2026-03-10 visit": {"closed": -1}, "now visit": {"overdue": 2}}

    monkeypatch.setattr(recounting.drift, "__kwdefaults__", {"most": 1})
    answer = ask("GET", "/v1/ticket-counts", key(), query={"segment": "sul", "recount": "true"})
    assert (answer.status, answer.code) == (422, "ticket_recount_too_large")
