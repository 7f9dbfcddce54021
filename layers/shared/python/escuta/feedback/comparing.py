"""Whether two figures differ, and by how much: before and after, here and there. Pure.

Every comparison is two-sided at 5 %, and figures of fewer than MINIMUM_N answers never differ.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist

from escuta.feedback.statistics import OFTEN, Mean, Nps, Share, Times, Z, t_both_sides, t_quantile

Figure = Nps | Share | Mean | Times
_NORMAL = NormalDist()


class Verdict(StrEnum):
    """What the difference of two figures says at the 5 % level."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "no_real_change"


@dataclass(frozen=True)
class Change:
    """The difference of two figures in their own unit, its 95 % interval, its two-sided p value and what it says."""

    difference: float
    low: float | None  # None: the test knows no interval
    high: float | None
    p: float
    verdict: Verdict


@dataclass(frozen=True)
class Place:
    """Where something stands in a ranking: between `first` and `last`, which differ when the data cannot tell."""

    name: str
    figure: Figure
    first: int
    last: int
    tier: int  # 1 is the best; within one nothing is told apart from its leader


def compare(before: Nps, after: Nps) -> Change:
    """Return how one score in points differs from another: a z test with unpooled errors."""
    difference, error = after.score - before.score, sqrt(before.spread**2 + after.spread**2)
    p = 2 * _NORMAL.cdf(-abs(difference) / error) if error else float(difference == 0)
    reach = Z * error
    low, high = max(-200.0, difference - reach), min(200.0, difference + reach)
    return Change(difference, low, high, p, _verdict(difference, p, before, after))


def compare_shares(before: Share, after: Share) -> Change:
    """Return how one share differs from another: the pooled z test of two proportions.

    The interval is the hybrid score interval: R. G. Newcombe, "Interval estimation for the difference between
    independent proportions", Statistics in Medicine 17, 1998, method 10. Near the 5 % level it and the test, which
    decides, may differ by a hair.
    """
    difference = after.share - before.share
    pooled = (before.k + after.k) / (before.n + after.n)
    error = sqrt(pooled * (1 - pooled) * (1 / before.n + 1 / after.n))
    p = 2 * _NORMAL.cdf(-abs(difference) / error) if error else 1.0
    low = difference - sqrt((after.share - after.low) ** 2 + (before.high - before.share) ** 2)
    high = difference + sqrt((after.high - after.share) ** 2 + (before.share - before.low) ** 2)
    return Change(difference, low, high, p, _verdict(difference, p, before, after))


def compare_means(before: Mean, after: Mean) -> Change:
    """Return how one mean differs from another: Welch's t test, which supposes no equal variances.

    B. L. Welch, "The generalization of 'Student's' problem when several different population variances are
    involved", Biometrika 34, 1947. A mean of one answer has no variance: it never differs.
    """
    difference = after.mean - before.mean
    if before.n == 1 or after.n == 1:
        return Change(difference, float("-inf"), float("inf"), 1.0, Verdict.SAME)
    ours, theirs = after.deviation**2 / after.n, before.deviation**2 / before.n
    error = sqrt(ours + theirs)
    if not error:
        p = float(difference == 0)
        return Change(difference, difference, difference, p, _verdict(difference, p, before, after))
    freedom = (ours + theirs) ** 2 / (ours**2 / (after.n - 1) + theirs**2 / (before.n - 1))
    p, reach = t_both_sides(difference / error, freedom), t_quantile(freedom) * error
    return Change(difference, difference - reach, difference + reach, p, _verdict(difference, p, before, after))


def compare_times(before: Times, after: Times) -> Change:
    """Return how long things take now against before: the difference of the medians; less is better.

    The test is that of ranks, with ties: H. B. Mann, D. R. Whitney, "On a Test of Whether one of Two Random Variables
    is Stochastically Larger than the Other", Annals of Mathematical Statistics 18, 1947; for ties W. J. Conover,
    "Practical Nonparametric Statistics", 3rd ed., 1999, section 5.1. It tells no interval of the medians.
    """
    ours, theirs = dict(after.ends), dict(before.ends)
    n, total = after.n * before.n, after.n + before.n
    longer, below, ties = 0.0, 0, 0
    for end in sorted(ours.keys() | theirs.keys()):
        here, there = ours.get(end, 0), theirs.get(end, 0)
        longer += here * (below + there / 2)
        below += there
        ties += (here + there) ** 3 - (here + there)
    error = sqrt(max(0.0, n / 12 * (total + 1 - ties / (total * (total - 1))))) if total > 1 else 0.0
    z = (longer - n / 2) / error if error else 0.0
    p = 2 * _NORMAL.cdf(-abs(z))
    moved = 0.0 if after.median == before.median else after.median - before.median
    return Change(moved, None, None, p, _verdict(-z, p, before, after))


