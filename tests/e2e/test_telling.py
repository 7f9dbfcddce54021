"""What happened is told: the CRM's webhook hears it, signed; whoever asks finds it in order, once."""

import json
import time
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from escuta import ids
from tests.e2e.house import House
from tests.e2e.waiting import eventually
from tests.e2e.web import ask, post_form


def calls(house: House) -> list[dict[str, Any]]:
    """Return what the server of the CRM was called with, the newest first."""
    found: list[dict[str, Any]] = ask("GET", f"{house.running.place.outbox}hooks.json").json["calls"]
    return found


def told(house: House, kind: str) -> list[dict[str, Any]]:
    return [call for call in calls(house) if json.loads(call["body"])["type"] == kind]


def about(house: House, kind: str, segment: str = "cwb-01", score: int = 2) -> list[dict[str, Any]]:
    """Return the calls about a score at a place."""
    data = [(call, json.loads(call["body"])["data"]) for call in told(house, kind)]
    return [call for call, said in data if (said["segment"], said["score"]) == (segment, score)]


def test_an_answer_is_told_to_the_crm_under_its_signature(house: House) -> None:
    invited = house.invite("Tereza", segment="cwb-01")
    fields = {"n__nps": "2", "t__comment": "Ninguém me respondeu."}
    assert post_form(invited.link, submission_id=ids.new(), version="1", **fields).status == 200
    opened = eventually("the ticket told", lambda: about(house, "ticket.opened"))[0]
    answered = eventually("the answer told", lambda: about(house, "response.completed"))[0]

    verifier = Webhook(house.running.seeded["webhook_secret"])
    for call in (opened, answered):
        assert verifier.verify(call["body"], call["headers"])
        with pytest.raises(WebhookVerificationError):
            verifier.verify(call["body"].replace("cwb-01", "rio-01"), call["headers"])
    said = json.loads(opened["body"])
    assert said["id"] == opened["headers"]["webhook-id"]
    assert (said["data"]["segment"], said["data"]["state"], said["data"]["score"]) == ("cwb-01", "new", 2)
    assert "Tereza" not in opened["body"] + answered["body"]
    assert "Ninguém" not in opened["body"] + answered["body"]


def test_whoever_asks_misses_nothing_and_gets_nothing_twice(house: House) -> None:
    settled = time.time() - 65  # what is younger is not listed yet
    heard = {call["headers"]["webhook-id"] for call in told(house, "ticket.opened") if call["at"] < settled}

    def listed() -> list[str]:
        found: list[str] = []
        cursor = ""
        while True:
            page = house.read("events", type="ticket.opened", limit="50", **({"after": cursor} if cursor else {}))
            found += [event["id"] for event in page["items"]]
            cursor = page["next"]
            if not page["more"]:
                return found if heard <= set(found) else []

    found = eventually("every event", listed, seconds=120)
    assert len(found) == len(set(found)) >= len(heard)


def test_the_bus_has_an_archive(house: House) -> None:
    client = house.running.place.aws("events")
    bus = house.running.environment["ESCUTA_EVENT_BUS"]

    (archive,) = client.list_archives()["Archives"]

    assert archive["EventSourceArn"].endswith(f":event-bus/{bus}")
    assert archive["State"] == "ENABLED"
    assert archive["RetentionDays"] == 90
