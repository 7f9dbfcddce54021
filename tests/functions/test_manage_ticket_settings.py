"""What an organisation demands and allows about its tickets, and the tree of root causes."""

from datetime import datetime
from typing import Any

import pytest

from escuta.directory.model import Role, Scope
from escuta.errors import ForbiddenError, InvalidError
from escuta.feedback import tickets
from escuta.feedback.model import Ticket, TicketSettings, TicketState
from escuta.feedback.tickets import Actor, Patch, settling
from tests.functions.callers import Answer, ask, found_company, key, ticketed

SETTINGS, CAUSES = "/v1/ticket-settings", "/v1/ticket-causes"
ANA = Actor(id="user:ana", name="Ana", manager="ana", role=Role.MANAGER)


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def cause(name: str, parent: str = "", **fields: Any) -> dict[str, Any]:
    return {"id": name, "parent": parent, "text": {"pt-BR": name, "en": name, "es": name}, **fields}


def tree(*causes: dict[str, Any], **headers: str) -> Answer:
    return ask("PUT", CAUSES, key(), body={"causes": causes}, headers=headers)


def closed(*causes: str) -> Ticket:
    ticket = tickets.get("first")
    return tickets.close("first", causes, "Ligamos", who=ANA, rev=ticket.rev)


def test_without_a_decision_closing_demands_root_causes_and_an_action_and_all_moves_are_free() -> None:
    settings = ask("GET", SETTINGS, key(Scope.TICKETS_READ)).json

    assert (settings["rev"], settings["demands"], settings["moves"]) == (0, {"closed": ["action", "root_causes"]}, {})


def test_settings_are_decided_as_a_whole_on_what_was_read() -> None:
    body = {"demands": {"resolved": ["gesture", "action"], "closed": ["root_causes"]}, "link_days": 3}

    first = ask("PUT", SETTINGS, key(), body=body, headers={"If-Match": '"0"'})
    stale = ask("PUT", SETTINGS, key(), body={}, headers={"If-Match": '"0"'})
    again = ask("PUT", SETTINGS, key(), body={"link_days": 4}, headers={"If-Match": first.headers["ETag"]})

    assert (first.status, first.json["rev"], first.json["demands"]["resolved"]) == (200, 1, ["action", "gesture"])
    assert (stale.status, stale.code) == (412, "rev_stale")
    assert (again.json["rev"], again.json["link_days"]) == (2, 4)
    assert again.json["demands"] == {"closed": ["action", "root_causes"]}
    assert ask("GET", SETTINGS, key()).json == again.json


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"moves": {"manager": {"closed": ["open"]}}}, "moves.manager.closed", "ticket_cannot_move"),
        ({"quiet_from": "22:00"}, "quiet_to", "required"),
        ({"quiet_from": "22:00", "quiet_to": "22:00"}, "quiet_to", "value_invalid"),
        ({"key_promise": {"respond": 60}}, "key_customers", "required"),
        (
            {"key_customers": {"field": "class", "value": "detractor"}},
            "key_customers.field",
            "ticket_key_customer_field",
        ),
        ({"key_customers": {"field": "contact.tier", "value": "vip"}}, "key_customers.field", "ticket_rule_field"),
        ({"key_customers": {"field": "segment", "value": "lua"}}, "key_customers.value", "ticket_rule_unknown"),
        ({"demands": {"closed": ["happiness"]}}, "demands.closed[0]", "value_not_allowed"),
        ({"link_days": 0}, "link_days", "value_too_small"),
        ({"happy": True}, "happy", "field_unknown"),
    ],
)
def test_settings_that_make_no_sense_are_refused(body: dict[str, Any], field: str, code: str) -> None:
    answer = ask("PUT", SETTINGS, key(), body=body)

    assert (answer.status, answer.json["field"], answer.code) == (422, field, code)
    assert settling.settings() == TicketSettings()


@pytest.mark.parametrize(("path", "body"), [(SETTINGS, {}), (CAUSES, {"causes": []})])
def test_who_does_not_decide_reads_and_writes_nothing(path: str, body: dict[str, Any]) -> None:
    writer, bound = key(Scope.TICKETS_READ, Scope.TICKETS_WRITE), key(segment="sul")

    assert ask("GET", path, writer).status == 200
    assert (ask("PUT", path, writer, body=body).status, ask("PUT", path, bound, body=body).status) == (403, 403)


def test_each_state_demands_what_was_decided_for_it() -> None:
    ask("PUT", SETTINGS, key(), body={"demands": {"resolved": ["gesture"], "waiting": ["action"]}})
    ticketed("poa")

    for state, field in ((TicketState.RESOLVED, "gesture"), (TicketState.WAITING, "action")):
        with pytest.raises(InvalidError, match="required") as refusal:
            tickets.move("first", state, who=ANA, rev=1)
        assert refusal.value.details == {"field": field}
    assert tickets.move("first", TicketState.CLOSED, who=ANA, rev=1).state == "closed"


