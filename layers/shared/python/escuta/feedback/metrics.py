"""Counting responses exactly once, whatever the stream does; reading the counters; recounting them.

A counter is never added to alone. What a response adds is kept as its contribution, guarded by the revision that was
read, and the contributions of a chunk and the difference they make to the counters are written in one transaction. So
duplicates, disorder, redrives and lost replies change nothing, and a sweep heals lost records.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple
from zlib import crc32

from escuta import table
from escuta.directory import segments
from escuta.entity import Key, Table, Value
from escuta.errors import NotFoundError, UnavailableError
from escuta.feedback import parking, responses, surveys
from escuta.feedback.model import Contribution, Origin, QuestionKind, Response, ResponseState, Standing

SUB_COUNTERS = 4  # rows per counter and day, so that chunks that come at once rarely clash; readers add them up
_CHUNK = 40  # responses per transaction
_ACTIONS = 100  # what DynamoDB takes in one transaction
_CLASHES = 8  # how often in a row somebody else may be first
_RECOUNTS = 4  # how often a recount is tried while the counters move; the first finds out which there are
_TAPPED = "tapped."
_PREFIXES = frozenset(f"{standing}." for standing in Standing if standing is not Standing.COUNTED)
_VERSION = "ver"  # rises with every write of a sub-counter; tells a recount whether anything moved meanwhile


class UnappliedError(UnavailableError):
    """Not everything was counted: the store would not now, or the time is up. `responses` are what is left."""

    def __init__(self, code: str, left: Sequence[Response]) -> None:
        """Keep what is left."""
        super().__init__(code, retry_after=1)
        self.responses = tuple(left)


class Drift(Value):
    """What a recount of one day found. Everything in it must be empty, and `total` 0."""

    survey: str
    day: str
    responses: int  # how many the day has, deleted ones included
    uncounted: tuple[str, ...]  # responses that are newer than their contribution: the sweep's work
    wrong: tuple[str, ...]  # contributions that differ from their response at the same revision
    counters: dict[str, dict[str, int]]  # place -> name -> counter minus recount
    moving: bool  # the counters moved during every try, so `counters` may be ahead or behind

    @property
    def total(self) -> int:
        """Return how much is off."""
        return len(self.uncounted) + len(self.wrong) + sum(map(len, self.counters.values()))


def contribution(response: Response) -> Contribution:
    """Return what a response adds, and where: its segment and every ancestor, product, channel, language.

    Scales and choices are counted per value, words are not. A deleted response adds nothing. What is not `counted` has
    its standing before its names, and what was only tapped stands a second time behind `tapped.`: see `viewed`.
    """
    numbers: Counter[str] = Counter()
    if response.state is ResponseState.FINAL:
        names = ["n", *(f"q.{question}.{value}" for question, value in _counted(response))]
        names += [response.score_class.value] if response.score_class is not None else []
        prefix = _prefix(response.standing)
        numbers.update(prefix + name for name in names)
        if response.origin is Origin.TAPPED:
            numbers.update(f"{_TAPPED}{prefix}{name}" for name in names)
    places = [f"segment#{code}" for code in response.segment_path]
    places += [f"product#{response.product}"] if response.product else []
    places += [f"channel#{response.channel}", f"language#{response.language}"]
    return Contribution(
        survey=response.survey,
        response=response.id,
        response_rev=response.rev,
        day=response.day,
        places=tuple(dict.fromkeys(places)),
        numbers=dict(numbers),
    )


def _prefix(standing: Standing) -> str:
    return "" if standing is Standing.COUNTED else f"{standing}."


def viewed(
    counter: Mapping[str, int], include: Collection[Standing] = frozenset(), *, tapped: bool = True
) -> Counter[str]:
    """Return the plain counters of a tally with these standings beside `counted`, without taps unless `tapped`."""
    prefixes = [_prefix(standing) for standing in {Standing.COUNTED, *include}]
    seen: Counter[str] = Counter()
    for name, number in counter.items():
        taken, signed = name.removeprefix(_TAPPED), number
        if taken != name:
            signed = 0 if tapped else -number
        own, plain = _split(taken)
        if own in prefixes:
            seen[plain] += signed
    return Counter({name: number for name, number in seen.items() if number})


def apart(counter: Mapping[str, int]) -> dict[str, int]:
    """Return how many responses of a tally stand beside the counted ones, by standing, and how many are taps."""
    others = [standing for standing in Standing if standing is not Standing.COUNTED]
    return {str(standing): counter.get(f"{standing}.n", 0) for standing in others} | {
        "tapped": counter.get(f"{_TAPPED}n", 0)
    }


def _split(name: str) -> tuple[str, str]:
    """Return the prefix of a counter's standing and its plain name."""
    prefix = name.partition(".")[0] + "."
    return (prefix, name.removeprefix(prefix)) if prefix in _PREFIXES else ("", name)


