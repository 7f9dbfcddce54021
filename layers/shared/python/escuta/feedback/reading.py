"""What the answers to one question say, from their histogram: the figure that its kind is read by. Pure."""

from collections.abc import Mapping
from typing import Any

from escuta.feedback import statistics
from escuta.feedback.model import QuestionKind
from escuta.feedback.statistics import Mean, Nps, Share

PROMOTERS_FROM, DETRACTORS_TO = 9, 6  # of 0 to 10, where a survey has set nothing else
_MOST_DIGITS = 4  # of a share: 0.8731 is 87.31 %


def figure(kind: QuestionKind | None, counts: Mapping[str, int], people: int = 0) -> dict[str, Any]:
    """Return n, whether it is masked, the histogram, and what this kind of question is read by, each with its interval.

    `nps` in points; `share` (satisfied, at ease, who like it) and `shares` of single choices from 0 to 1; `mean` on the
    question's own scale. Of several choices people pick more than one: shares are of the `people` who answered, where
    that is known. `kind` None: a question that the survey has no more.
    """
    n = people or sum(counts.values())
    shown: dict[str, Any] = {"kind": kind, "n": n, "masked": n < statistics.MINIMUM_N}
    if shown["masked"]:
        return shown
    shown["histogram"] = dict(counts)
    match kind:
        case None:
            return shown
        case QuestionKind.CHOICES if n < max(counts.values()) or not people:
            return shown  # nobody has counted by people yet what this histogram counts
        case QuestionKind.CHOICE | QuestionKind.CHOICES:
            shares = {value: statistics.wilson(count, n) for value, count in counts.items()}
            return shown | {"shares": {value: told(share) for value, share in shares.items()}}
        case _:
            return shown | _of_scale(kind, {int(value): count for value, count in counts.items() if value.isdecimal()})


def _of_scale(kind: QuestionKind, histogram: Mapping[int, int]) -> dict[str, Any]:
    mean = {"mean": told(statistics.mean_t(histogram))}
    match kind:
        case QuestionKind.NPS:
            return {"nps": told(_classes(histogram)), **mean}
        case QuestionKind.CSAT:
            return {"share": told(statistics.csat(histogram)), **mean}
        case QuestionKind.CES:
            return {"share": told(statistics.ces(histogram)), **mean}
        case QuestionKind.THUMBS:
            return {"share": told(statistics.top_box(histogram, (1,)))}
        case _:
            return mean


def _classes(histogram: Mapping[int, int]) -> Nps | None:
    promoters = sum(count for value, count in histogram.items() if value >= PROMOTERS_FROM)
    detractors = sum(count for value, count in histogram.items() if value <= DETRACTORS_TO)
    return statistics.nps(promoters, sum(histogram.values()) - promoters - detractors, detractors)


def told(figure: Nps | Share | Mean | None) -> dict[str, float | None] | None:
    """Return a figure with its interval, rounded as it is shown: points to one digit, shares to four, means to two."""
    match figure:
        case Nps():
            value, digits = figure.score, 1
        case Share():
            value, digits = figure.share, _MOST_DIGITS
        case Mean():
            value, digits = figure.mean, 2
        case _:
            return None
    return {
        "value": _rounded(value, digits),
        "low": _rounded(figure.low, digits),
        "high": _rounded(figure.high, digits),
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits) + 0.0  # + 0.0: there is no minus zero in a figure
