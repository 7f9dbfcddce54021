"""Tickets that are opened by hand, merged, linked, and changed many at once."""

from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from escuta import table
from escuta.directory import custom_fields, managers
from escuta.directory.model import Scope
from escuta.feedback import tickets
from escuta.feedback.model import Alert, Emptied, Priority, Ticket, TicketState
from escuta.feedback.tickets import keeping
from tests.functions.callers import Answer, answered, ask, found_company, key, ticketed
from tests.kit import factories

ABOUT = {"segment": "poa", "subject": "Reclamou na loja"}
NEW, OPEN, WAITING, RESOLVED, CLOSED, REOPENED = TicketState


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def made(body: dict[str, Any], text: str = "", once: str = "") -> Answer:
    return ask("POST", "/v1/tickets", text or key(), body=body, headers={"Idempotency-Key": once} if once else {})


def sent(method: str, path: str, body: dict[str, Any] | None = None, text: str = "", tag: str = "*") -> Answer:
    return ask(method, f"/v1/tickets/{path}", text or key(), body=body, headers={"If-Match": tag})


def whats(ticket: str) -> list[str]:
    return [line.what for line in tickets.whole_log(ticket)]


def test_a_ticket_about_a_place_is_opened_by_hand_and_alerts_who_answers_there() -> None:
    bia = managers.create("Bia", "bia@aurora.example", language="pt-BR", segments=("poa",))

    answer = made({**ABOUT, "priority": "urgent", "tags": ["vip"], "comment": "Veio ao balcão"}, key(*WRITES))

    ticket = answer.json
    assert (answer.status, answer.headers["Location"]) == (201, f"tickets/{ticket['id']}")
    assert (ticket["rule"], ticket["subject"], ticket["owner"]) == ("manual", "Reclamou na loja", bia.id)
    assert (ticket["segment"], ticket["segment_path"]) == ("poa", ["aurora", "sul", "poa"])
    assert (ticket["priority"], ticket["tags"], ticket["state"], ticket["rev"]) == ("urgent", ["vip"], "new", 1)
    (line,) = tickets.whole_log(ticket["id"])
    assert (line.what, line.who, line.text) == ("opened", "ERP", "Veio ao balcão")
    assert [alert.manager for alert in table.query(Alert, Alert.about(ticket["id"]), index="g2").items] == [bia.id]


WRITES = (Scope.TICKETS_READ, Scope.TICKETS_WRITE, Scope.RESPONSES_PERSONAL)


def test_a_ticket_about_an_answer_knows_what_the_answer_says() -> None:
    answered("poa", "first", 9, comment="Gostei, mas", contact="c1", contact_name="Ana", language="es")

    ticket = made({"response": "first"}).json

    assert (ticket["response"], ticket["survey"], ticket["segment"]) == ("first", "visit", "poa")
    assert (ticket["score"], ticket["comment"], ticket["contact_name"]) == (9, "Gostei, mas", "Ana")
    assert [each.id for each in tickets.about(["first"])] == [ticket["id"]]


def test_a_ticket_about_a_customer_stands_where_the_customer_does() -> None:
    table.create(factories.contact(id="c1", name="Ana", segment="curitiba"))

    ticket = made({"contact": "c1", "subject": "Ligou"}).json

    assert (ticket["segment"], ticket["contact"], ticket["contact_name"], ticket["response"]) == (
        "curitiba",
        "c1",
        "Ana",
        "",
    )
    assert [edge.ticket for edge in tickets.edges_of_contact("c1")] == [ticket["id"]]


