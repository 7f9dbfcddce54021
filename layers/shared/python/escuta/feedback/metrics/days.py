"""Which days are over, and how often the counters of a day that was over have moved all the same.

A day is over when it has ended everywhere on earth and an hour has passed. Whoever moves counters of such a day marks
the places in the same transaction. A day is folded two hours later at the earliest, so that nobody who took it for a
running day is still writing.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta

from escuta import table
from escuta.entity import Key, Table
from escuta.feedback.metrics.names import Row

_OVER, _SETTLED = timedelta(hours=13), timedelta(hours=15)  # after midnight in UTC; the last zone is 12 hours late
_DAY = timedelta(days=1)


def over(now: datetime) -> str:
    """Return the last day that is over: who moves its counters marks it."""
    return ((now - _OVER).date() - _DAY).isoformat()


def settled(now: datetime) -> str:
    """Return the last day that may be folded."""
    return ((now - _SETTLED).date() - _DAY).isoformat()


def between(first: str, last: str) -> list[str]:
    """Return the days from one to another, both included."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(start + timedelta(days=number)).isoformat() for number in range((end - start).days + 1)]


def of_month(month: str) -> list[str]:
    """Return the days of a month `YYYY-MM`."""
    first = date.fromisoformat(f"{month}-01")
    following = (first + timedelta(days=31)).replace(day=1)
    return between(first.isoformat(), (following - _DAY).isoformat())


def before(month: str) -> str:
    """Return the month before a month."""
    return (date.fromisoformat(f"{month}-01") - _DAY).isoformat()[:7]


def _place(survey: str, place: str, year: str) -> Key:
    return Key(f"late#{survey}#{place}", year)


def _survey(survey: str, month: str) -> Key:
    return Key(f"late#{survey}", month)


def places(rows: Iterable[Row], last: str) -> set[Key]:
    """Return where it is marked that these counters move, as far as their days, up to `last`, are over."""
    late = [row for row in rows if row.day <= last]
    return {_place(row.survey, row.place, row.day[:4]) for row in late} | {
        _survey(row.survey, row.day[:7]) for row in late
    }


def mark(rows: Iterable[Row], last: str) -> Iterator[table.Add]:
    """Yield what is to be written beside counters that move, where their days, up to `last`, are over."""
    marks: dict[Key, dict[str, int]] = defaultdict(dict)
    for row in rows:
        if row.day <= last:
            marks[_place(row.survey, row.place, row.day[:4])][row.day[5:]] = 1
            marks[_survey(row.survey, row.day[:7])][row.day[8:]] = 1
    for key, numbers in sorted(marks.items()):
        yield table.Add(Table.FEEDBACK, key, numbers)


def marks(survey: str, places: Collection[str], years: Iterable[str]) -> dict[str, Counter[str]]:
    """Return how often the counters of places moved, by day, after it was over. Strongly consistent."""
    keys = {_place(survey, place, year): (place, year) for year in years for place in places}
    found: dict[str, Counter[str]] = {place: Counter() for place in places}
    for key, numbers in table.numbers_of(Table.FEEDBACK, keys).items():
        place, year = keys[key]
        found[place].update({f"{year}-{day}": number for day, number in numbers.items()})
    return found


def moved(survey: str, first_month: str, last_month: str) -> Counter[str]:
    """Return how often counters of a survey moved in any place, by day, after it was over."""
    found: Counter[str] = Counter()
    for month, numbers in table.numbers(Table.FEEDBACK, _survey(survey, "").pk, between=(first_month, last_month)):
        found.update({f"{month}-{day}": number for day, number in numbers.items()})
    return found
