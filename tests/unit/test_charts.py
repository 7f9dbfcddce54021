"""The geometry of the charts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import charts
from console.charts import Span

counts = st.lists(st.integers(0, 10_000), min_size=1, max_size=6)
figures = st.tuples(st.floats(-100, 100), st.floats(0, 60), st.floats(0, 60)).map(
    lambda drawn: Span(drawn[0], max(-100, drawn[0] - drawn[1]), min(100, drawn[0] + drawn[2]))
)


@given(counts)
def test_whole_percents_add_up_to_a_hundred(some: list[int]) -> None:
    assert sum(charts.percents(some)) == (100 if sum(some) else 0)


@given(counts)
def test_a_percent_is_never_a_whole_point_off(some: list[int]) -> None:
    for percent, count in zip(charts.percents(some), some, strict=True):
        assert abs(percent - 100 * count / max(1, sum(some))) < 1


def test_the_largest_remainders_are_rounded_up() -> None:
    assert charts.percents((1, 1, 1)) == (34, 33, 33)
    assert charts.percents((203, 65, 78)) == (59, 19, 22)


def test_the_parts_of_a_bar_follow_one_another() -> None:
    assert charts.bar((5, 3, 2)) == ((0.0, 50.0, 50), (50.0, 30.0, 30), (80.0, 20.0, 20))
    assert charts.bar((0, 0)) == ((0.0, 0.0, 0), (0.0, 0.0, 0))


@given(st.lists(figures, min_size=1, max_size=12))
def test_an_axis_holds_every_interval_on_few_round_ticks(spans: list[Span]) -> None:
    axis = charts.scale(spans)
    assert -100 <= axis.low < axis.high <= 100
    assert 2 <= len(axis.ticks) <= 5
    assert len({later - earlier for earlier, later in zip(axis.ticks, axis.ticks[1:], strict=False)}) == 1
    assert (axis.low, axis.high) == (axis.ticks[0], axis.ticks[-1])
    for span in spans:
        assert axis.low <= span.low + 1e-9
        assert span.high - 1e-9 <= axis.high


def test_an_axis_without_figures_is_the_whole_range() -> None:
    assert charts.scale([]) == (-100, 100, (-100, -50, 0, 50, 100))


def test_an_interval_without_width_still_gets_an_axis() -> None:
    assert charts.scale([Span(100, 100, 100)]) == (90, 100, (90, 95, 100))


def test_a_whisker_stands_on_its_axis() -> None:
    axis = charts.Scale(-50, 50, (-50, 0, 50))
    assert charts.whisker(axis, Span(0, -25, 25)) == (25.0, 50.0, 50.0)


def test_a_week_without_a_figure_is_a_gap_and_is_never_bridged() -> None:
    drawn = charts.trend([Span(10, 0, 20), Span(20, 10, 30), None, Span(30, 20, 40), None])
    assert [dot.y is None for dot in drawn.dots] == [False, False, True, False, True]
    assert [dot.alone for dot in drawn.dots] == [False, False, False, True, False]
    assert [line.count("L") for line in drawn.lines] == [1, 0]
    assert len(drawn.bands) == 1
    assert drawn.bands[0].endswith("Z")


def test_a_higher_score_stands_higher() -> None:
    low, high = charts.trend([Span(10, 0, 20), Span(30, 20, 40)]).dots
    assert low.y is not None
    assert high.y is not None
    assert low.x < high.x
    assert low.y > high.y


@pytest.mark.parametrize("points", [[], [None], [None] * 12])
def test_nothing_to_draw_draws_nothing(points: list[None]) -> None:
    drawn = charts.trend(points)
    assert (drawn.lines, drawn.bands) == ((), ())
    assert len(drawn.dots) == len(points)