def test_a_ticket_by_hand_knows_who_is_a_key_customer_and_promises_them_more() -> None:
    custom_fields.create("tier")
    body = {"key_customers": {"field": "contact.tier", "op": "is", "value": "gold"}, "key_promise": {"resolve": 60}}
    assert ask("PUT", "/v1/ticket-settings", key(), body=body).status == 200
    table.create(factories.contact(id="c1", segment="poa", custom={"tier": "gold"}))
    table.create(factories.contact(id="c2", segment="poa"))

    gold, other = (made({"contact": name, "subject": "Ligou"}).json for name in ("c1", "c2"))

    assert (gold["key_customer"], gold["promise"]["resolve"]) == (True, 60)
    assert (other["key_customer"], other["promise"]["resolve"]) == (False, 2880)


def test_the_same_call_again_opens_no_second_ticket() -> None:
    text = key()
    first, again = made(ABOUT, text, once="k-1"), made(ABOUT, text, once="k-1")
    other = made(ABOUT, text, once="k-2")
    reused = made({**ABOUT, "subject": "Outro"}, text, once="k-1")

    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert other.json["id"] != first.json["id"]
    assert (reused.status, reused.code) == (422, "idempotency_key_reused")


def test_words_on_one_line_have_neither_controls_nor_what_turns_their_direction() -> None:
    said = {"subject": "Reclamou\r\nBcc: x@evil.example\u202e\x00", "tags": ["vip\n\u2066gold", "vip gold"]}

    ticket = made({**ABOUT, **said, "comment": "Linha 1\nLinha 2\x07"}).json
    closed = sent(
        "PATCH", ticket["id"], {"state": "closed", "root_causes": ["fila\x00 longa\n"], "action": "Pago\u202e"}
    ).json

    assert (ticket["subject"], ticket["tags"]) == ("Reclamou Bcc: x@evil.example", ["vip gold"])
    assert [line.text for line in tickets.whole_log(ticket["id"])] == ["Linha 1\nLinha 2", "Pago"]
    assert (closed["root_causes"], closed["action"]) == (["fila longa"], "Pago")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "ticket_about"),
        ({**ABOUT, "product": "nothing"}, 422, "product_unknown"),
        ({**ABOUT, "product": "x" * 200_000}, 422, "product_unknown"),
        ({"segment": "poa"}, 422, "ticket_about"),
        ({"subject": "Oi"}, 422, "ticket_about"),
        ({**ABOUT, "segment": "atlantis"}, 404, "segment_not_found"),
        ({**ABOUT, "contact": "nobody"}, 404, "contact_not_found"),
        ({"response": "nothing"}, 404, "response_not_found"),
        ({**ABOUT, "owner": "nobody"}, 422, "manager_unknown"),
        ({**ABOUT, "subject": "x" * 201}, 422, "too_long"),
        ({**ABOUT, "state": "closed"}, 422, "field_unknown"),
    ],
)
def test_a_ticket_about_nothing_is_not_opened(body: dict[str, Any], status: int, code: str) -> None:
    answer = made(body)

    assert (answer.status, answer.code) == (status, code)


def test_nobody_opens_a_ticket_about_what_they_may_not_see() -> None:
    answered("poa", "first", 9)
    table.create(factories.contact(id="c1", segment="poa"))
    elsewhere = key(segment="norte")

    for body in (ABOUT, {"response": "first"}, {"contact": "c1", "subject": "Oi"}):
        assert made(body, elsewhere).status == 404
    few = made({"response": "first"}, key(*WRITES))
    assert (few.status, few.code) == (403, "scope_missing")


def test_a_ticket_goes_on_in_another_one_which_keeps_its_own_log() -> None:
    ticketed("poa", "first", owner="ana", watchers=("bia",), priority=Priority.URGENT)
    ticketed("poa", "second", owner="bruno", watchers=("carla",))
    sent("PATCH", "first", {"comment": "Da primeira"})

    merged = sent("POST", "first/merge", {"into": "second"}, tag='"2"')

    assert (merged.status, merged.json["state"], merged.json["merged_into"]) == (200, "closed", "second")
    goes_on = tickets.get("second")
    assert (goes_on.merged, goes_on.watchers, goes_on.priority) == (("first",), ("carla", "bia", "ana"), "urgent")
    assert (goes_on.state, goes_on.owner) == ("new", "bruno")
    assert (whats("first"), whats("second")) == (["noted", "merged"], ["joined"])

    again = sent("POST", "first/merge", {"into": "second"}, tag='"2"')
    assert (again.status, again.json["rev"]) == (200, merged.json["rev"])
    assert whats("second") == ["joined"]


