"""The geometry of the console's charts. Pure: numbers in, numbers out; the templates draw them as SVG.

Widths are percents, so that a chart fills its place on any screen while its letters keep their size.
"""

from collections.abc import Sequence
from typing import NamedTuple

TREND_TOP = 12  # pixels above the plot
TREND_HEIGHT = 184
_LEFT, _RIGHT = 10.0, 96.5  # percents between which the points of a trend stand; the tick labels have the rest
_STEPS = (5, 10, 20, 25, 50)
_MOST_TICKS = 5
_LEAST_SPAN = 20


class Span(NamedTuple):
    """A figure with its interval."""

    score: float
    low: float
    high: float


class Scale(NamedTuple):
    """An axis: where it starts and ends, and its ticks."""

    low: int
    high: int
    ticks: tuple[int, ...]

    def at(self, value: float) -> float:
        """Return how far along the axis a value stands, in percent."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(max(share, 0.0), 1.0), 2)


class Part(NamedTuple):
    """One piece of a bar, in percent of its width."""

    start: float
    width: float
    percent: int


class Dot(NamedTuple):
    """One point of a trend: percent across, pixels down; None where there is no figure.

    `alone`: without neighbors it has no part of the band, so its interval is drawn at the point.
    """

    x: float
    y: float | None = None
    high: float | None = None
    low: float | None = None
    alone: bool = False


class Tick(NamedTuple):
    """A line of the grid: its value, and how many pixels down it stands."""

    value: int
    y: float


class Trend(NamedTuple):
    """A line with its band. Paths live in a box of 100 x 100; what has letters stands outside it, in pixels."""

    ticks: tuple[Tick, ...]
    dots: tuple[Dot, ...]
    step: float  # percents between two dots
    lines: tuple[str, ...]
    bands: tuple[str, ...]


class Whisker(NamedTuple):
    """An interval with its figure, in percent of the axis."""

    low: float
    width: float
    score: float


def percents(counts: Sequence[int]) -> tuple[int, ...]:
    """Return whole percents that add up to 100, the largest remainders rounded up (0 everywhere without counts)."""
    total = sum(counts)
    if total == 0:
        return (0,) * len(counts)
    floors = [100 * count // total for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda place: -(100 * counts[place] % total))
    for place in by_remainder[: 100 - sum(floors)]:
        floors[place] += 1
    return tuple(floors)


def bar(counts: Sequence[int]) -> tuple[Part, ...]:
    """Cut a bar into parts as wide as their share."""
    total = sum(counts) or 1
    starts = [sum(counts[:place]) for place in range(len(counts))]
    return tuple(
        Part(round(100 * start / total, 2), round(100 * count / total, 2), percent)
        for start, count, percent in zip(starts, counts, percents(counts), strict=True)
    )


def scale(spans: Sequence[Span]) -> Scale:
    """Return an axis within -100 and 100 that holds these intervals, with at most five round ticks."""
    if not spans:
        return Scale(-100, 100, (-100, -50, 0, 50, 100))
    low, high = min(span.low for span in spans), max(span.high for span in spans)
    missing = max(0.0, _LEAST_SPAN - (high - low)) / 2
    low, high = max(-100.0, low - missing), min(100.0, high + missing)
    for step in _STEPS:
        first, last = int(low // step), -int(-high // step)
        if last - first < _MOST_TICKS:
            break
    return Scale(first * step, last * step, tuple(number * step for number in range(first, last + 1)))


def whisker(axis: Scale, span: Span) -> Whisker:
    """Place an interval on an axis."""
    low, high = axis.at(span.low), axis.at(span.high)
    return Whisker(low, round(high - low, 2), axis.at(span.score))


def trend(points: Sequence[Span | None]) -> Trend:
    """Draw a line with its interval band; a point without a figure leaves a gap, it is never bridged."""
    axis = scale([point for point in points if point])
    step = (_RIGHT - _LEFT) / max(1, len(points) - 1)
    places = tuple(round(_LEFT + step * index, 2) for index in range(len(points)))
    runs = _runs(points)
    alone = {run[0][0] for run in runs if len(run) == 1}
    return Trend(
        ticks=tuple(Tick(value, _down(axis, value)) for value in axis.ticks),
        dots=tuple(_dot(axis, places[i], point, alone=i in alone) for i, point in enumerate(points)),
        step=round(step, 2),
        lines=tuple(_path([(places[i], 100 - axis.at(span.score)) for i, span in run]) for run in runs),
        bands=tuple(
            _path(
                [(places[i], 100 - axis.at(span.high)) for i, span in run]
                + [(places[i], 100 - axis.at(span.low)) for i, span in reversed(run)]
            )
            + "Z"
            for run in runs
            if len(run) > 1
        ),
    )


def _dot(axis: Scale, x: float, point: Span | None, *, alone: bool) -> Dot:
    if point is None:
        return Dot(x)
    return Dot(x, _down(axis, point.score), _down(axis, point.high), _down(axis, point.low), alone)


def _down(axis: Scale, value: float) -> float:
    return round(TREND_TOP + TREND_HEIGHT * (1 - axis.at(value) / 100), 1)


def _runs(points: Sequence[Span | None]) -> list[list[tuple[int, Span]]]:
    runs: list[list[tuple[int, Span]]] = [[]]
    for index, point in enumerate(points):
        if point:
            runs[-1].append((index, point))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _path(corners: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in corners)
