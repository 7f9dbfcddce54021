"""The response funnel: how many invitations were queued, sent, delivered, begun and answered, counted exactly.

An invitation counts once at each step that it ever came to, on the day on which it was made by the clock of its
segment, whenever it comes there: so that of the people invited on a day it is known what became of them. It counts at
its segment and each one above it as they were, at its channel and at its deployment.

What it counts for follows from the row alone (its places, its day, and `reached`, which only rises). Whoever stores a
row in place of another adds the difference in the same transaction, guarded by the revision of the row: duplicates,
disorder and lost replies change nothing, and a recount of the rows is the same sum. A row of a month holds all its
days: an invitation moves for weeks, and what moves together is then one addition a place, whatever the days.

Messages are sent and told of by hundreds, which share their additions. People answer one by one, each at half a dozen
counters: so from the moment at which somebody begins to answer (`later`), the stream of the table counts what becomes
of their invitation, with that of others (`catching_up`).
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import NamedTuple

from escuta import clock, table
from escuta.entity import Key, Table
from escuta.outreach import standings
from escuta.outreach.model import Deployment, Invitation, Step
from escuta.outreach.standings import Message

SHARDS = 8
STEPS = tuple(step for step in Step if step is not Step.MADE)
_LETTERS = dict(zip(STEPS, "qsdtc", strict=True))
_OF = {letter: step for step, letter in _LETTERS.items()}

Move = tuple[Message | None, Message]  # the row that is stored, if any, and the one that takes its place
Days = dict[str, Counter[str]]  # by day, then by `Step`


class Row(NamedTuple):
    """A counter before it is spread over shards: of the funnel one of a place and a month."""

    partition: str
    part: str


def adds(moves: Iterable[Move]) -> tuple[table.Action, ...]:
    """Return what the transaction that stores these adds to the counters, of the states too: each counter once.

    Once for all messages of a transaction, since no row may be written twice in it. A reminder is no step of a funnel.
    """
    shard = random.randrange(SHARDS)  # noqa: S311 - spreading, not a secret
    return tuple(
        table.Add(Table.OUTREACH, _key(row, shard), numbers) for row, numbers in sorted(difference(moves).items())
    )


def later(before: Invitation, after: Invitation) -> Invitation:
    """Return a row that nobody counts who stores it: from what was counted `before` on, the stream does."""
    if after.tallied or after.reached is None or before.reached is None:
        return after
    return after.model_copy(update={"tallied": f"{before.state}/{before.reached}"})


def difference(moves: Iterable[Move]) -> dict[Row, dict[str, int]]:
    """Return by how much these change which counters. Pure.

    One whose segment is another by now, since it was decided on anew, moves over with all its steps. What the stream
    counts is no difference here.
    """
    moved_on = [(before, after) for before, after in moves if not (isinstance(after, Invitation) and after.tallied)]
    shapes: Counter[_Shape] = Counter()
    for pair in moved_on:
        for message, number in zip(pair, (-1, 1), strict=True):
            if isinstance(message, Invitation):
                shapes[_shape(message)] += number
    found: defaultdict[Row, Counter[str]] = defaultdict(Counter)
    for shape, number in shapes.items():
        for row, names in _counted(shape) if number else ():
            for name in names:
                found[row][name] += number
    moved = {row: {name: number for name, number in numbers.items() if number} for row, numbers in found.items()}
    counted = {row: numbers for row, numbers in moved.items() if numbers}
    return counted | {Row(*row): numbers for row, numbers in standings.difference(moved_on).items()}


class _Shape(NamedTuple):
    """All of an invitation that says where it counts: of those that move together, most are alike."""

    survey: str
    path: tuple[str, ...]
    channel: str
    deployment: str
    day: str
    steps: int


def _shape(invitation: Invitation) -> _Shape:
    return _Shape(
        invitation.survey,
        invitation.segment_path,
        invitation.channel,
        invitation.deployment,
        clock.local_day(invitation.created_at, invitation.timezone),
        invitation.reached.rank if invitation.reached else 0,
    )


def _counted(shape: _Shape) -> Iterator[tuple[Row, list[str]]]:
    """Yield the counters at which an invitation counts, each with the names of its numbers."""
    names = [f"{_LETTERS[step]}{shape.day[8:]}" for step in STEPS[: shape.steps]]
    places = (*(f"segment#{code}" for code in shape.path), f"channel#{shape.channel}", f"deployment#{shape.deployment}")
    for place in places if names else ():
        yield Row(_partition(shape.survey, place), shape.day[:7]), names


def tally(survey: str, place: str, first_day: str, last_day: str) -> Days:
    """Return by day, both ends included, how many of those invited on it came to each step, or beyond it.

    `place` is `segment#{code}` (with its subtree), `channel#{channel}` or `deployment#{id}`. Days without any are left
    out.
    """
    rows = table.numbers(Table.OUTREACH, _partition(survey, place), between=(first_day[:7], f"{last_day[:7]}#~"))
    return _days(rows, first_day, last_day)


def tallies(survey: str, wanted: Iterable[str], first_day: str, last_day: str) -> dict[str, Days]:
    """Return the same of several places, read together; places without any have no days."""
    months = list(_months(first_day, last_day))
    keys = {
        _key(Row(_partition(survey, place), month), shard): place
        for place in wanted
        for month in months
        for shard in range(SHARDS)
    }
    found: dict[str, list[tuple[str, Mapping[str, int]]]] = {place: [] for place in keys.values()}
    for key, numbers in table.numbers_of(Table.OUTREACH, keys).items():
        found[keys[key]].append((key.sk, numbers))
    return {place: _days(rows, first_day, last_day) for place, rows in found.items()}


def totals(wanted: Iterable[Deployment]) -> dict[str, Counter[str]]:
    """Return by its id how many invitations of each deployment ever came to each step, read together.

    Invitations are made while a deployment is planned, and of a standing one until now: so it is known where to look.
    """
    now, slack = clock.now(), timedelta(days=1)  # a segment may be a day ahead, or behind
    spans = {one: ((one.created_at - slack).date(), ((one.finished_at or now) + slack).date()) for one in wanted}
    keys = {
        _key(Row(_partition(one.survey, f"deployment#{one.id}"), month), shard): one.id
        for one, (first, last) in spans.items()
        for month in _months(f"{first}", f"{last}")
        for shard in range(SHARDS)
    }
    found: dict[str, Counter[str]] = {one.id: Counter() for one in spans}
    for key, numbers in table.numbers_of(Table.OUTREACH, keys).items():
        for name, number in numbers.items():
            found[keys[key]][_OF[name[0]]] += number
    return found


def _days(rows: Iterable[tuple[str, Mapping[str, int]]], first_day: str, last_day: str) -> Days:
    days: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sk, numbers in rows:
        month = sk.partition("#")[0]
        for name, number in numbers.items():
            day = f"{month}-{name[1:]}"
            if first_day <= day <= last_day:
                days[day][_OF[name[0]]] += number
    return {day: found for day in sorted(days) if (found := +days[day])}


def _months(first_day: str, last_day: str) -> Iterator[str]:
    first, last = date.fromisoformat(first_day), date.fromisoformat(last_day)
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        yield f"{number // 12:04}-{number % 12 + 1:02}"


def _partition(survey: str, place: str) -> str:
    return f"funnel#{survey}#{place}"


def _key(row: Row, shard: int) -> Key:
    return Key(row.partition, f"{row.part}#{shard}")
