"""Calls whose function died after its work: under the same key they are answered as if it had not."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.feedback.model import Ticket
from escuta.outreach import cases
from tests.conftest import NOON
from tests.functions.callers import Answer, ask, found_company, key
from tests.kit import factories, people
from tests.kit.faults import Crash, failing

ANA = factories.contact("Ana", segment="poa")
PATH = ("aurora", "sul", "poa")
MESSAGE = ("/v1/tickets/angry/messages", {"text": "Desculpe, Ana."})


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    table.create(ANA)
    table.create(factories.ticket("angry", response="", contact=ANA.id, segment="poa", segment_path=PATH))


def post(path: str, text: str, body: dict[str, Any], name: str = "k-1", **headers: str) -> Answer:
    return ask("POST", path, text, body=body, headers={"Idempotency-Key": name, **headers})


def twice(path: str, text: str, body: dict[str, Any], **headers: str) -> Answer:
    """Call once, and die when all is done but the answer is not kept; return what is answered a minute later."""

    def dies(asked: dict[str, Any]) -> Any:
        return Crash() if "reply_part" in json.dumps(asked, default=str) else None

    with failing("TransactWriteItems", dies), pytest.raises(Crash):
        post(path, text, body, **headers)
    with clock.at(NOON + timedelta(minutes=1)):
        return post(path, text, body, **headers)


def rev() -> int:
    return table.load(Ticket, Ticket.at("angry"), consistent=True).rev


@pytest.mark.parametrize(("body", "headers"), [({"rev": 1}, {}), ({}, {"If-Match": '"1"'})])
def test_a_message_to_a_customer_is_written_once_and_said_to_be_written(
    body: dict[str, Any], headers: dict[str, str]
) -> None:
    text = key()

    answer = twice(MESSAGE[0], text, MESSAGE[1] | body, **headers)

    assert (answer.status, answer.json["number"], answer.json["text"]) == (201, 2, "Desculpe, Ana.")
    assert ([each.number for each in cases.of_ticket("angry")], rev()) == ([2], 2)
    assert post(MESSAGE[0], text, MESSAGE[1] | body, "k-2", **headers).status == 412


def test_somebody_who_was_new_is_told_to_have_been_new() -> None:
    body = {"external_id": "C-9", "name": "Bruno", "segment": "poa"}

    answer = twice("/v1/contacts", key(), body)

    assert (answer.status, answer.json["outcome"], answer.json["name"]) == (201, "created", "Bruno")
    again = post("/v1/contacts", key(), {**body, "name": "Bruno Reis"}, "k-2")
    assert (again.status, again.json["outcome"]) == (200, "updated")
    wrong = post("/v1/contacts", key(), {"external_id": "C-8", "segment": "nowhere"}, "k-3")
    assert (wrong.status, wrong.code) == (422, "segment_unknown")
    nobody = post("/v1/contacts", key(), {"external_id": "C-8"}, "k-4")
    assert (nobody.status, nobody.code) == (422, "segment_missing")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("roles", {"name": "Loja", "scopes": ["tickets:read"]}),
        ("roles", {"id": "loja", "name": "Loja", "scopes": ["tickets:read"]}),
        ("keys", {"name": "Porteiro", "scopes": ["tickets:read"]}),
    ],
)
def test_a_right_is_given_once(path: str, body: dict[str, Any]) -> None:
    text = key()
    before = len(ask("GET", f"/v1/{path}", text).json["items"])

    answer = twice(f"/v1/{path}", text, body)

    assert answer.status == 201
    listed = ask("GET", f"/v1/{path}", text).json["items"]
    assert (len(listed) - before, answer.json["id"] in [each["id"] for each in listed]) == (1, True)


def test_somebody_is_invited_as_one_user(monkeypatch: pytest.MonkeyPatch) -> None:
    people.pool(monkeypatch)
    text = key()

    answer = twice("/v1/users", text, {"email": "bruno@example.com", "name": "Bruno", "role": "analyst"})

    assert (answer.status, answer.json["state"]) == (201, "invited")
    assert [each["email"] for each in ask("GET", "/v1/users", text).json["items"]] == ["bruno@example.com"]


def test_a_key_is_given_one_new_secret_that_opens_it() -> None:
    text = key()
    made = ask("POST", "/v1/keys", text, body={"name": "Porteiro", "scopes": ["tickets:read"]}).json

    answer = twice(f"/v1/keys/{made['id']}/rotate", text, {"overlap_hours": 0}, **{"If-Match": '"1"'})

    assert (answer.status, answer.json["rev"]) == (200, 2)
    assert ask("GET", "/v1/me", answer.json["key"]).json["key"] == made["id"]
