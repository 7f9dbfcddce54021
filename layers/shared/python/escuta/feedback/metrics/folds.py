"""Folds as they are stored, and what of them holds."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from escuta import clock, table
from escuta.feedback import surveys
from escuta.feedback.metrics import days, packing
from escuta.feedback.metrics.rows import Days
from escuta.feedback.model import Fold

Found = dict[tuple[str, str], Fold]  # (place, month or year) -> fold


def find(survey: str, wanted: Mapping[str, Iterable[str]], *, consistent: bool = False) -> Found:
    """Return the folds of places, each of the months or years wanted of it."""
    keys = (Fold.at(survey, place, stretch) for place, some in wanted.items() for stretch in some)
    return {(fold.place, fold.stretch): fold for fold in table.find_many(Fold, keys, consistent=consistent).values()}


def columns(fold: Fold) -> list[Counter[str]]:
    """Return the counters that a fold says, one for each day or month."""
    return packing.unpack(fold.packed) if fold.packed else [Counter() for _ in fold.marks]


def held(survey: str, places: Sequence[str], first: str, last: str, *, months: bool) -> dict[str, Days]:
    """Return what folds hold of places over some days; with `months`, of whole months in one where there is one.

    A day without answers is there with an empty counter: what is not there is to be read from the counters. The folds
    may be old ones, since each says under how many marks it holds; the marks are read strongly consistent.
    """
    last = min(last, days.settled(clock.now()))
    if first > last:
        return {place: {} for place in places}
    every = days.between(first, last)
    marks = days.marks(survey, places, sorted({day[:4] for day in every}))
    stretches = sorted({day[:7] for day in every})
    whole = [month for month in stretches if first <= f"{month}-01" and days.of_month(month)[-1] <= last]
    found = _months(survey, whole, marks) if months else {place: {} for place in places}
    left = {place: [month for month in stretches if month not in found[place]] for place in places}
    for (place, month), fold in find(survey, left).items():
        dated = zip(days.of_month(month), fold.marks, columns(fold), strict=True)
        found[place] |= {
            day: counted for day, mark, counted in dated if first <= day <= last and mark == marks[place][day]
        }
    _begun(survey, every, found, marks)
    return found


def _months(survey: str, whole: Sequence[str], marks: Mapping[str, Counter[str]]) -> dict[str, Days]:
    """Return what folds of years hold of whole months: marks only rise, so that as many in all are the same ones."""
    found: dict[str, Days] = {place: {} for place in marks}
    years = sorted({month[:4] for month in whole})
    for (place, year), fold in find(survey, dict.fromkeys(marks, years)).items():
        for number, (mark, counted) in enumerate(zip(fold.marks, columns(fold), strict=True)):
            month = f"{year}-{number + 1:02}"
            if month in whole and mark == sum(marks[place][day] for day in days.of_month(month)):
                found[place][month] = counted
    return found


def _begun(survey: str, every: Sequence[str], found: Mapping[str, Days], marks: Mapping[str, Counter[str]]) -> None:
    """Add the days that were over before there was the survey: without a mark nothing was ever counted on them.

    By the later of the two moments, as for folds: whoever counted first may have had a clock that was behind.
    """
    if all({every[0], every[0][:7]} & known.keys() for known in found.values()):
        return
    head = surveys.head(survey)
    begun = days.settled(head.created_at) if head else ""
    for place, known in found.items():
        for day in every:
            if day <= begun and not marks[place][day] and day[:7] not in known:
                known.setdefault(day, Counter())
