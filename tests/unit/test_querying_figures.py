"""What each metric says of the same counters. Intervals are those of the golden vectors of statistics."""

from typing import Any

import pytest

from escuta.feedback.model import Figure, Metric, Question, QuestionKind
from escuta.feedback.querying import figures, masking, rounding
from escuta.feedback.querying.figures import Reading
from tests.functions.figures import DRAFT

QUESTIONS = {question.id: question for question in DRAFT.questions}


def said(metric: Metric, counted: dict[str, int], question: str = "", boxes: int = 2) -> Figure:
    return rounding.figure(figures.told(Reading(metric, QUESTIONS.get(question), boxes), counted).figure)


def values(question: str, **counts: int) -> dict[str, int]:
    return {f"q.{question}.{value.removeprefix('_')}": count for value, count in counts.items()}


@pytest.mark.parametrize(
    ("metric", "question", "counted", "expected"),
    [
        (Metric.CSAT, "visit", values("visit", _5=10, _4=5, _1=5), ("share", 20, 0.75, 0.5313, 0.8881)),
        (Metric.CES, "ease", values("ease", _7=10, _5=5, _4=5), ("share", 20, 0.75, 0.5313, 0.8881)),
        (Metric.THUMBS, "thumb", values("thumb", _1=15, _0=5), ("share", 20, 0.75, 0.5313, 0.8881)),
        (Metric.TOP_BOX, "stars", values("stars", _5=10, _4=5, _3=5), ("share", 20, 0.75, 0.5313, 0.8881)),
        (Metric.NPS, "again", values("again", _9=10, _8=5, _6=5), ("points", 20, 25.0, -11.3, 61.3)),
        (Metric.MEAN, "stars", values("stars", _5=10, _3=10), ("mean", 20, 4.0, 3.52, 4.48)),
        (Metric.RESPONSES, "", {"n": 3}, ("count", 3, 3.0, None, None)),
        (Metric.FUNNEL, "", {"delivered": 20, "completed": 15}, ("share", 20, 0.75, 0.5313, 0.8881)),
    ],
    ids=["csat", "ces", "thumbs", "top box", "nps of another question", "mean", "responses", "funnel"],
)
def test_a_metric_reads_its_question(
    metric: Metric, question: str, counted: dict[str, int], expected: tuple[Any, ...]
) -> None:
    found = said(metric, counted, question)

    assert (found.unit, found.n, found.value, found.low, found.high) == expected


def test_of_a_scale_so_many_best_values_may_be_the_top() -> None:
    counted = values("stars", _5=10, _4=5, _3=5)

    assert [said(Metric.TOP_BOX, counted, "stars", boxes).value for boxes in (1, 2, 3)] == [0.5, 0.75, 1.0]


def test_ease_and_satisfaction_come_with_their_mean() -> None:
    found = said(Metric.CSAT, values("visit", _5=10, _1=10), "visit")

    assert found.counts == {"5": 10, "1": 10}
    assert found.mean is not None
    assert (found.mean.metric, found.mean.value) == (Metric.MEAN, 3.0)


def test_shares_of_several_choices_are_of_the_people_who_chose() -> None:
    found = said(Metric.SHARES, {"a.reasons": 20, "q.reasons.price": 15, "q.reasons.staff": 20}, "reasons")

    assert found.n == 20
    assert found.shares is not None
    assert [(name, share.value) for name, share in found.shares.items()] == [("price", 0.75), ("staff", 1.0)]


def test_what_nobody_counted_by_people_has_counts_and_no_shares() -> None:
    found = said(Metric.SHARES, {"q.reasons.price": 15, "q.reasons.staff": 12}, "reasons")

    assert (found.n, found.counts, found.shares) == (15, {"price": 15, "staff": 12}, None)


def test_every_value_of_a_scale_has_its_share_also_the_one_that_nobody_gave() -> None:
    found = said(Metric.SHARES, values("visit", _5=10), "visit")

    assert found.counts == {"1": 0, "2": 0, "3": 0, "4": 0, "5": 10}


def test_half_of_the_people_answered_within_the_longest_wait_of_the_bucket_in_the_middle() -> None:
    found = said(Metric.WAIT, {"wait.5": 5, "wait.1440": 4, "wait.60": 4, "wait.more": 4})

    assert (found.unit, found.n, found.value, found.low, found.high) == ("minutes", 17, 60.0, 5.0, 1440.0)
    assert list(found.counts or {}) == ["5", "60", "1440", "more"]
    assert said(Metric.WAIT, {"wait.5": 5, "wait.more": 12}).value is None  # longer than anybody counts


