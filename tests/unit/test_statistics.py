"""Golden vectors made once with scipy 1.17.1 and statsmodels 0.15.0, from the answers written out one by one.

nps: mean and population deviation of +100/0/-100, `stats.norm.interval`; of unanimous answers `proportion_confint`;
wilson: `proportion_confint(method="wilson")`; mean_t: `DescrStatsW.tconfint_mean`; t: `stats.t.ppf(0.975)`.
"""

import math

import pytest

from escuta.feedback import statistics
from escuta.feedback.statistics import Nps


def near(*values: float) -> object:
    return pytest.approx(values, rel=0, abs=1e-8)


def score(promoters: int, passives: int, detractors: int) -> Nps:
    found = statistics.nps(promoters, passives, detractors)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((50, 30, 20), (30.0, 7.810249676, 14.692191925, 45.307808075)),
        ((7, 2, 1), (60.0, 20.976176963, 18.887448618, 100.0)),
        ((10, 0, 0), (100.0, 0.0, 44.493440028, 100.0)),
        ((0, 0, 10), (-100.0, 0.0, -100.0, -44.493440028)),
        ((0, 5, 0), (0.0, 0.0, -43.448246478, 43.448246478)),
        ((1, 0, 0), (100.0, 0.0, -58.690137125, 100.0)),
        ((1234, 567, 890), (12.783351914, 1.6948084, 9.46158849, 16.105115338)),
        ((2, 0, 9), (-63.636363636, 23.258259966, -100.0, -18.05101176)),
        ((19, 1, 0), (95.0, 4.873397172, 85.44831706, 100.0)),
    ],
)
def test_nps_matches_the_golden_vector(counts: tuple[int, int, int], expected: tuple[float, ...]) -> None:
    found = score(*counts)

    assert (found.score, found.error, found.low, found.high) == near(*expected)
    assert (found.n, found.promoters, found.passives, found.detractors) == (sum(counts), *counts)


def test_nobody_answered_is_no_score_and_not_a_zero() -> None:
    assert statistics.nps(0, 0, 0) is None
    assert statistics.wilson(0, 0) is None
    assert statistics.mean_t({}) is None
    assert statistics.mean_t({5: 0}) is None


def test_fewer_than_ten_answers_are_masked() -> None:
    assert score(5, 3, 1).masked
    assert not score(5, 3, 2).masked


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (0, 1, 0.0, 0.793450686),
        (1, 1, 0.206549314, 1.0),
        (0, 10, 0.0, 0.2775328),
        (10, 10, 0.7224672, 1.0),
        (1, 10, 0.017876213, 0.404150027),
        (5, 10, 0.236593091, 0.763406909),
        (81, 263, 0.25528852, 0.366209577),  # Newcombe 1998, table I: 0.2553 to 0.3662
        (15, 148, 0.0623864, 0.160487242),  # Newcombe 1998, table I: 0.0624 to 0.1605
        (999, 1000, 0.994357441, 0.999823454),
        (1, 29, 0.006113214, 0.171755219),
    ],
)
def test_a_share_matches_the_golden_vector(k: int, n: int, low: float, high: float) -> None:
    found = statistics.wilson(k, n)

    assert found is not None
    assert (found.share, found.low, found.high) == near(k / n, low, high)


@pytest.mark.parametrize(
    ("histogram", "expected"),
    [
        ({1: 1, 5: 1}, (2, 3.0, 2.828427125, -22.412409472, 28.412409472)),
        ({4: 10}, (10, 4.0, 0.0, 4.0, 4.0)),
        ({0: 3, 5: 4, 10: 5}, (12, 5.833333333, 4.17423555, 3.181150597, 8.485516069)),
        ({1: 2, 2: 3, 3: 5, 4: 20, 5: 70}, (100, 4.53, 0.881401547, 4.355110811, 4.704889189)),
        ({1: 11, 7: 20}, (31, 4.870967742, 2.918240743, 3.800548396, 5.941387088)),
        ({0: 120, 10: 400, 7: 13}, (533, 7.675422139, 4.166832886, 7.320870311, 8.029973967)),
    ],
)
def test_a_mean_matches_the_golden_vector(histogram: dict[int, int], expected: tuple[float, ...]) -> None:
    found = statistics.mean_t(histogram)

    assert found is not None
    assert found.low is not None
    assert found.high is not None
    assert (found.n, found.mean, found.deviation, found.low, found.high) == near(*expected)


