import json
from datetime import datetime
from typing import Any

import pytest

from escuta.feedback import metrics, responses, surveys
from manage import serving
from tests.functions.callers import PLACES, Answer, answered, ask, found_company, key, open_survey
from tests.functions.respondents import DRAFT
from tests.kit.factories import response


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def counted(place: str, day: str, *scores: int, **fields: Any) -> None:
    metrics.apply(
        response(f"{place} {day} {number}", score, segment_path=PLACES[place], day=day, **fields)
        for number, score in enumerate(scores)
    )


def asked(segment: str = "sul", **query: Any) -> Answer:
    return ask("GET", "/v1/metrics", key(), query={"survey": "visit", "segment": segment, **query})


def test_a_score_comes_with_its_interval_and_its_counts() -> None:
    counted("poa", "2026-03-09", *[10] * 6, *[8] * 2, *[3] * 2)

    answer = asked("poa", **{"from": "2026-03-01", "to": "2026-03-10"})

    assert answer.status == 200
    shown = answer.json
    told = shown.pop("answer")
    assert {name: told["figure"][name] for name in ("metric", "unit", "n", "value", "low", "high")} == {
        "metric": "nps",
        "unit": "points",
        "n": 10,
        "value": 40.0,
        "low": -9.6,
        "high": 89.6,
    }
    assert shown == {
        "survey": "visit",
        "segment": "poa",
        "from": "2026-03-01",
        "to": "2026-03-10",
        "timezone": "America/Sao_Paulo",
        "group_by": "none",
        "responses": 10,
        "n": 10,
        "masked": False,
        "nps": 40.0,
        "low": -9.6,
        "high": 89.6,
        "counts": {"promoter": 6, "passive": 2, "detractor": 2},
        "questions": {
            "nps": {
                "kind": "nps",
                "n": 10,
                "masked": False,
                "histogram": {"10": 6, "3": 2, "8": 2},
                "nps": {"value": 40.0, "low": -9.6, "high": 89.6},
                "mean": {"value": 8.2, "low": 6.15, "high": 10.25},
            }
        },
        "compared": None,
        "series": [],
        "include": [],
        "without": [],
        "beside": {"suspect": 0, "flagged": 0, "excluded": 0, "tapped": 0, "pending": 0},
        "drift": None,
        "notices": [],
    }


def test_a_region_counts_its_stores_together() -> None:
    counted("poa", "2026-03-09", *[10] * 6)
    counted("curitiba", "2026-03-09", *[0] * 6)

    assert (asked("sul").json["n"], asked("sul").json["nps"]) == (12, 0.0)


def test_below_ten_answers_only_their_number_is_told() -> None:
    counted("poa", "2026-03-09", *[10] * 9)

    shown = asked("poa").json

    assert (shown["n"], shown["responses"], shown["masked"]) == (9, 9, True)
    assert {shown["nps"], shown["low"], shown["high"], shown["counts"]} == {None}
    assert shown["questions"] == {"nps": {"kind": "nps", "n": 9, "masked": True}}


def test_nobody_answered_is_said_as_zero() -> None:
    shown = asked("manaus").json

    assert (shown["n"], shown["masked"], shown["nps"]) == (0, True, None)


def test_without_days_the_last_thirty_of_the_place_are_counted() -> None:
    counted("poa", "2026-02-09", *[10] * 10)
    counted("poa", "2026-02-08", *[0] * 10)

    shown = asked("poa").json

    assert (shown["from"], shown["to"], shown["n"], shown["nps"]) == ("2026-02-09", "2026-03-10", 10, 100.0)


def series(group_by: str, **query: Any) -> list[tuple[Any, int, Any]]:
    shown = asked(group_by=group_by, **query).json["series"]
    return [(part.get("from", part.get("segment")), part["n"], part["nps"]) for part in shown]


def test_a_series_by_day_has_every_day() -> None:
    counted("poa", "2026-03-08", *[10] * 10)

    assert series("day", **{"from": "2026-03-07", "to": "2026-03-09"}) == [
        ("2026-03-07", 0, None),
        ("2026-03-08", 10, 100.0),
        ("2026-03-09", 0, None),
    ]


