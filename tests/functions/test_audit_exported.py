"""The audit as a file, and what it says of files: who ordered one, and who fetched it."""

import json
from datetime import datetime, timedelta

import pytest

from escuta import clock
from escuta.directory.model import Scope
from export import schedule
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key
from tests.functions.exporting import order, rows, told, work


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    ask("PATCH", "/v1/segments/poa", key(), body={"city": "Porto Alegre"})


def test_the_audit_is_a_file_for_programs_with_what_changed_in_it() -> None:
    entry = next(
        row for row in told("audit", **{"from": "2026-03-10", "to": "2026-03-10"}) if row["noun"] == "segments"
    )

    assert (entry["actor_name"], entry["action"], entry["thing"], entry["outcome"]) == ("ERP", "change", "poa", "done")
    assert json.loads(entry["changes"])[0]["values"] == [{"field": "city", "before": None, "after": "Porto Alegre"}]
    assert told("audit", **{"from": "2026-03-11"}) == []
    assert told("audit", to="2026-03-09") == []


def test_the_audit_is_a_table_for_people() -> None:
    ordered = order("audit", "pt-BR")
    work()

    titles, *lines = rows(ordered["id"], ";")
    assert titles[:6] == ["id", "pedido em", "concluído em", "quem", "nome de quem", "função"]
    assert {line[titles.index("operação")] for line in lines} >= {"PATCH /v1/segments/<segment>"}


def test_an_export_is_noted_when_it_is_ordered_and_whenever_its_link_is_handed_out() -> None:
    ordered = order("audit")
    path = f"/v1/exports/{ordered['id']}"
    ask("GET", path, key())  # there is no link yet
    work()
    ask("GET", path, key())

    items = ask("GET", "/v1/audit", key(), query={"noun": "exports", "id": ordered["id"]}).json["items"]
    assert [(item["action"], item["status"]) for item in items] == [("download", 200), ("create", 201)]
    values = {value["field"]: value["after"] for value in items[1]["changes"][0]["values"]}
    assert (values["what"], values["format"]) == ("audit", "csv")


def test_the_audit_is_exported_by_who_may_read_it_alone() -> None:
    scopes = (Scope.EXPORTS_READ, Scope.EXPORTS_WRITE)
    body = {"what": "audit"}
    assert ask("POST", "/v1/exports", key(*scopes), body=body).code == "scope_missing"
    assert ask("POST", "/v1/exports", key(*scopes, Scope.AUDIT_READ, segment="sul"), body=body).status == 403
    ordered = order("audit")
    assert ask("GET", f"/v1/exports/{ordered['id']}", key(*scopes)).code == "export_not_found"


def test_what_a_schedule_orders_by_itself_is_noted_with_who_wanted_it() -> None:
    text = key()
    body = {"name": "daily", "what": "segments", "format": "csv", "reach": "everything", "every": "day", "hour": 13}
    made = ask("POST", "/v1/export-schedules", text, body=body)
    assert made.status == 201, made.body
    with clock.at(NOON + timedelta(days=1)):
        schedule.handler({}, None)
        items = ask("GET", "/v1/audit", text, query={"actor": "schedule:daily"}).json["items"]

    assert [(item["via"], item["action"], item["noun"], item["outcome"]) for item in items] == [
        ("schedule", "create", "exports", "done")
    ]
    assert items[0]["actor_name"] == made.json["created_by"]
    assert [change["kind"] for change in items[0]["changes"]] == ["export"]
    assert items[0]["changes"][0]["id"] == items[0]["thing"]
