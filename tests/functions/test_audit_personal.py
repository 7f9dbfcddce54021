"""Whatever somebody sends, and whatever comes of it: no row of the audit names a customer, or opens anything."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from escuta.directory.model import Scope
from escuta.entity import Table
from manage import auditing
from manage.described.document import described_routes
from tests.functions.callers import ask, key
from tests.functions.example_company import Company
from tests.kit import people, world

# What says who a customer is, what one said or was told, what opens something, and what somebody compared with.
PERSONAL = frozenset(
    {"email", "phone", "external_id", "address", "contact", "custom", "reference", "reply_to", "owner_email"}
    | {"comment", "words", "value", "reason", "why", "url", "link", "access_code"}
)
OF_A_CASE = frozenset({"text", "subject", "tags"})  # of a rule or a template they are of nobody
NAMED = frozenset({"contacts", "managers", "users", "transactions", "files", "tickets"})  # whose `name` is, too
OURS = frozenset({"manual", "manager", "sul"})  # reasons, ways and places: of nobody


@pytest.fixture
def company(aws: None, noon: datetime, monkeypatch: pytest.MonkeyPatch) -> Company:  # noqa: ARG001 - the clock comes first
    return Company(people.pool(monkeypatch))


def texts(told: Any) -> Iterator[str]:
    if isinstance(told, str) and told:
        yield told
    elif isinstance(told, dict):
        for part in told.values():
            yield from texts(part)
    elif isinstance(told, list):
        for part in told:
            yield from texts(part)


def personal(told: Any, noun: str) -> Iterator[str]:
    """Yield the texts of a body that nobody should find in the audit."""
    if isinstance(told, list):
        for part in told:
            yield from personal(part, noun)
    elif isinstance(told, dict):
        for name, part in told.items():
            if (
                name in PERSONAL
                or (name in OF_A_CASE and noun == "tickets")
                or (name == "to" and isinstance(part, list))
            ):
                yield from texts(part)
            elif name == "name" and noun in NAMED and isinstance(part, str):
                yield part
            else:
                yield from personal(part, noun)


def spoken(value: str) -> set[str]:
    """Return a value as it may be kept: as it was typed, or a telephone as it is dialled."""
    digits = re.sub(r"\D", "", value)
    return {value.casefold(), *({digits[-9:]} if len(digits) >= 9 else ())}


def placed(path: str, named: dict[str, str]) -> str:
    return re.sub("<(.*?)>", lambda part: named[part[1]], path)


def stands(said: str, kept: str) -> bool:
    """Tell whether something stands in a text by itself: four digits are part of many an id."""
    return re.search(rf"(?<![\w-]){re.escape(said)}(?![\w-])", kept) is not None


def rows() -> set[str]:
    return {item["data"]["S"] for item in world.scan(Table.AUDIT)}


def test_no_value_that_somebody_sent_about_a_person_stands_in_the_audit(company: Company) -> None:
    found, done, sought = set(), set(), set()
    for route, operation in described_routes():
        if not auditing.action_of(route.method, route.path):
            continue
        company.restore()
        before = rows()
        example = company.examples.get(operation.name, {"path": {"session_id": "x"}})
        path = placed(route.path, example["path"] | company.named)
        body, query = example.get("body"), example.get("query") or {}
        raw = body if isinstance(body, str) else None
        answer = ask(route.method, path, company.key, body=None if raw else body, raw=raw, query=query)
        done |= {operation.name} if answer.status < 300 else set()
        said = {*personal(body, path.split("/")[2]), *personal(query, ""), company.named["contact"]} - OURS
        sought |= said
        kept = json.dumps([json.loads(row) for row in rows() - before], ensure_ascii=False).casefold()
        found |= {(operation.name, value) for value in said for each in spoken(value) if stands(each, kept)}

    assert found == set()
    assert len(done) > 85
    assert {"ana@example.com", "(51) 99876-5432", "C-1042", "2580", "funcionário", "Olá, Ana"} <= {
        value.partition(".")[0] if value.startswith("Olá") else value for value in sought
    }


def test_what_the_code_of_a_kiosk_is_checked_by_is_not_kept(company: Company) -> None:
    made = ask("POST", "/v1/tokens", company.key, body=company.examples["create_token"]["body"])

    (entry,) = ask("GET", "/v1/audit", key(Scope.AUDIT_READ), query={"noun": "tokens", "id": made.json["id"]}).json[
        "items"
    ]
    (change,) = (change for change in entry["changes"] if change["kind"] == "store_token")
    values = {value["field"]: value["after"] for value in change["values"]}
    assert (values["label"], values["kiosk.on_idle"]) == ("Tablet do caixa 1", "discard")
    assert {name for name in values if name.startswith("kiosk.exit")} == set()
