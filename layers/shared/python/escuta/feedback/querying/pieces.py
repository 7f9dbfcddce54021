"""The parts of a figure as they were counted: stretches of days, places, products, questions, answers."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from escuta.directory import segments
from escuta.feedback import filtering, metrics, periods
from escuta.feedback.model import Comparison, Figure, Grouping, Metric, Question
from escuta.feedback.periods import Period, Unit
from escuta.feedback.querying import checking, counters, figures, masking, naming
from escuta.feedback.querying.asked import Asked
from escuta.feedback.querying.figures import Reading, Told
from escuta.feedback.querying.shelf import Tally, within
from escuta.feedback.statistics import MINIMUM_N


class Numbers(NamedTuple):
    """What was read for one period: whole and by part; and both whatever people said, where that is filtered by."""

    total: Tally
    parts: Mapping[str, Tally]
    all: Tally
    all_parts: Mapping[str, Tally]


class Piece(NamedTuple):
    """A part before it is shown. `all`: what was counted there whatever people said."""

    key: str
    name: str
    told: Told
    tally: Tally
    all: Tally
    last: date | None = None


def whole(asked: Asked, numbers: Numbers) -> Told:
    """Return the figure of everything that was asked for."""
    return _told(asked, numbers.total, numbers.all)


def of(asked: Asked, numbers: Numbers, period: Period) -> list[Piece]:
    """Return the parts in their own order, those hidden that could be worked out from the others."""
    unit = asked.query.group_by.unit
    if unit:
        stretches = list(periods.split(period, unit, year_begins=asked.query.year_begins))
        return _hidden(asked, numbers, [_stretch(asked, numbers, each, unit) for each in stretches])
    if asked.query.group_by is Grouping.QUESTION:
        return _questions(asked, numbers.total, numbers.all)
    return _hidden(asked, numbers, list(_things(asked, numbers)))


def earlier(asked: Asked, numbers: Numbers, now: list[Piece]) -> dict[str, Told]:
    """Return what the parts are held against: of stretches those that stand there in the earlier period."""
    unit = asked.query.group_by.unit
    if asked.earlier is None or unit is None:
        return {each.key: each.told for each in of(asked, numbers, asked.earlier)} if asked.earlier else {}
    if asked.query.compare is Comparison.BEFORE:
        before = of(asked, numbers, asked.earlier)
        return {mine.key: its.told for mine, its in zip(reversed(now), reversed(before), strict=False)}
    stretches = periods.split(asked.period, unit, year_begins=asked.query.year_begins)
    before = [_stretch(asked, numbers, periods.year_before(each), unit) for each in stretches]
    return {mine.key: its.told for mine, its in zip(now, _hidden(asked, numbers, before), strict=True)}


def cells(asked: Asked, numbers: Numbers, rows: list[Piece]) -> dict[str, list[Piece]]:
    """Return the questions of each part, those hidden that could be worked out from those of the others."""
    whole = {each.key: each.told.figure for each in _questions(asked, numbers.total, numbers.all)}
    found = {row.key: _questions(asked, row.tally, row.all) for row in rows}
    hidden = {question: masking.beside(total, _column(found, question)) for question, total in whole.items()}
    silent = _silent(asked, rows)
    return {
        row: [_veiled(each) if row in silent else _masked(each) if row in hidden[each.key] else each for each in cells]
        for row, cells in found.items()
    }


def _column(found: Mapping[str, list[Piece]], question: str) -> dict[str, Figure]:
    return {row: each.told.figure for row, cells in found.items() for each in cells if each.key == question}


def _stretch(asked: Asked, numbers: Numbers, stretch: Period, unit: Unit) -> Piece:
    first = periods.containing(stretch.first, unit, year_begins=asked.query.year_begins).first.isoformat()
    tally, everything = within(numbers.total, stretch), within(numbers.all, stretch)
    return Piece(first, first, _told(asked, tally, everything), tally, everything, stretch.last)


def _questions(asked: Asked, tally: Tally, everything: Tally) -> list[Piece]:
    return [
        Piece(
            question.id,
            naming.of_question(question, asked),
            _told(asked, tally, everything, _reading(asked, figures.own_metric(question), question)),
            tally,
            everything,
        )
        for question in checking.counted(asked.version)
    ]


def _things(asked: Asked, numbers: Numbers) -> Iterator[Piece]:
    """Yield the parts that have a key of their own. Without any answers they are none, but for places."""
    known = segments.by_code() if asked.query.group_by is Grouping.SEGMENT else {}
    places = {each.code for each in asked.below if not known[each.code].retired_at} if known else set()
    keys = naming.order(asked, {*places, *(key for key, tally in numbers.parts.items() if any(tally.values()))})
    counters.refuse_many(len(keys))
    names = naming.names(asked, keys)
    for key in keys:
        tally = numbers.parts.get(key, {})
        everything = numbers.all if asked.query.group_by is Grouping.ANSWER else numbers.all_parts.get(key, {})
        yield Piece(key, names[key], _told(asked, tally, everything), tally, everything)


def _hidden(asked: Asked, numbers: Numbers, some: list[Piece]) -> list[Piece]:
    silent = _silent(asked, some)
    found = [_veiled(each) if each.key in silent else each for each in some]
    hidden = masking.beside(whole(asked, numbers).figure, {each.key: each.told.figure for each in found})
    return [_masked(each) if each.key in hidden else each for each in found]


def _silent(asked: Asked, some: list[Piece]) -> frozenset[str]:
    """Return the parts of which it is not told how many of them said what is filtered by."""
    if not _goes_by_what_was_said(asked):
        return frozenset()
    return masking.silent({each.key: seen(asked, each.all)["n"] for each in some})


def _masked(piece: Piece) -> Piece:
    return piece._replace(told=Told(figures.masked(piece.told.figure)))


def _veiled(piece: Piece) -> Piece:
    return piece._replace(told=Told(_without_n(piece.told.figure)))


def _without_n(figure: Figure) -> Figure:
    return figures.masked(figure).changed(n=0, responses=0)


def _told(asked: Asked, tally: Tally, everything: Tally, reading: Reading | None = None) -> Told:
    """Return what a tally says. Of too few people nothing is told that they said, not even how many of them said it."""
    query = asked.query
    own = _reading(asked, query.metric, checking.question_of(query, asked.version))
    told = figures.told(reading or own, seen(asked, tally))
    if is_veiled(asked, everything):
        return Told(_without_n(told.figure))
    return told


def _reading(asked: Asked, metric: Metric, question: Question | None) -> Reading:
    """Return by what counters are read; of the question that classifies people with the bounds that it has now."""
    if question is None or not question.benchmark or asked.version is None:
        return Reading(metric, question, asked.query.boxes)
    bounds = (asked.version.detractor_max, asked.version.passive_max + 1)
    always = asked.benchmarks == {question.id}
    return Reading(metric, question, asked.query.boxes, *bounds, classed=always)


def is_veiled(asked: Asked, everything: Tally) -> bool:
    """Tell whether a query goes by what people said, and they were too few to tell how many of them said it."""
    said = _goes_by_what_was_said(asked) or asked.query.group_by is Grouping.ANSWER
    return said and seen(asked, everything)["n"] < MINIMUM_N


def _goes_by_what_was_said(asked: Asked) -> bool:
    return any(each.field in filtering.SAID for each in asked.query.filters)


def seen(asked: Asked, tally: Tally) -> Counter[str]:
    """Return the plain counters of a tally, with the standings that the query wants."""
    counted: Counter[str] = Counter()
    for each in tally.values():  # not `sum`, which copies what it has for each day
        counted.update(each)
    if asked.query.metric is Metric.FUNNEL or asked.query.metric in checking.OF_TICKETS:
        return counted
    return metrics.viewed(counted, asked.query.include, tapped=asked.query.tapped)
