"""What has to stand beside figures so that a person can read them: names, units, the ends of a scale, verdicts."""

from collections.abc import Iterable, Iterator
from datetime import date

from pydantic import Field

from escuta import i18n
from escuta.entity import Value
from escuta.feedback import vocabulary
from escuta.feedback.comparing import Verdict
from escuta.feedback.model import Figure, Grouping, Metric, Part, Question, QuestionKind, Reckoned, Texts, TicketState
from escuta.feedback.querying import checking
from escuta.feedback.querying.asked import Asked
from escuta.feedback.statistics import MINIMUM_N
from escuta.feedback.tickets import counts, settling

_HERE = "escuta.feedback"
_SCALE = {"points": (-100.0, 100.0), "share": (0.0, 1.0)}
_NAMED = {
    Metric.NPS: "class",
    Metric.TONES: "tone",
    Metric.FUNNEL: "step",
    Metric.WAIT: "wait",
}
_PARTS = {Grouping.CHANNEL: "channel", Grouping.LANGUAGE: "language"}


class Legend(Value):
    """Words in the reader's language. `labels` name the keys of counts and shares, `parts` the parts.

    `scale` is between what a gauge runs; `ends` are what the survey writes at the ends of its question's scale.
    """

    metric: str = ""
    unit: str = ""
    question: str = ""
    scale: tuple[float, float] | None = None
    ends: tuple[str, str] | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    parts: dict[str, str] = Field(default_factory=dict)
    verdicts: dict[str, str] = Field(default_factory=dict)
    masked: str = ""


def of(asked: Asked, reckoned: Reckoned) -> Legend:
    """Return the words beside an answer."""
    language, unit = asked.language, reckoned.figure.unit
    question = checking.question_of(asked.query, asked.version)
    if question is None and asked.query.metric is Metric.NPS and asked.version:
        question = asked.version.benchmark
    scale = question.scale if question and unit == "mean" else None
    return Legend(
        metric=say(language, f"metric.{asked.query.metric}"),
        unit=say(language, f"unit.{unit}"),
        question=_worded(asked, question.text) if question else "",
        scale=(float(scale[0]), float(scale[1])) if scale else _SCALE.get(unit),
        ends=(_worded(asked, question.low), _worded(asked, question.high)) if question and question.scale else None,
        labels=_labels(asked, question, _keys(reckoned)),
        parts=dict(_parts(asked, reckoned.parts)),
        verdicts={str(verdict): say(language, f"verdict.{verdict}") for verdict in Verdict},
        masked=say(language, "masked", n=MINIMUM_N),
    )


def of_comments(language: str, found: Iterable[tuple[str, tuple[str, ...]]]) -> Legend:
    """Return the names of the tones and topics that some comments have, and of the score classes."""
    called, labels = vocabulary.names(language), dict[str, str]()
    for tone, about in found:
        labels |= {tone: say(language, f"tone.{tone}")} if tone else {}
        labels |= {topic: called.get(topic, topic) for topic in about}
    classes = ("promoter", "passive", "detractor")
    return Legend(labels=labels | {name: say(language, f"class.{name}") for name in classes})


def of_tickets(language: str) -> Legend:
    """Return the names of the numbers of tickets."""
    states = (*(state for state in TicketState if state is not TicketState.CLOSED), "closed")
    names = (*states, "overdue", "high", "unassigned", "escalated", "median", "in_time")
    return Legend(labels={name: say(language, f"tickets.{name}") for name in names}, unit=say(language, "unit.minutes"))


def say(language: str, code: str, **details: int | str) -> str:
    """Return our words for a code."""
    return i18n.say(_HERE, language, code, **details)


def _keys(reckoned: Reckoned) -> dict[str, None]:
    """Return all keys of counts and shares in an answer, in their order."""
    return dict.fromkeys(
        key for figure in _figures(reckoned) for key in (*(figure.counts or ()), *(figure.shares or ()))
    )


def _figures(reckoned: Reckoned) -> Iterator[Figure]:
    yield reckoned.figure
    for part in reckoned.parts:
        yield part.figure


def _labels(asked: Asked, question: Question | None, keys: Iterable[str]) -> dict[str, str]:
    """Return the words of each key; the numbers of a scale name themselves."""
    kind = _NAMED.get(asked.query.metric)
    if kind:
        return {key: say(asked.language, f"{kind}.{key}") for key in keys}
    if asked.query.metric in checking.OF_TICKETS:
        return _of_tickets(asked, keys)
    if asked.query.metric is Metric.TOPICS:
        called = vocabulary.names(asked.language)
        return {key: called.get(key, key) for key in keys}
    if question is None:
        return {}
    if question.kind is QuestionKind.THUMBS:
        return {key: say(asked.language, f"thumbs.{key}") for key in keys}
    chosen = {choice.id: _worded(asked, choice.text) or choice.id for choice in question.choices}
    return {key: chosen.get(key, key) for key in keys}


def _of_tickets(asked: Asked, keys: Iterable[str]) -> dict[str, str]:
    """Return the words of what is counted of tickets; root causes are named by whoever made their tree."""
    ours = i18n.catalog(_HERE, asked.language)
    causes = {cause.id: _worded(asked, cause.text) for cause in settling.causes().causes}
    causes[counts.OTHER] = say(asked.language, "tickets.other_causes")
    return {key: causes.get(key) or ours.get(f"tickets.{key}", key.removeprefix("cost.")) for key in keys}


def _parts(asked: Asked, parts: Iterable[Part]) -> Iterator[tuple[str, str]]:
    grouping = asked.query.group_by
    known = i18n.catalog(_HERE, asked.language)
    for part in parts:
        if grouping.unit:
            yield part.key, _stretch(asked.language, grouping, date.fromisoformat(part.key), part.last)
        else:
            yield part.key, known.get(f"{_PARTS[grouping]}.{part.key}", part.name) if grouping in _PARTS else part.name


def _stretch(language: str, grouping: Grouping, first: date, last: date | None) -> str:
    """Return what a stretch of the calendar is called: a day by its date, others by their months."""
    if grouping in {Grouping.DAY, Grouping.WEEK}:
        return say(language, "stretch.day", day=first.day, month=_month(language, first))
    if grouping is Grouping.MONTH or last is None:
        return say(language, "stretch.month", month=_month(language, first), year=first.year)
    ends = _end_of(grouping, first)
    return say(
        language,
        "stretch.months",
        first=_month(language, first),
        last=_month(language, ends),
        year=str(first.year) if first.year == ends.year else f"{first.year}/{ends.year % 100:02}",
    )


def _end_of(grouping: Grouping, first: date) -> date:
    """Return the first day of the last month of a whole quarter or year."""
    index = first.year * 12 + first.month - 1 + (2 if grouping is Grouping.QUARTER else 11)
    return date(index // 12, index % 12 + 1, 1)


def _month(language: str, day: date) -> str:
    return say(language, f"month.{day.month}")


def _worded(asked: Asked, texts: Texts) -> str:
    """Return words in the language asked for, else in the survey's first one."""
    languages = (asked.language, *(asked.version.languages if asked.version else ()))
    return next((texts[language] for language in languages if texts.get(language)), "")
