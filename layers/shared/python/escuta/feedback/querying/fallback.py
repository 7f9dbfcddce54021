"""Answering from the responses themselves what no counter says: through an index, and only so many."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from escuta import table
from escuta.directory import segments
from escuta.errors import InvalidError
from escuta.feedback import facets, filtering, metrics
from escuta.feedback.model import (
    Contribution,
    Grouping,
    Hierarchy,
    Metric,
    Response,
    ResponseState,
    Standing,
)
from escuta.feedback.periods import Period
from escuta.feedback.querying import counters
from escuta.feedback.querying.asked import Asked
from escuta.feedback.querying.shelf import Need, Shelf, Tally

MOST_RESPONSES = 10_000  # that are read for one query
MOST_PARTITIONS = 400
MOST_TOGETHER = 20_000  # responses that are read for queries that are answered together
MOST_PARTITIONS_TOGETHER = 1_000
_EARLY, _LATE = timedelta(hours=14), timedelta(hours=12)  # by how much a day begins and ends elsewhere on earth


class Read(NamedTuple):
    """What the responses of a period say: whole, by part, and both as if nothing that people said was filtered by.

    `read` are those of the place, whatever else lay beside them in the index: not everybody may know how many.
    """

    total: Tally
    parts: dict[str, Tally]
    all: Tally
    all_parts: dict[str, Tally]
    read: int


def needs(asked: Asked) -> tuple[Need, ...]:
    """Return the counters that tell beforehand how much there is to read."""
    return counters.place(asked), counters.whole(asked)


def read(asked: Asked, shelf: Shelf) -> tuple[Read, ...]:
    """Return what the responses of each period of a query say, as counters would.

    InvalidError `query_too_wide` when there are more than may be read.
    """
    plans = [_plan(asked, shelf, period) for period in asked.periods]
    own = sum(plan.own for plan in plans)
    _refuse(sum(plan.rows for plan in plans), sum(len(plan.partitions) for plan in plans), own)
    left, found = min(MOST_RESPONSES, MOST_TOGETHER - shelf.rows), []
    for plan, period in zip(plans, asked.periods, strict=True):
        answers = _responses(shelf, plan, left, own)
        left -= len(answers)
        found.append(_counted(asked, answers, period))
    return tuple(found)


class _Plan(NamedTuple):
    """The partitions of an index that hold the responses of a period, about how many they are, and how many `own`."""

    by: str  # g1, g2
    partitions: tuple[str, ...]
    period: Period
    rows: int
    own: int  # of the place that was asked for


def _plan(asked: Asked, shelf: Shelf, period: Period) -> _Plan:
    """Choose between the days of the survey and the segments of the place what reads less."""
    survey = asked.query.survey
    own, everything = (shelf.of((need,), period) for need in needs(asked))
    number = sum(map(_standing, own.values()))
    moved = asked.query.group_by is Grouping.SEGMENT and segments.everything_moved()
    days = [day for day, counted in (everything if moved else own).items() if _standing(counted)]
    by_day = _Plan(
        "g2",
        tuple(f"responses#{survey}#{day}" for day in days),
        period,
        sum(_standing(everything.get(day, Counter())) for day in days),
        number,
    )
    codes = _codes(asked) if days else ()
    by_segment = _Plan("g1", tuple(f"responses#{survey}#{code}" for code in codes), period, number, number)
    if not _may(by_day):
        return by_segment
    return by_day if not _may(by_segment) or _cost(by_day) < _cost(by_segment) else by_segment


def _cost(plan: _Plan) -> int:
    return plan.rows + len(plan.partitions)


def _codes(asked: Asked) -> Sequence[str]:
    code = asked.place.code
    if not asked.query.subtree:
        return (code,)
    if asked.query.hierarchy is Hierarchy.WAS:
        return sorted(segments.ever_under(code))
    return [each.code for each in segments.all() if code in each.path]


def _standing(counted: Counter[str]) -> int:
    """Return how many responses these are, counted or not."""
    return sum(counted[f"{standing}.n"] for standing in Standing if standing is not Standing.COUNTED) + counted["n"]


def _may(plan: _Plan) -> bool:
    return plan.rows <= MOST_RESPONSES and len(plan.partitions) <= MOST_PARTITIONS


def _refuse(responses: int, partitions: int, own: int) -> None:
    """Refuse to read so many. Only how many `own` there are is told: not everybody may know how many the survey has."""
    if responses > MOST_RESPONSES or partitions > MOST_PARTITIONS:
        raise InvalidError(
            "query_too_wide",
            field="filters",
            responses=own if responses <= MOST_RESPONSES else max(own, MOST_RESPONSES + 1),
            most=MOST_RESPONSES,
            partitions=partitions,
            most_partitions=MOST_PARTITIONS,
        )


def _responses(shelf: Shelf, plan: _Plan, most: int, own: int) -> tuple[Response, ...]:
    key = (plan.by, plan.partitions, plan.period)
    if key not in shelf.responses:
        lists = min(MOST_PARTITIONS, MOST_PARTITIONS_TOGETHER - shelf.partitions)
        _refuse(plan.rows + MOST_RESPONSES - most, len(plan.partitions) + MOST_PARTITIONS - lists, own)
        shelf.partitions += len(plan.partitions)
        between = moments(plan.period) if plan.by == "g1" else None
        found: list[Response] = []
        for partition in plan.partitions:
            limit = most + 1 - len(found)
            found += table.query(Response, partition, index=plan.by, between=between, limit=limit).items
            _refuse(len(found) + MOST_RESPONSES - most, 0, own)
        shelf.responses[key], shelf.rows = tuple(found), shelf.rows + len(found)
    return shelf.responses[key]


def moments(period: Period) -> tuple[str, str]:
    """Return between which sort keys everything lies that was answered on these days, wherever on earth."""
    first = datetime.combine(period.first, time(), UTC) - _EARLY
    last = datetime.combine(period.last, time(), UTC) + timedelta(days=1) + _LATE
    return first.isoformat(), last.isoformat()


def _counted(asked: Asked, answers: Sequence[Response], period: Period) -> Read:
    first, last = period.first.isoformat(), period.last.isoformat()
    final = [each for each in answers if first <= each.day <= last and each.state is ResponseState.FINAL]
    groups = _groups(asked, final)
    said = tuple(each for each in asked.query.filters if each.field in filtering.SAID)
    other = tuple(each for each in asked.query.filters if each.field not in filtering.SAID)
    found, number = Read({}, defaultdict(dict), {}, defaultdict(dict), 0), 0
    below = frozenset(each.code for each in asked.below) if asked.query.group_by is Grouping.SEGMENT else frozenset()
    for each in final:
        group, inside = groups.get(each.id, ""), _is_inside(asked, each)
        # a place is read with all its answers, as from its counters, also those from before it came to stand here
        keys = tuple(_keys(asked, each, group, below)) if inside or below else ()
        number += bool(inside or keys)
        if not (inside or keys) or not filtering.fits(each, other, group=group):
            continue
        numbers = _numbers(asked, each, group)
        _add(found.all if inside else {}, found.all_parts, keys, each.day, numbers)
        if filtering.fits(each, said):
            _add(found.total if inside else {}, found.parts, keys, each.day, numbers)
    return found._replace(read=number)


def _add(total: Tally, parts: dict[str, Tally], keys: Sequence[str], day: str, numbers: dict[str, int]) -> None:
    for tally in (total, *(parts[key] for key in keys)):
        tally.setdefault(day, Counter()).update(numbers)


def _numbers(asked: Asked, response: Response, group: str) -> dict[str, int]:
    """Return what a response adds to the counters. Its comment is read only where that is asked for."""
    heard = asked.query.metric in {Metric.TONES, Metric.TOPICS}
    return metrics.contribution(response if heard else response.model_copy(update={"comment": ""}), group).numbers


def _is_inside(asked: Asked, response: Response) -> bool:
    if not asked.query.subtree:
        return response.segment == asked.place.code
    return asked.place.code in _path(asked, response)


def _path(asked: Asked, response: Response) -> tuple[str, ...]:
    return segments.as_is(response.segment) if asked.query.hierarchy is Hierarchy.IS else response.segment_path


def _groups(asked: Asked, answers: Sequence[Response]) -> dict[str, str]:
    """Return in which group the product of each was counted, where that is asked for."""
    if asked.query.group_by is not Grouping.PRODUCT_GROUP and not filtering.by_group(asked.query.filters):
        return {}
    keys = (Contribution.at(each.survey, each.id) for each in answers if each.product)
    return {each.response: each.group for each in table.find_many(Contribution, keys).values()}


def _keys(asked: Asked, response: Response, group: str, below: frozenset[str]) -> Iterator[str]:
    """Yield the parts that a response is in."""
    query = asked.query
    match query.group_by:
        case Grouping.SEGMENT:
            yield from below.intersection(_path(asked, response))
        case Grouping.PRODUCT:
            yield from filter(None, (response.product,))
        case Grouping.PRODUCT_GROUP:
            yield from filter(None, (group,))
        case Grouping.CHANNEL:
            yield response.channel
        case Grouping.LANGUAGE:
            yield response.language
        case Grouping.DIMENSION:
            value = response.facets.get(query.dimension)
            yield from (facets.settled(query.survey, query.dimension, value),) if value else ()
        case Grouping.ANSWER:
            yield from filtering.answered(response, query.by)
