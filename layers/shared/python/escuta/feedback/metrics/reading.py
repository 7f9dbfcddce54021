"""Reading the counters: those of a place over days, and what of them is shown."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from escuta.directory import segments
from escuta.errors import InvalidError
from escuta.feedback.metrics import days, folds, names, rows
from escuta.feedback.metrics.rows import Days, Span
from escuta.feedback.model import Standing

MOST_PLACES = 300  # that are read for one segment
_FEW = 50  # answers that are rather read again than left out by one more call
_PREFIXES = frozenset(f"{standing}." for standing in Standing if standing is not Standing.COUNTED)


def tally(survey: str, dimension: str, value: str, first_day: str, last_day: str) -> dict[str, Counter[str]]:
    """Return the counters of a place (segment, product, channel, language) by day, both ends included.

    Names: `n`, the score classes, and `q.{question}.{value}` of what is counted; the same behind a standing or
    `tapped.`, which `viewed` puts together. Days without answers are left out.
    """
    place = f"{dimension}#{value}"
    return tallies(survey, [place], first_day, last_day)[place]


def tallies(
    survey: str, places: Iterable[str], first_day: str, last_day: str, *, months: bool = False
) -> dict[str, Days]:
    """Return the tallies of many places, each named `dimension#value`, as `{place: {day: counters}}`.

    With `months`, a month that lies within the span as a whole may come as one, under `YYYY-MM`: much less is read.
    """
    listed = list(dict.fromkeys(places))
    held = folds.held(survey, listed, first_day, last_day, months=months)
    every = days.between(first_day, last_day)
    read = rows.read(survey, {place: _spans(every, held[place]) for place in listed})
    return {place: dict(sorted(_together(held[place], read[place]))) for place in listed}


def _together(held: Days, read: Days) -> Iterator[tuple[str, Counter[str]]]:
    yield from ((day, counted) for day, counted in held.items() if counted)
    yield from ((day, counted) for day, counted in read.items() if not {day, day[:7]} & held.keys())


def _spans(every: Sequence[str], held: Days) -> list[Span]:
    """Return the spans to read for the days that are not held; days between with next to no answers are read again."""
    spans: list[Span] = []
    between = 0
    for day in every:
        if day in held:
            between += held[day]["n"]
        elif day[:7] in held:
            between += held[day[:7]]["n"] if day.endswith("-01") else 0
        else:
            spans = [*spans[:-1], (spans[-1][0], day)] if spans and between <= _FEW else [*spans, (day, day)]
            between = 0
    return spans


def as_is(survey: str, segment: str, first_day: str, last_day: str, *, months: bool = False) -> dict[str, Counter[str]]:
    """Return the counters of a segment with all that stand below it now, wherever these stood when they were given.

    InvalidError `hierarchy_too_wide` when so much was moved there that too many places would have to be read.
    """
    places = _standing(segment)
    if len(places) > MOST_PLACES:
        raise InvalidError("hierarchy_too_wide", field="segment", most=MOST_PLACES)
    summed: Days = defaultdict(Counter)
    for tallied in tallies(survey, places, first_day, last_day, months=months).values():
        for day, counted in tallied.items():
            summed[day].update(counted)
    return dict(sorted(summed.items()))


def _standing(segment: str) -> list[str]:
    """Return the places that make up a segment as it stands now.

    Where nothing ever came or went, a segment has all of it counted; elsewhere it is what was answered at it alone,
    and what stands below it.
    """
    found, left = [], [segments.get(segment).code]
    below: dict[str, list[str]] = defaultdict(list)
    for each in segments.all():
        if each.parent:
            below[each.parent].append(each.code)
    changed = {code for move in segments.everything_moved() for code in {*move.from_path} ^ {*move.to_path}}
    while left:
        code = left.pop()
        found.append(f"at#{code}" if code in changed else f"segment#{code}")
        left += below[code] if code in changed else ()
    return found


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