def test_what_a_state_demands_cannot_be_taken_away_while_the_ticket_is_in_it() -> None:
    ticketed("poa")
    closed("Fila")

    with pytest.raises(InvalidError, match="required"):
        tickets.change("first", Patch(action=""), who=ANA, rev=2)


def test_a_role_moves_tickets_as_far_as_it_was_decided_and_who_has_none_everywhere() -> None:
    ask("PUT", SETTINGS, key(), body={"demands": {}, "moves": {"manager": {"new": ["open"], "open": ["resolved"]}}})
    ticketed("poa")

    with pytest.raises(ForbiddenError, match="ticket_move_forbidden") as refusal:
        tickets.move("first", TicketState.CLOSED, who=ANA, rev=1)
    assert refusal.value.details == {"origin": "new", "target": "closed"}
    tickets.move("first", TicketState.OPEN, who=ANA, rev=1)
    with pytest.raises(ForbiddenError):
        tickets.change("first", Patch(state=TicketState.WAITING, comment="Aguardo"), who=ANA, rev=2)
    admin = Actor(id="user:root", name="Root", role=Role.ADMIN)
    tickets.move("first", TicketState.WAITING, who=admin, rev=2)
    program = Actor(id="key:1", name="CRM")
    assert tickets.move("first", TicketState.CLOSED, who=program, rev=3).rev == 4


def test_a_tree_of_causes_is_kept_in_its_order_and_with_its_languages() -> None:
    answer = tree(cause("queue"), cause("queue_long", "queue"), cause("price"))

    assert answer.status == 200
    kept = ask("GET", CAUSES, key(Scope.TICKETS_READ)).json
    assert [(each["id"], each["parent"]) for each in kept["causes"]] == [
        ("queue", ""),
        ("queue_long", "queue"),
        ("price", ""),
    ]
    assert kept["causes"][0]["text"] == {"pt-BR": "queue", "en": "queue", "es": "queue"}


@pytest.mark.parametrize(
    ("causes", "code", "field"),
    [
        ([cause("a"), cause("a")], "cause_twice", "causes"),
        ([cause("a", "b")], "cause_parent_unknown", "causes[0].parent"),
        ([cause("a", "b"), cause("b", "a")], "cause_circle", "causes[0].parent"),
        ([cause("a", "a")], "cause_circle", "causes[0].parent"),
        (
            [cause("a"), cause("b", "a"), cause("c", "b"), cause("d", "c"), cause("e", "d")],
            "cause_too_deep",
            "causes[4].parent",
        ),
        ([{"id": "a", "text": {"en": " "}}], "required", "causes[0].text"),
        ([cause("A b")], "value_invalid", "causes[0].id"),
    ],
)
def test_what_is_no_tree_is_refused(causes: list[dict[str, Any]], code: str, field: str) -> None:
    answer = tree(*causes)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)
    assert ask("GET", CAUSES, key()).json["causes"] == []


def test_a_cause_that_was_there_is_retired_and_not_left_out() -> None:
    first = tree(cause("queue"), cause("price"))

    assert tree(cause("queue")).code == "cause_lost"
    retired = tree(cause("queue"), cause("price", retired=True), **{"If-Match": first.headers["ETag"]})
    stale = tree(cause("queue"), cause("price"), **{"If-Match": first.headers["ETag"]})

    assert (retired.status, retired.json["causes"][1]["retired"], stale.status) == (200, True, 412)


def test_where_all_causes_are_retired_any_words_are_one_again_so_that_tickets_can_be_closed() -> None:
    ticketed("poa")
    tree(cause("queue", retired=True))

    assert closed("Fila longa").root_causes == ("Fila longa",)


def test_with_a_tree_only_its_causes_are_named_and_retired_ones_only_where_they_stand() -> None:
    ticketed("poa")
    tree(cause("queue"), cause("price"))

    with pytest.raises(InvalidError, match="cause_unknown"):
        closed("Fila")
    assert closed("price", "queue", "price").root_causes == ("price", "queue")

    tree(cause("queue"), cause("price", retired=True))
    kept = tickets.change("first", Patch(root_causes=("price",)), who=ANA, rev=2)
    assert kept.root_causes == ("price",)
    tickets.change("first", Patch(root_causes=("queue",)), who=ANA, rev=3)
    with pytest.raises(InvalidError, match="cause_retired") as refusal:
        tickets.change("first", Patch(root_causes=("price",)), who=ANA, rev=4)
    assert refusal.value.details == {"field": "root_causes", "value": "price"}
