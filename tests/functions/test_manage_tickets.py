from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import table
from escuta.directory import managers, segments
from escuta.directory.model import Scope
from escuta.feedback import tickets
from escuta.feedback.model import Alert, TicketState
from escuta.feedback.tickets import patching
from tests.conftest import NOON
from tests.functions.callers import Answer, ask, found_company, key, ticketed

CLOSING = {"state": "closed", "root_causes": ["Fila longa"], "action": "Mais um caixa"}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def patched(body: dict[str, Any], text: str = "", ticket: str = "first", **headers: str) -> Answer:
    """Change a ticket, whatever its revision is."""
    return ask("PATCH", f"/v1/tickets/{ticket}", text or key(), body=body, headers={"If-Match": "*", **headers})


def log(ticket: str = "first") -> list[dict[str, Any]]:
    """Return the log of a ticket, the oldest line first."""
    items: list[dict[str, Any]] = ask("GET", f"/v1/tickets/{ticket}/activity", key()).json["items"]
    return items[::-1]


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

    assert (answer.status, answer.code) == (422, "tickets_closed_days")


def test_a_ticket_is_closed_with_root_cause_and_action() -> None:
    ticketed("poa")

    answer = patched(CLOSING, key(Scope.TICKETS_WRITE))

    assert (answer.status, answer.headers["ETag"]) == (200, '"2"')
    closed = ask("GET", "/v1/tickets/first", key()).json
    assert (closed["state"], closed["root_causes"], closed["action"]) == ("closed", ["Fila longa"], "Mais um caixa")
    assert closed["closed_at"].startswith("2026-03-10T15:00:")
    (line,) = log()
    assert (line["who"], line["what"], line["text"]) == ("ERP", "closed", "Mais um caixa")
    assert (line["details"]["state_was"], line["details"]["state"]) == ("new", "closed")


@pytest.mark.parametrize(("missing", "blank"), [("root_causes", []), ("action", " ")])
def test_a_ticket_is_not_closed_without_saying_why_and_what_was_done(missing: str, blank: object) -> None:
    ticketed("poa")

    answer = patched({**CLOSING, missing: blank})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "required", missing)
    assert ask("GET", "/v1/tickets/first", key()).json["state"] == "new"


def test_a_stale_if_match_is_a_412_with_what_happened_since_and_changes_nothing() -> None:  # A6, W8
    ticketed("poa")
    read = ask("GET", "/v1/tickets/first", key())
    patched({"comment": "Ligar amanhã"})
    patched({"state": "open", "priority": "urgent"})

    answer = ask("PATCH", "/v1/tickets/first", key(), body=CLOSING, headers={"If-Match": read.headers["ETag"]})

    assert (answer.status, answer.code, answer.headers["ETag"]) == (412, "rev_stale", '"3"')
    told = answer.json["details"]
    assert (told["sent"], told["current_rev"], told["state"]) == ('"1"', 3, "open")
    assert [(line["number"], line["who"], line["what"], line["text"]) for line in told["changes"]] == [
        (2, "ERP", "noted", "Ligar amanhã"),
        (3, "ERP", "moved", ""),
    ]
    assert told["changes"][1]["details"] == {
        "state": "open",
        "state_was": "new",
        "priority": "urgent",
        "priority_was": "normal",
    }
    assert ask("GET", "/v1/tickets/first", key()).json["state"] == "open"


def test_the_revision_that_was_read_may_stand_in_the_body() -> None:
    ticketed("poa")
    patched({"comment": "Liguei"})

    stale = ask("PATCH", "/v1/tickets/first", key(), body={**CLOSING, "rev": 1})
    fresh = ask("PATCH", "/v1/tickets/first", key(), body={**CLOSING, "rev": 2})
    both = ask("PATCH", "/v1/tickets/first", key(), body={"comment": "Oi", "rev": 2}, headers={"If-Match": '"3"'})

    assert (stale.status, fresh.status, both.status) == (412, 200, 412)


def test_a_change_without_a_revision_that_was_read_is_refused() -> None:
    ticketed("poa")

    answer = ask("PATCH", "/v1/tickets/first", key(), body=CLOSING)

    assert (answer.status, answer.code, answer.json["field"]) == (428, "rev_required", "If-Match")
    assert ask("GET", "/v1/tickets/first", key()).json["rev"] == 1


def test_who_is_overtaken_at_the_very_moment_is_told_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    ticketed("poa")
    original = patching.plan

    def overtaken(*args: Any) -> Any:
        monkeypatch.setattr(patching, "plan", original)
        patched({"comment": "Eu primeiro"})
        return original(*args)

    monkeypatch.setattr(patching, "plan", overtaken)
    answer = patched(CLOSING)

    assert (answer.status, answer.code, answer.json["details"]["current_rev"]) == (412, "rev_stale", 2)
    assert [line["text"] for line in answer.json["details"]["changes"]] == ["Eu primeiro"]


