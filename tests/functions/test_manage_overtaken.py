"""Two who read the same thing and change it at once: who is late, and named what was read, is told so (412)."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import Context
from datetime import datetime
from typing import Any

import pytest

from escuta import table
from escuta.entity import Table
from tests.functions.callers import ask, found_company, key, open_survey
from tests.kit import world
from tests.kit.faults import failing

HOOK = {"name": "CRM", "url": "https://crm.example.com/hook", "types": ["ticket.opened"]}
INTERCEPT = {
    "survey": "visit",
    "segment": "poa",
    "name": "Loja",
    "origins": ["https://shop.example"],
    "trigger": {"delay_seconds": 5},
}
SCHEDULE = {"name": "semanal", "what": "tickets", "format": "csv", "every": "week", "hour": 6}
ROLE = {"id": "loja", "name": "Loja", "scopes": ["tickets:read"]}

NOUNS: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {  # kind of row, path, what makes it, a change
    "a link": ("store_token", "tokens", {"survey": "visit", "segment": "poa", "label": "Caixa"}, {"label": "Porta"}),
    "an intercept": ("intercept", "intercepts", INTERCEPT, {"name": "Porta"}),
    "a segment": ("segment", "segments", {"code": "bh", "name": "BH", "parent": "sul"}, {"name": "Porta"}),
    "a role": ("role", "roles", ROLE, {"name": "Porta"}),
    "a field": ("custom_field", "custom-fields", {"name": "plano"}, {"labels": {"en": "Plan"}}),
    "a schedule": ("export_schedule", "export-schedules", SCHEDULE, {"hour": 7}),
    "a webhook": ("webhook", "webhooks", HOOK, {"name": "Porta"}),
    "a key": ("api_key", "keys", {"name": "Porteiro", "scopes": ["tickets:read"]}, {"name": "Porta"}),
    "a view": ("ticket_view", "ticket-views", {"name": "Meus"}, {"name": "Porta"}),
    "a survey": ("survey", "surveys", {"id": "visita", "name": "Visita"}, {"name": "Porta"}),
}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


@contextmanager
def somebody_else(kind: str, thing: str) -> Iterator[None]:
    """Let somebody else change a thing after it was read, before it is read again or written."""
    items = [item for each in (Table.DIRECTORY, Table.OUTREACH, Table.FEEDBACK) for item in world.scan(each)]
    (row,) = (item for item in items if item["kind"]["S"] == kind and thing in json.dumps(item))
    touches = 0

    def touched(asked: dict[str, Any]) -> None:
        nonlocal touches
        if row["pk"]["S"] in json.dumps(asked, default=str):
            touches += 1
            if touches == 2:
                Context().run(table.save, table.from_image(row))

    with ExitStack() as stack:
        for operation in ("GetItem", "BatchGetItem", "PutItem", "DeleteItem", "TransactWriteItems"):
            stack.enter_context(failing(operation, touched))
        yield
    assert touches > 1, "nobody else came in between"


@pytest.mark.parametrize("verb", ["DELETE", "PATCH"])
@pytest.mark.parametrize("noun", NOUNS)
def test_who_is_overtaken_between_the_check_and_the_write_changes_nothing(noun: str, verb: str) -> None:
    kind, path, body, change = NOUNS[noun]
    text = key()
    made = ask("POST", f"/v1/{path}", text, body=body)
    assert made.status == 201, made.json
    place = f"/v1/{made.headers['Location']}"
    before, sent = ask("GET", place, text).json, change if verb == "PATCH" else None

    with somebody_else(kind, place.rpartition("/")[2]):
        late = ask(verb, place, text, body=sent, headers={"If-Match": '"1"'})

    assert (late.status, late.code) == (412, "rev_stale"), late.json
    assert (late.json["field"], late.json["details"]) == ("If-Match", {"sent": '"1"', "current_rev": 2})
    assert late.headers["ETag"] == '"2"'
    assert ask("GET", place, text).json == {**before, "rev": 2}


def test_who_names_no_revision_changes_what_is_there_by_then() -> None:
    text = key()
    made = ask("POST", "/v1/tokens", text, body=NOUNS["a link"][2])
    place = f"/v1/{made.headers['Location']}"

    with somebody_else("store_token", place.rpartition("/")[2]):
        late = ask("DELETE", place, text)

    assert (late.status, late.json["rev"]) == (200, 3)


def test_what_is_written_twice_by_one_request_is_changed_as_it_was_read() -> None:
    text = key()
    ask("POST", "/v1/segments", text, body=NOUNS["a segment"][2])

    answer = ask("PATCH", "/v1/segments/bh", text, body={"name": "Belô", "retired": True}, headers={"If-Match": '"1"'})

    assert (answer.status, answer.json["name"], answer.json["rev"]) == (200, "Belô", 3)
