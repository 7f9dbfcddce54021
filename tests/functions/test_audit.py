"""The audit of the API: what it says of each request, what it never says, and how it is searched."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from escuta import clock, table
from escuta.directory import organisation
from escuta.directory.audit.shown import HIDDEN, IDENTIFIED, SHOWN, SILENT
from escuta.directory.model import OrganisationDraft, Scope
from escuta.entity import Entity, Table
from manage import auditing
from manage.routes import ROUTES
from tests.conftest import NOON
from tests.functions.callers import answered, ask, found_company, key, open_survey, ticketed
from tests.kit import factories, world
from tests.kit.faults import recording


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def entries(**query: Any) -> list[dict[str, Any]]:
    answer = ask("GET", "/v1/audit", key(), query=query)
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.json["items"]
    return items


def rows() -> list[dict[str, Any]]:
    found = [world.whole(item) for item in world.scan(Table.AUDIT)]
    return sorted(found, key=lambda row: (row["id"], row["is_done"]))


def test_a_change_says_who_what_when_from_where_and_what_it_was_before() -> None:
    ask("PATCH", "/v1/segments/poa", key(), body={"name": "Porto Alegre Centro", "city": "Porto Alegre"})

    (entry,) = entries()
    shown = {name: value for name, value in entry.items() if name not in {"id", "actor", "asked_at", "done_at"}}
    assert shown == {
        "actor_name": "ERP",
        "role": "",
        "via": "api",
        "ip": "203.0.113.7",
        "agent": "curl/8.5.0",
        "request_id": "5f0c1c9e-8a4b-4c57-9a51-0d6d3a3b7e11",
        "action": "change",
        "noun": "segments",
        "thing": "poa",
        "operation": "PATCH /v1/segments/<segment>",
        "outcome": "done",
        "status": 200,
        "code": "",
        "changes": [
            {
                "kind": "segment",
                "id": "poa",
                "what": "changed",
                "values": [
                    {"field": "name", "before": "Poa", "after": "Porto Alegre Centro"},
                    {"field": "city", "before": None, "after": "Porto Alegre"},
                ],
                "fields": ["city", "name"],
                "is_sure": True,
            }
        ],
        "more": 0,
    }
    assert entry["actor"].startswith("key:")
    assert entry["asked_at"].startswith("2026-03-10T15:00:0")


def test_what_is_made_is_found_by_its_id_and_so_is_what_was_done_to_it_later() -> None:
    made = ask("POST", "/v1/surveys", key(), body={"name": "Visit", "id": "visit"})
    assert made.status == 201, made.body
    with clock.at(NOON + timedelta(minutes=1)):
        ask("PATCH", "/v1/surveys/visit", key(), body={"retention_days": 90})
        ask("PATCH", "/v1/segments/poa", key(), body={"city": "Porto Alegre"})
        found = entries(noun="surveys", id="visit")

    assert [entry["action"] for entry in found] == ["change", "create"]
    assert {change["kind"]: change["what"] for change in found[1]["changes"]}["survey"] == "created"
    (change,) = (change for change in found[0]["changes"] if change["kind"] == "survey")
    assert change["values"] == [{"field": "retention_days", "before": 0, "after": 90}]


def test_a_refusal_is_noted_with_its_code_and_changes_nothing() -> None:
    ask("PATCH", "/v1/segments/none", key(), body={"name": "Nowhere"})
    ask("POST", "/v1/segments", key(Scope.SEGMENTS_READ), body={"code": "x", "name": "X", "parent": "sul"})

    told = {(entry["operation"], entry["outcome"], entry["status"], entry["code"]) for entry in entries()}
    assert told == {
        ("PATCH /v1/segments/<segment>", "refused", 404, "segment_not_found"),
        ("POST /v1/segments", "refused", 403, "scope_missing"),
    }
    assert [entry["changes"] for entry in entries()] == [[], []]


def test_what_is_only_read_costs_no_write() -> None:
    text = key()
    ask("GET", "/v1/segments", text)
    with recording() as calls:
        ask("GET", "/v1/segments", text)
        ask("POST", "/v1/metrics/queries", text, body={"queries": []})

    assert {call.operation for call in calls} & {"PutItem", "TransactWriteItems"} == set()
    assert rows() == []


def test_a_contact_is_not_named_and_is_found_by_who_knows_its_id() -> None:
    made = ask(
        "POST",
        "/v1/contacts",
        key(),
        body={"name": "Ana Lima", "email": "ana@cliente.example", "external_id": "C-1", "segment": "poa"},
    )
    identity = made.json["id"]
    ask("PATCH", f"/v1/contacts/{identity}", key(), body={"name": "Ana Souza"})

    text = json.dumps(rows())
    assert not [word for word in ("Ana", "ana@", "cliente", "C-1", identity) if word in text]
    (changed, _) = entries(noun="contacts", id=identity)
    assert changed["thing"].startswith("~")
    (change,) = (change for change in changed["changes"] if change["kind"] == "contact")
    assert (change["fields"], change["values"], change["id"]) == (["name"], [], changed["thing"])


@pytest.mark.parametrize("noun", ["tickets", "users"])
@pytest.mark.parametrize("typed", ["ana@cliente.example", "+5511988887777", "111.444.777-35", "Ana Lima"])
def test_what_somebody_typed_for_an_id_is_not_kept(typed: str, noun: str) -> None:
    ask("PATCH", f"/v1/{noun}/{typed}", key(), body={})

    (entry,) = entries(noun=noun, id=typed)
    assert entry["thing"].startswith("~")
    assert typed not in json.dumps(rows())


def test_the_words_of_a_case_and_secrets_are_nowhere() -> None:
    open_survey()
    ticket = ticketed("poa", response=answered("poa").id)
    said = {"comment": "Ana called, she is furious", "tags": ["furious"]}
    assert ask("PATCH", f"/v1/tickets/{ticket.id}", key(), body=said, headers={"If-Match": "*"}).status == 200
    made = ask("POST", "/v1/webhooks", key(), body={"name": "CRM", "url": "https://crm.example/in", "types": []})

    text = json.dumps(rows())
    secrets = [value for name, value in made.json.items() if "secret" in name or "key" in name]
    assert not [word for word in ("furious", "crm.example", *map(str, secrets)) if word in text]
    assert "webhook" in text


def test_reading_everything_about_a_person_is_noted_before_it_is_answered() -> None:
    ana = table.create(factories.contact("Ana", segment="poa", rev=0))
    read = ask("GET", f"/v1/contacts/{ana.id}/data", key())
    ask("GET", f"/v1/contacts/{ana.id}/data", key(Scope.CONTACTS_READ))

    assert read.status == 200
    assert {(entry["action"], entry["outcome"], entry["code"]) for entry in entries(noun="contacts", id=ana.id)} == {
        ("read", "done", ""),
        ("read", "refused", "scope_missing"),
    }


def test_an_entry_is_kept_as_long_as_the_organisation_wants() -> None:
    organisation.save(OrganisationDraft(audit_days=30), rev=0, who="user:ana")
    ask("PATCH", "/v1/segments/poa", key(), body={"city": "Porto Alegre"})
    (row, _) = world.scan(Table.AUDIT)
    (entry,) = entries()
    with clock.at(NOON + timedelta(days=31)):
        later = entries()
        gone = ask("GET", f"/v1/audit/{entry['id']}", key())

    assert int(row["expires_at"]["N"]) == pytest.approx((NOON + timedelta(days=30)).timestamp(), abs=60)
    assert later == []
    assert (gone.status, gone.code) == (404, "audit_not_found")


def test_one_entry_is_told_as_in_the_list() -> None:
    ask("PATCH", "/v1/segments/poa", key(), body={"city": "Porto Alegre"})
    (entry,) = entries()

    assert ask("GET", f"/v1/audit/{entry['id']}", key()).json == entry
    assert ask("GET", "/v1/audit/20260310T150000000-abcdef012345", key()).code == "audit_not_found"


def test_pages_join_to_the_whole_in_order_and_filters_narrow_them() -> None:
    text = key()
    for number in range(7):
        with clock.at(NOON + timedelta(days=11 * number)):  # across the ends of months
            ask("PATCH", "/v1/segments/poa", text, body={"city": f"City {number}"})
    with clock.at(NOON + timedelta(days=90)):
        ask("PATCH", "/v1/segments/none", text, body={"city": "Nowhere"})
        cursor, cities, pages = "", [], 0
        while True:
            answer = ask("GET", "/v1/audit", text, query={"limit": 3, "outcome": "done", "cursor": cursor}).json
            cities += [entry["changes"][0]["values"][0]["after"] for entry in answer["items"]]
            cursor, pages = answer["next"], pages + 1
            if not cursor:
                break
        refused = entries(outcome="refused")
        march = entries(**{"from": "2026-03-01T00:00:00Z", "to": "2026-03-31T23:59:59Z"})
        by_me = entries(actor=refused[0]["actor"], action="change")
        by_none = entries(actor="user:none")

    assert cities == [f"City {number}" for number in reversed(range(7))]
    assert pages >= 3
    assert [entry["code"] for entry in refused] == ["segment_not_found"]
    assert len(march) == 2
    assert len(by_me) == 8
    assert by_none == []


@pytest.mark.parametrize(("query", "code"), [
    ({"from": "2026-03-02T00:00:00Z", "to": "2026-03-01T00:00:00Z"}, "export_period"),
    ({"id": "poa"}, "field_missing"),
    ({"outcome": "good"}, "value_not_allowed"),
    ({"from": "yesterday"}, "value_invalid"),
])  # fmt: skip
def test_a_search_that_makes_no_sense_is_refused(query: dict[str, str], code: str) -> None:
    answer = ask("GET", "/v1/audit", key(), query=query)

    assert (answer.status, answer.code) == (422, code)


def test_the_audit_is_for_who_may_read_it_and_sees_the_whole_hierarchy() -> None:
    assert ask("GET", "/v1/audit", key(Scope.SEGMENTS_READ)).code == "scope_missing"
    assert ask("GET", "/v1/audit", key(Scope.AUDIT_READ, segment="sul")).code == "whole_hierarchy_only"
    assert ask("GET", "/v1/audit/20260310T150000000-abc", key(Scope.AUDIT_READ, segment="sul")).status == 403


def test_a_request_that_writes_a_thousand_things_is_one_small_entry() -> None:
    text = key()
    body = {"items": [{"address": f"ana{number}@cliente.example", "reason": "manual"} for number in range(200)]}
    answer = ask("POST", "/v1/suppressions/batch", text, body=body)
    assert answer.status == 200, answer.body

    (entry,) = entries(noun="suppressions")
    assert (len(entry["changes"]), entry["more"]) == (50, 150)
    assert len(json.dumps(entry)) < 20_000
    assert "cliente" not in json.dumps(rows())


def test_what_the_audit_shows_are_fields_that_there_are() -> None:
    known = {kind: set(cls.model_fields) for kind, cls in Entity.kinds.items()}
    shown = {(kind, field) for kind, fields in SHOWN.items() for field in fields}
    named = set(IDENTIFIED.items())
    assert {(kind, field) for kind, field in shown | named if field not in known.get(kind, set())} == set()
    assert {kind for kind in SILENT if kind not in known} == set()


def within(model: type[BaseModel], seen: frozenset[type] = frozenset()) -> Iterator[str]:
    """Yield the names of all fields that a thing can have, however deep, but below those that are hidden."""
    for name, info in model.model_fields.items():
        if name not in HIDDEN:
            yield name
            for part in parts(info.annotation) - seen:
                yield from within(part, seen | {part})


def parts(annotation: Any) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {part for inner in get_args(annotation) for part in parts(inner)}


def test_what_the_audit_shows_can_name_nobody_and_open_nothing_however_deep() -> None:
    risky = {
        "mail",
        "phone",
        "secret",
        "hash",
        "salt",
        "token_key",
        "password",
        "comment",
        "contact",
        "custom",
        "reply",
    }
    risky |= {"signing", "where", "words", "detail"}
    known = {
        (kind, field, name)
        for kind, fields in SHOWN.items()
        for field in fields
        for name in (
            field,
            *(each for part in parts(Entity.kinds[kind].model_fields[field].annotation) for each in within(part)),
        )
    }
    assert ("survey_version", "questions", "jumps") in known
    assert {each for each in known if any(word in each[2] for word in risky)} == set()
    assert SHOWN.keys().isdisjoint({"contact", "transaction", "invitation", "session", "reply"})


def test_every_name_of_a_route_that_is_noted_otherwise_is_a_route() -> None:
    known = {(route.method, route.path) for route in ROUTES}
    assert (auditing.READS.keys() | auditing.SILENT) - known == set()


def test_every_route_that_changes_something_is_noted() -> None:
    silent = {(route.method, route.path) for route in ROUTES if not auditing.action_of(route.method, route.path)}
    assert {each for each in silent if each[0] != "GET"} == auditing.SILENT


def test_a_key_that_is_given_is_noted_with_what_it_may_and_without_itself() -> None:
    made = ask("POST", "/v1/keys", key(), body={"name": "Caixa", "scopes": ["tickets:read"]})
    assert made.status == 201, made.body

    (entry,) = entries(noun="keys", id=made.json["id"])
    (change,) = (change for change in entry["changes"] if change["kind"] == "api_key")
    values = {value["field"]: value["after"] for value in change["values"]}
    assert (values["name"], values["scopes[0]"]) == ("Caixa", "tickets:read")
    assert made.json["key"].rpartition("_")[2] not in json.dumps(rows())


def test_a_search_goes_on_from_one_year_to_the_year_before() -> None:
    text = key()
    for moment in (datetime(2025, 12, 31, 23, 59, tzinfo=UTC), datetime(2026, 1, 1, 0, 1, tzinfo=UTC)):
        with clock.at(moment):
            ask("PATCH", "/v1/segments/poa", text, body={"city": f"City {moment.year}"})

    assert [entry["changes"][0]["values"][0]["after"] for entry in entries()] == ["City 2026", "City 2025"]


def test_what_a_request_changed_on_the_way_is_found_by_its_id() -> None:
    open_survey()
    first, second = (ticketed("poa", name, response=answered("poa", name).id) for name in ("one", "two"))
    items = [{"id": first.id, "rev": 1}, {"id": second.id, "rev": 1}]
    batch = ask("POST", "/v1/tickets/batch", key(), body={"tickets": items, "priority": "urgent"})
    ask("PATCH", f"/v1/tickets/{first.id}", key(), body={"priority": "low"}, headers={"If-Match": "*"})
    ana = {"name": "Ana", "email": "ana@example.com", "segment": "poa"}
    made = ask("POST", "/v1/contacts/batch", key(), body={"items": [ana]}).json["items"][0]["contact"]

    assert [item["status"] for item in batch.json["items"]] == [200, 200]
    (entry,) = entries(written=second.id)
    assert (entry["operation"], entry["action"]) == ("POST /v1/tickets/batch", "change")
    assert len(entries(written=first.id)) == 2
    assert [entry["operation"] for entry in entries(written=made["id"])] == ["POST /v1/contacts/batch"]
    assert entries(written="none") == []


def test_what_is_made_under_a_name_with_spaces_and_accents_is_found_by_it() -> None:
    ask("POST", "/v1/products", key(), body={"code": "Fogão 5 bocas", "name": "Fogão"})

    (entry,) = entries(noun="products", id="Fogão 5 bocas")
    assert entry["action"] == "create"


def test_an_export_without_a_file_yet_is_looked_at_without_a_note() -> None:
    export = ask("POST", "/v1/exports", key(), body={"what": "segments", "format": "csv"}).json["id"]
    ask("GET", f"/v1/exports/{export}", key())
    ask("GET", f"/v1/exports/{export}", key(), query={"fields": "state"})

    assert [entry["action"] for entry in entries(noun="exports")] == ["create"]
