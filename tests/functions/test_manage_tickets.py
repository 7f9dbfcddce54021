from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta.directory import managers, segments
from escuta.directory.model import Scope
from escuta.feedback.model import TicketState
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, ticketed

CLOSING = {"state": "closed", "root_causes": ["Fila longa"], "action": "Mais um caixa"}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def listed(**query: Any) -> list[str]:
    return [item["id"] for item in ask("GET", "/v1/tickets", key(), query=query).json["items"]]


def test_a_store_lists_its_tickets_by_state() -> None:
    ticketed("poa", "new")
    ticketed("poa", "open", state=TicketState.OPEN)
    ticketed("curitiba", "other")

    assert listed(segment="poa") == ["new", "open"]
    assert listed(segment="poa", state="open") == ["open"]
    assert listed(segment="sul") == []


def test_a_region_lists_what_is_not_closed_in_its_subtree_the_soonest_due_first() -> None:
    ticketed("poa", "later", due_at=NOON + timedelta(hours=9))
    ticketed("curitiba", "sooner", due_at=NOON + timedelta(hours=3), state=TicketState.OPEN)
    ticketed("curitiba", "done", state=TicketState.CLOSED)
    ticketed("manaus", "elsewhere")

    assert listed(segment="sul", subtree="true") == ["sooner", "later"]
    assert listed(segment="sul", subtree="true", state="open") == ["sooner"]
    assert listed(segment="aurora", subtree="true") == ["sooner", "later", "elsewhere"]


def test_a_subtree_is_read_page_by_page() -> None:
    for number in range(5):
        ticketed("poa", f"t{number}", due_at=NOON + timedelta(hours=number))
    text, query = key(), {"segment": "sul", "subtree": "true", "limit": 2}

    first = ask("GET", "/v1/tickets", text, query=query).json
    second = ask("GET", "/v1/tickets", text, query={**query, "cursor": first["next"]}).json
    third = ask("GET", "/v1/tickets", text, query={**query, "cursor": second["next"]}).json

    found = [[item["id"] for item in page["items"]] for page in (first, second, third)]
    assert found == [["t0", "t1"], ["t2", "t3"], ["t4"]]
    assert third["next"] is None


def test_closed_tickets_are_listed_store_by_store() -> None:
    answer = ask("GET", "/v1/tickets", key(), query={"segment": "sul", "subtree": "true", "state": "closed"})

    assert (answer.status, answer.code) == (422, "subtree_closed")


def test_a_ticket_is_closed_with_root_cause_and_action() -> None:
    ticketed("poa")

    answer = ask("PATCH", "/v1/tickets/first", key(Scope.TICKETS_WRITE), body=CLOSING)

    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    closed = ask("GET", "/v1/tickets/first", key()).json
    assert (closed["state"], closed["root_cause"], closed["action"]) == ("closed", "Fila longa", "Mais um caixa")
    assert closed["closed_at"].startswith("2026-03-10T15:00:")
    assert (closed["log"][-1]["who"], closed["log"][-1]["what"]) == ("ERP", "closed")


@pytest.mark.parametrize("missing", ["root_cause", "action"])
def test_a_ticket_is_not_closed_without_saying_why_and_what_was_done(missing: str) -> None:
    ticketed("poa")

    answer = ask("PATCH", "/v1/tickets/first", key(), body={**CLOSING, missing: " "})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "required", missing)
    assert ask("GET", "/v1/tickets/first", key()).json["state"] == "new"


def test_a_stale_if_match_is_a_412_with_the_current_revision_and_changes_nothing() -> None:  # A6
    ticketed("poa")
    read = ask("GET", "/v1/tickets/first", key())
    ask("PATCH", "/v1/tickets/first", key(), body={"comment": "Ligar amanhã"})

    answer = ask("PATCH", "/v1/tickets/first", key(), body=CLOSING, headers={"If-Match": read.headers["ETag"]})

    assert (answer.status, answer.code, answer.headers["ETag"]) == (412, "rev_stale", '"2"')
    assert answer.json["details"] == {"sent": '"1"', "current_rev": 2}
    assert ask("GET", "/v1/tickets/first", key()).json["state"] == "new"


@pytest.mark.parametrize("tag", ['"1"', "*"])
def test_an_if_match_that_holds_lets_the_change_through(tag: str) -> None:
    ticketed("poa")

    assert ask("PATCH", "/v1/tickets/first", key(), body=CLOSING, headers={"If-Match": tag}).status == 200


@pytest.mark.parametrize("tag", ["1", 'W/"1"', '"x"', "", '"1", "2"'])
def test_an_if_match_that_names_no_revision_lets_nothing_through(tag: str) -> None:
    ticketed("poa")

    assert ask("PATCH", "/v1/tickets/first", key(), body=CLOSING, headers={"If-Match": tag}).status == 412