@pytest.mark.parametrize("tag", ['"1"', "*", '"2", "1"'])
def test_an_if_match_that_holds_lets_the_change_through(tag: str) -> None:
    ticketed("poa")

    assert ask("PATCH", "/v1/tickets/first", key(), body=CLOSING, headers={"If-Match": tag}).status == 200


@pytest.mark.parametrize("tag", ['W/"1"', '"x"', '"2"', '"2", W/"1"'])
def test_an_if_match_that_names_no_revision_lets_nothing_through(tag: str) -> None:
    ticketed("poa")

    assert ask("PATCH", "/v1/tickets/first", key(), body=CLOSING, headers={"If-Match": tag}).status == 412


def test_a_ticket_is_given_to_nobody_and_nowhere_that_was_retired() -> None:
    bia = managers.create("Bia", "bia@aurora.example", language="pt-BR", segments=("curitiba",))
    managers.update(bia.id, rev=1, retired=True)
    segments.retire(segments.get("curitiba"))
    ticketed("poa")

    for body, code in (({"owner": bia.id}, "manager_retired"), ({"segment": "curitiba"}, "segment_retired")):
        answer = patched(body)
        assert (answer.status, answer.code) == (409, code)

    assert ask("GET", "/v1/tickets/first", key()).json["rev"] == 1


def test_a_ticket_is_commented_taken_up_and_handed_over() -> None:
    bia = managers.create("Bia", "bia@aurora.example", language="pt-BR", segments=("curitiba",))
    ticketed("poa")

    for body in ({"comment": "Liguei"}, {"state": "open"}, {"owner": bia.id}, {"segment": "curitiba"}):
        assert patched(body).status == 200

    ticket = ask("GET", "/v1/tickets/first", key()).json
    assert [line["what"] for line in log()] == ["noted", "moved", "assigned", "transferred"]
    assert (ticket["segment"], ticket["origin_segment"], ticket["state"]) == ("curitiba", "poa", "open")


def test_several_fields_change_at_once_with_one_line_that_says_what_they_were() -> None:
    bia = managers.create("Bia", "bia@aurora.example", language="pt-BR", segments=("curitiba",))
    ticketed("poa", tags=("fila",))
    wanted = {
        "state": "waiting",
        "priority": "high",
        "owner": bia.id,
        "tags": ["vip", " fila "],
        "watchers": [bia.id],
        "gesture": {"amount": "25.90", "currency": "BRL"},
        "comment": "Aguardo a peça",
    }

    changed = patched(wanted).json

    assert {name: changed[name] for name in ("state", "priority", "owner", "tags", "watchers", "gesture")} == {
        "state": "waiting",
        "priority": "high",
        "owner": bia.id,
        "tags": ["vip", "fila"],
        "watchers": [bia.id],
        "gesture": {"amount": "25.90", "currency": "BRL"},
    }
    (line,) = log()
    assert (line["what"], line["text"], line["number"]) == ("moved", "Aguardo a peça", 2)
    assert line["details"] == {
        "state": "waiting",
        "state_was": "new",
        "priority": "high",
        "priority_was": "normal",
        "owner": bia.id,
        "owner_was": "",
        "owner_name": "Bia",
        "tags": "vip, fila",
        "tags_was": "fila",
        "watchers": bia.id,
        "watchers_was": "",
        "gesture": "25.90 BRL",
        "gesture_was": "",
    }


def test_what_is_so_already_writes_no_line() -> None:
    ticketed("poa", tags=("fila",))

    answer = patched({"priority": "normal", "tags": ["fila"], "owner": ""})

    assert (answer.status, answer.json["rev"], log()) == (200, 1, [])


def test_nothing_to_change_is_said() -> None:
    ticketed("poa")

    answer = patched({})

    assert (answer.status, answer.code) == (422, "ticket_nothing")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"state": None}, "required", "state"),
        ({"priority": None}, "required", "priority"),
        ({"tags": [" "]}, "required", "tags"),
        ({"tags": ["x" * 41]}, "too_long", "tags"),
        ({"tags": [f"t{number}" for number in range(21)]}, "too_many", "tags"),
        ({"owner": "nobody"}, "manager_unknown", "owner"),
        ({"watchers": ["nobody"]}, "manager_unknown", "watchers"),
        ({"root_causes": [f"c{number}" for number in range(11)]}, "too_many", "root_causes"),
        ({"gesture": {"amount": "-1", "currency": "BRL"}}, "value_invalid", "gesture.amount"),
        ({"gesture": {"amount": "1", "currency": "R$"}}, "value_invalid", "gesture.currency"),
        ({"comment": " "}, "required", "text"),
        ({"action": "x" * 4001}, "too_long", "action"),
    ],
)
def test_what_a_field_may_not_be_is_refused_with_its_name(body: dict[str, Any], code: str, field: str) -> None:
    ticketed("poa")

    answer = patched(body)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)
    assert ask("GET", "/v1/tickets/first", key()).json["rev"] == 1