def test_a_ticket_of_nobody_that_goes_on_for_a_customer_is_theirs_and_takes_no_other() -> None:
    for name in ("c1", "c2"):
        table.create(factories.contact(id=name, name=name.title(), segment="poa"))
    place = made(ABOUT).json["id"]
    first, second = (made({"contact": name, "subject": "Ligou"}).json["id"] for name in ("c1", "c2"))

    merged, other = (sent("POST", f"{name}/merge", {"into": place}) for name in (first, second))

    assert (merged.status, other.status, other.code) == (200, 422, "ticket_merge_customers")
    assert (tickets.get(place).contact, tickets.get(place).contact_name) == ("c1", "C1")
    assert {edge.ticket for edge in tickets.edges_of_contact("c1")} == {first, place}


def test_whoever_goes_on_after_many_mergings_is_found() -> None:
    names = [f"t{number}" for number in range(8)]
    for name in names:
        ticketed("poa", name)
    for name, following in pairwise(names):
        assert sent("POST", f"{name}/merge", {"into": following}).status == 200

    found = keeping.going_on("t0")

    assert found is not None
    assert found.id == "t7"


def test_what_goes_on_elsewhere_takes_no_change_any_more() -> None:
    ticketed("poa", "first")
    ticketed("poa", "second")
    ticketed("poa", "third")
    sent("POST", "first/merge", {"into": "second"})

    for method, path, body in (
        ("PATCH", "first", {"comment": "Oi"}),
        ("PATCH", "first", {"state": "reopened"}),
        ("POST", "first/merge", {"into": "third"}),
        ("POST", "third/merge", {"into": "first"}),
    ):
        answer = sent(method, path, body)
        assert (answer.status, answer.code, answer.json["details"]["into"]) == (409, "ticket_merged", "second")


@pytest.mark.parametrize(
    ("fields", "status", "code"),
    [
        ({"state": CLOSED}, 409, "ticket_merge_done"),
        ({"contact": "c2"}, 422, "ticket_merge_customers"),
        ({"emptied": Emptied.ERASED}, 409, "ticket_emptied"),
    ],
)
def test_tickets_that_cannot_go_on_together_are_not_merged(fields: dict[str, Any], status: int, code: str) -> None:
    ticketed("poa", "first", contact="c1")
    ticketed("poa", "second", **fields)

    answer = sent("POST", "first/merge", {"into": "second"})

    assert (answer.status, answer.code) == (status, code)
    assert tickets.get("first").rev == 1


def test_a_ticket_is_merged_into_none_that_the_caller_does_not_see_and_not_into_itself() -> None:
    ticketed("poa", "first")
    ticketed("manaus", "second")

    assert sent("POST", "first/merge", {"into": "second"}, key(segment="sul")).status == 404
    assert sent("POST", "first/merge", {"into": "first"}).code == "ticket_itself"
    assert ask("POST", "/v1/tickets/first/merge", key(), body={"into": "second"}).status == 428


def test_links_stand_on_both_tickets_and_are_taken_back_from_both() -> None:
    ticketed("poa", "first")
    ticketed("curitiba", "second")

    linked = sent("POST", "first/links", {"ticket": "second"}, tag='"1"')
    again = sent("POST", "first/links", {"ticket": "second"}, tag='"1"')

    assert (linked.json["linked"], again.json["rev"]) == (["second"], 2)
    assert tickets.get("second").linked == ("first",)
    unlinked = sent("DELETE", "second/links/first", tag='"2"')
    gone = sent("DELETE", "second/links/first", tag='"2"')
    assert (unlinked.json["linked"], gone.json["rev"], tickets.get("first").linked) == ([], 3, ())
    assert (whats("first"), whats("second")) == (["linked", "unlinked"], ["linked", "unlinked"])


