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


def cpu(work: Callable[[], object]) -> float:
    """Return the processor seconds that this process spends on one piece of work."""
    gc.collect()
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(name: str, ours: Callable[[], object], base: Callable[[], object], units: int, unit: str) -> Ratio:
    """Run both in turn, `ROUNDS` times after a warm-up. Each does `units` units of work."""
    ours()
    base()
    pairs = [(cpu(ours), cpu(base)) for _ in range(ROUNDS)]
    per = 1000 / units
    return Ratio(
        name,
        median(a for a, _ in pairs) * per,
        median(b for _, b in pairs) * per,
        median(a / b for a, b in pairs),
        unit,
    )
