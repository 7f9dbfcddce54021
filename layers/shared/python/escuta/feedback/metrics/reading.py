"""Reading the counters: those of a place over days, and what of them is shown."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping

from escuta import table
from escuta.directory import segments
from escuta.entity import Table
from escuta.feedback.metrics import names
from escuta.feedback.model import Standing

_PREFIXES = frozenset(f"{standing}." for standing in Standing if standing is not Standing.COUNTED)


def tally(survey: str, dimension: str, value: str, first_day: str, last_day: str) -> dict[str, Counter[str]]:
    """Return the counters of a place (segment, product, channel, language) by day, both ends included.

    Names: `n`, the score classes, and `q.{question}.{value}` of what is counted; the same behind a standing or
    `tapped.`, which `viewed` puts together. Days without answers are left out.
    """
    days: dict[str, Counter[str]] = defaultdict(Counter)
    pk = names.partition(survey, f"{dimension}#{value}")
    for sk, numbers in table.numbers(Table.FEEDBACK, pk, between=(f"{first_day}#", f"{last_day}#~")):
        days[sk.rpartition("#")[0]].update(numbers)
    tallied = {}
    for day, counted in days.items():
        nonzero = Counter({name: number for name, number in counted.items() if number and name != names.VERSION})
        if nonzero:
            tallied[day] = nonzero
    return tallied


def tallies(
    survey: str,
    places: Iterable[str],
    first_day: str,
    last_day: str,
    *,
    months: bool = False,  # noqa: ARG001 - days alone are allowed too
) -> dict[str, dict[str, Counter[str]]]:
    """Return the tallies of many places, each named `dimension#value`, as `{place: {day: counters}}`.

    With `months`, a month that lies within the span as a whole may come as one, under `YYYY-MM`: much less is read.
    """
    named = {place: place.partition("#") for place in places}
    return {
        place: tally(survey, dimension, value, first_day, last_day) for place, (dimension, _, value) in named.items()
    }


def as_is(survey: str, segment: str, first_day: str, last_day: str) -> dict[str, Counter[str]]:
    """Return the counters of a segment with all that stand below it now, whatever stood there when they were given."""
    below = tallies(survey, (f"at#{each.code}" for each in segments.subtree(segment)), first_day, last_day)
    days: dict[str, Counter[str]] = defaultdict(Counter)
    for tallied in below.values():
        for day, counted in tallied.items():
            days[day].update(counted)
    return dict(sorted(days.items()))


def viewed(
    counter: Mapping[str, int], include: Collection[Standing] = frozenset(), *, tapped: bool = True
) -> Counter[str]:
    """Return the plain counters of a tally with these standings beside `counted`, without taps unless `tapped`."""
    prefixes = [names.prefix(standing) for standing in {Standing.COUNTED, *include}]
    seen: Counter[str] = Counter()
    for name, number in counter.items():
        taken, signed = name.removeprefix(names.TAPPED), number
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
        "tapped": counter.get(f"{names.TAPPED}n", 0)
    }


def _split(name: str) -> tuple[str, str]:
    """Return the prefix of a counter's standing and its plain name."""
    prefix = name.partition(".")[0] + "."
    return (prefix, name.removeprefix(prefix)) if prefix in _PREFIXES else ("", name)