def test_a_week_begins_on_monday_and_a_month_on_its_first() -> None:
    counted("poa", "2026-03-01", *[10] * 10)  # a Sunday
    counted("poa", "2026-03-02", *[0] * 10)

    days = {"from": "2026-02-27", "to": "2026-03-03"}
    assert series("week", **days) == [("2026-02-23", 10, 100.0), ("2026-03-02", 10, -100.0)]
    assert series("month", **days) == [("2026-02-01", 0, None), ("2026-03-01", 20, 0.0)]


def test_a_quarter_and_a_year_begin_with_the_business_year() -> None:
    counted("poa", "2026-01-31", *[10] * 10)
    counted("poa", "2026-02-01", *[0] * 10)

    days = {"from": "2026-01-01", "to": "2026-03-03"}
    assert series("quarter", **days) == [("2026-01-01", 20, 0.0)]
    assert series("quarter", year_begins="2", **days) == [("2025-11-01", 10, 100.0), ("2026-02-01", 10, -100.0)]
    assert series("year", year_begins="2", **days) == [("2025-02-01", 10, 100.0), ("2026-02-01", 10, -100.0)]


def test_a_month_is_held_against_the_month_before_and_the_answer_is_in_words() -> None:
    counted("poa", "2026-01-31", *[0] * 12)
    counted("poa", "2026-02-01", *[10] * 12)

    shown = asked("poa", **{"from": "2026-02-01", "to": "2026-02-28", "compare": "before"}).json["compared"]

    assert (shown["from"], shown["to"], shown["n"], shown["nps"]) == ("2026-01-01", "2026-01-31", 12, -100.0)
    assert (shown["change"]["difference"], shown["change"]["verdict"]) == (200.0, "better")


def test_too_few_answers_are_compared_with_nothing_and_a_wobble_is_no_change() -> None:
    counted("poa", "2026-02-01", *[10] * 12)
    counted("poa", "2025-02-01", *[10] * 11, 0)
    february = {"from": "2026-02-01", "to": "2026-02-28"}

    before = asked("poa", compare="before", **february).json["compared"]
    year = asked("poa", compare="year_before", **february).json["compared"]

    assert (before["n"], before["change"]) == (0, None)
    assert (year["from"], year["to"], year["change"]["verdict"]) == ("2025-02-01", "2025-02-28", "no_real_change")


def test_a_series_by_segment_has_the_children() -> None:
    counted("poa", "2026-03-09", *[10] * 10)
    counted("curitiba", "2026-03-09", *[0] * 10)
    counted("manaus", "2026-03-09", *[10] * 10)

    assert series("segment") == [("curitiba", 10, -100.0), ("poa", 10, 100.0)]
    assert [part["name"] for part in asked("aurora", group_by="segment").json["series"]] == ["Norte", "Sul"]


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({"from": "2026-02-30"}, "value_not_date", "from"),
        ({"to": "yesterday"}, "value_not_date", "to"),
        ({"from": "2026-03-09", "to": "2026-03-08"}, "period_invalid", "from"),
        ({"from": "2020-01-01", "to": "2026-03-08"}, "period_invalid", "from"),
        ({"from": "0001-01-01"}, "value_too_small", "from"),
        ({"to": "0001-01-01"}, "value_too_small", "to"),
        ({"to": "9999-12-31"}, "value_too_large", "to"),
        ({"group_by": "decade"}, "value_not_allowed", "group_by"),
        ({"compare": "yesterday"}, "value_not_allowed", "compare"),
        ({"year_begins": "13"}, "value_too_large", "year_begins"),
        ({"first": "2026-03-08"}, "field_unknown", "first"),
    ],
)
def test_a_period_that_cannot_be_is_refused(query: dict[str, str], code: str, field: str) -> None:
    answer = asked(**query)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)


def test_an_unknown_survey_is_a_404() -> None:
    answer = ask("GET", "/v1/metrics", key(), query={"survey": "nothing", "segment": "sul"})

    assert (answer.status, answer.code) == (404, "survey_not_found")


def test_any_question_is_answered_with_filters_and_parts_in_the_words_of_the_asker() -> None:
    for number in range(20):
        answered("poa", f"a{number}", 10, answers={"nps": 10, "reasons": ["price", "staff"]}, product="tv")
        answered("poa", f"b{number}", 10, answers={"nps": 10, "reasons": ["staff"]}, product="sofa")
    metrics.apply(responses.of_day("visit", "2026-03-10"))

    query = {"metric": "shares", "question": "reasons", "filter": "product:tv;channel:email,sms", "group_by": "answer"}
    shown = asked("poa", by="reasons", **query).json["answer"]

    assert (shown["source"], shown["read"], shown["figure"]["n"]) == ("responses", 40, 20)
    assert [(part["key"], part["name"], part["figure"]["n"]) for part in shown["parts"]] == [
        ("price", "Price", 20),
        ("staff", "Service", 20),
    ]


