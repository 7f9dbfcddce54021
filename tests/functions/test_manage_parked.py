"""What could not be taken, as an admin sees to it."""

from datetime import datetime, timedelta

import pytest

from escuta import clock, ids, table
from escuta.directory.model import Scope
from escuta.feedback import parking
from escuta.feedback.model import Parked
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key

PAYLOAD = '{"nps": 9, "comment": "<b>Olá</b> \\u202e"}'


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()


def park(name: str = "first", payload: str = PAYLOAD) -> str:
    parking.park("answers_differ", name, payload, "test", name, link_key="hash-of-a-link")
    return ids.derive("parked", "test", name)


def test_what_is_parked_is_listed_by_time_without_the_payload() -> None:
    with clock.at(NOON + timedelta(hours=1)):
        later = park("second")
    sooner = park("first")

    answer = ask("GET", "/v1/parked", key(Scope.PARKED_ADMIN))

    assert [item["id"] for item in answer.json["items"]] == [sooner, later]
    assert answer.json["items"][0].keys() == {"id", "reason", "submission", "created_at"}
    assert answer.json["items"][0]["reason"] == "answers_differ"


def test_one_is_shown_with_the_payload_as_it_was_sent() -> None:
    answer = ask("GET", f"/v1/parked/{park()}", key(Scope.PARKED_ADMIN))

    assert answer.status == 200
    assert answer.json["payload"] == PAYLOAD
    assert "link_key" not in answer.json


def test_what_was_seen_to_is_thrown_away_and_shown_a_last_time() -> None:
    path = f"/v1/parked/{park()}"

    gone = ask("DELETE", path, key(Scope.PARKED_ADMIN))
    again = ask("DELETE", path, key(Scope.PARKED_ADMIN))

    assert (gone.status, gone.json["payload"]) == (200, PAYLOAD)
    assert (again.status, again.code) == (404, "parked_not_found")
    assert ask("GET", "/v1/parked", key()).json["items"] == []


def test_it_is_not_kept_for_ever() -> None:
    park()

    (kept,) = table.query(Parked, "parked", index="g1").items
    assert kept.ttl() is not None
    assert NOON + timedelta(days=30) < datetime.fromtimestamp(kept.ttl() or 0, tz=NOON.tzinfo) < NOON.replace(year=2028)
