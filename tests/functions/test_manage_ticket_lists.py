"""Lists of tickets: by everything that is said of them, in every order, page by page, and never too much."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory import contacts
from escuta.directory.model import Contact, Role, Scope
from escuta.errors import InvalidError
from escuta.feedback import tickets
from escuta.feedback.model import Ticket, TicketEdge, TicketFilter, TicketOrder, TicketState
from escuta.feedback.tickets import Line, searching
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, ticketed
from tests.kit import factories
from tests.kit.faults import recording

READS = (Scope.TICKETS_READ, Scope.RESPONSES_PERSONAL)
CLOSED = TicketState.CLOSED


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def found(text: str = "", **query: Any) -> list[str]:
    answer = ask("GET", "/v1/tickets", text or key(), query=query)
    assert answer.status == 200, answer.json
    return [item["id"] for item in answer.json["items"]]


def refused(**query: Any) -> str:
    return ask("GET", "/v1/tickets", key(), query=query).code


def known(name: str, ticket: str, place: str = "poa", **fields: Any) -> Contact:
    """Let a customer have a ticket."""
    person = factories.contact(name.split(maxsplit=1)[0], segment=place)
    table.put(person)
    about = {"contact": person.id, "contact_name": name}
    made = ticketed(place, ticket, **about, **fields)
    table.create(TicketEdge(ticket=ticket, response=ticket, contact=person.id, opened_at=made.opened_at))
    return person


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"priority": "high,urgent"}, ["high"]),
        ({"owner": "carla"}, ["high", "watched"]),
        ({"owner": "-"}, ["late", "north"]),
        ({"watcher": "bruno"}, ["watched"]),
        ({"rule": "manual"}, ["watched"]),
        ({"tag": "vip"}, ["watched"]),
        ({"cause": "fila,preco"}, ["late"]),
        ({"overdue": "true"}, ["late"]),
        ({"escalated": "true"}, ["north"]),
        ({"survey": "other"}, ["north"]),
        ({"opened_from": "2026-03-08", "opened_to": "2026-03-09"}, ["north"]),
        ({"state": "open,waiting"}, ["high", "late"]),
        ({"segment": "sul", "subtree": "true"}, ["high", "late", "watched"]),
        ({"segment": "sul", "priority": "high"}, []),
        ({"segment": "poa", "priority": "high"}, ["high"]),
        ({"closed_from": "2026-03-09"}, ["done"]),
        ({"closed_from": "2026-03-10"}, []),
        ({"closed_from": "2026-03-09", "state": "closed,open", "recovered": "true"}, ["done"]),
        (
            {"segment": "curitiba", "subtree": "false", "state": "closed", "closed_from": "2024-01-01", "sort": "due"},
            ["done"],
        ),
    ],
    ids=lambda value: "&".join(value) if isinstance(value, dict) else "",
)
def test_tickets_are_found_by_what_is_said_of_them(query: dict[str, str], expected: list[str]) -> None:
    ticketed("poa", "high", priority="high", owner="carla", state=TicketState.OPEN)
    ticketed("poa", "late", overdue=True, root_causes=("fila",), state=TicketState.WAITING)
    ticketed("curitiba", "watched", watchers=("bruno",), tags=("vip", "loja"), rule="manual", owner="carla")
    ticketed("manaus", "north", escalated=1, survey="other", opened_at=NOON - timedelta(days=1))
    closed = {"state": CLOSED, "closed_at": datetime.fromisoformat("2026-03-10T02:30:00Z"), "recovered": True}
    ticketed("curitiba", "done", **closed, timezone="America/Sao_Paulo")

    assert sorted(found(**query)) == expected


@pytest.mark.parametrize(
    ("query", "most"),
    [({"cause": "x" * 81}, 80), ({"tag": ",".join(map(str, range(21)))}, 20), ({"rule": "manual," + "x" * 81}, 80)],
    ids=["cause", "tag", "rule"],
)
def test_more_than_a_filter_can_hold_is_refused(query: dict[str, str], most: int) -> None:
    answer = ask("GET", "/v1/tickets", key(), query=query)

    assert (answer.status, answer.code, answer.json["details"]) == (422, "value_too_long", {"most": most})
    assert answer.json["field"] in query


def test_each_order_is_read_page_by_page_while_tickets_move() -> None:
    for number in range(4):
        opened = {"opened_at": NOON - timedelta(hours=number), "due_at": NOON + timedelta(hours=4 - number)}
        ticketed("poa", f"t{number}", priority=("low", "normal", "high", "urgent")[number], **opened)
    with clock.at(NOON + timedelta(minutes=1)):
        tickets.store(tickets.get("t1"), tickets.get("t1"), Line("noted"))

    assert found(sort="due") == ["t3", "t2", "t1", "t0"]
    assert found(sort="opened") == ["t0", "t1", "t2", "t3"]
    assert found(sort="priority") == ["t3", "t2", "t1", "t0"]
    assert found(sort="updated")[0] == "t1"
    text, query = key(), {"sort": "due", "limit": 2}
    first = ask("GET", "/v1/tickets", text, query=query).json
    ticketed("poa", "sooner", due_at=NOON)
    moved = tickets.get("t2")
    tickets.store(moved, moved.changed(state=CLOSED, closed_at=NOON), Line("closed"))
    rest = ask("GET", "/v1/tickets", text, query={**query, "cursor": first["next"]}).json

    assert [item["id"] for item in first["items"]] == ["t3", "t2"]
    assert [item["id"] for item in rest["items"]] == ["t1", "t0"]


def test_a_customer_is_looked_up_by_address_and_name_and_a_ticket_by_its_id() -> None:
    person = known("Ana Souza", "mine", state=CLOSED, closed_at=NOON)
    known("Bruno Lima", "other")
    text = key(*READS)

    assert found(text, q=person.email.upper()) == ["mine"]
    assert found(text, q="bruno") == ["other"]
    assert found(text, q="lima bruno") == ["other"]
    assert found(text, q="Carla") == []
    long = ticketed("poa", "0" * 26)
    assert found(q=long.id) == [long.id]


def test_a_customer_is_looked_up_by_telephone_and_by_external_id() -> None:
    by_phone = Contact(
        **{
            **dict(factories.contact("Ana", email="", phone="+5511987650000")),
            "id": contacts.identity("", "", "+5511987650000"),
        }
    )
    by_number = Contact(
        **{**dict(factories.contact("Bruno")), "id": contacts.identity("C-7", "", ""), "external_id": "C-7"}
    )
    for person, ticket in ((by_phone, "phone"), (by_number, "number")):
        table.put(person)
        made = ticketed("poa", ticket, contact=person.id)
        table.create(TicketEdge(ticket=ticket, response=ticket, contact=person.id, opened_at=made.opened_at))
    text = key(*READS)

    assert found(text, q="+55 11 98765-0000") == ["phone"]
    assert found(text, q="(11) 98765-0000") == ["phone"]
    assert found(text, q="C-7") == ["number"]


def test_who_may_not_see_customers_cannot_look_for_one() -> None:
    known("Ana Souza", "mine")

    answer = ask("GET", "/v1/tickets", key(Scope.TICKETS_READ), query={"q": "ana"})

    assert (answer.status, answer.code) == (403, "scope_missing")


def test_who_is_bound_to_a_part_finds_nothing_beyond_it_however_they_ask() -> None:
    person = known("Ana Souza", "north", "manaus", owner="carla")
    ticketed("poa", "south", owner="carla")
    bound = key(*READS, segment="sul")

    assert found(bound) == ["south"]
    assert found(bound, owner="carla") == ["south"]
    assert found(bound, q=person.email) == []
    assert found(bound, q="ana") == []
    assert ask("GET", "/v1/tickets", bound, query={"segment": "norte", "sort": "due"}).code == "segment_not_found"


def test_what_would_take_too_much_reading_is_refused_with_what_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("escuta.feedback.tickets.searching.MOST", 2)
    for number in range(3):
        ticketed("poa", f"t{number}", owner=("carla", "", "")[number])

    assert refused(sort="due") == "tickets_too_many"
    assert found(owner="carla") == ["t0"]
    assert refused(state="closed") == "tickets_closed_days"
    assert refused(closed_from="2025-03-01") == "tickets_closed_days"
    assert refused(owner="me") == "tickets_not_a_manager"
    assert refused(state="lost,open") == "value_not_allowed"


def test_of_a_customer_with_more_tickets_than_are_read_none_is_shown_rather_than_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person = known("Ana Souza", "first")
    text = key(*READS)
    for name in ("second", "third"):
        made = ticketed("poa", name, contact=person.id)
        table.create(TicketEdge(ticket=name, response=name, contact=person.id, opened_at=made.opened_at))
    assert sorted(found(text, q=person.email)) == ["first", "second", "third"]

    monkeypatch.setattr("escuta.feedback.tickets.searching.MOST", 2)

    answer = ask("GET", "/v1/tickets", text, query={"q": person.email})
    assert (answer.status, answer.code) == (422, "tickets_too_many")


def test_of_more_people_at_one_address_than_are_read_none_is_shown_rather_than_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("Ana", "Bruno"):
        table.put(Contact(**{**dict(factories.contact(name)), "email": "casa@example.com"}))
    monkeypatch.setattr("escuta.feedback.tickets.searching._NAMESAKES", 1)

    answer = ask("GET", "/v1/tickets", key(*READS), query={"q": "casa@example.com"})

    assert (answer.status, answer.code) == (422, "tickets_too_many")


def test_days_of_closing_at_many_places_are_as_few_as_one_call_can_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_READS", 8)
    done = ticketed("poa", state=CLOSED, closed_at=NOON - timedelta(days=1))
    wanted, south, north = TicketFilter(closed_from=date(2026, 3, 5)), ("aurora", "sul"), ("aurora", "norte")

    within = [south, done.segment_path]  # a place within another is that other one's
    assert searching.of(wanted, within, TicketOrder.DUE) == [done]
    with pytest.raises(InvalidError) as refusal:
        searching.of(wanted, [south, north], TicketOrder.DUE)
    assert (refusal.value.code, refusal.value.details["most"]) == ("tickets_closed_days", 4)


def test_a_page_of_open_tickets_is_one_read() -> None:
    for number in range(5):
        ticketed("poa", f"t{number}")
    text = key()
    found(text, sort="due")

    with recording() as calls:
        found(text, segment="sul", subtree="true", sort="priority")

    assert [call.operation for call in calls].count("Query") == 1


def view(text: str, **body: Any) -> Any:
    return ask("POST", "/v1/ticket-views", text, body={"name": "Minhas", **body})


def test_a_view_is_kept_used_changed_and_removed() -> None:
    ticketed("poa", "urgent", priority="urgent")
    ticketed("manaus", "calm")
    text = key()
    made = view(text, filter={"priorities": ["urgent"]}, sort="priority", shared=["manager"])
    place = f"/v1/ticket-views/{made.json['id']}"

    assert (made.status, made.json["filter"]["priorities"], made.json["shared"]) == (201, ["urgent"], ["manager"])
    assert found(text, view=made.json["id"]) == ["urgent"]
    assert found(text, view=made.json["id"], priority="normal") == ["calm"]
    assert found(text, view=made.json["id"], segment="norte") == []
    changed = ask("PATCH", place, text, body={"name": "Todas", "filter": {}}, headers={"If-Match": '"1"'})
    assert (changed.json["name"], changed.json["sort"]) == ("Todas", "priority")
    assert ask("PATCH", place, text, body={"name": "X"}, headers={"If-Match": '"1"'}).status == 412
    assert [each["name"] for each in ask("GET", "/v1/ticket-views", text).json["items"]] == ["Todas"]
    assert ask("DELETE", place, text).status == 200
    assert ask("GET", place, text).code == "ticket_view_not_found"


def test_a_view_is_used_by_whom_it_is_shared_with_and_changed_by_its_owner() -> None:
    own = view(key(), name="Só minha").json
    shared = view(key(), name="De todos", shared=[Role.MANAGER]).json
    bound = key(segment="sul")

    assert [each["name"] for each in ask("GET", "/v1/ticket-views", bound).json["items"]] == ["De todos"]
    assert ask("GET", f"/v1/ticket-views/{own['id']}", bound).code == "ticket_view_not_found"
    answer = ask("PATCH", f"/v1/ticket-views/{shared['id']}", bound, body={"name": "Minha"})
    assert (answer.status, answer.code) == (403, "ticket_view_not_yours")
    assert view(bound, filter={"segment": "norte"}).code == "segment_not_found"


def test_a_view_of_a_place_is_shown_to_those_alone_who_may_see_that_place() -> None:
    north = view(key(), name="Norte", shared=[Role.MANAGER], filter={"segment": "norte"}).json
    view(key(), name="Porto Alegre", shared=[Role.MANAGER], filter={"segment": "poa"})
    bound = key(segment="sul")

    assert [each["name"] for each in ask("GET", "/v1/ticket-views", bound).json["items"]] == ["Porto Alegre"]
    assert ask("GET", f"/v1/ticket-views/{north['id']}", bound).code == "ticket_view_not_found"
    assert ask("GET", "/v1/tickets", bound, query={"view": north["id"]}).code == "ticket_view_not_found"


def test_the_same_key_makes_one_view_and_there_is_an_end_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    text, headers = key(), {"Idempotency-Key": "one"}
    body = {"name": "Minhas"}
    first, again = (ask("POST", "/v1/ticket-views", text, body=body, headers=headers).json["id"] for _ in range(2))
    assert first == again
    answer = ask("POST", "/v1/ticket-views", text, body={"name": "Outras"}, headers=headers)
    assert answer.code == "idempotency_key_reused"
    monkeypatch.setattr("escuta.feedback.tickets.views.MOST", 1)
    assert view(text).code == "ticket_views_many"


def test_closed_tickets_of_a_subtree_are_found_by_the_day_of_their_place() -> None:
    def closed(name: str, moment: str) -> Ticket:
        return ticketed("poa", name, state=CLOSED, closed_at=datetime.fromisoformat(moment), timezone="America/Manaus")

    closed("before", "2026-03-09T03:59:00Z")
    closed("first", "2026-03-09T04:00:00Z")
    closed("last", "2026-03-10T03:59:00Z")
    closed("after", "2026-03-10T04:00:00Z")

    assert sorted(found(closed_from="2026-03-09", closed_to="2026-03-09")) == ["first", "last"]