def test_a_log_is_read_page_by_page_the_newest_first_and_nobody_writes_into_it() -> None:
    ticketed("poa")
    for number in range(3):
        patched({"comment": f"Nota {number}"})
    text = key()

    first = ask("GET", "/v1/tickets/first/activity", text, query={"limit": 2}).json
    second = ask("GET", "/v1/tickets/first/activity", text, query={"limit": 2, "cursor": first["next"]}).json

    assert [[line["text"] for line in page["items"]] for page in (first, second)] == [["Nota 2", "Nota 1"], ["Nota 0"]]
    assert [ask(method, "/v1/tickets/first/activity", text).status for method in ("POST", "PATCH", "DELETE")] == [
        405,
        405,
        405,
    ]
    assert ask("GET", "/v1/tickets/first/activity", key(segment="manaus")).status == 404


def test_what_the_customer_wrote_into_a_log_is_masked_for_who_may_not_see_personal_data() -> None:
    ticket = ticketed("poa")
    said = tickets.Line("received", "Sou a Ana, ana@example.com")
    tickets.store(ticket, ticket, said, tickets.CUSTOMER)
    english = {"Accept-Language": "en"}

    few = ask("GET", "/v1/tickets/first/activity", key(Scope.TICKETS_READ), headers=english).json["items"]
    every = ask("GET", "/v1/tickets/first/activity", key(), headers=english).json["items"]

    assert [line["text"] for line in (*few, *every)] == ["Sou a Ana, [e-mail]", "Sou a Ana, ana@example.com"]


def test_a_move_that_is_not_allowed_is_a_409() -> None:
    ticketed("poa")

    answer = patched({"state": "new"}, **{"Accept-Language": "en"})

    assert (answer.status, answer.json["detail"]) == (409, "A ticket does not go from new to new.")


@pytest.mark.parametrize(("bound", "status"), [("poa", 200), ("sul", 200), ("curitiba", 404), ("manaus", 404)])
def test_a_ticket_is_changed_from_the_own_subtree_only(bound: str, status: int) -> None:
    ticketed("poa")

    assert patched({"comment": "Liguei"}, key(segment=bound)).status == status


def test_a_bound_key_hands_a_ticket_over_within_its_subtree_only() -> None:
    ticketed("poa")
    bound = key(segment="sul")

    outside = patched({"segment": "manaus"}, bound)
    inside = patched({"segment": "curitiba"}, bound)

    assert (outside.status, outside.code, inside.status) == (404, "segment_not_found", 200)


def test_a_bound_key_names_nobody_who_answers_only_elsewhere() -> None:
    ticketed("poa")
    norte, aurora, poa = (
        managers.create(name, f"{name}@aurora.example", language="pt-BR", segments=(place,)).id
        for name, place in (("xenia", "norte"), ("yara", "aurora"), ("ana", "poa"))
    )
    bound = key(segment="sul")

    for field in ({"owner": norte}, {"watchers": [norte]}):
        refused = patched(field, bound, **{"If-Match": "*"})
        assert (refused.status, refused.code) == (422, "manager_unknown")
    for manager in (aurora, poa):
        assert patched({"owner": manager}, bound, **{"If-Match": "*"}).status == 200
    assert patched({"owner": norte}, **{"If-Match": "*"}).status == 200


def test_a_field_that_is_not_the_callers_to_set_is_refused() -> None:  # A5
    ticketed("poa")

    for field in ("owner_id", "segment_path", "log", "merged_into", "due_at"):
        answer = patched({"comment": "Liguei", field: "x"})
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


def test_who_is_named_as_owner_with_a_transfer_hears_of_it_and_whoever_did_it_does_not() -> None:
    ana, bia, caio = (
        managers.create(name, f"{name.lower()}@aurora.example", language="pt-BR", segments=(place,)).id
        for name, place in (("Ana", "curitiba"), ("Bia", "aurora"), ("Caio", "curitiba"))
    )
    ticketed("poa")

    patching.change(
        "first",
        patching.Patch(segment="curitiba", owner=bia),
        who=tickets.Actor(id="user:ana", name="Ana", manager=ana),
        rev=1,
    )

    told = table.query(Alert, Alert.about("first"), index="g2").items
    assert sorted((alert.why, alert.manager) for alert in told) == [("assigned", bia), ("transferred", caio)]


def test_a_ticket_that_is_sent_back_as_it_was_read_stays_though_its_owner_has_left() -> None:
    ana = managers.create("Ana", "ana@aurora.example", language="pt-BR", segments=("poa",))
    ticketed("poa", owner=ana.id)
    managers.update(ana.id, rev=ana.rev, retired=True)

    same = patched({"owner": ana.id, "watchers": [], "priority": "normal"})

    assert (same.status, same.json["rev"]) == (200, 1)
    assert patched({"watchers": [ana.id]}).code == "manager_retired"