def test_tones_and_topics_are_shares_of_the_comments() -> None:
    comments = {
        "tone.negative": 12,
        "tone.positive": 8,
        "topic.price": 10,
        "topic.price.detractor": 10,
        "topic.queue": 4,
    }

    tones, topics = said(Metric.TONES, comments), said(Metric.TOPICS, comments)

    assert {name: share.value for name, share in (tones.shares or {}).items()} == {
        "negative": 0.6,
        "neutral": 0.0,
        "positive": 0.4,
    }
    assert {name: share.value for name, share in (topics.shares or {}).items()} == {"price": 0.5, "queue": 0.2}


def test_a_topic_comes_with_what_it_does_to_the_score() -> None:
    inside = {"topic.queue.detractor": 30, "topic.queue.promoter": 10}
    comments = {"comment.detractor": 40, "comment.promoter": 90, "tone.neutral": 130, "topic.queue": 40}

    found = said(Metric.TOPICS, {**inside, **comments, "detractor": 50, "promoter": 150})

    assert found.effects is not None
    assert (found.effects["queue"].verdict, found.effects["queue"].difference) == ("worse", -25.6)


@pytest.mark.parametrize("metric", [Metric.NPS, Metric.WAIT, Metric.TONES, Metric.TOPICS, Metric.FUNNEL])
def test_of_nobody_there_is_no_figure(metric: Metric) -> None:
    found = said(metric, {})

    assert (found.n, found.masked, found.value) == (0, True, None)


def test_below_ten_answers_nothing_but_their_number_is_told() -> None:
    found = said(Metric.CSAT, {"n": 9, **values("visit", _5=9)}, "visit")

    assert found == Figure(metric=Metric.CSAT, unit="share", n=9, masked=True, responses=9)


def test_the_steps_of_the_funnel_are_told_however_few() -> None:
    found = said(Metric.FUNNEL, {"queued": 9, "sent": 8, "delivered": 3, "started": 2, "completed": 1})

    assert (found.masked, found.value) == (True, None)
    assert found.counts == {"queued": 9, "sent": 8, "delivered": 3, "started": 2, "completed": 1}


def test_a_question_that_was_one_of_choices_once_is_read_by_its_numbers() -> None:
    assert said(Metric.MEAN, {"q.stars.blue": 4, "q.stars.5": 10}, "stars").n == 10


def test_each_kind_of_question_has_its_metric() -> None:
    kinds = {question.kind: figures.own_metric(question) for question in DRAFT.questions}

    assert kinds[QuestionKind.RATING] is Metric.MEAN
    assert kinds[QuestionKind.CHOICE] is kinds[QuestionKind.CHOICES] is Metric.SHARES
    assert [kinds[kind] for kind in (QuestionKind.NPS, QuestionKind.CSAT, QuestionKind.CES, QuestionKind.THUMBS)] == [
        Metric.NPS,
        Metric.CSAT,
        Metric.CES,
        Metric.THUMBS,
    ]


def told(n: int) -> Figure:
    return Figure(metric=Metric.NPS, unit="points", n=n, masked=n < 10)


@pytest.mark.parametrize(
    ("total", "parts", "hidden"),
    [
        (100, {"a": 40, "b": 60}, set()),
        (105, {"a": 40, "b": 60, "c": 5}, {"a"}),  # c is the total without a and b
        (112, {"a": 40, "b": 60, "c": 5, "d": 7}, set()),  # 12 together, of two
        (105, {"a": 40, "b": 60, "c": 2, "d": 3}, {"a"}),  # of two, and yet only five
        (105, {"a": 40, "b": 60}, {"a"}),  # five are in the total and in no part
        (145, {"a": 40, "b": 60, "c": 5}, set()),  # forty others hide c
        (15, {"a": 10, "c": 5}, {"a"}),
        (100, {"a": 40, "b": 60, "c": 0}, set()),
        (50, {"a": 40, "b": 40, "c": 5}, set()),  # they overlap
        (8, {"a": 8}, set()),
    ],
)
def test_no_masked_part_can_be_worked_out_from_the_others(total: int, parts: dict[str, int], hidden: set[str]) -> None:
    assert masking.beside(told(total), {name: told(n) for name, n in parts.items()}) == hidden


def test_of_a_masked_total_no_part_is_told() -> None:
    assert masking.beside(told(5), {"a": told(12)}) == {"a"}


def test_questions_without_a_scale_are_no_metric_of_scales() -> None:
    comment: Question = QUESTIONS["comment"]

    with pytest.raises(ValueError, match="scale"):
        figures.told(Reading(Metric.MEAN, comment), {})
