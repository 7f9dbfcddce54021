"""Stretches of days: calendars, business years, what each is compared with, and clock changes, which move nothing."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta import clock
from escuta.feedback import periods
from escuta.feedback.periods import Period, Unit
from escuta.feedback.querying import fallback

ZONES = sorted(zone for zone in available_timezones() if zone.startswith(("America/", "Europe/", "Pacific/")))[::6]
EVERYWHERE = sorted(available_timezones())
DAYS = st.dates(date(2000, 1, 1), date(2100, 12, 31))
BEGINS = st.integers(1, 12)


def period(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("unit", "year_begins", "expected"),
    [
        (Unit.DAY, 1, ("2026-03-10", "2026-03-10")),
        (Unit.WEEK, 1, ("2026-03-09", "2026-03-15")),
        (Unit.MONTH, 1, ("2026-03-01", "2026-03-31")),
        (Unit.QUARTER, 1, ("2026-01-01", "2026-03-31")),
        (Unit.YEAR, 1, ("2026-01-01", "2026-12-31")),
        (Unit.QUARTER, 2, ("2026-02-01", "2026-04-30")),
        (Unit.YEAR, 4, ("2025-04-01", "2026-03-31")),
    ],
)
def test_a_day_falls_into_a_stretch_of_the_calendar(unit: Unit, year_begins: int, expected: tuple[str, str]) -> None:
    assert periods.containing(date(2026, 3, 10), unit, year_begins=year_begins) == period(*expected)


def test_a_business_year_that_is_under_way_ends_today() -> None:
    assert periods.to_date(date(2026, 3, 10), Unit.YEAR, year_begins=4) == period("2025-04-01", "2026-03-10")


@pytest.mark.parametrize(
    ("count", "unit", "year_begins", "first"),
    [
        (1, Unit.DAY, 1, "2026-03-10"),
        (30, Unit.DAY, 1, "2026-02-09"),
        (2, Unit.WEEK, 1, "2026-03-02"),
        (12, Unit.MONTH, 1, "2025-04-01"),
        (2, Unit.QUARTER, 2, "2025-11-01"),
        (1, Unit.YEAR, 4, "2025-04-01"),
    ],
)
def test_the_last_so_many_stretches_end_today(count: int, unit: Unit, year_begins: int, first: str) -> None:
    found = periods.latest(date(2026, 3, 10), count, unit, year_begins=year_begins)

    assert found == period(first, "2026-03-10")


@given(DAYS, st.integers(1, 40), st.sampled_from(Unit), BEGINS)
def test_the_last_so_many_stretches_are_so_many_whole_ones_but_for_the_last(
    today: date, count: int, unit: Unit, year_begins: int
) -> None:
    parts = list(
        periods.split(periods.latest(today, count, unit, year_begins=year_begins), unit, year_begins=year_begins)
    )

    assert len(parts) == count
    assert [periods.containing(part.first, unit, year_begins=year_begins) for part in parts[:-1]] == parts[:-1]
    assert parts[-1].last == today


@pytest.mark.parametrize(
    ("shown", "before", "year_before"),
    [
        (("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28"), ("2025-03-01", "2025-03-31")),
        (("2024-02-01", "2024-02-29"), ("2024-01-01", "2024-01-31"), ("2023-02-01", "2023-02-28")),
        (("2025-02-01", "2025-02-28"), ("2025-01-01", "2025-01-31"), ("2024-02-01", "2024-02-29")),
        (("2026-01-01", "2026-06-30"), ("2025-07-01", "2025-12-31"), ("2025-01-01", "2025-06-30")),
        (("2026-03-01", "2026-03-10"), ("2026-02-19", "2026-02-28"), ("2025-03-01", "2025-03-10")),
        (("2026-03-09", "2026-03-15"), ("2026-03-02", "2026-03-08"), ("2025-03-09", "2025-03-15")),
        (("2024-02-20", "2024-02-29"), ("2024-02-10", "2024-02-19"), ("2023-02-20", "2023-02-28")),
    ],
)
def test_each_is_compared_with_what_people_compare_it_with(
    shown: tuple[str, str], before: tuple[str, str], year_before: tuple[str, str]
) -> None:
    assert periods.before(period(*shown)) == period(*before)
    assert periods.year_before(period(*shown)) == period(*year_before)


@given(DAYS, st.integers(1, 800), st.sampled_from(Unit), BEGINS)
def test_the_parts_of_a_period_are_all_of_it_and_each_day_is_in_one(
    first: date, days: int, unit: Unit, year_begins: int
) -> None:
    whole = Period(first, first + timedelta(days=days - 1))
    parts = list(periods.split(whole, unit, year_begins=year_begins))

    assert (parts[0].first, parts[-1].last) == whole
    assert sum(part.days for part in parts) == days
    for part, following in pairwise(parts):
        assert following.first - part.last == timedelta(days=1)
        assert periods.containing(part.last, unit, year_begins=year_begins).last == part.last


@given(DAYS, st.integers(1, 400))
def test_what_a_period_is_compared_with_ends_the_day_before_it(today: date, days: int) -> None:
    shown = periods.rolling(today, days)
    assert shown.days == days
    assert periods.before(shown).last == shown.first - timedelta(days=1)


@given(st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)), st.sampled_from(ZONES), st.integers(1, 60))  # noqa: DTZ001 - made aware below
def test_no_clock_change_puts_an_answer_into_two_days_or_none(moment: datetime, zone: str, days: int) -> None:
    told = moment.replace(tzinfo=UTC)
    day = date.fromisoformat(clock.local_day(told, zone))
    shown = periods.rolling(date.fromisoformat(clock.local_day(told + timedelta(hours=36), zone)), days + 3)

    assert day == told.astimezone(ZoneInfo(zone)).date()
    assert [part for part in periods.split(shown, Unit.WEEK) if part.first <= day <= part.last] != []
    assert sum(part.first <= day <= part.last for part in periods.split(shown, Unit.DAY)) == 1


@given(st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)), st.sampled_from(EVERYWHERE))  # noqa: DTZ001 - made aware below
def test_a_day_is_read_from_an_index_by_all_the_moments_that_it_has_anywhere_on_earth(
    moment: datetime, zone: str
) -> None:
    told = moment.replace(tzinfo=UTC)
    day = date.fromisoformat(clock.local_day(told, zone))

    first, last = fallback.moments(Period(day, day))

    assert first <= f"{told.isoformat()}#response" <= last
