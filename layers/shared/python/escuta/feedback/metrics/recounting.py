"""Counting again what the stream lost, and recounting what the counters say."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from pydantic import Field

from escuta import table
from escuta.directory import segments
from escuta.entity import Key, Table, Value
from escuta.feedback import hearing, responses
from escuta.feedback.metrics import names, spreading
from escuta.feedback.metrics.contributions import FORMULA, contribution
from escuta.feedback.metrics.counting import apply, is_behind
from escuta.feedback.model import Contribution, Response

_RECOUNTS = 4  # how often a recount is tried while the counters move; the first finds out which there are


class Drift(Value):
    """What a recount of one day found. Everything in it but `outdated` must be empty, and `total` 0."""

    survey: str
    day: str
    responses: int  # how many the day has, deleted ones included
    uncounted: tuple[str, ...]  # responses that are newer than their contribution: the sweep's work
    outdated: tuple[str, ...] = ()  # counted by an older formula or dictionary, which is no drift: the sweep's work
    wrong: tuple[str, ...]  # contributions that differ from their response at the same revision
    counters: dict[str, dict[str, int]]  # place -> name -> counter minus recount
    places: tuple[str, ...] = Field(default=(), exclude=True)  # all in which any of them was ever counted
    moving: bool  # the counters moved during every try, so `counters` may be ahead or behind

    @property
    def total(self) -> int:
        """Return how much is off."""
        return len(self.uncounted) + len(self.wrong) + sum(map(len, self.counters.values()))


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
    counted = {key.sk: each for key, each in _stored(some).items()}
    behind = [each for each in some if each.id not in counted or is_behind(counted[each.id], each)]
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
    known = {
        f"{kind}#{code}" for code in segments.by_code() for kind in (("segment", "at") if thorough else ("segment",))
    }
    for _ in range(_RECOUNTS):
        before = _counters(survey, day, known)
        current = {response.id: response for response in responses.of_day(survey, day)}
        every = _contributions(survey) if thorough else _stored(current.values()).values()
        counted = {each.response: each for each in every if each.day == day}
        known |= {place for each in counted.values() for place in each.places}
        after = _counters(survey, day, known)
        if before == after:
            break
    uncounted, outdated, wrong = _differing(current, counted)
    return Drift(
        survey=survey,
        day=day,
        responses=len(current),
        uncounted=uncounted,
        outdated=outdated,
        wrong=wrong,
        counters=_off(after, counted.values()),
        places=tuple(sorted({place for each in counted.values() for place in each.places})),
        moving=before != after,
    )


def _counters(survey: str, day: str, places: Iterable[str]) -> dict[str, Counter[str]]:
    subs = range(spreading.now(survey))
    keys = {Key(names.partition(survey, place), f"{day}#{sub}"): place for place in places for sub in subs}
    found: dict[str, Counter[str]] = {}
    for key, numbers in table.numbers_of(Table.FEEDBACK, keys).items():
        found.setdefault(keys[key], Counter()).update(numbers)
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
        differing = sorted((shown.keys() | true.keys()) - {names.VERSION})
        if wrong := {name: shown[name] - true[name] for name in differing if shown[name] != true[name]}:
            off[place] = wrong
    return off


def _differing(
    current: Mapping[str, Response], counted: Mapping[str, Contribution]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return the responses not counted at their revision, those by an older formula, those as something else."""
    strays = [Response.at(response) for response in counted if response not in current]
    moved = {each.id: each for each in table.find_many(Response, strays, consistent=True).values()}
    uncounted, outdated, wrong = [], [], [each for each in counted if each not in current and each not in moved]
    for response in (*current.values(), *moved.values()):
        found = counted.get(response.id)
        if found is None or found.response_rev < response.rev:
            uncounted.append(response.id)
        elif found.response_rev > response.rev:
            continue  # the index has not heard of it yet
        elif found.formula != FORMULA or found.dictionary < hearing.version(response):
            outdated.append(response.id)
        elif found != contribution(response, found.group).changed(rev=found.rev):
            wrong.append(response.id)
    return tuple(sorted(uncounted)), tuple(sorted(outdated)), tuple(sorted(wrong))
