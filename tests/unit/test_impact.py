"""Golden vectors made once with numpy 2, scipy 1.17.1 and statsmodels 0.15.0, knowing nothing of our formulas.

Impact: the gradient of the function of the seven counts by differences, with the covariance of multinomial counts; a
bootstrap of 200,000 samples gave the same error (1.229). Emerging: `proportions_ztest`, `confint_proportions_2indep(
method="newcomb")`, `multipletests(method="fdr_bh")`.
"""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta.feedback import impact, statistics
from escuta.feedback.comparing import Verdict

CLASSES = ("promoter", "passive", "detractor")
Three = tuple[int, int, int]
THREE = st.tuples(*[st.integers(0, 300)] * 3)


def counted(inside: Three, outside: Three, silent: Three, topic: str = "delivery") -> Counter[str]:
    """Return the counters of answers whose comment is about a topic, about others, and of those without comment."""
    found: Counter[str] = Counter()
    for name, own, other, none in zip(CLASSES, inside, outside, silent, strict=True):
        found += Counter({name: own + other + none, f"comment.{name}": own + other, f"topic.{topic}.{name}": own})
    return found + Counter({f"topic.{topic}": sum(inside), "tone.neutral": sum(inside) + sum(outside)})


@pytest.mark.parametrize(
    ("inside", "outside", "silent", "difference", "points", "verdict"),
    [
        ((10, 15, 75), (300, 80, 20), (0, 0, 0), (-135.0, -148.928161, -121.071839, 0.0),
         (-27.0, -32.492097, -21.507903), Verdict.WORSE),
        ((10, 15, 75), (300, 80, 20), (400, 200, 100), (-135.0, -148.928161, -121.071839, 0.0),
         (-11.25, -13.659122, -8.840878), Verdict.WORSE),
        ((40, 20, 10), (300, 200, 100), (50, 50, 50), (9.52381, -8.552649, 27.600268, 0.301776),
         (0.813008, -0.740817, 2.366833), Verdict.SAME),
        ((8, 1, 3), (5, 5, 10), (20, 20, 20), (66.666667, 5.845761, 127.487572, 0.031686),
         (8.695652, -0.468603, 17.859907), Verdict.BETTER),
    ],
)  # fmt: skip
def test_an_impact_matches_the_golden_vector(
    inside: Three, outside: Three, silent: Three, difference: object, points: object, verdict: Verdict
) -> None:
    found = impact.of(counted(inside, outside, silent))["delivery"]

    assert found.change is not None
    change = found.change
    assert (change.difference, change.low, change.high, change.p) == pytest.approx(difference, abs=1e-6)
    assert (found.points, found.low, found.high) == pytest.approx(points, abs=1e-6)
    assert found.verdict is verdict


@given(THREE, THREE)
def test_among_those_who_wrote_the_impact_is_what_the_score_would_lose_without_the_topic(a: Three, b: Three) -> None:
    found = impact.of(counted(a, b, (0, 0, 0))).get("delivery")
    if found is None or found.masked:
        assert min(sum(a), sum(b)) < 10
        return
    assert found.points is not None
    together, without = statistics.nps(*map(sum, zip(a, b, strict=True))), statistics.nps(*b)
    assert together is not None
    assert without is not None
    assert found.points == pytest.approx(together.score - without.score)
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.points <= found.high


@given(THREE, THREE, THREE)
def test_people_who_write_nothing_thin_an_impact_and_never_turn_it(a: Three, b: Three, silent: Three) -> None:
    loud, thin = (impact.of(counted(a, b, others)).get("delivery") for others in ((0, 0, 0), silent))
    if loud is None or thin is None or loud.points is None or thin.points is None:
        return
    assert loud.change == thin.change
    assert abs(thin.points) <= abs(loud.points) + 1e-9
    assert thin.points * loud.points >= 0


def test_a_topic_of_everybody_who_writes_has_nobody_to_be_held_against() -> None:
    found = impact.of(counted((50, 20, 30), (0, 0, 0), (100, 100, 100)))["delivery"]
    assert (found.masked, found.n, found.others, found.points) == (True, 100, 0, None)


def test_a_topic_of_nobody_is_none() -> None:
    assert impact.of(counted((0, 0, 0), (50, 20, 30), (0, 0, 0))) == {}


@pytest.mark.parametrize(("inside", "outside"), [((0, 0, 9), (90, 0, 0)), ((0, 0, 90), (9, 0, 0))])
def test_fewer_than_ten_on_either_side_say_nothing(inside: Three, outside: Three) -> None:
    found = impact.of(counted(inside, outside, (50, 0, 0)))["delivery"]
    assert (found.masked, found.change, found.score, found.verdict) == (True, None, None, Verdict.SAME)


def test_a_survey_without_scores_has_no_impacts() -> None:
    assert impact.of({"topic.delivery": 40, "tone.negative": 60}) == {}


def test_the_most_harmful_topic_comes_first_and_what_is_masked_last() -> None:
    price = counted((60, 20, 20), (0, 0, 0), (0, 0, 0), "price")
    few = counted((3, 1, 0), (0, 0, 0), (0, 0, 0), "store")
    delivery = counted((5, 15, 80), (300, 100, 100), (0, 0, 0))
    assert list(impact.of(price + few + delivery)) == ["delivery", "price", "store"]


def test_comments_counted_before_they_were_told_apart_by_class_leave_an_impact_out() -> None:
    older = {name: n for name, n in counted((30, 0, 30), (30, 0, 30), (0, 0, 0)).items() if "comment" not in name}
    assert impact.of(older)["delivery"].masked


def shares(comments: int, topics: dict[str, int]) -> dict[str, int]:
    return {"tone.negative": comments, **{f"topic.{topic}": n for topic, n in topics.items()}}


NOW = shares(400, {"waiting": 60, "price": 30, "app": 25, "delivery": 90, "store": 12})
BEFORE = shares(380, {"waiting": 30, "price": 20, "app": 8, "delivery": 120})


def test_what_rose_matches_the_golden_vector_and_the_greatest_rise_comes_first() -> None:
    found = impact.emerging(NOW, BEFORE)
    assert [each.topic for each in found] == ["waiting", "app", "store"]
    assert [each.p for each in found] == pytest.approx([0.00476366, 0.00534059, 0.00333661], abs=1e-8)
    assert (found[0].difference, found[0].low, found[0].high) == pytest.approx(
        (0.07105263, 0.02638293, 0.11578588), abs=1e-8
    )


def test_what_fell_is_not_new_and_nothing_is_against_itself() -> None:
    assert "delivery" not in {each.topic for each in impact.emerging(NOW, BEFORE)}
    assert impact.emerging(NOW, NOW) == ()
    assert impact.emerging({}, {}) == ()


def test_a_few_comments_make_nothing_new() -> None:
    assert impact.emerging(shares(400, {"store": 9}), shares(400, {})) == ()
    assert [each.topic for each in impact.emerging(shares(400, {"store": 10}), shares(400, {}))] == ["store"]
    assert impact.emerging(shares(400, {"store": 400}), shares(9, {})) == ()


def test_of_twenty_topics_that_are_tried_together_one_at_the_edge_is_chance() -> None:
    quiet = {f"topic-{number}": 40 for number in range(19)}
    now, before = shares(400, quiet | {"store": 59}), shares(400, quiet | {"store": 40})
    assert [each.topic for each in impact.emerging(shares(400, {"store": 59}), shares(400, {"store": 40}))] == ["store"]
    assert impact.emerging(now, before) == ()
