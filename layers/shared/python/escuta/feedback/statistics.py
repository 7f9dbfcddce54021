"""Scores with their uncertainty, from whole-number counts. Pure; every formula names its source.

Nothing is rounded here: rounding happens once, where a person reads the figure.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import fsum, sqrt
from statistics import NormalDist

MINIMUM_N = 10  # below this many answers a figure is masked: it would say more about chance than about the store
_Z = NormalDist().inv_cdf(0.975)
# Student's t, 0.975 quantile, for 1 to 30 degrees of freedom: the table of every textbook, to nine decimals.
_T = (
    *(12.706204736, 4.302652730, 3.182446305, 2.776445105, 2.570581836, 2.446911851, 2.364624252, 2.306004135),
    *(2.262157163, 2.228138852, 2.200985160, 2.178812830, 2.160368656, 2.144786688, 2.131449546, 2.119905299),
    *(2.109815578, 2.100922040, 2.093024054, 2.085963447, 2.079613845, 2.073873068, 2.068657610, 2.063898562),
    *(2.059538553, 2.055529439, 2.051830516, 2.048407142, 2.045229642, 2.042272456),
)


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


@dataclass(frozen=True)
class Share:
    """A share `k / n` between 0 and 1 with its 95 % interval."""

    n: int
    k: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Mean:
    """A mean with its 95 % interval; one answer alone has no interval."""

    n: int
    mean: float
    deviation: float  # sample standard deviation, 0 for one answer
    low: float | None
    high: float | None


class Verdict(StrEnum):
    """What the difference of two scores says at the 5 % level."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "no_real_change"


@dataclass(frozen=True)
class Change:
    """The difference of two scores in points, its 95 % interval, its two-sided p value and what it says."""

    difference: float
    low: float
    high: float
    p: float
    verdict: Verdict


@dataclass(frozen=True)
class Place:
    """Where something stands in a ranking: between `first` and `last`, which differ when the data cannot tell."""

    name: str
    nps: Nps
    first: int
    last: int


def nps(promoters: int, passives: int, detractors: int) -> Nps | None:
    """Return the score of these counts; None when nobody answered.

    A response counts +1, 0 or -1, so the variance of one is `p + d - (p - d)^2` (multinomial counts; B. Rocks,
    "Interval Estimation for the Net Promoter Score", The American Statistician 70(4), 2016, Wald interval).
    """
    n = promoters + passives + detractors
    if n == 0:
        return None
    p, d = promoters / n, detractors / n
    score, error = 100 * (promoters - detractors) / n, 100 * sqrt(max(0.0, p + d - (p - d) ** 2) / n)
    low, high = max(-100.0, score - _Z * error), min(100.0, score + _Z * error)
    return Nps(n, score, low, high, promoters, passives, detractors, error)


def wilson(k: int, n: int) -> Share | None:
    """Return the share `k` of `n` with the score interval; None for an empty `n`.

    E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22, 1927. Unlike the
    Wald interval it keeps its promise for small `n` and for shares near 0 and 1.
    """
    if n == 0:
        return None
    share, z2 = k / n, _Z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * sqrt(share * (1 - share) / n + z2 / (4 * n**2))
    return Share(n, k, share, 0.0 if k == 0 else middle - half, 1.0 if k == n else middle + half)


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


def t_quantile(freedom: int) -> float:
    """Return the 0.975 quantile of Student's t.

    Up to 30 degrees of freedom from the table, above by the asymptotic expansion of Abramowitz and Stegun, Handbook of
    Mathematical Functions, 26.7.5, whose error there is below 3e-8.
    """
    if freedom <= len(_T):
        return _T[freedom - 1]
    z, v = _Z, freedom
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * v**4)
    )


def compare(before: Nps, after: Nps) -> Change:
    """Return how `after` differs from `before`: a two-sided z test with unpooled errors, at 5 %.

    Two scores of fewer than MINIMUM_N answers never differ, whatever their numbers look like.
    """
    difference, error = after.score - before.score, sqrt(before.error**2 + after.error**2)
    p = 2 * NormalDist().cdf(-abs(difference) / error) if error else float(difference == 0)
    verdict = Verdict.SAME
    if p < 0.05 and not (before.masked or after.masked):  # noqa: PLR2004 - the 5 % level of the definition
        verdict = Verdict.BETTER if difference > 0 else Verdict.WORSE
    low, high = max(-200.0, difference - _Z * error), min(200.0, difference + _Z * error)
    return Change(difference, low, high, p, verdict)


def rank(scores: Mapping[str, Nps]) -> tuple[Place, ...]:
    """Return the scores, highest first, each with the best and the worst place that the data leave open.

    What is not different at 5 % is not put in an order: three stores that may be equal are all placed "1 to 3".
    """
    ordered = sorted(scores.items(), key=lambda item: (-item[1].score, item[0]))
    places = []
    for name, own in ordered:
        verdicts = [compare(own, other).verdict for rival, other in ordered if rival != name]
        first, last = 1 + verdicts.count(Verdict.BETTER), len(ordered) - verdicts.count(Verdict.WORSE)
        places.append(Place(name, own, first, last))
    return tuple(places)
