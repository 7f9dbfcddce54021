"""Every kind of question has its own figure, and says how sure it is."""

from typing import Any

import pytest

from escuta.feedback import reading
from escuta.feedback.model import QuestionKind


def told(kind: QuestionKind | None, counts: dict[str, int]) -> dict[str, Any]:
    shown = reading.figure(kind, counts)
    assert (shown.pop("kind"), shown.pop("n"), shown.pop("masked"), shown.pop("histogram")) == (
        kind,
        sum(counts.values()),
        False,
        counts,
    )
    return shown


@pytest.mark.parametrize(
    ("kind", "counts", "expected"),
    [
        (
            QuestionKind.CSAT,
            {"1": 2, "2": 3, "3": 5, "4": 20, "5": 70},
            {
                "share": {"value": 0.9, "low": 0.8256, "high": 0.9448},
                "mean": {"value": 4.53, "low": 4.36, "high": 4.7},
            },
        ),
        (
            QuestionKind.CES,
            {"1": 11, "7": 20},
            {
                "share": {"value": 0.6452, "low": 0.4695, "high": 0.7888},
                "mean": {"value": 4.87, "low": 3.8, "high": 5.94},
            },
        ),
        (QuestionKind.RATING, {"4": 10}, {"mean": {"value": 4.0, "low": 4.0, "high": 4.0}}),
        (QuestionKind.THUMBS, {"0": 5, "1": 5}, {"share": {"value": 0.5, "low": 0.2366, "high": 0.7634}}),
        (
            QuestionKind.CHOICE,
            {"price": 9, "queue": 1},
            {
                "shares": {
                    "price": {"value": 0.9, "low": 0.5958, "high": 0.9821},
                    "queue": {"value": 0.1, "low": 0.0179, "high": 0.4042},
                }
            },
        ),
        (QuestionKind.CHOICES, {"price": 9, "queue": 8}, {}),
        (None, {"3": 12}, {}),
    ],
)
def test_each_kind_is_read_by_its_own_figure(
    kind: QuestionKind | None, counts: dict[str, int], expected: dict[str, Any]
) -> None:
    assert told(kind, counts) == expected


def test_few_answers_are_not_shown_one_by_one() -> None:
    assert reading.figure(QuestionKind.CSAT, {"1": 9}) == {"kind": "csat", "n": 9, "masked": True}


def test_of_several_choices_the_shares_are_of_people() -> None:
    shown = reading.figure(QuestionKind.CHOICES, {"price": 9, "queue": 8}, 10)
    assert (shown["n"], shown["shares"]["price"]["value"], shown["shares"]["queue"]["value"]) == (10, 0.9, 0.8)


def test_people_who_are_not_counted_yet_make_no_share_above_one() -> None:
    assert "shares" not in reading.figure(QuestionKind.CHOICES, {"price": 90}, 10)
