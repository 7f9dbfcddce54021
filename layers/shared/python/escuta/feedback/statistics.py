"""Scores with their uncertainty, from whole-number counts. Pure; every formula names its source.

Nothing is rounded here: rounding happens once, where a person reads the figure.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from math import exp, fsum, lgamma, log, sqrt
from statistics import NormalDist

MINIMUM_N = 10  # below this many answers a figure is masked: it would say more about chance than about the store
Z = NormalDist().inv_cdf(0.975)
CSAT_BEST = (4, 5)  # of 1 to 5
CES_BEST = (5, 6, 7)  # of 1 to 7
OFTEN = 0.05  # the level of every test here, and what both tails of an interval leave out
_TINY, _CLOSE, _CLOSE_ENOUGH = 1e-300, 1e-15, 1e-12
_MOST_STEPS = 10_000


@dataclass(frozen=True)
class Nps:
    """A Net Promoter Score in points (-100 to 100) with its 95 % interval and the counts it came from."""

    n: int
    score: float
    low: float
    high: float
    promoters: int
    passives: int
    detractors: int
    error: float  # standard error in points

    @property
    def masked(self) -> bool:
        """Tell whether there are too few answers to show the figure."""
        return self.n < MINIMUM_N

    @property
    def spread(self) -> float:
        """Return the error that a comparison reckons with: of unanimous answers, which have none, their interval's."""
        return self.error or max(self.high - self.score, self.score - self.low) / Z


@dataclass(frozen=True)
class Share:
    """A share `k / n` between 0 and 1 with its 95 % interval."""

    n: int
    k: int
    share: float
    low: float
    high: float

    @property
    def masked(self) -> bool:
        """Tell whether there are too few answers to show the figure."""
        return self.n < MINIMUM_N


@dataclass(frozen=True)
class Mean:
    """A mean with its 95 % interval; one answer alone has no interval."""

    n: int
    mean: float
    deviation: float  # sample standard deviation, 0 for one answer
    low: float | None
    high: float | None

    @property
    def masked(self) -> bool:
        """Tell whether there are too few answers to show the figure."""
        return self.n < MINIMUM_N


@dataclass(frozen=True)
class Times:
    """How long things took: `(at most so many minutes, how many)`, in order."""

    ends: tuple[tuple[float, int], ...]

    @property
    def n(self) -> int:
        """Return how many they are."""
        return sum(number for _, number in self.ends)

    @property
    def median(self) -> float:
        """Return the end of the part in which the middle one lies."""
        middle, reached = (self.n + 1) // 2, 0
        for end, number in self.ends:
            reached += number
            if reached >= middle:
                return end
        return 0.0

    @property
    def masked(self) -> bool:
        """Tell whether there are too few to show the figure."""
        return self.n < MINIMUM_N


def nps(promoters: int, passives: int, detractors: int) -> Nps | None:
    """Return the score of these counts; None when nobody answered.

    A response counts +1, 0 or -1, so the variance of one is `p + d - (p - d)^2` (multinomial counts; B. Rocks,
    "Interval Estimation for the Net Promoter Score", The American Statistician 70(4), 2016, Wald interval).

    Where all answers are of one class that formula knows no doubt. Then the interval is that of the share of this
    class (Wilson), with everybody else at the far end of the scale: ten promoters of ten are 44 to 100, not 100.
    """
    n = promoters + passives + detractors
    if n == 0:
        return None
    p, d = promoters / n, detractors / n
    score, error = 100 * (promoters - detractors) / n, 100 * sqrt(max(0.0, p + d - (p - d) ** 2) / n)
    unanimous = n in {promoters, passives, detractors}
    half = 100 * (1 - _least(n, n)) * (1 if passives else 2) if unanimous else Z * error
    return Nps(n, score, max(-100.0, score - half), min(100.0, score + half), promoters, passives, detractors, error)


def wilson(k: int, n: int) -> Share | None:
    """Return the share `k` of `n` with the score interval; None for an empty `n`.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22, 1927. Unlike the
    Wald interval it keeps its promise for small `n` and for shares near 0 and 1.
    """
    if n == 0:
        return None
    return Share(n, k, k / n, _least(k, n), 1 - _least(n - k, n))


