from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory.model import Scope
from escuta.outreach import brake, ceilings
from escuta.outreach.model import Brake, Budget, Channel
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key
from tests.functions.senders import sending
from tests.kit.faults import recording

EMAIL = Channel.EMAIL
ANA = "+5511988880000"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    table.put(Budget(channel=EMAIL, rate=14.0, per_day=50_000, tokens=25.0, at=NOON))


def bounced(sent: int, bounces: int) -> None:
    guard = sending(id=f"guard-{sent}-{bounces}")
    table.transact(table.Create(guard), *brake.counted(EMAIL, sent=sent, bounced=bounces))
    brake.check(EMAIL)


def shown(language: str = "en") -> Any:
    answer = ask("GET", "/v1/sending", key(Scope.SENDING_READ), headers={"Accept-Language": language})
    assert answer.status == 200, answer.json
    return answer.json


def resume(**fields: str) -> Any:
    body = {"channel": "email", "state": "running", "why": "the list was cleaned", **fields}
    return ask("PATCH", "/v1/sending", key(Scope.SENDING_WRITE), body=body)


def test_what_a_channel_may_send_and_what_it_counted_is_shown() -> None:
    bounced(1000, 10)

    email, sms = shown()["channels"]

    assert (email["channel"], email["held"], email["rate"], email["tokens"]) == ("email", "", 12.6, 25)
    assert email["quota"] == {"per_day": 50_000, "used": 0, "left": 50_000, "frees_at": None}
    assert email["brake"]["state"] == "running"
    day = {"sent": 1000, "bounced": 10, "complained": 0, "bounce_rate": 0.01, "complaint_rate": 0.0}
    assert (email["brake"]["day"], email["brake"]["hour"]) == (day, day)
    assert email["brake"]["limits"]["bounce_rate"] == 0.04
    assert (sms["channel"], sms["quota"]) == ("sms", None)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pt-BR", "O envio está parado: mensagens demais voltaram. Só uma pessoa pode retomá-lo."),
        ("en", "Sending is stopped: too many messages came back. Only a person can resume it."),
        ("es", "El envío está detenido: demasiados mensajes fueron devueltos. Solo una persona puede reanudarlo."),
    ],
)
def test_a_stopped_channel_says_why_in_the_callers_language(language: str, words: str) -> None:
    bounced(1000, 50)

    email = shown(language)["channels"][0]

    assert (email["held"], email["detail"]) == ("brake_bounces", words)
    assert (email["brake"]["state"], email["brake"]["reason"]) == ("stopped", "bounces")


def test_e10_a_used_up_quota_is_shown_with_the_estimate() -> None:
    table.put(Budget(channel=EMAIL, rate=14.0, per_day=5, tokens=25.0, at=NOON, hours={"492542": 5}))

    email = shown()["channels"][0]

    assert (email["held"], email["quota"]["left"], email["quota"]["frees_at"]) == ("quota", 0, "2026-03-11T15:00:00Z")


def test_a_person_lets_a_stopped_channel_go_on_and_that_is_kept() -> None:
    bounced(1000, 50)

    answer = resume()

    assert (answer.status, answer.json["held"], answer.json["brake"]["state"]) == (200, "", "running")
    (kept,) = shown()["channels"][0]["brake"]["resumed"]
    assert (kept["why"], kept["reason"], kept["day"]["bounced"]) == ("the list was cleaned", "bounces", 50)
    assert kept["by"]


def test_a_person_stops_a_channel_and_lets_it_go_on_and_both_are_kept() -> None:
    stopped = resume(state="stopped", why="wrong words")

    assert (stopped.status, stopped.json["held"], stopped.json["brake"]["reason"]) == (200, "brake_hand", "hand")
    assert stopped.json["detail"] == "Sending was stopped by a person. Only a person can resume it."
    assert resume(state="stopped").code == "sending_stopped_already"
    assert brake.check(EMAIL) is Brake.STOPPED

    assert resume(why="corrected").json["held"] == ""
    kept = shown()["channels"][0]["brake"]
    assert [one["why"] for one in kept["stopped"]] == ["wrong words"]
    assert kept["stopped"][0]["by"]
    assert [(one["why"], one["reason"]) for one in kept["resumed"]] == [("corrected", "hand")]
    assert kept["counts_from"] is None
    with clock.at(NOON + timedelta(seconds=1)):
        assert resume(state="stopped").status == 200


def test_a_channel_of_which_nobody_sent_anything_can_be_stopped() -> None:
    assert resume(channel="sms", state="stopped").json["held"] == "brake_hand"


def test_a_channel_that_runs_cannot_be_let_go_on() -> None:
    answer = resume()

    assert (answer.status, answer.code) == (409, "sending_not_stopped")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"why": ""}, "value_too_short", "why"),
        ({"why": " \n "}, "field_missing", "why"),
        ({"why": "x" * 501}, "value_too_long", "why"),
        ({"state": "slow"}, "value_not_allowed", "state"),
        ({"channel": "link"}, "value_not_allowed", "channel"),
        ({"rate": "1000"}, "field_unknown", "rate"),
    ],
)
def test_nothing_else_can_be_changed_and_nobody_lets_it_go_on_without_a_reason(
    fields: dict[str, str], code: str, field: str
) -> None:
    bounced(1000, 50)

    answer = resume(**fields)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)


def test_who_sees_a_part_of_the_hierarchy_neither_sees_nor_changes_it() -> None:
    part = key(segment="sul")

    assert ask("GET", "/v1/sending", part).code == "whole_hierarchy_only"
    body = {"channel": "email", "state": "running", "why": "x"}
    assert ask("PATCH", "/v1/sending", part, body=body).code == "whole_hierarchy_only"


def test_m9_what_sms_cost_and_which_ceilings_hold_is_shown() -> None:
    assert ceilings.take(ANA, 2) == ""
    assert ceilings.take("+819012345678", 1) == "country_not_allowed"

    sms = shown()["sms"]

    assert (sms["hourly"], sms["daily"]) == ({"parts": 2, "most": 1000}, {"parts": 2, "most": 10_000})
    assert sms["countries"] == [{"country": "BR", "parts": 2, "most": None, "price": None, "spent": None}]
    assert (sms["day"], sms["reached"]) == (clock.now().date().isoformat(), [])


def test_showing_it_writes_nothing() -> None:
    text = key()
    ask("GET", "/v1/sending", text)  # takes a portion of the minute's requests, too

    with recording() as calls:
        ask("GET", "/v1/sending", text)

    assert {call.operation for call in calls} <= {"GetItem", "Query"}
