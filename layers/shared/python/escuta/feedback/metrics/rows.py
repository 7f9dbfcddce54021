"""The counters as they are written: by day and sub-counter."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from escuta import table
from escuta.entity import Key, Table
from escuta.feedback.metrics import days, names, spreading

Span = tuple[str, str]  # first and last day
Days = dict[str, Counter[str]]
_TOGETHER = 100  # keys of one call
_FEW = 2  # calls: as many as asking by key takes at least


def read(survey: str, spans: Mapping[str, Sequence[Span]]) -> dict[str, Days]:
    """Return the counters of places over spans of days, without zeros; strongly consistent.

    Place by place, or all rows that there can be at once where that takes fewer calls.
    """
    queries = sum(map(len, spans.values()))
    if queries > _FEW and _by_key(spans, spreading.rows(survey)) < queries:
        return _together(survey, spans)
    return {place: _of_place(survey, place, some) for place, some in spans.items()}


def _by_key(spans: Mapping[str, Sequence[Span]], subs: int) -> int:
    """Return how many calls it takes to ask for every row, the one for how many sub-counters there are included."""
    count = sum(len(days.between(*span)) for some in spans.values() for span in some)
    return 1 - -count * subs // _TOGETHER


def _together(survey: str, spans: Mapping[str, Sequence[Span]]) -> dict[str, Days]:
    subs = range(spreading.now(survey))
    keys = {
        Key(names.partition(survey, place), f"{day}#{sub}"): (place, day)
        for place, some in spans.items()
        for span in some
        for day in days.between(*span)
        for sub in subs
    }
    found: dict[str, Days] = {place: defaultdict(Counter) for place in spans}
    for key, numbers in table.numbers_of(Table.FEEDBACK, keys).items():
        place, day = keys[key]
        found[place][day].update(numbers)
    return {place: _plain(counted) for place, counted in found.items()}


def _of_place(survey: str, place: str, spans: Sequence[Span]) -> Days:
    found: Days = defaultdict(Counter)
    pk = names.partition(survey, place)
    for first, last in spans:
        for sk, numbers in table.numbers(Table.FEEDBACK, pk, between=(f"{first}#", f"{last}#~")):
            found[sk.rpartition("#")[0]].update(numbers)
    return _plain(found)


def _plain(counted: Days) -> Days:
    plain = {
        day: Counter({name: number for name, number in numbers.items() if number and name != names.VERSION})
        for day, numbers in sorted(counted.items())
    }
    return {day: numbers for day, numbers in plain.items() if numbers}