def _verdict(difference: float, p: float, before: Figure, after: Figure) -> Verdict:
    if p >= OFTEN or before.masked or after.masked:
        return Verdict.SAME
    return Verdict.BETTER if difference > 0 else Verdict.WORSE


def difference(before: Figure, after: Figure) -> Change:
    """Return how a figure differs from another of its kind, by the test of that kind."""
    match before, after:
        case Nps(), Nps():
            return compare(before, after)
        case Share(), Share():
            return compare_shares(before, after)
        case Mean(), Mean():
            return compare_means(before, after)
        case Times(), Times():
            return compare_times(before, after)
        case _:
            raise TypeError(f"{type(before).__name__} is not compared with {type(after).__name__}")


def rank(figures: Mapping[str, Figure]) -> tuple[Place, ...]:
    """Return figures of one kind, highest first, each with the best and the worst place that the data leave open.

    What is not different at 5 % is not put in an order: three stores that may be equal are all placed "1 to 3".
    """
    ordered = sorted(figures.items(), key=lambda item: (-_value(item[1]), item[0]))
    known = [own for _, own in ordered if not own.masked]
    apart = _apart(known)
    tiers = _tiers([own for _, own in ordered])
    places, number = [], 0
    for (name, own), tier in zip(ordered, tiers, strict=True):
        worse, better = (0, 0) if own.masked else apart[number]
        number += not own.masked
        places.append(Place(name, own, 1 + better, len(ordered) - worse, tier))
    return tuple(places)


def _value(figure: Figure) -> float:
    match figure:
        case Nps():
            return figure.score
        case Share():
            return figure.share
        case Mean():
            return figure.mean
        case Times():
            return -figure.median


def _apart(ordered: Sequence[Figure]) -> list[tuple[int, int]]:
    """Return of each figure, highest first, how many are surely worse and how many surely better."""
    worse, better = [0] * len(ordered), [0] * len(ordered)
    for number, own in enumerate(ordered):
        for other in range(number + 1, len(ordered)):
            if _is_worse(own, ordered[other]):
                worse[number] += 1
                better[other] += 1
    return list(zip(worse, better, strict=True))


def _is_worse(own: Figure, other: Figure) -> bool:
    """Tell whether `other` is surely worse; of scores and shares by the tests above without their objects."""
    match own, other:
        case Nps(), Nps():
            return own.score - other.score > Z * sqrt(own.spread**2 + other.spread**2)
        case Share(), Share():
            pooled = (own.k + other.k) / (own.n + other.n)
            error = sqrt(pooled * (1 - pooled) * (1 / own.n + 1 / other.n))
            return own.share - other.share > Z * error > 0
        case _:
            return difference(own, other).verdict is Verdict.WORSE


def _tiers(ordered: list[Figure]) -> Iterator[int]:
    """Yield the tier of each: a new one begins with the first that is surely worse than the one that leads its tier."""
    tier, leader = 1, ordered[0] if ordered else None
    for own in ordered:
        if leader is not None and difference(leader, own).verdict is Verdict.WORSE:
            tier, leader = tier + 1, own
        elif leader is None or leader.masked:
            leader = own
        yield tier


def corrected(values: Sequence[float]) -> Iterator[float]:
    """Yield p values as they are after the step-up procedure, in the order given."""
    ordered = sorted(range(len(values)), key=lambda place: -values[place])
    least, after = 1.0, {}
    for rank, place in enumerate(ordered):
        least = min(least, values[place] * len(values) / (len(values) - rank))
        after[place] = least
    yield from (after[place] for place in range(len(values)))
