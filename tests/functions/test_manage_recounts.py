"""GET and POST /v1/surveys/{id}/recounts, and what figures say of the last recount."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.entity import Key, Table
from escuta.feedback import metrics
from escuta.feedback.metrics import recounts
from metering import sweep
from tests.conftest import NOON
from tests.functions.callers import PLACES, Answer, ask, found_company, key, open_survey
from tests.kit.factories import response
from tests.kit.stream import Context

DAY, PATH = "2026-03-10", "/v1/surveys/visit/recounts"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def lost(*names: str) -> None:
    for name in names:
        table.put(response(name, rev=0, segment_path=PLACES["poa"]))


def asked(day: str = DAY) -> Answer:
    return ask("POST", PATH, key(), body={"day": day})


def differences() -> Any:
    return ask("GET", "/v1/metrics", key(), query={"survey": "visit", "segment": "sul"}).json["drift"]


def test_what_was_lost_of_a_day_is_counted_when_somebody_asks() -> None:
    lost("a", "b")

    answer = asked()

    assert answer.status == 201
    assert {name: value for name, value in answer.json.items() if name != "at_time"} == {
        "survey": "visit",
        "day": DAY,
        "responses": 2,
        "repaired": 2,
        "drift": 0,
        "moving": False,
    }
    assert metrics.tally("visit", "segment", "poa", DAY, DAY)[DAY]["n"] == 2


def test_what_every_run_of_the_schedule_found_is_listed_the_newest_first() -> None:
    lost("a")
    with clock.at(NOON):
        sweep.handler({}, Context())
    lost("b", "c")
    with clock.at(NOON + timedelta(hours=1)):
        sweep.handler({}, Context())

    mine = key()
    first = ask("GET", PATH, mine, query={"limit": "2"}).json
    second = ask("GET", PATH, mine, query={"limit": "2", "cursor": first["next"]}).json

    today = [each["repaired"] for each in (*first["items"], *second["items"]) if each["day"] == DAY]
    assert today == [2, 1]
    assert len(second["items"]) == 2


def test_figures_say_when_they_were_recounted_and_how_many_counters_differed() -> None:
    before = differences()
    lost("a")
    with clock.at(NOON):
        asked()
    right = differences()
    meddled = table.Add(Table.FEEDBACK, Key("counter#visit#segment#poa", f"{DAY}#2"), {"n": 3})
    table.transact(table.Create(response("guard", day="-")), meddled)
    with clock.at(NOON + timedelta(hours=1)):
        asked()
    with clock.at(NOON + timedelta(hours=2)):
        ask("POST", PATH, key(), body={"day": "2026-03-09"})

    assert before is None
    assert (right["differences"], right["days"], right["recounted_at"][:16]) == (0, [], "2026-03-10T15:00")
    wrong = differences()
    assert (wrong["differences"], wrong["days"], wrong["recounted_at"][:16]) == (1, [DAY], "2026-03-10T17:00")


def test_a_day_that_takes_too_long_is_left_to_the_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recounts, "MOST", 1)
    lost("a", "b")

    answer = asked()

    assert (answer.status, answer.code) == (422, "recount_too_large")
    assert "1 " in answer.json["detail"]


def test_who_sees_a_part_of_the_company_recounts_nothing() -> None:
    mine = key(segment="sul")

    assert ask("POST", PATH, mine, body={"day": DAY}).code == "whole_hierarchy_only"
    assert ask("GET", PATH, mine).code == "whole_hierarchy_only"


def test_a_survey_that_there_is_not_has_no_recounts() -> None:
    assert ask("GET", "/v1/surveys/other/recounts", key()).status == 404
