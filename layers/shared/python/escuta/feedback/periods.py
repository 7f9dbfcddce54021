"""Stretches of days that figures are shown for: rolling ones, those of the calendar, those of a business year. Pure.

A day is a local day of the place whose answers are counted, so that no clock change ever moves an answer: what `today`
is, the caller says.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

_DAY = timedelta(days=1)
_MONTHS = 12


class Unit(StrEnum):
    """How long a stretch of the calendar is."""

    DAY = "day"
    WEEK = "week"  # from Monday, as ISO 8601 has it
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


_LENGTH = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: _MONTHS}


class Period(NamedTuple):
    """A stretch of days, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.last - self.first).days + 1


def rolling(today: date, days: int) -> Period:
    """Return so many days up to today."""
    return Period(today - timedelta(days=days - 1), today)


def containing(day: date, unit: Unit, *, year_begins: int = 1) -> Period:
    """Return the whole stretch that a day falls in. Quarters and years begin with the month `year_begins`."""
    first = _first(day, unit, year_begins)
    return Period(first, _next(first, unit) - _DAY)


def to_date(today: date, unit: Unit, *, year_begins: int = 1) -> Period:
    """Return the stretch that today falls in, as far as it has come."""
    return Period(_first(today, unit, year_begins), today)


def latest(today: date, count: int, unit: Unit, *, year_begins: int = 1) -> Period:
    """Return the last so many stretches of the calendar up to today, the one under way included."""
    if unit is Unit.DAY:
        return rolling(today, count)
    current = to_date(today, unit, year_begins=year_begins)
    if unit is Unit.WEEK:
        return Period(current.first - 7 * (count - 1) * _DAY, today)
    return Period(_shift(current.first, -_LENGTH[unit] * (count - 1)), today)


def before(period: Period) -> Period:
    """Return what a stretch is compared with.

    Whole months are compared with as many months before them, though their days differ in number; anything else with as
    many days before it. So a week is compared with the week before, and February with January.
    """
    months = _months(period)
    if months:
        return Period(_shift(period.first, -months), period.first - _DAY)
    return Period(period.first - timedelta(days=period.days), period.first - _DAY)


def year_before(period: Period) -> Period:
    """Return the same stretch a year earlier; what would end on a 29th of February ends on the last day there is."""
    first = _shift(period.first, -_MONTHS)
    if _months(period):
        return Period(first, _shift(period.last + _DAY, -_MONTHS) - _DAY)
    return Period(first, _shift(period.last, -_MONTHS))


def split(period: Period, unit: Unit, *, year_begins: int = 1) -> Iterator[Period]:
    """Yield the stretches of the calendar that a period consists of; the first and the last may be cut."""
    first = period.first
    while first <= period.last:
        last = min(containing(first, unit, year_begins=year_begins).last, period.last)
        yield Period(first, last)
        first = last + _DAY


def _first(day: date, unit: Unit, year_begins: int) -> date:
    match unit:
        case Unit.DAY:
            return day
        case Unit.WEEK:
            return day - timedelta(days=day.weekday())
        case _:
            return _shift(day.replace(day=1), -((day.month - year_begins) % _LENGTH[unit]))


def _next(first: date, unit: Unit) -> date:
    match unit:
        case Unit.DAY:
            return first + _DAY
        case Unit.WEEK:
            return first + 7 * _DAY
        case _:
            return _shift(first, _LENGTH[unit])


def _months(period: Period) -> int:
    """Return how many whole months a period has; 0 when it begins or ends within one."""
    after = period.last + _DAY
    if period.first.day != 1 or after.day != 1:
        return 0
    return (after.year - period.first.year) * _MONTHS + after.month - period.first.month


def _shift(day: date, months: int) -> date:
    """Return the same day so many months on, or the last one of that month."""
    index = day.year * _MONTHS + day.month - 1 + months
    year, month = divmod(index, _MONTHS)
    following = date(year + (month + 1) // _MONTHS, (month + 1) % _MONTHS + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - _DAY)