def test_many_tickets_are_changed_at_once_and_each_says_what_became_of_it() -> None:
    bia = managers.create("Bia", "bia@aurora.example", language="pt-BR", segments=("poa",))
    ticketed("poa", "first", tags=("fila",))
    ticketed("poa", "done", state=CLOSED)
    ticketed("poa", "stale")
    ticketed("manaus", "elsewhere")
    sent("PATCH", "stale", {"comment": "Oi"})
    wanted = [{"id": "first", "rev": 1}, {"id": "done"}, {"id": "stale", "rev": 1}, {"id": "elsewhere"}, {"id": "none"}]
    body = {"state": "open", "owner": bia.id, "priority": "high", "add_tags": ["vip"], "remove_tags": ["fila"]}

    answer = ask("POST", "/v1/tickets/batch", key(segment="sul"), body={"tickets": wanted, **body})

    told = [(each["id"], each["status"], (each["problem"] or {}).get("code")) for each in answer.json["items"]]
    assert told == [
        ("first", 200, None),
        ("done", 409, "ticket_cannot_move"),
        ("stale", 412, "rev_stale"),
        ("elsewhere", 404, "ticket_not_found"),
        ("none", 404, "ticket_not_found"),
    ]
    first = tickets.get("first")
    assert (first.state, first.owner, first.priority, first.tags) == ("open", bia.id, "high", ("vip",))
    assert whats("first") == ["moved"]
    assert [each["rev"] for each in answer.json["items"]] == [2, 1, 2, None, None]
    overtaken = answer.json["items"][2]["problem"]["details"]["changes"]
    assert [line["text"] for line in overtaken] == ["Oi"]


def test_the_same_batch_again_changes_nothing_and_says_so() -> None:
    ticketed("poa", "first")
    body = {"tickets": [{"id": "first", "rev": 1}], "state": "open"}

    first, again = (ask("POST", "/v1/tickets/batch", key(), body=body).json["items"][0] for _ in range(2))

    assert (first["status"], first["changed"], first["rev"]) == (200, True, 2)
    assert (again["status"], again["changed"], again["rev"]) == (200, False, 2)
    assert whats("first") == ["moved"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"tickets": [], "state": "open"}, "value_too_short"),
        ({"tickets": [{"id": str(number)} for number in range(101)], "state": "open"}, "value_too_long"),
        ({"tickets": [{"id": "first"}]}, "ticket_nothing"),
        ({"tickets": [{"id": "first"}], "comment": "Oi"}, "field_unknown"),
    ],
)
def test_a_batch_that_says_nothing_or_too_much_is_refused(body: dict[str, Any], code: str) -> None:
    answer = ask("POST", "/v1/tickets/batch", key(), body=body)

    assert (answer.status, answer.code) == (422, code)


def test_an_emptied_ticket_takes_no_change() -> None:
    ticketed("poa", "first", emptied=Emptied.ERASED, state=CLOSED)

    answer = sent("PATCH", "first", {"comment": "Oi"})

    assert (answer.status, answer.code) == (409, "ticket_emptied")


def test_what_somebody_did_to_a_ticket_counts_as_the_first_response_once() -> None:
    ticketed("poa", "first")
    bia = managers.create("Bia", "bia@aurora.example", language="pt-BR", segments=("poa",))

    def responded() -> Any:
        found: Ticket = tickets.get("first")
        return found.first_response_at

    sent("PATCH", "first", {"comment": "Vou ver", "owner": bia.id, "priority": "high"})
    assert responded() is None
    sent("PATCH", "first", {"state": "open"})
    first = responded()
    assert first is not None
    sent("PATCH", "first", {"state": "waiting"})
    assert responded() == first