def _least(k: int, n: int) -> float:
    """Return the lower end of the score interval."""
    if k == 0:
        return 0.0
    share, z2 = k / n, Z**2
    middle = share + z2 / (2 * n)
    return (middle - Z * sqrt(share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)


def top_box(histogram: Mapping[int, int], best: Collection[int]) -> Share | None:
    """Return the share of the answers of a histogram `value -> count` that are among the best."""
    return wilson(sum(count for value, count in histogram.items() if value in best), sum(histogram.values()))


def csat(histogram: Mapping[int, int]) -> Share | None:
    """Return the satisfaction: the share of 4 and 5 on a scale of 1 to 5 (the "top two boxes")."""
    return top_box(histogram, CSAT_BEST)


def ces(histogram: Mapping[int, int]) -> Share | None:
    """Return the ease: the share of 5 to 7 on the effort scale of 1 to 7 (CES 2.0, CEB 2013); its mean is `mean_t`."""
    return top_box(histogram, CES_BEST)


def response_rate(completed: int, delivered: int) -> Share | None:
    """Return the share of the delivered invitations that were completed; None when nothing was delivered.

    Not every carrier reports a delivery: an invitation that was completed has arrived.
    """
    return wilson(completed, max(completed, delivered))


def mean_t(histogram: Mapping[int, int]) -> Mean | None:
    """Return the mean of a histogram `value -> count` with its t interval; None when it is empty."""
    n = sum(histogram.values())
    if n == 0:
        return None
    mean = sum(value * count for value, count in histogram.items()) / n
    if n == 1:
        return Mean(n, mean, 0.0, None, None)
    deviation = sqrt(fsum(count * (value - mean) ** 2 for value, count in histogram.items()) / (n - 1))
    half = t_quantile(n - 1) * deviation / sqrt(n)
    return Mean(n, mean, deviation, mean - half, mean + half)


@dataclass(frozen=True)
class Median:
    """In which part of an ordered histogram the middle answer lies, and between which parts with 95 % confidence."""

    value: str
    low: str
    high: str


def median(ordered: Mapping[str, int]) -> Median | None:
    """Return where the middle of an ordered histogram `name -> count` lies; None when it is empty.

    The interval is that of the sign test: between the answers of two ranks, as far from both ends, that a binomial of
    1/2 leaves at least 95 % between (W. J. Conover, "Practical Nonparametric Statistics", 3rd ed., 1999, section 3.2).
    Of fewer than nine answers that is all of them.
    """
    n = sum(ordered.values())
    if n == 0:
        return None
    rank = _rank(n)
    return Median(_at(ordered, (n + 1) // 2), _at(ordered, rank), _at(ordered, n + 1 - rank))


@lru_cache(maxsize=4096)
def _rank(n: int) -> int:
    """Return the greatest rank r of n that is above the median with at most 2.5 %; 1 where there is none."""
    low, high = 1, max(1, n // 2)
    while low < high:
        rank = (low + high + 1) // 2
        above = _beta(0.5, n - rank + 1, rank)  # P(X <= rank - 1) of a binomial of n and 1/2 (DLMF 8.17.5)
        low, high = (rank, high) if above <= OFTEN / 2 else (low, rank - 1)
    return low


def _at(ordered: Mapping[str, int], rank: int) -> str:
    """Return the part in which the answer of this rank is, from 1."""
    upto = accumulate(ordered.values())
    return next(name for name, reached in zip(ordered, upto, strict=True) if reached >= rank)


@lru_cache(maxsize=4096)
def t_quantile(freedom: float) -> float:
    """Return the 0.975 quantile of Student's t for these degrees of freedom, which need not be whole."""
    low, high = 0.0, 1.0
    while t_both_sides(high, freedom) > OFTEN:
        low, high = high, high * 2
    while high - low > _CLOSE_ENOUGH * high:
        middle = (low + high) / 2
        low, high = (middle, high) if t_both_sides(middle, freedom) > OFTEN else (low, middle)
    return (low + high) / 2


def t_both_sides(t: float, freedom: float) -> float:
    """Return how probable a t at least this far from 0 is, on both sides (DLMF 8.17.20 with Student's t)."""
    return _beta(freedom / (freedom + t * t), freedom / 2, 0.5)


def _beta(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b) (DLMF 8.17.22, by Lentz's method)."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - _beta(1 - x, b, a)
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x)) / a
    c, d = 1.0, 1 / max(1 - (a + b) * x / (a + 1), _TINY)
    whole = d
    for m in range(1, _MOST_STEPS):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 / ((1 + step * d) or _TINY), (1 + step / c) or _TINY
            whole *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return front * whole
