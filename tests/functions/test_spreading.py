"""Counters are spread over more rows when transactions clash, and readers notice nothing."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError

from escuta import clock, table
from escuta.entity import Table
from escuta.feedback import metrics
from escuta.feedback.metrics import spreading
from escuta.feedback.model import Spread
from tests.conftest import NOON
from tests.kit import faults, recount, world
from tests.kit.factories import PATH, SURVEY, response

pytestmark = pytest.mark.usefixtures("aws", "noon")
DAY = "2026-03-10"


def clashing(every: int) -> Any:
    """Let each of so many transactions clash once with another one."""
    numbers = count(1)

    def clash(parameters: dict[str, Any]) -> ClientError | None:
        if next(numbers) % every:
            return None
        return faults.transaction_cancelled("TransactionConflict", *["None"] * (len(parameters["TransactItems"]) - 1))

    return faults.failing("TransactWriteItems", clash)


def answer_one_by_one(first: int, last: int) -> None:
    for number in range(first, last):
        answer = response(f"a{number}", number % 11)
        table.put(answer.changed(rev=0))
        metrics.apply([answer])


def subs(survey: str = SURVEY) -> set[str]:
    keys = [(item["pk"]["S"], item["sk"]["S"]) for item in world.scan(Table.FEEDBACK)]
    return {sk for pk, sk in keys if pk == f"counter#{survey}#segment#aurora"}


def test_a_survey_whose_counters_clash_gets_twice_the_rows_and_reads_the_same() -> None:
    with clashing(every=20):
        answer_one_by_one(0, 100)
    spread = spreading.now(SURVEY)
    answer_one_by_one(100, 180)

    assert spread == 8
    assert len(subs()) == 8
    assert metrics.tally(SURVEY, "segment", "aurora", DAY, DAY)[DAY]["n"] == 180
    assert recount.counted() == recount.recounted()
    assert metrics.reconcile(SURVEY, DAY).total == 0


def test_a_clash_in_two_hundred_transactions_is_nothing() -> None:
    with clashing(every=150):
        answer_one_by_one(0, 200)

    assert spreading.now(SURVEY) == 4


def test_clashes_of_what_comes_late_spread_nothing() -> None:
    """What makes folds void is marked in one row: more rows of counters would be in nobody's way less."""
    with clashing(every=20), clock.at(NOON + timedelta(days=3)):
        answer_one_by_one(0, 100)

    assert spreading.now(SURVEY) == 4


def test_two_workers_that_see_the_same_clashes_double_the_rows_once() -> None:
    spreading.rows(SURVEY)
    table.create(Spread(survey=SURVEY, rows=8))  # the other one

    for _ in range(100):
        spreading.observe(SURVEY, 1)

    assert spreading.now(SURVEY) == 8


def test_rows_have_an_end() -> None:
    table.create(Spread(survey=SURVEY, rows=64))

    for _ in range(100):
        spreading.observe(SURVEY, 1)

    assert spreading.now(SURVEY) == 64


def test_answers_to_two_surveys_that_are_counted_together_are_spread_as_each_of_them_is() -> None:
    """What stood in a row beyond those of its survey would be read by some and not by others."""
    table.put(Spread(survey="wide", rows=64))
    for number in range(8):
        wide, narrow = (response(f"{name}-{number}", 9, survey=name) for name in ("wide", SURVEY))
        table.put_many(each.changed(rev=0) for each in (wide, narrow))
        metrics.apply([wide, narrow])

    beyond = [(survey, sk) for survey in ("wide", SURVEY) for sk in subs(survey) if int(sk[11:]) >= 4]
    places = [f"{dimension}#{value}" for dimension in ("segment", "at") for value in PATH]
    read = metrics.tallies(SURVEY, places, DAY, DAY)

    assert {survey for survey, _ in beyond} == {"wide"}
    assert read["segment#aurora"][DAY]["n"] == 8
    assert metrics.reconcile(SURVEY, DAY).total == 0
