"""The API: writing to the customer of a ticket, and seeing what became of it."""

from datetime import datetime
from typing import Any

import pytest

from escuta import table
from escuta.directory.model import Scope
from escuta.feedback.model import Ticket
from escuta.outreach import suppression
from escuta.outreach.model import Channel
from tests.functions.callers import Answer, ask, found_company, key
from tests.kit import factories

SEE = (Scope.TICKETS_READ, Scope.TICKETS_WRITE)
WHOLE = (*SEE, Scope.RESPONSES_PERSONAL)
ANA = factories.contact("Ana", segment="poa")


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    table.create(ANA)
    path = ("aurora", "sul", "poa")
    table.create(
        factories.ticket("angry", response="", contact=ANA.id, segment="poa", segment_path=path, comment="Fila.")
    )


def write(text: str, body: dict[str, Any], ticket: str = "angry") -> Answer:
    return ask("POST", f"/v1/tickets/{ticket}/messages", text, body=body)


def test_a_message_is_created_and_shown_with_its_state() -> None:
    text = key(*WHOLE)
    made = write(text, {"text": "Desculpe, Ana.", "rev": 1})
    listed = ask("GET", "/v1/tickets/angry/messages", text).json

    assert (made.status, made.json["state"], made.json["channel"]) == (201, "queued", "email")
    assert made.json["address"] == "ana@example.com"
    assert [(item["number"], item["text"], item["state"]) for item in listed["items"]] == [
        (2, "Desculpe, Ana.", "queued")
    ]
    assert listed["ways"] == {"email": {"open": True, "reason": ""}, "sms": {"open": False, "reason": "no_address"}}
    assert listed["follow_up"] is None


def test_who_may_not_see_people_sees_no_address() -> None:
    made = write(key(*SEE), {"text": "Desculpe.", "rev": 1})

    assert made.status == 201
    assert {"address", "name"} & made.json.keys() == set()


def test_who_cannot_be_written_to_is_refused_with_the_remedy() -> None:
    suppression.add(Channel.EMAIL, ANA.email, "bounce")
    refused = write(key(*SEE), {"text": "Desculpe.", "rev": 1, "channel": "email"})

    assert (refused.status, refused.json["code"]) == (409, "customer_unwritable_bounce")
    assert "Call the customer" in refused.json["detail"]


def test_who_was_overtaken_is_told_so() -> None:
    write(key(*SEE), {"text": "Desculpe.", "rev": 1})

    assert write(key(*SEE), {"text": "Desculpe.", "rev": 1}).status == 412
    assert write(key(*SEE), {"text": "Desculpe."}).status == 428


def test_a_ticket_elsewhere_is_none() -> None:
    text = key(*WHOLE, segment="manaus")

    assert write(text, {"text": "Desculpe.", "rev": 1}).status == 404
    assert ask("GET", "/v1/tickets/angry/messages", text).status == 404
    assert table.load(Ticket, Ticket.at("angry"), consistent=True).rev == 1


def test_what_was_asked_after_the_closing_and_said_is_shown() -> None:
    text = key(*WHOLE)
    closing = {"state": "closed", "root_causes": ["Fila longa"], "action": "Mais um caixa", "rev": 1}
    assert ask("PATCH", "/v1/tickets/angry", text, body=closing).status == 200

    found = ask("GET", "/v1/tickets/angry/messages", text).json["follow_up"]

    assert (found["state"], found["reason"], found["channel"], found["answer"]) == (
        "deferred",
        "follow_up",
        "email",
        None,
    )
