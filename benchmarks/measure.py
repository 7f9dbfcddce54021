"""Measuring: processor time of a call, its baseline in turn with it, and the median of the ratios."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

ROUNDS = 7


@dataclass(frozen=True)
class Ratio:
    """Ours against the baseline, both in milliseconds of processor time a unit; `ratio` is the median of the rounds."""

    name: str
    ours: float
    base: float
    ratio: float
    unit: str


def spent(work: Callable[[], object], by: Callable[[], float] = time.process_time) -> float:
    """Return the seconds that one piece of work takes: by default those of the processor in this process."""
    gc.collect()
    start = by()
    work()
    return by() - start


def compare(
    name: str,
    ours: Callable[[], object],
    base: Callable[[], object],
    units: int,
    unit: str,
    *,
    by: Callable[[], float] = time.process_time,
) -> Ratio:
    """Run both in turn, `ROUNDS` times after a warm-up. Each does `units` units of work."""
    ours()
    base()
    pairs = [(spent(ours, by), spent(base, by)) for _ in range(ROUNDS)]
    per = 1000 / units
    return Ratio(
        name,
        median(a for a, _ in pairs) * per,
        median(b for _, b in pairs) * per,
        median(a / b for a, b in pairs),
        unit,
    )