def test_a_ticket_is_given_to_nobody_and_nowhere_that_was_retired() -> None:
    bia = managers.create("Bia", "bia@aurora.example", language="pt-BR", segments=("curitiba",))
    managers.update(bia.id, rev=1, retired=True)
    segments.retire(segments.get("curitiba"))
    ticketed("poa")

    for body, code in (({"owner": bia.id}, "manager_retired"), ({"segment": "curitiba"}, "segment_retired")):
        answer = ask("PATCH", "/v1/tickets/first", key(), body=body)
        assert (answer.status, answer.code) == (409, code)

    assert ask("GET", "/v1/tickets/first", key()).json["rev"] == 1


def test_a_ticket_is_commented_taken_up_and_handed_over() -> None:
    bia = managers.create("Bia", "bia@aurora.example", language="pt-BR", segments=("curitiba",))
    ticketed("poa")

    for body in ({"comment": "Liguei"}, {"state": "open"}, {"owner": bia.id}, {"segment": "curitiba"}):
        assert ask("PATCH", "/v1/tickets/first", key(), body=body).status == 200

    ticket = ask("GET", "/v1/tickets/first", key()).json
    assert [line["what"] for line in ticket["log"]] == ["commented", "moved", "assigned", "transferred"]
    assert (ticket["segment"], ticket["origin_segment"], ticket["state"]) == ("curitiba", "poa", "open")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"comment": "Liguei", "state": "open"},
        {"state": "open", "root_causes": ["Fila"]},
        {"root_causes": ["Fila"]},
        {"state": None},
        {**CLOSING, "comment": "Feito"},
    ],
)
def test_a_change_is_one_thing_at_a_time(body: dict[str, Any]) -> None:
    ticketed("poa")

    answer = ask("PATCH", "/v1/tickets/first", key(), body=body)

    assert (answer.status, answer.code) == (422, "ticket_one_change")


def test_a_move_that_is_not_allowed_is_a_409() -> None:
    ticketed("poa")

    answer = ask("PATCH", "/v1/tickets/first", key(), body={"state": "new"}, headers={"Accept-Language": "en"})

    assert (answer.status, answer.json["detail"]) == (409, "A ticket does not go from new to new.")


@pytest.mark.parametrize(("bound", "status"), [("poa", 200), ("sul", 200), ("curitiba", 404), ("manaus", 404)])
def test_a_ticket_is_changed_from_the_own_subtree_only(bound: str, status: int) -> None:
    ticketed("poa")

    assert ask("PATCH", "/v1/tickets/first", key(segment=bound), body={"comment": "Liguei"}).status == status


def test_a_bound_key_hands_a_ticket_over_within_its_subtree_only() -> None:
    ticketed("poa")
    bound = key(segment="sul")

    outside = ask("PATCH", "/v1/tickets/first", bound, body={"segment": "manaus"})
    inside = ask("PATCH", "/v1/tickets/first", bound, body={"segment": "curitiba"})

    assert (outside.status, outside.code, inside.status) == (404, "segment_not_found", 200)


def test_a_field_that_is_not_the_callers_to_set_is_refused() -> None:  # A5
    ticketed("poa")

    for field in ("owner_id", "segment_path", "rev", "log", "priority"):
        answer = ask("PATCH", "/v1/tickets/first", key(), body={"comment": "Liguei", field: "x"})
        assert (answer.status, answer.code, answer.json["field"]) == (422, "field_unknown", field)


def test_a_ticket_says_who_its_customer_is_to_those_who_may_see_personal_data_alone() -> None:
    said = {"contact_name": "Ana Souza", "comment": "Me liguem: ana@example.com"}
    ticketed("poa", "first", **said)
    every, few = key(), key(Scope.TICKETS_READ)
    english = {"Accept-Language": "en"}

    def shown(path: str, text: str, **query: Any) -> tuple[str, str]:
        answer = ask("GET", path, text, query=query, headers=english).json
        ticket = answer["items"][0] if "items" in answer else answer
        return ticket["contact_name"], ticket["comment"]

    assert shown("/v1/tickets/first", every) == ("Ana Souza", "Me liguem: ana@example.com")
    assert shown("/v1/tickets", every, segment="poa") == ("Ana Souza", "Me liguem: [e-mail]")
    assert shown("/v1/tickets/first", few) == ("•••", "Me liguem: [e-mail]")
    assert shown("/v1/tickets", few, segment="sul", subtree=True) == ("•••", "Me liguem: [e-mail]")