def _counted(response: Response) -> Iterator[tuple[str, int | str]]:
    words = any(isinstance(answer, str) for answer in response.answers.values())
    choices = _choices(response.survey, response.version) if words else frozenset()
    for question, answer in response.answers.items():
        if isinstance(answer, int) or question in choices:
            yield question, answer if isinstance(answer, int) else str(answer)
        elif isinstance(answer, tuple):
            for value in answer:
                yield question, value


def _choices(survey: str, number: int) -> frozenset[str]:
    questions = surveys.version(survey, number).questions
    return frozenset(question.id for question in questions if question.kind is QuestionKind.CHOICE)


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
        return _write([contribution(response) for response in some])
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


class _Row(NamedTuple):
    """One counter of one day, before it is spread over sub-counters."""

    survey: str
    place: str
    day: str


def _write(wanted: Sequence[Contribution]) -> int:
    """Write as many of these from the front as one transaction takes; return how many are done, old ones included."""
    stored = table.find_many(Contribution, (each.key() for each in wanted), consistent=True)
    writes: list[table.Action] = []
    deltas: dict[_Row, Counter[str]] = defaultdict(Counter)
    done = 0
    for new in wanted:
        old = stored.get(new.key())
        if old is None or old.response_rev < new.response_rev:
            if writes and len(writes) + 1 + len(deltas.keys() | _rows(new) | _rows(old)) > _ACTIONS:
                break
            writes.append(table.Save(new.changed(rev=old.rev)) if old else table.Create(new))
            _shift(deltas, new, 1)
            _shift(deltas, old, -1)
        done += 1
    if writes:
        sub = crc32(wanted[done - 1].response.encode()) % SUB_COUNTERS
        table.transact(*writes, *_adds(deltas, sub))
    return done


def _rows(each: Contribution | None) -> set[_Row]:
    return {_Row(each.survey, place, each.day) for place in each.places} if each else set()


def _shift(deltas: dict[_Row, Counter[str]], each: Contribution | None, sign: int) -> None:
    for row in _rows(each):
        for name, number in each.numbers.items() if each else ():
            deltas[row][name] += sign * number


def _adds(deltas: Mapping[_Row, Counter[str]], sub: int) -> Iterator[table.Add]:
    for row, numbers in sorted(deltas.items()):
        moved = {name: number for name, number in numbers.items() if number}
        if moved:
            key = Key(_partition(row.survey, row.place), f"{row.day}#{sub}")
            yield table.Add(Table.FEEDBACK, key, moved | {_VERSION: 1})


def _partition(survey: str, place: str) -> str:
    return f"counter#{survey}#{place}"


def tally(survey: str, dimension: str, value: str, first_day: str, last_day: str) -> dict[str, Counter[str]]:
    """Return the counters of a place (segment, product, channel, language) by day, both ends included.

    Names: `n`, the score classes, and `q.{question}.{value}` of what is counted; the same behind a standing or
    `tapped.`, which `viewed` puts together. Days without answers are left out.
    """
    days: dict[str, Counter[str]] = defaultdict(Counter)
    pk = _partition(survey, f"{dimension}#{value}")
    for sk, numbers in table.numbers(Table.FEEDBACK, pk, between=(f"{first_day}#", f"{last_day}#~")):
        days[sk.rpartition("#")[0]].update(numbers)
    tallied = {}
    for day, counted in days.items():
        nonzero = Counter({name: number for name, number in counted.items() if number and name != _VERSION})
        if nonzero:
            tallied[day] = nonzero
    return tallied


