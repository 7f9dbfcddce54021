"""What queries read, each once: the counters of a place over days, whoever asks for them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from escuta.errors import InvalidError
from escuta.feedback import metrics
from escuta.feedback.model import Response
from escuta.feedback.periods import Period
from escuta.feedback.tickets import counts
from escuta.outreach import funnels

MOST_ROWS = 60_000  # stored ones that queries answered together may read, about: some seconds
_OF_A_PLACE = 30  # rows of the days that are not folded, and what else a place takes whatever the period
_SHORT = 100  # days that are read one by one as fast as by month
_BELOW = 5  # places that make up one as it is now, about

Tally = dict[str, Counter[str]]  # day -> counters


class Source(StrEnum):
    """Where numbers are kept."""

    COUNTERS = "counters"
    AS_IS = "as_is"  # put together out of the counters of what stands below a segment now
    FUNNELS = "funnels"
    TICKETS = "tickets"


_BY_DAY = frozenset({Source.FUNNELS, Source.TICKETS})  # no month is kept as one


class Need(NamedTuple):
    """The numbers of a place: `segment#sul`, `product#tv`; of a segment as it is now, or of its tickets, its code."""

    survey: str
    place: str
    source: Source = Source.COUNTERS


class Shelf:
    """The numbers of some queries. What all of them need is said first and read together.

    Whoever needs no single days may get whole months as one, which is much less to read.
    """

    def __init__(self) -> None:
        """Begin with nothing."""
        self._wanted: dict[tuple[Need, bool], list[Period]] = defaultdict(list)
        self._held: dict[tuple[Need, bool], list[tuple[Period, Tally]]] = defaultdict(list)
        self.responses: dict[object, tuple[Response, ...]] = {}  # read one by one, by what was asked for
        self._rows: dict[tuple[Need, Period], int] = {}
        self.rows = 0  # how many responses these are
        self.partitions = 0  # out of how many lists they were read

    def want(self, needs: Iterable[Need], periods: Iterable[Period], *, months: bool = False) -> None:
        """Note that these numbers will be asked for."""
        several = tuple(periods)
        for need in needs:
            self._wanted[need, months and need.source not in _BY_DAY] += several

    def admit(self, needs: Iterable[Need], periods: Iterable[Period]) -> None:
        """Refuse what would, with all that was admitted before, take too long to read."""
        several = tuple(periods)
        wanted = {(need, period): _rows(need, period) for need in needs for period in several}
        if sum((self._rows | wanted).values()) > MOST_ROWS:
            raise InvalidError("queries_too_wide")
        self._rows |= wanted

    def of(self, needs: Iterable[Need], period: Period, *, months: bool = False) -> Tally:
        """Return the numbers of these places together, by day; with `months`, of a whole month perhaps as one."""
        total: Tally = defaultdict(Counter)
        several = tuple(needs)
        self.want(several, (period,), months=months)
        self._read()
        for need in several:
            for day, counted in within(self._found(need, period, months=months) or {}, period).items():
                total[day].update(counted)
        return dict(sorted(total.items()))

    def _found(self, need: Need, period: Period, *, months: bool) -> Tally | None:
        days = self._held.get((need, False), ())
        for held, tally in days:
            if held.first <= period.first and period.last <= held.last:
                return tally
        by_month = self._held.get((need, True), ()) if months else ()
        return next((tally for held, tally in by_month if held == period), None)  # another one would cut its months

    def _read(self) -> None:
        """Read what was wanted: places with the same days together, and days that touch each other once."""
        wanted, self._wanted = _by_day(self._wanted), defaultdict(list)
        for months in (False, True):
            together: dict[tuple[str, Source, Period], list[Need]] = defaultdict(list)
            for (need, by_month), periods in wanted.items():
                left = [each for each in periods if self._found(need, each, months=months) is None]
                if by_month is months:
                    for period in dict.fromkeys(left) if months else _joined(left):
                        together[need.survey, need.source, period].append(need)
            for (survey, source, period), needs in together.items():
                found = _numbers(survey, source, [need.place for need in needs], period, months=months)
                for need in needs:
                    self._held[need, months].append((period, found.get(need.place, {})))


def within(tally: Tally, period: Period) -> Tally:
    """Return what of a tally lies within a period, which cuts no month that came as one."""
    first, last = period.first.isoformat(), period.last.isoformat()
    return {day: counted for day, counted in tally.items() if first[: len(day)] <= day <= last[: len(day)]}


def _rows(need: Need, period: Period) -> int:
    """Return about how many stored rows a place takes."""
    months = 2 + period.days // 31
    match need.source:
        case Source.FUNNELS:
            return funnels.SHARDS * months
        case Source.TICKETS:
            return counts.SHARDS * months
        case Source.AS_IS:
            return _BELOW * (months + _OF_A_PLACE)
        case Source.COUNTERS:
            return months + _OF_A_PLACE


def _by_day(wanted: Mapping[tuple[Need, bool], list[Period]]) -> dict[tuple[Need, bool], list[Period]]:
    """Return what is wanted, days for months where days beside them are read anyway: together they are read once."""
    found = {key: list(periods) for key, periods in wanted.items()}
    for need, months in wanted:
        days = found.get((need, False)) if months else None
        for period in wanted[need, months] if days else ():
            if days and period.days <= _SHORT and len(list(_joined([*days, period]))) <= len(list(_joined(days))):
                found[need, True].remove(period)
                days.append(period)
    return found


def _joined(periods: Iterable[Period]) -> Iterator[Period]:
    """Yield the stretches that these cover together."""
    current: Period | None = None
    for period in sorted(periods):
        if current is None:
            current = period
        elif period.first <= current.last + timedelta(days=1):
            current = Period(current.first, max(current.last, period.last))
        else:
            yield current
            current = period
    if current is not None:
        yield current


def _numbers(survey: str, source: Source, places: list[str], period: Period, *, months: bool) -> dict[str, Tally]:
    first, last = period.first.isoformat(), period.last.isoformat()
    match source:
        case Source.COUNTERS:
            return metrics.tallies(survey, places, first, last, months=months)
        case Source.AS_IS:
            return {place: metrics.as_is(survey, place, first, last, months=months) for place in places}
        case Source.FUNNELS:
            return funnels.tallies(survey, places, first, last)
        case Source.TICKETS:
            return counts.tallies(survey, places, first, last)