def test_the_mean_of_one_answer_has_no_interval() -> None:
    assert statistics.mean_t({4: 1}) == statistics.Mean(n=1, mean=4.0, deviation=0.0, low=None, high=None)


@pytest.mark.parametrize(
    ("freedom", "expected"),
    [
        *((1, 12.70620474), (2, 4.30265273), (5, 2.57058184), (9, 2.26215716), (29, 2.04522964), (30, 2.04227246)),
        *((45, 2.01410339), (99, 1.98421695), (100, 1.98397152), (1000, 1.96233908), (100_000, 1.95998771)),
    ],
)
def test_the_t_quantile_matches_the_golden_vector(freedom: int, expected: float) -> None:
    assert statistics.t_quantile(freedom) == pytest.approx(expected, abs=2e-8)


def test_the_t_quantile_takes_degrees_of_freedom_that_are_not_whole() -> None:
    assert statistics.t_quantile(9.5) == pytest.approx(2.24413746149, abs=1e-10)


def test_what_survey_makers_call_a_score_is_a_share_of_the_best_answers() -> None:
    satisfied = statistics.csat({1: 2, 2: 3, 3: 5, 4: 20, 5: 70})
    easy = statistics.ces({1: 10, 4: 10, 5: 5, 7: 15})
    hearts = statistics.top_box({0: 1, 1: 9}, (1,))

    assert satisfied is not None
    assert easy is not None
    assert hearts is not None
    assert [(each.k, each.n) for each in (satisfied, easy, hearts)] == [(90, 100), (20, 40), (9, 10)]


def test_an_answer_whose_delivery_nobody_reported_did_arrive() -> None:
    rate, odd = statistics.response_rate(30, 120), statistics.response_rate(12, 10)
    assert rate is not None
    assert odd is not None
    assert (rate.share, odd.share) == (0.25, 1.0)
    assert statistics.response_rate(0, 0) is None


def test_a_score_never_leaves_its_scale_and_lies_in_its_interval() -> None:
    for promoters in range(12):
        for passives in range(12):
            for detractors in range(1, 12):
                found = score(promoters, passives, detractors)
                assert -100 <= found.low <= found.score <= found.high <= 100
                assert math.isfinite(found.error)


@pytest.mark.parametrize(
    ("n", "low", "high"),
    [(6, 1, 6), (8, 1, 8), (9, 2, 8), (17, 5, 13), (25, 8, 18), (101, 41, 61), (1000, 469, 532), (54321, 26932, 27390)],
)
def test_the_interval_of_a_median_lies_between_the_ranks_of_the_golden_vector(n: int, low: int, high: int) -> None:
    """`scipy.stats.quantile_test(range(1, n + 1), p=0.5).confidence_interval(0.95)`."""
    found = statistics.median({str(rank): 1 for rank in range(1, n + 1)})

    assert found is not None
    assert (int(found.low), int(found.value), int(found.high)) == (low, (n + 1) // 2, high)


def test_the_median_of_nobody_is_none_and_of_a_histogram_the_part_in_the_middle() -> None:
    assert statistics.median({}) is None
    assert statistics.median({"soon": 0}) is None
    assert statistics.median({"soon": 3, "late": 1}) == statistics.Median(
        "soon", "soon", "late"
    )  # too few to leave one out
    assert statistics.median({"soon": 40, "late": 0, "never": 60}) == statistics.Median("never", "soon", "never")