def queries(*several: dict[str, Any], segment: str = "") -> Answer:
    bound = [{"survey": "visit", "segment": "sul", **query} for query in several]
    return ask("POST", "/v1/metrics/queries", key(segment=segment), body={"queries": bound})


def test_several_questions_are_answered_at_once_and_in_their_order() -> None:
    counted("poa", "2026-03-09", *[10] * 10)

    answer = queries({"metric": "responses"}, {"metric": "mean", "question": "nps", "segment": "poa"})

    assert answer.status == 200
    assert [(each["figure"]["metric"], each["figure"]["value"]) for each in answer.json["items"]] == [
        ("responses", 10),
        ("mean", 10.0),
    ]


def test_of_several_questions_the_one_that_is_refused_is_named() -> None:
    answer = queries({}, {"metric": "csat", "question": "nps"})

    assert (answer.status, answer.code, answer.json["field"]) == (422, "value_not_allowed", "queries[1].question")
    assert ask("POST", "/v1/metrics/queries", key(), body={"queries": []}).code == "value_too_short"
    assert queries({"span": {"first": "0001-01-01"}}).json["field"] == "queries[0].span.first"
    assert queries({"colour": "red"}).json["field"] == "queries[0].colour"


def test_who_is_bound_to_a_part_of_the_hierarchy_hears_of_no_other() -> None:
    counted("manaus", "2026-03-09", *[0] * 20, channel="sms")
    counted("poa", "2026-03-09", *[10] * 20, channel="sms")

    assert queries({"segment": "aurora"}, segment="sul").code == "segment_not_found"
    assert queries({"segment": "manaus"}, segment="sul").code == "segment_not_found"
    by_channel = ask(
        "GET",
        "/v1/metrics",
        key(segment="sul"),
        query={"survey": "visit", "segment": "sul", "group_by": "channel", "filter": "channel:sms"},
    )
    assert by_channel.json["n"] == 0  # counted, but the rows are not there: nothing comes from the whole survey


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({"filter": "colour:red"}, "filter_invalid", "filter"),
        ({"filter": "product"}, "filter_invalid", "filter"),
        ({"filter": "answer:5"}, "filter_invalid", "filter"),
        ({"filter": "product:tv;" * 11}, "filter_many", "filter"),
        ({"metric": "csat"}, "value_not_allowed", "question"),
        ({"metric": "funnel", "group_by": "product"}, "value_not_allowed", "group_by"),
        ({"metric": "funnel", "group_by": "channel"}, "whole_survey_only", "segment"),
        ({"group_by": "dimension", "dimension": "hidden.plan"}, "value_not_allowed", "dimension"),
        ({"group_by": "month", "then_by": "question"}, "value_not_allowed", "then_by"),
        ({"filter.product": "tv"}, "field_unknown", "filter.product"),
        ({"unit": "year", "count": "5"}, "period_invalid", "from"),
    ],
)
def test_what_has_no_answer_is_refused_with_what_has(query: dict[str, str], code: str, field: str) -> None:
    answer = asked(**query)

    assert (answer.status, answer.code, answer.json["field"]) == (422, code, field)


def test_the_score_of_the_question_that_classifies_is_the_score_whatever_its_bounds() -> None:
    surveys.publish("visit", DRAFT.changed(detractor_max=4, passive_max=7))
    counted("poa", "2026-03-09", *[8] * 10, score_class="promoter")

    shown = asked("poa").json

    assert (shown["nps"], shown["questions"]["nps"]["nps"]["value"]) == (100, 100)


def test_an_answer_that_a_function_could_not_hand_over_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = len(json.dumps(asked().body.decode()))
    monkeypatch.setattr(serving, "MOST_ANSWER", whole - 3)  # but for the quotes around it

    refused = asked()

    assert (refused.status, refused.code) == (422, "answer_too_large")
    monkeypatch.setattr(serving, "MOST_ANSWER", whole - 2)
    assert asked().status == 200
