"""Counting responses: their contributions and what these change of the counters, in one transaction."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from zlib import crc32

from escuta import clock, table
from escuta.entity import Key, Table
from escuta.errors import NotFoundError, UnavailableError
from escuta.feedback import facets, hearing, parking
from escuta.feedback.metrics import days, names, spreading
from escuta.feedback.metrics.contributions import FORMULA, contribution, group_of
from escuta.feedback.metrics.names import Row
from escuta.feedback.model import Contribution, Response

_CHUNK = 40  # responses per transaction
_ACTIONS = 100  # what DynamoDB takes in one transaction
_NAMES = 300  # that are added to in one row: an expression has at most 4,096 characters, which is some 390 of them
_CLASHES = 8  # how often in a row somebody else may be first


class UnappliedError(UnavailableError):
    """Not everything was counted: the store would not now, or the time is up. `responses` are what is left."""

    def __init__(self, code: str, left: Sequence[Response]) -> None:
        """Keep what is left."""
        super().__init__(code, retry_after=1)
        self.responses = tuple(left)


def apply(some: Iterable[Response], *, in_time: Callable[[], bool] = lambda: True) -> None:
    """Count these responses, each at its `rev`. Any order, any number of times, beside anybody else.

    UnappliedError names what is left when the store would not, or when `in_time`, asked before every transaction, says
    no. A response that can never be counted is parked and counts as done.
    """
    left, clashes = _newest(some), 0
    while left:
        if not in_time():
            raise UnappliedError("out_of_time", left)
        try:
            left, clashes = left[_count(left[:_CHUNK]) :], 0
        except table.CancelledError as clash:  # somebody else counted some of these: read again
            clashes += 1
            if clashes > _CLASHES:
                raise UnappliedError(clash.code, left) from clash
        except UnavailableError as refusal:
            raise UnappliedError(refusal.code, left) from refusal


def _count(some: Sequence[Response]) -> int:
    """Count responses from the front; return how many are done. What can never be counted is found by halving."""
    try:
        facets.admit(some)
        return _write(some)
    except (table.RejectedError, NotFoundError) as never:
        if len(some) > 1:
            return _count(some[: len(some) // 2])
        parking.park(never.code, some[0].id, some[0].model_dump_json(), some[0].id, some[0].rev)
        return 1


def _newest(some: Iterable[Response]) -> list[Response]:
    """Return one image per response, the newest, side by side when they share counters: that makes chunks cheap."""
    newest: dict[str, Response] = {}
    for response in some:
        if response.id not in newest or newest[response.id].rev < response.rev:
            newest[response.id] = response
    return sorted(newest.values(), key=lambda response: (response.survey, response.day, response.segment_path))


def _write(wanted: Sequence[Response]) -> int:
    """Count as many of these from the front as one transaction takes; return how many are done, old ones included."""
    stored = table.find_many(Contribution, (Contribution.at(each.survey, each.id) for each in wanted), consistent=True)
    writes: list[table.Action] = []
    deltas: dict[Row, Counter[str]] = defaultdict(Counter)
    done, over = 0, days.over(clock.now())
    for response in wanted:
        old = stored.get(Contribution.at(response.survey, response.id))
        if old is None or is_behind(old, response):
            new = contribution(response, group_of(response, old))
            touched = deltas.keys() | _rows(new) | _rows(old)
            if writes and len(writes) + 1 + len(touched) + len(days.places(touched, over)) > _ACTIONS:
                break
            writes.append(table.Save(new.changed(rev=old.rev)) if old else table.Create(new))
            _shift(deltas, new, 1)
            _shift(deltas, old, -1)
        done += 1
    if writes:
        last = wanted[done - 1]
        moved = {row: some for row, numbers in deltas.items() if (some := {k: v for k, v in numbers.items() if v})}
        marks = tuple(days.mark(moved, over))
        clashes = table.transact(*writes, *_adds(moved, crc32(last.id.encode())), *marks)
        if not marks:  # those are one row for all: that they clash says nothing of the counters
            spreading.observe(last.survey, clashes)
    return done


def is_behind(counted: Contribution, response: Response) -> bool:
    """Tell whether a response, counted as we do now, would say more than what is stored of it."""
    if counted.response_rev == response.rev and counted.formula == FORMULA:
        return counted.dictionary < hearing.version(response)
    return (counted.response_rev, counted.formula) < (response.rev, FORMULA)


def _rows(each: Contribution | None) -> set[Row]:
    return {Row(each.survey, place, each.day) for place in each.places} if each else set()


def _shift(deltas: dict[Row, Counter[str]], each: Contribution | None, sign: int) -> None:
    for row in _rows(each):
        for name, number in each.numbers.items() if each else ():
            deltas[row][name] += sign * number


def _adds(moved: Mapping[Row, Mapping[str, int]], drawn: int) -> Iterator[table.Add]:
    """Yield the additions, to the rows over which the survey of each is spread: readers look at no others.

    What one row cannot take at once stands in the next ones as well; readers add them up in any case.
    """
    for row, numbers in sorted(moved.items()):
        rows = spreading.rows(row.survey)
        for number, part in enumerate(_cut(numbers, rows)):
            key = Key(names.partition(row.survey, row.place), f"{row.day}#{(drawn + number) % rows}")
            yield table.Add(Table.FEEDBACK, key, {**part, names.VERSION: 1})


def _cut(numbers: Mapping[str, int], most: int) -> Iterator[Mapping[str, int]]:
    """Cut the numbers of a row into at most so many parts that one addition takes; what is left over is refused."""
    listed = list(numbers.items())
    for part in range(most):
        start, end = part * _NAMES, (part + 1) * _NAMES if part + 1 < most else None
        if start == 0 or start < len(listed):
            yield dict(listed[start:end])
