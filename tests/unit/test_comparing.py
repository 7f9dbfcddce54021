"""Golden vectors made once with scipy 1.17.1 and statsmodels 0.15.0, from the answers written out one by one.

compare: `_zstat_generic` of +100/0/-100; shares: `confint_proportions_2indep(method="newcomb")`, `proportions_ztest`;
means: `CompareMeans.tconfint_diff(usevar="unequal")` and `ttest_ind`.
"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta.feedback import comparing, statistics
from escuta.feedback.comparing import Verdict
from escuta.feedback.statistics import Nps, Share

COUNTS = st.tuples(*[st.integers(0, 400)] * 3).filter(any)


def near(*values: float) -> object:
    return pytest.approx(values, rel=0, abs=1e-8)


def score(promoters: int, passives: int, detractors: int) -> Nps:
    found = statistics.nps(promoters, passives, detractors)
    assert found is not None
    return found


def share(k: int, n: int) -> Share:
    found = statistics.wilson(k, n)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("before", "after", "expected", "verdict"),
    [
        ((50, 30, 20), (60, 25, 15), (15.0, -6.086698615, 36.086698615, 0.163251712), Verdict.SAME),
        ((50, 30, 20), (65, 25, 10), (25.0, 4.844745839, 45.155254161, 0.015053758), Verdict.BETTER),
        ((500, 300, 200), (450, 300, 250), (-10.0, -16.984735287, -3.015264713, 0.005015016), Verdict.WORSE),
        ((7, 2, 1), (3, 2, 5), (-80.0, -147.895144045, -12.104855955, 0.020921335), Verdict.WORSE),
        ((20, 5, 3), (20, 5, 3), (0.0, -35.248465753, 35.248465753, 1.0), Verdict.SAME),
    ],
)
def test_a_difference_matches_the_golden_vector(
    before: tuple[int, int, int], after: tuple[int, int, int], expected: tuple[float, ...], verdict: Verdict
) -> None:
    found = comparing.compare(score(*before), score(*after))

    assert (found.difference, found.low, found.high, found.p) == near(*expected)
    assert found.verdict is verdict


def test_nine_answers_never_make_a_real_change() -> None:
    assert comparing.compare(score(9, 0, 0), score(0, 0, 900)).verdict is Verdict.SAME


def test_a_ranking_does_not_order_what_may_be_equal() -> None:
    stores = {
        "paulista": score(900, 50, 50),
        "centro": score(60, 20, 20),
        "sul": score(58, 22, 20),
        "norte": score(5, 5, 90),
    }

    places = [(place.name, place.first, place.last, place.tier) for place in comparing.rank(stores)]

    assert places == [("paulista", 1, 1, 1), ("centro", 2, 3, 2), ("sul", 2, 3, 2), ("norte", 4, 4, 3)]


def test_ten_promoters_are_not_better_than_nine_and_a_passive() -> None:
    assert comparing.compare(score(9, 1, 0), score(10, 0, 0)).verdict is Verdict.SAME
    assert comparing.compare(score(0, 0, 10), score(10, 0, 0)).verdict is Verdict.BETTER


@pytest.mark.parametrize(
    ("before", "after", "expected", "verdict"),
    [
        ((50, 100), (65, 100), (0.15, 0.013084106, 0.279251675, 0.031905255), Verdict.BETTER),
        ((9, 10), (5, 10), (-0.4, -0.675912153, 0.002356109, 0.050961937), Verdict.SAME),
        ((10, 10), (12, 40), (-0.7, -0.819251548, -0.382457872, 6.6459e-05), Verdict.WORSE),
        ((300, 1000), (345, 1000), (0.045, 0.004027294, 0.08576432, 0.031344409), Verdict.BETTER),
        ((0, 20), (0, 30), (0.0, -0.161125158, 0.113513393, 1.0), Verdict.SAME),
    ],
)
def test_a_difference_of_shares_matches_the_golden_vector(
    before: tuple[int, int], after: tuple[int, int], expected: tuple[float, ...], verdict: Verdict
) -> None:
    found = comparing.compare_shares(share(*before), share(*after))

    assert (found.difference, found.low, found.high, found.p) == near(*expected)
    assert found.verdict is verdict


@pytest.mark.parametrize(
    ("before", "after", "expected", "verdict"),
    [
        (
            {1: 2, 2: 3, 3: 5, 4: 20, 5: 70},
            {1: 10, 2: 10, 3: 20, 4: 30, 5: 30},
            (-0.93, -1.237871657, -0.622128343, 1.3e-08),
            Verdict.WORSE,
        ),
        ({3: 6, 4: 6}, {3: 2, 4: 4, 5: 9}, (0.966666667, 0.463716333, 1.469617001, 0.000558412), Verdict.BETTER),
        ({1: 11, 7: 20}, {1: 12, 7: 19}, (-0.193548387, -1.689665004, 1.30256823, 0.796695155), Verdict.SAME),
        ({5: 12}, {5: 12}, (0.0, 0.0, 0.0, 1.0), Verdict.SAME),
        ({5: 12}, {4: 12}, (-1.0, -1.0, -1.0, 0.0), Verdict.WORSE),
    ],
)
def test_a_difference_of_means_matches_the_golden_vector(
    before: dict[int, int], after: dict[int, int], expected: tuple[float, ...], verdict: Verdict
) -> None:
    old, new = statistics.mean_t(before), statistics.mean_t(after)
    assert old is not None
    assert new is not None
    found = comparing.compare_means(old, new)

    assert (found.difference, found.low, found.high, found.p) == near(*expected)
    assert found.verdict is verdict


def test_the_mean_of_one_answer_never_differs() -> None:
    one, many = statistics.mean_t({5: 1}), statistics.mean_t({1: 50})
    assert one is not None
    assert many is not None
    found = comparing.compare_means(one, many)
    assert (found.p, found.verdict, found.low) == (1.0, Verdict.SAME, -math.inf)


@given(st.lists(COUNTS, min_size=1, max_size=12))
def test_a_ranking_says_of_each_pair_what_their_comparison_says(counts: list[tuple[int, int, int]]) -> None:
    scores = {f"store {number}": score(*each) for number, each in enumerate(counts)}

    for place in comparing.rank(scores):
        verdicts = [
            comparing.difference(place.figure, other).verdict for name, other in scores.items() if name != place.name
        ]
        assert place.first == 1 + verdicts.count(Verdict.BETTER)
        assert place.last == len(scores) - verdicts.count(Verdict.WORSE)
        assert 1 <= place.tier <= len(scores)


@given(COUNTS, COUNTS)
def test_a_comparison_the_other_way_round_says_the_opposite(
    one: tuple[int, int, int], two: tuple[int, int, int]
) -> None:
    there, back = comparing.compare(score(*one), score(*two)), comparing.compare(score(*two), score(*one))
    opposite = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER, Verdict.SAME: Verdict.SAME}
    assert (back.difference, back.p, back.verdict) == (-there.difference, there.p, opposite[there.verdict])


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 60)), min_size=1, max_size=8))
def test_a_ranking_of_shares_and_of_means_says_what_their_comparisons_say(counts: list[tuple[int, int]]) -> None:
    shares = {f"store {number}": share(min(k, n), n) for number, (k, n) in enumerate(counts)}
    means = {name: statistics.mean_t({1: own.n - own.k, 5: own.k}) for name, own in shares.items()}

    for figures in (shares, {name: own for name, own in means.items() if own is not None}):
        for place in comparing.rank(figures):
            others = [other for name, other in figures.items() if name != place.name]
            verdicts = [comparing.difference(place.figure, other).verdict for other in others]
            assert place.first == 1 + verdicts.count(Verdict.BETTER)
            assert place.last == len(figures) - verdicts.count(Verdict.WORSE)


def test_a_score_is_not_compared_with_a_share() -> None:
    with pytest.raises(TypeError):
        comparing.difference(score(1, 1, 1), share(1, 2))
