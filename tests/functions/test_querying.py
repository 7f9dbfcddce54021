"""Questions to the figures: what each metric says of whole and parts, out of counters and out of responses alike."""

from datetime import date
from typing import Any

import pytest

from escuta.feedback import querying
from escuta.feedback.model import Comparison, Grouping, Query, Reckoned, Span
from tests.functions import figures
from tests.functions.figures import answered

MARCH = Span(first=date(2026, 3, 1), last=date(2026, 3, 10))


@pytest.fixture(autouse=True)
def company(aws: None, noon: object) -> None:  # noqa: ARG001 - the store and the clock come first
    figures.found()


def asked(segment: str = "aurora", **fields: Any) -> Reckoned:
    return querying.ask(Query(survey="visit", segment=segment, **{"span": MARCH, **fields}))


def test_the_nps_of_a_place_comes_with_its_interval_and_counts() -> None:
    answered("poa", *[10] * 6, *[8] * 2, *[3] * 2)

    figure = querying.rounded(asked("sul")).figure

    assert (figure.n, figure.value, figure.low, figure.high) == (10, 40.0, -9.6, 89.6)
    assert figure.counts == {"promoter": 6, "passive": 2, "detractor": 2}


def test_months_are_parts_and_each_is_held_against_its_own() -> None:
    answered("poa", *[10] * 12, day="2026-02-05")
    answered("poa", *[0] * 12, day="2026-03-05")
    answered("poa", *[10] * 12, day="2025-03-05")

    found = asked(
        span=Span(first=date(2026, 2, 1), last=date(2026, 3, 31)),
        group_by=Grouping.MONTH,
        compare=Comparison.YEAR_BEFORE,
    )

    assert [(part.key, part.figure.value) for part in found.parts] == [("2026-02-01", 100), ("2026-03-01", -100)]
    assert [part.change.verdict if part.change else None for part in found.parts] == [None, "worse"]
    assert found.compared is not None
    assert (found.compared.first, found.compared.figure.value) == (date(2025, 2, 1), 100)


def test_places_are_ranked_and_the_rank_of_what_cannot_be_told_apart_is_shared() -> None:
    answered("poa", *[10] * 20)
    answered("curitiba", *[10] * 19, 0)
    answered("manaus", *[0] * 20)

    found = asked(group_by=Grouping.SEGMENT, levels=2)

    ranks = [(part.name, part.first_rank, part.last_rank, part.tier) for part in found.parts]
    assert ranks == [("Poa", 1, 2, 1), ("Curitiba", 1, 2, 1), ("Manaus", 3, 3, 2)]
