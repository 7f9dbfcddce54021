"""Folding: the counters of days that are over, many to a row, so that a long period is read in few reads.

A fold says for each day how many marks the place had for it (`metrics.days`) before its counters were read. It holds
while there are as many: nobody needs to keep folds up to date for figures to be right, only for them to be cheap.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from escuta import clock, table
from escuta.errors import ConflictError
from escuta.feedback.metrics import days, folds, packing, rows
from escuta.feedback.metrics.rows import Days, Span
from escuta.feedback.model import UNFOLDED, Fold

_TOGETHER = 100  # places whose counters are in memory at once
_MONTHS = 12
_LARGEST = 390_000  # characters of numbers: a row has 400 KB


def fold(survey: str, day: str, places: Collection[str]) -> bool:
    """Fold a day of these places, and what else of its month is over; tell whether nobody else was at it.

    A place that had no fold of the month gets one of the month before too, whose last days may have had no answers.
    """
    last, month, listed, alone = days.settled(clock.now()), day[:7], sorted(places), True
    for start in range(0, len(listed), _TOGETHER):
        some = listed[start : start + _TOGETHER]
        new = Month(survey, month, some, last)
        earlier = Month(survey, days.before(month), new.missing, last)
        alone &= new.write(again=day) and earlier.write()
    return alone


class Month:
    """Some places of a month, about to be folded."""

    def __init__(self, survey: str, month: str, places: Sequence[str], last: str) -> None:
        """Read what is folded, and the marks, before any counter."""
        self.survey, self.month, self.places = survey, month, places
        self.every = days.of_month(month)
        self.over = [day for day in self.every if day <= last]
        # The marks come first: whoever moves a counter after this makes what is folded here void.
        self.marks = days.marks(survey, places, [month[:4]])
        self.known = folds.find(survey, {place: [month] for place in places}, consistent=True)

    @property
    def missing(self) -> list[str]:
        """Return the places without a fold of the month."""
        return [place for place in self.places if (place, self.month) not in self.known]

    def write(self, again: str = "") -> bool:
        """Read the counters that no fold holds, and those of `again`; store what differs."""
        wanted = {place: some for place in self.places if (some := self._wanted(place, again))}
        read = self.read({place: [(some[0], some[-1])] for place, some in wanted.items()})
        alone = True
        for place, some in wanted.items():
            alone &= self._renew(place, some, read[place], needed=bool(again))
        return self._years() and alone

    def read(self, spans: Mapping[str, Sequence[Span]]) -> Mapping[str, Days]:
        """Return the counters of places over spans of days."""
        return rows.read(self.survey, spans)

    def _wanted(self, place: str, again: str) -> list[str]:
        fold, marks = self.known.get((place, self.month)), self.marks[place]
        held = fold.marks if fold else (UNFOLDED,) * len(self.every)
        return [
            day
            for day, mark in zip(self.every, held, strict=True)
            if day in self.over and (mark < marks[day] or (day == again and mark == marks[day]))
        ]

    def _renew(self, place: str, wanted: Iterable[str], counted: Mapping[str, Counter[str]], *, needed: bool) -> bool:
        old = self.known.get((place, self.month))
        if old is None and not (needed or counted):
            return True
        fold = old or Fold(
            survey=self.survey, place=place, stretch=self.month, marks=(UNFOLDED,) * len(self.every), packed=""
        )
        columns, marks = folds.columns(fold), list(fold.marks)
        before = list(zip(columns, marks, strict=True))
        for day in wanted:
            number = int(day[8:]) - 1
            columns[number], marks[number] = counted.get(day, Counter()), self.marks[place][day]
        if old is not None and before == list(zip(columns, marks, strict=True)):
            return True
        stored = _stored(fold.changed(marks=tuple(marks), packed=packing.pack(columns)))
        if stored is not None:
            self.known[place, self.month] = stored
        return stored is not None

    def _years(self) -> bool:
        """Put the sums of a month that is over as a whole, and holds as a whole, into the folds of its year."""
        if self.over != self.every:
            return True
        whole = [place for place in self.places if self._holds(place)]
        year, alone = self.month[:4], True
        known = folds.find(self.survey, {place: [year] for place in whole}, consistent=True)
        for place in whole:
            alone &= self._sum(place, known.get((place, year)))
        return alone

    def _holds(self, place: str) -> bool:
        """Tell whether every day holds under the marks that were read at one moment: then their sum says all of it."""
        fold = self.known.get((place, self.month))
        return fold is not None and list(fold.marks) == [self.marks[place][day] for day in self.every]

    def _sum(self, place: str, year: Fold | None) -> bool:
        month, column = self.known[place, self.month], int(self.month[5:]) - 1
        fold = year or Fold(
            survey=self.survey, place=place, stretch=self.month[:4], marks=(UNFOLDED,) * _MONTHS, packed=""
        )
        columns, marks = folds.columns(fold), list(fold.marks)
        wanted = sum(folds.columns(month), Counter[str]()), sum(month.marks)
        if marks[column] > wanted[1] or (columns[column], marks[column]) == wanted:
            return True
        columns[column], marks[column] = wanted
        return _stored(fold.changed(marks=tuple(marks), packed=packing.pack(columns))) is not None


def _stored(fold: Fold) -> Fold | None:
    """Store a fold; None when somebody else folded the same meanwhile.

    One that no row would hold is done with all the same: its days are read from their counters.
    """
    if len(fold.packed) > _LARGEST:
        return fold
    try:
        return table.save(fold) if fold.rev else table.create(fold)
    except ConflictError:
        return None
