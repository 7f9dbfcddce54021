"""What counters say by a metric: the figure with its interval, and how two of them differ. Pure."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from escuta.feedback import comparing, impact, statistics
from escuta.feedback.model import Change, Figure, Metric, Question, QuestionKind
from escuta.feedback.reading import DETRACTORS_TO, PROMOTERS_FROM
from escuta.feedback.statistics import MINIMUM_N, Mean, Nps, Share, Times
from escuta.feedback.tickets import counts

POINTS, SHARE, MEAN, COUNT, MINUTES = "points", "share", "mean", "count", "minutes"
EMERGING = "emerging"  # neither better nor worse: more speak of it
STEPS = ("queued", "sent", "delivered", "started", "completed")
TONES = ("negative", "neutral", "positive")
CLASSES = ("promoter", "passive", "detractor")


class Reading(NamedTuple):
    """By what counters are read. `question` None: the benchmark, or a metric that reads none.

    `classed`: whether people were always classified by this benchmark; else its own answers are read, up to
    `detractors_to` as those of detractors, and from `promoters_from` on as those of promoters.
    """

    metric: Metric
    question: Question | None = None
    boxes: int = 2
    detractors_to: int = DETRACTORS_TO
    promoters_from: int = PROMOTERS_FROM
    classed: bool = True


class Told(NamedTuple):
    """A figure as it is shown, and what comparisons and rankings reckon with, where the metric has that."""

    figure: Figure
    exact: Nps | Share | Mean | Times | None = None
    turned: bool = False  # `exact` is the share of the others, since less is better


def own_metric(question: Question) -> Metric:
    """Return the metric by which a kind of question is read."""
    match question.kind:
        case QuestionKind.NPS:
            return Metric.NPS
        case QuestionKind.CSAT:
            return Metric.CSAT
        case QuestionKind.CES:
            return Metric.CES
        case QuestionKind.THUMBS:
            return Metric.THUMBS
        case QuestionKind.CHOICE | QuestionKind.CHOICES:
            return Metric.SHARES
        case _:
            return Metric.MEAN


def told(by: Reading, counted: Mapping[str, int]) -> Told:
    """Return what counters say; below the minimum n only n is told, of the funnel its steps, too."""
    return _TOLD.get(by.metric, _scale)(by, counted)


def masked(figure: Figure) -> Figure:
    """Return a figure of which only n is told."""
    return Figure(metric=figure.metric, unit=figure.unit, n=figure.n, masked=True, responses=figure.responses)


def change(before: Told, after: Told) -> Change | None:
    """Return how a figure differs from an earlier one; None when one of them is masked or has no test."""
    if before.exact is None or after.exact is None or before.figure.masked or after.figure.masked:
        return None
    found = Change.model_validate(vars(comparing.difference(before.exact, after.exact)))
    if not after.turned:
        return found
    low, high = (None if end is None else -end for end in (found.high, found.low))
    return found.changed(difference=-found.difference, low=low, high=high)


def histogram(question: str, counted: Mapping[str, int]) -> dict[str, int]:
    """Return how many gave which answer to a question."""
    name = f"q.{question}."
    return {each.removeprefix(name): number for each, number in sorted(counted.items()) if each.startswith(name)}


def _responses(by: Reading, counted: Mapping[str, int]) -> Told:
    n = counted.get("n", 0)
    return Told(Figure(metric=by.metric, unit=COUNT, n=n, value=n, responses=n))


def _nps(by: Reading, counted: Mapping[str, int]) -> Told:
    found = statistics.nps(*_classified(by, counted))
    told = _of(by.metric, found, counted)
    if told.figure.masked or found is None:
        return told
    classes = dict(zip(CLASSES, (found.promoters, found.passives, found.detractors), strict=True))
    return Told(told.figure.changed(counts=classes, mean=_mean(by, counted)), found)


def _classified(by: Reading, counted: Mapping[str, int]) -> tuple[int, int, int]:
    """Return how many promoters, passives and detractors there are: of the benchmark as they were once classified."""
    if by.question is None or (by.question.benchmark and by.classed):
        promoters, passives, detractors = (counted.get(name, 0) for name in CLASSES)
        return promoters, passives, detractors
    counts = _values(by.question, counted)
    high = sum(count for value, count in counts.items() if value >= by.promoters_from)
    low = sum(count for value, count in counts.items() if value <= by.detractors_to)
    return high, sum(counts.values()) - high - low, low


def _mean(by: Reading, counted: Mapping[str, int]) -> Figure | None:
    if by.question is None:
        return None
    return _of(Metric.MEAN, statistics.mean_t(_values(by.question, counted)), counted).figure


def _scale(by: Reading, counted: Mapping[str, int]) -> Told:
    question = by.question
    if question is None or question.scale is None:
        raise ValueError(f"{by.metric} reads a question with a scale")
    counts = _values(question, counted)
    found: Share | Mean | None
    match by.metric:
        case Metric.CSAT:
            found = statistics.csat(counts)
        case Metric.CES:
            found = statistics.ces(counts)
        case Metric.THUMBS:
            found = statistics.top_box(counts, (1,))
        case Metric.TOP_BOX:
            found = statistics.top_box(counts, range(question.scale[1] - by.boxes + 1, question.scale[1] + 1))
        case _:
            found = statistics.mean_t(counts)
    told = _of(by.metric, found, counted)
    if told.figure.masked:
        return told
    mean = _mean(by, counted) if by.metric in {Metric.CSAT, Metric.CES} else None
    shown = {str(value): count for value, count in counts.items()}
    return Told(told.figure.changed(counts=shown, mean=mean), found)


def _values(question: Question, counted: Mapping[str, int]) -> dict[int, int]:
    """Return the numbers that were answered; the question may have been one of choices in an older version."""
    return {int(value): count for value, count in histogram(question.id, counted).items() if value.isdecimal()}


def _shares(by: Reading, counted: Mapping[str, int]) -> Told:
    question = by.question
    if question is None:
        raise ValueError("shares are those of a question")
    counts = histogram(question.id, counted)
    if question.scale is not None:
        counts = {str(value): counts.get(str(value), 0) for value in range(question.scale[0], question.scale[1] + 1)}
    else:
        counts = {choice.id: counts.get(choice.id, 0) for choice in question.choices} | counts
    several = question.kind is QuestionKind.CHOICES
    return _parts(by.metric, counted, counts, counted.get(f"a.{question.id}", 0) if several else None)


def _parts(metric: Metric, counted: Mapping[str, int], counts: Mapping[str, int], people: int | None = None) -> Told:
    """Return the share of each; of several choices of the `people` who chose, where all of them are known."""
    n = sum(counts.values()) if people is None else people
    known = n >= max(counts.values(), default=0)
    shown = Figure(metric=metric, unit=SHARE, n=n if known else max(counts.values()), responses=counted.get("n", 0))
    if shown.n < MINIMUM_N:
        return Told(masked(shown))
    shares = {name: _share(metric, statistics.wilson(count, n)) for name, count in counts.items()} if known else None
    return Told(shown.changed(counts=dict(counts), shares=shares))


def _share(metric: Metric, share: Share | None) -> Figure:
    if share is None:
        return Figure(metric=metric, unit=SHARE, n=0, masked=True)
    return Figure(metric=metric, unit=SHARE, n=share.n, value=share.share, low=share.low, high=share.high)


def _tones(by: Reading, counted: Mapping[str, int]) -> Told:
    return _parts(by.metric, counted, {tone: counted.get(f"tone.{tone}", 0) for tone in TONES})


def _topics(by: Reading, counted: Mapping[str, int]) -> Told:
    """Return of how many of the comments each topic is, the most frequent first; a comment may be of several."""
    counts = {name: counted.get(f"topic.{name}", 0) for name in impact.topics(counted)}
    often = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    found = _parts(by.metric, counted, often, impact.comments(counted)).figure
    if found.masked:
        return Told(found)
    told = {topic: _effect(each) for topic, each in impact.of(counted).items()}
    return Told(found.changed(effects={topic: effect for topic, effect in told.items() if effect}))


def _effect(found: impact.Impact) -> Change | None:
    """Return by how much a topic moves the score of everybody; None where too few speak of it to tell."""
    if found.change is None or found.points is None:
        return None
    return Change(difference=found.points, low=found.low, high=found.high, p=found.change.p, verdict=found.verdict)


def emerging(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, Change]:
    """Return the topics whose share of the comments rose, and by how much."""
    return {
        each.topic: Change(difference=each.difference, low=each.low, high=each.high, p=each.p, verdict=EMERGING)
        for each in impact.emerging(after, before)
    }


def _wait(by: Reading, counted: Mapping[str, int]) -> Told:
    """Return the shares of the buckets, and of the median the longest wait of its bucket, in minutes."""
    names = [name.removeprefix("wait.") for name in counted if name.startswith("wait.")]
    order = sorted(names, key=lambda name: int(name) if name.isdecimal() else 1 << 40)
    counts = {name: counted[f"wait.{name}"] for name in order}
    found = _parts(by.metric, counted, counts).figure.changed(unit=MINUTES)
    if found.masked:
        return Told(found)
    middle = statistics.median(counts)
    ends = {end: _minutes(name) for end, name in vars(middle).items()} if middle else {}
    return Told(found.changed(**ends))


def _minutes(bucket: str) -> float | None:
    return float(bucket) if bucket.isdecimal() else None


def _funnel(by: Reading, counted: Mapping[str, int]) -> Told:
    counts = {step: counted.get(step, 0) for step in STEPS}
    rate = statistics.response_rate(counts["completed"], counts["delivered"])
    found = _of(by.metric, rate, {"n": counts["completed"]})
    return Told(found.figure.changed(counts=counts), rate)


def _of(metric: Metric, found: Nps | Share | Mean | None, counted: Mapping[str, int]) -> Told:
    unit = {Nps: POINTS, Share: SHARE, Mean: MEAN}.get(type(found)) or _UNITS.get(metric, SHARE)
    figure = Figure(metric=metric, unit=unit, n=found.n if found else 0, responses=counted.get("n", 0))
    match found:
        case None:
            return Told(masked(figure))
        case _ if found.masked:
            return Told(masked(figure), found)
        case Nps():
            value = found.score
        case Share():
            value = found.share
        case Mean():
            value = found.mean
    return Told(figure.changed(value=value, low=found.low, high=found.high), found)


def _tickets(by: Reading, counted: Mapping[str, int]) -> Told:
    """Return how many were opened, and what became of tickets in these days, whenever they were opened."""
    counts_of = {name: counted.get(name, 0) for name in _OF_TICKETS}
    costs = {name: number for name, number in counted.items() if name.startswith("cost.")}
    n = counts_of["opened"]
    return Told(Figure(metric=by.metric, unit=COUNT, n=n, value=n, counts=counts_of | costs))


def _rate(by: Reading, counted: Mapping[str, int]) -> Told:
    """Return the share that a metric of tickets is; where less is better, compared by that of the others."""
    good, bad, less = _RATES[by.metric]
    yes, no = counted.get(good, 0), counted.get(bad, 0)
    total = yes + no if by.metric in {Metric.RECOVERY, Metric.IN_TIME} else no
    found = statistics.wilson(yes, total)
    told = _of(by.metric, found, {})
    if told.figure.masked:
        return told
    shown = {good: yes, ("others" if less else bad): total - yes}
    if by.metric is Metric.RECOVERY:
        shown["asked"] = counted.get("asked", 0)
    figure = told.figure.changed(counts=shown, shares=_again(by.metric, counted) if less else None)
    return Told(figure, statistics.wilson(total - yes, total) if less else found, turned=less)


def _again(metric: Metric, counted: Mapping[str, int]) -> dict[str, Figure] | None:
    """Return of how many of the tickets with a cause the place had had it before."""
    if metric is not Metric.CAUSED_AGAIN:
        return None
    named = {name.removeprefix("cause."): number for name, number in counted.items() if name.startswith("cause.")}
    shares = {cause: statistics.wilson(counted.get(f"again.{cause}", 0), n) for cause, n in _often(named).items()}
    return {
        cause: _masked_share(metric, share) if share and share.masked else _share(metric, share)
        for cause, share in shares.items()
    }


def _masked_share(metric: Metric, share: Share) -> Figure:
    return masked(Figure(metric=metric, unit=SHARE, n=share.n))


def _often(named: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(named.items(), key=lambda item: (-item[1], item[0])))


def _causes(by: Reading, counted: Mapping[str, int]) -> Told:
    """Return of how many of the tickets that were closed with a root cause each cause is; one may have several."""
    named = {name.removeprefix("cause."): number for name, number in counted.items() if name.startswith("cause.")}
    return _parts(by.metric, {"n": counted.get("closed", 0)}, _often(named), counted.get("caused", 0))


def _times(by: Reading, counted: Mapping[str, int]) -> Told:
    """Return the median of how long something took, and beside it that in the business hours of the places."""
    name = _TAKEN[by.metric]
    found = _took(by.metric, counted, name)
    if found.figure.masked:
        return found
    business = _took(by.metric, counted, f"b{name}").figure
    return found._replace(figure=found.figure.changed(shares={"business": business}))


def _in_states(by: Reading, counted: Mapping[str, int]) -> Told:
    """Return how long closed tickets were in each state, of those that were in it."""
    figure = Figure(metric=by.metric, unit=MINUTES, n=counted.get("closed", 0))
    if figure.n < MINIMUM_N:
        return Told(masked(figure))
    shares = {state: _took(by.metric, counted, f"in.{state}").figure for state in STATES}
    return Told(figure.changed(shares=shares))


def _took(metric: Metric, counted: Mapping[str, int], name: str) -> Told:
    ends = counts.histogram(counted, name)
    figure = Figure(metric=metric, unit=MINUTES, n=sum(ends.values()))
    middle = statistics.median(ends)
    if middle is None or figure.n < MINIMUM_N:
        return Told(masked(figure))
    times = Times(tuple((counts.minutes(end) or float("inf"), number) for end, number in ends.items()))
    ends_of = {"value": middle.value, "low": middle.low, "high": middle.high}
    return Told(figure.changed(**{end: counts.minutes(text) for end, text in ends_of.items()}), times)


STATES = ("new", "open", "waiting", "resolved", "reopened")
_OF_TICKETS = ("opened", "merged", "answered", "closed", "ended", "reopened", "asked", "gestures")
_TAKEN = {Metric.FIRST_RESPONSE: "wait", Metric.CLOSING: "took"}
_RATES = {  # what is counted, beside what or of what, and whether less of it is better
    Metric.RECOVERY: ("recovered", "lost", False),
    Metric.IN_TIME: ("in_time", "late", False),
    Metric.REOPENED: ("reopened", "ended", True),
    Metric.CAUSED_AGAIN: ("again", "caused", True),
}
_UNITS = {Metric.NPS: POINTS, Metric.MEAN: MEAN}
_TOLD: Mapping[Metric, Callable[[Reading, Mapping[str, int]], Told]] = {
    Metric.RESPONSES: _responses,
    Metric.FUNNEL: _funnel,
    Metric.NPS: _nps,
    Metric.SHARES: _shares,
    Metric.WAIT: _wait,
    Metric.TONES: _tones,
    Metric.TOPICS: _topics,
    Metric.TICKETS: _tickets,
    Metric.FIRST_RESPONSE: _times,
    Metric.CLOSING: _times,
    Metric.TIME_IN_STATE: _in_states,
    Metric.IN_TIME: _rate,
    Metric.REOPENED: _rate,
    Metric.RECOVERY: _rate,
    Metric.CAUSED_AGAIN: _rate,
    Metric.CAUSES: _causes,
}
