"""What a question to the figures may cost, and that its answer tells nothing of what lies elsewhere."""

from datetime import date, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.entity import Key, Table
from escuta.errors import EscutaError, InvalidError
from escuta.feedback import facets, querying, surveys
from escuta.feedback.model import FacetValues, Filter, FilterBy, Grouping, Metric, Query, Reckoned, Standing
from escuta.feedback.periods import Period
from escuta.feedback.querying import fallback
from escuta.feedback.querying.shelf import Need, Shelf
from tests.conftest import NOON
from tests.functions import figures
from tests.functions.figures import SPAN, answered

BY_SMS = (Filter(field=FilterBy.CHANNEL, values=("sms",)),)
GOLD = (Filter(field=FilterBy.DIMENSION, of="hidden.plan", values=("gold",)),)


@pytest.fixture(autouse=True)
def company(aws: None, noon: object) -> None:  # noqa: ARG001 - the store and the clock come first
    figures.found()


def asked(segment: str = "aurora", **fields: Any) -> Reckoned:
    return querying.ask(Query(survey="visit", segment=segment, **{"span": SPAN, "metric": Metric.RESPONSES, **fields}))


def test_an_answer_read_by_day_does_not_tell_how_many_answers_there_are_elsewhere() -> None:
    answered("poa", *[10] * 2)
    answered("manaus", 0)

    found = asked("sul", filters=BY_SMS)

    assert (found.source, found.read) == ("responses", 2)


def test_a_refusal_of_two_periods_does_not_tell_how_many_answers_there_are_elsewhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fallback, "MOST_PARTITIONS", 2)  # three places lie below, so that days are read
    answered("poa", 10)
    answered("poa", 10, day="2026-02-10")
    marker = FacetValues(survey="other", dimension="none")
    days = [Key("counter#visit#segment#aurora", f"{day}#0") for day in ("2026-03-09", "2026-02-10")]
    table.transact(table.Create(marker), *(table.Add(Table.FEEDBACK, day, {"n": 6_000}) for day in days))

    with pytest.raises(InvalidError) as refusal:
        asked("sul", filters=BY_SMS, compare="before")

    assert (refusal.value.code, refusal.value.details["responses"]) == ("query_too_wide", 10_001)


def test_questions_asked_together_open_only_so_many_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fallback, "MOST_PARTITIONS_TOGETHER", 1)
    answered("poa", 10)
    spans = (SPAN, SPAN.changed(first=date(2026, 3, 1)))
    several = [Query(survey="visit", segment="poa", span=span, filters=BY_SMS) for span in spans]

    found = querying.ask_many(several)

    assert [each.code if isinstance(each, EscutaError) else each.read for each in found] == [1, "query_too_wide"]


def test_what_another_process_decided_of_a_dimension_is_known_to_who_reads_seconds_later() -> None:
    assert facets.settled("visit", "hidden.plan", "gold") == "~other"
    answered("poa", *[10] * 3, facets={"hidden.plan": "gold"})
    facets._known("visit", "hidden.plan").clear()  # noqa: SLF001 - as if another process had decided, not this one

    with clock.at(NOON + timedelta(seconds=6)):
        assert [asked(place, filters=GOLD).figure.n for place in ("aurora", "sul")] == [3, 3]


def test_a_value_that_could_be_no_key_of_counters_is_no_filter() -> None:
    for value in ("", "x" * 201):
        with pytest.raises(ValueError, match="values"):
            Filter(field=FilterBy.PRODUCT, values=(value,))


DETRACTORS = (Filter(field=FilterBy.CLASS, values=("detractor",)),)


def test_how_many_of_a_few_said_something_is_not_found_by_subtraction_either() -> None:
    answered("poa", *[0] * 11, *[10] * 40)
    answered("curitiba", 0, 10, 10)

    found = asked("sul", filters=DETRACTORS, group_by=Grouping.SEGMENT, then_by=Grouping.QUESTION)

    assert found.figure.value == 12
    told = {part.key: (part.figure.n, part.figure.responses, part.figure.value) for part in found.parts}
    assert told == {"poa": (0, 0, None), "curitiba": (0, 0, None)}
    assert {cell.figure.n for part in found.parts for cell in part.parts} == {0}


def test_how_many_of_enough_people_said_something_is_told_of_each_place() -> None:
    answered("poa", *[0] * 11, *[10] * 40)
    answered("curitiba", 0, *[10] * 9)

    found = asked("sul", filters=DETRACTORS, group_by=Grouping.SEGMENT)

    assert {part.key: part.figure.value for part in found.parts} == {"poa": 11, "curitiba": 1}


def test_a_question_that_became_the_benchmark_is_not_read_by_the_classes_of_the_one_before() -> None:
    answered("poa", *[0] * 10, answers={"nps": 0, "again": 10})
    other = [each.changed(benchmark=each.id == "again") for each in figures.DRAFT.questions]
    surveys.publish("visit", figures.DRAFT.changed(questions=tuple(other), detractor_max=7))
    answered("poa", *[7] * 10, answers={"again": 7})

    found = asked(metric=Metric.NPS, question="again")

    assert (found.figure.n, found.figure.value) == (20, 0)
    assert found.figure.counts == {"promoter": 10, "passive": 0, "detractor": 10}
    assert asked(metric=Metric.NPS).figure.counts == {"promoter": 0, "passive": 10, "detractor": 10}


@pytest.mark.parametrize(
    ("fields", "field", "allowed"),
    [
        ({"group_by": Grouping.SEGMENT, "subtree": False}, "subtree", "true"),
        ({"levels": 2}, "levels", "1"),
        ({"boxes": 3}, "boxes", "2"),
        ({"metric": Metric.TOP_BOX, "question": "stars", "boxes": 5}, "boxes", "1, 2, 3, 4"),
        ({"metric": Metric.FUNNEL, "tapped": False}, "tapped", "true"),
        ({"metric": Metric.FUNNEL, "include": frozenset({Standing.SUSPECT})}, "include", "-"),
    ],
    ids=["alone", "levels", "boxes", "all boxes", "tapped", "standing"],
)
def test_what_would_be_left_aside_in_silence_is_refused(fields: dict[str, Any], field: str, allowed: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        asked(**fields)

    assert (refusal.value.code, refusal.value.details["field"]) == ("value_not_allowed", field)
    assert refusal.value.details["allowed"] == allowed


def test_questions_asked_together_read_only_so_many_places_and_days() -> None:
    two_years = Period(date(2024, 3, 11), date(2026, 3, 10))
    needs = {code: [Need("visit", f"segment#{code}-{number}") for number in range(100)] for code in "abcdefghijk"}
    shelf = Shelf()

    for code in "abcdefghij":
        shelf.admit(needs[code], [two_years])
        shelf.admit(needs[code], [two_years])  # what they share is read once

    with pytest.raises(InvalidError) as refusal:
        shelf.admit(needs["k"], [two_years])
    assert refusal.value.code == "queries_too_wide"
