"""What a topic of comments does to the score, and which topics are new. Pure: from counters alone.

Those who speak of a topic are held against those who wrote a comment without it: whoever writes nothing may have met it
or not. Every test is two-sided at 5 %, and groups of fewer than MINIMUM_N answers never differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt

from escuta.feedback.comparing import Change, Verdict, compare, compare_shares, corrected
from escuta.feedback.statistics import OFTEN, Nps, Share, Z, nps, wilson

CLASSES = ("promoter", "passive", "detractor")
TONES = ("negative", "neutral", "positive")
_EXPECTED = 5  # of a share, in either period: below that the test of two shares is not to be trusted (Cochran 1954)


@dataclass(frozen=True)
class Impact:
    """What a topic does to the score. `n` answers speak of it, `others` wrote a comment without it.

    `change` is how the score of the first differs from that of the others; `points` is that difference times the share
    of the topic among all answers: by so much would the score move if these answered as the others do, with the sign of
    what the topic brings now.
    """

    n: int
    others: int
    share: Share  # of all answers with a score
    score: Nps | None = None  # of those who speak of it
    change: Change | None = None
    points: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def masked(self) -> bool:
        """Tell whether there are too few answers on either side to say anything."""
        return self.change is None

    @property
    def verdict(self) -> Verdict:
        """Return whether the topic goes with a better score, a worse one, or with no real change."""
        return self.change.verdict if self.change else Verdict.SAME


@dataclass(frozen=True)
class Emerging:
    """A topic whose share of the comments rose, by how much, and how likely chance would do it (corrected)."""

    topic: str
    before: Share
    now: Share
    difference: float
    low: float | None
    high: float | None
    p: float


def of(counted: Mapping[str, int]) -> dict[str, Impact]:
    """Return the impact of every topic, the most harmful first and what is masked last.

    Reads `{class}`, `comment.{class}` and `topic.{topic}.{class}`. Empty where nobody has a score.
    """
    everybody = sum(counted.get(each, 0) for each in CLASSES)
    found = {topic: told for topic in topics(counted) if (told := _impact(counted, topic, everybody))}
    return dict(sorted(found.items(), key=lambda item: (item[1].masked, item[1].points or 0.0, -item[1].n, item[0])))


def topics(counted: Mapping[str, int]) -> tuple[str, ...]:
    """Return the topics that are counted, by name."""
    names = (name.removeprefix("topic.") for name in counted if name.startswith("topic."))
    return tuple(sorted({name for name in names if name.rpartition(".")[2] not in CLASSES}))


def _impact(counted: Mapping[str, int], topic: str, everybody: int) -> Impact | None:
    inside = [counted.get(f"topic.{topic}.{each}", 0) for each in CLASSES]
    outside = [max(0, counted.get(f"comment.{each}", 0) - n) for each, n in zip(CLASSES, inside, strict=True)]
    share = wilson(sum(inside), max(everybody, sum(inside)))
    if share is None:
        return None
    told = Impact(sum(inside), sum(outside), share)
    own, other = nps(*inside), nps(*outside)
    if own is None or other is None or own.masked or other.masked:
        return told
    change = compare(other, own)
    points, error = share.share * change.difference, _error(share, change.difference, own, other)
    low, high = max(-200.0, points - Z * error), min(200.0, points + Z * error)
    return replace(told, score=own, change=change, points=points, low=low, high=high)


def _error(share: Share, difference: float, own: Nps, other: Nps) -> float:
    """Return the standard error of share times difference, by the delta method.

    Of a sample of answers the share, the mean of those inside and the mean of those outside have influence functions
    that are uncorrelated with one another, so that no product of two of them is left (G. W. Oehlert, "A Note on the
    Delta Method", The American Statistician 46, 1992).
    """
    doubt_of_share = share.share * (1 - share.share) / share.n
    return sqrt(difference**2 * doubt_of_share + share.share**2 * (own.spread**2 + other.spread**2))


def emerging(now: Mapping[str, int], before: Mapping[str, int]) -> tuple[Emerging, ...]:
    """Return the topics whose share of the comments rose since the period before, the greatest rise first.

    The p values are corrected for the number of topics by the step-up procedure of Y. Benjamini and Y. Hochberg
    ("Controlling the False Discovery Rate", JRSS B 57, 1995): of what is called new, at most one in twenty is chance.
    A topic is tried where both periods, were they alike, would have five comments with it and five without it.
    """
    tried = [each for topic in topics(now) if (each := _tried(topic, now, before))]
    found = [replace(each, p=p) for each, p in zip(tried, corrected([each.p for each in tried]), strict=True)]
    rose = [each for each in found if each.p < OFTEN and each.difference > 0]
    return tuple(sorted(rose, key=lambda each: (-each.difference, each.topic)))


def _tried(topic: str, now: Mapping[str, int], before: Mapping[str, int]) -> Emerging | None:
    """Return both shares of a topic and how they differ, risen or not; None where they cannot be held together."""
    old, new = (wilson(each.get(f"topic.{topic}", 0), comments(each)) for each in (before, now))
    if old is None or new is None or old.masked or new.masked:
        return None
    usual = (old.k + new.k) / (old.n + new.n)
    if min(old.n, new.n) * min(usual, 1 - usual) < _EXPECTED:
        return None
    change = compare_shares(old, new)
    return Emerging(topic, old, new, change.difference, change.low, change.high, change.p)


def comments(counted: Mapping[str, int]) -> int:
    """Return how many comments are counted: each has one tone."""
    return sum(counted.get(f"tone.{tone}", 0) for tone in TONES)