def sweep(survey: str, day: str, *, thorough: bool = False) -> int:
    """Count what the stream lost: apply the current responses of a day again. Return how many were behind.

    A response that moved to another day is healed for both by sweeping the day where it is now. `thorough` also walks
    the survey's contributions, and so finds it from the day it has left.
    """
    repaired = 0
    current = responses.of_day(survey, day)
    while some := list(islice(current, 100)):
        repaired += _catch_up(some)
    if thorough:
        strays = [each.response for each in _contributions(survey) if each.day == day]
        for start in range(0, len(strays), 100):
            keys = [Response.at(response) for response in strays[start : start + 100]]
            repaired += _catch_up(list(table.find_many(Response, keys, consistent=True).values()))
    return repaired


def _catch_up(some: Sequence[Response]) -> int:
    counted = {key.sk: each.response_rev for key, each in _stored(some).items()}
    behind = [response for response in some if counted.get(response.id, 0) < response.rev]
    apply(behind)
    return len(behind)


def _stored(some: Iterable[Response]) -> dict[Key, Contribution]:
    return table.find_many(Contribution, (Contribution.at(each.survey, each.id) for each in some), consistent=True)


def _contributions(survey: str) -> Iterator[Contribution]:
    for partition in Contribution.shards(survey):
        cursor: str | None = None
        while True:
            page = table.query(Contribution, partition, limit=1000, cursor=cursor, consistent=True)
            yield from page.items
            cursor = page.next
            if cursor is None:
                break


def reconcile(survey: str, day: str, *, thorough: bool = False) -> Drift:
    """Recount a day from what is stored: responses against contributions, contributions against counters.

    Changes nothing. The counters are read before and after the rest, and all again when they moved between. `thorough`
    walks all contributions of the survey; without it a contribution that its response has left shows as a counter that
    is too high.
    """
    known = {f"segment#{code}" for code in segments.by_code()}
    for _ in range(_RECOUNTS):
        before = _counters(survey, day, known)
        current = {response.id: response for response in responses.of_day(survey, day)}
        every = _contributions(survey) if thorough else _stored(current.values()).values()
        counted = {each.response: each for each in every if each.day == day}
        known |= {place for each in counted.values() for place in each.places}
        after = _counters(survey, day, known)
        if before == after:
            break
    uncounted, wrong = _differing(current, counted)
    return Drift(
        survey=survey,
        day=day,
        responses=len(current),
        uncounted=uncounted,
        wrong=wrong,
        counters=_off(after, counted.values()),
        moving=before != after,
    )


def _counters(survey: str, day: str, places: Iterable[str]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    for place in places:
        rows = table.numbers(Table.FEEDBACK, _partition(survey, place), between=(f"{day}#", f"{day}#~"))
        for _, numbers in rows:
            found.setdefault(place, Counter()).update(numbers)
    return found


def _off(counters: Mapping[str, Counter[str]], counted: Iterable[Contribution]) -> dict[str, dict[str, int]]:
    """Return counter minus recount, where they differ."""
    recount: dict[str, Counter[str]] = defaultdict(Counter)
    for each in counted:
        for place in each.places:
            recount[place].update(each.numbers)
    off: dict[str, dict[str, int]] = {}
    for place in sorted(counters.keys() | recount.keys()):
        shown, true = counters.get(place, Counter()), recount[place]
        names = sorted((shown.keys() | true.keys()) - {_VERSION})
        if wrong := {name: shown[name] - true[name] for name in names if shown[name] != true[name]}:
            off[place] = wrong
    return off


def _differing(
    current: Mapping[str, Response], counted: Mapping[str, Contribution]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the responses that are not counted at their revision, and those counted as something else."""
    strays = [Response.at(response) for response in counted if response not in current]
    moved = {each.id: each for each in table.find_many(Response, strays, consistent=True).values()}
    uncounted, wrong = [], [each for each in counted if each not in current and each not in moved]
    for response in (*current.values(), *moved.values()):
        found = counted.get(response.id)
        if found is None or found.response_rev < response.rev:
            uncounted.append(response.id)
        elif found.response_rev == response.rev and found != contribution(response).changed(rev=found.rev):
            wrong.append(response.id)
    return tuple(sorted(uncounted)), tuple(sorted(wrong))
