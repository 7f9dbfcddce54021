"""When a schedule is due: once on every day that has an hour for it, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from escuta.feedback import occurrences
from escuta.feedback.model import Every, ExportFormat, ExportKind, ExportSchedule, Reach
from tests.conftest import NOON

ZONES = ("America/Sao_Paulo", "America/New_York", "Europe/Lisbon", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


def schedule(**fields: Any) -> ExportSchedule:
    own = {"name": "daily", "what": ExportKind.RESPONSES, "format": ExportFormat.CSV, "language": "en", "survey": "s"}
    when = {"timezone": "America/Sao_Paulo", "next_at": NOON, "created_at": NOON, "updated_at": NOON}
    return ExportSchedule(**{**own, **when, "created_by": "ERP", **fields})


def due(found: ExportSchedule, after: datetime, count: int) -> list[datetime]:
    moments: list[datetime] = []
    while len(moments) < count:
        after = occurrences.following(found, after)
        moments.append(after)
    return moments


def test_every_day_at_its_hour() -> None:
    found = [moment.isoformat() for moment in due(schedule(hour=6), NOON, 2)]
    assert found == ["2026-03-11T09:00:00+00:00", "2026-03-12T09:00:00+00:00"]


def test_what_is_due_at_a_moment_is_due_next_only_after_it() -> None:
    at_noon = schedule(hour=12)
    assert occurrences.following(at_noon, NOON - timedelta(milliseconds=1)) == NOON
    assert occurrences.following(at_noon, NOON) == NOON + timedelta(days=1)


def test_every_week_on_its_day_and_every_month_on_its_own() -> None:
    weekly = due(schedule(every=Every.WEEK, weekday=5), NOON, 2)
    monthly = due(schedule(every=Every.MONTH, day=28), NOON, 3)

    assert [f"{moment:%a %d %b}" for moment in weekly] == ["Fri 13 Mar", "Fri 20 Mar"]
    assert [f"{moment:%d %b}" for moment in monthly] == ["28 Mar", "28 Apr", "28 May"]


@pytest.mark.parametrize(
    ("day", "hour", "expected"),
    [
        (date(2026, 3, 8), 2, "2026-03-08T07:00:00+00:00"),  # the night skips two o'clock: it is three by then
        (date(2026, 11, 1), 1, "2026-11-01T05:00:00+00:00"),  # one o'clock comes twice: the first
        (date(2026, 11, 2), 1, "2026-11-02T06:00:00+00:00"),
    ],
)
def test_where_clocks_change_it_is_due_once(day: date, hour: int, expected: str) -> None:
    zone = "America/New_York"
    before = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) - timedelta(minutes=1)

    assert occurrences.following(schedule(timezone=zone, hour=hour), before.astimezone(UTC)).isoformat() == expected


@given(
    zone=some.sampled_from(ZONES),
    hour=some.integers(0, 23),
    minutes=some.integers(0, 20 * 365 * 24 * 60),
)
def test_no_day_is_missed_and_none_comes_twice(zone: str, hour: int, minutes: int) -> None:
    daily = schedule(timezone=zone, hour=hour)

    moments = due(daily, datetime(2011, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), 20)

    assert moments == sorted(set(moments))
    days = [occurrences.local_day(daily, moment) for moment in moments]
    steps = {(later - earlier).days for earlier, later in pairwise(days)}
    assert steps <= {1, 2} if zone == "Pacific/Apia" else steps == {1}  # Samoa once left out a day


@pytest.mark.parametrize(
    ("reach", "first", "last"),
    [
        (Reach.YESTERDAY, "2026-03-09", "2026-03-09"),
        (Reach.LAST_7_DAYS, "2026-03-03", "2026-03-09"),
        (Reach.LAST_30_DAYS, "2026-02-08", "2026-03-09"),
        (Reach.PREVIOUS_WEEK, "2026-03-02", "2026-03-08"),
        (Reach.PREVIOUS_MONTH, "2026-02-01", "2026-02-28"),
    ],
)
def test_an_occurrence_speaks_of_days_that_are_over(reach: Reach, first: str, last: str) -> None:
    found = occurrences.spoken_of(schedule(reach=reach), NOON)

    assert found is not None
    assert (str(found.first), str(found.last)) == (first, last)


def test_an_occurrence_that_speaks_of_everything_names_no_days() -> None:
    assert occurrences.spoken_of(schedule(), NOON) is None


def test_the_day_is_that_of_the_time_zone() -> None:
    tokyo = schedule(reach=Reach.YESTERDAY, timezone="Asia/Tokyo")
    found = occurrences.spoken_of(tokyo, NOON)  # midnight in Tokyo: the 11th has begun

    assert found is not None
    assert str(found.last) == "2026-03-10"


def test_each_day_is_spoken_of_once_also_where_the_night_skips_the_last_hour() -> None:
    late = schedule(timezone="America/Nuuk", hour=23, reach=Reach.YESTERDAY)  # on the 28th, 23:00 is 0:00 of the 29th
    moments = due(late, datetime(2026, 3, 27, tzinfo=UTC), 4)

    days = [occurrences.local_day(late, moment).day for moment in moments]
    told = [found.first.day for moment in moments if (found := occurrences.spoken_of(late, moment))]

    assert (days, told) == ([26, 27, 28, 29], [25, 26, 27, 28])
