"""Business hours: real time within the hours of a place, on its own clock, in zones of every kind."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from escuta.feedback.model import FAR, Opening, ServiceHoursDraft, SpecialDay
from escuta.feedback.tickets import hours
from escuta.outreach.model.sending import Weekday

SAO_PAULO = "America/Sao_Paulo"
ZONES = (
    "UTC",
    "America/Sao_Paulo",
    "America/Manaus",
    "America/Noronha",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Caracas",
    "America/Santiago",
    "America/Asuncion",
    "America/Havana",
    "America/Godthab",
    "America/Scoresbysund",
    "Atlantic/Azores",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Istanbul",
    "Europe/Volgograd",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Africa/Monrovia",
    "Asia/Beirut",
    "Asia/Gaza",
    "Asia/Tehran",
    "Asia/Kabul",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Yangon",
    "Asia/Pyongyang",
    "Antarctica/Troll",
    "Australia/Eucla",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Fakaofo",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Pacific/Marquesas",
)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def span(text: str) -> Opening:
    opens, _, closes = text.partition("-")
    return Opening(opens=opens, closes=closes)


def calendar(week: dict[Weekday, str], *days: SpecialDay) -> ServiceHoursDraft:
    spans = {day: tuple(span(each) for each in text.split()) for day, text in week.items()}
    return ServiceHoursDraft(week=spans, days=days)


OFFICE = calendar(dict.fromkeys(tuple(Weekday)[:5], "09:00-12:00 13:00-18:00"))
NIGHT = calendar(
    dict.fromkeys(Weekday, "01:30-03:00 22:00-00:45"), SpecialDay(day="12-25"), SpecialDay(day=date(2011, 12, 30))
)
ODD = calendar(
    {Weekday.MONDAY: "00:00-24:00", Weekday.SATURDAY: "20:00-06:00", Weekday.SUNDAY: "02:15-02:45 05:00-11:00"},
    SpecialDay(day=date(2026, 3, 29), spans=(span("01:00-04:00"),)),
)
CALENDARS = {"office": OFFICE, "night": NIGHT, "odd": ODD, "always": None}


def is_open(local: datetime, asked: ServiceHoursDraft | None) -> bool:
    """Tell whether a local minute is within the hours: read off the week, minute by minute, and nothing else."""
    if asked is None:
        return True
    for back in (0, 1):
        day = local.date() - back * DAY
        own = {each.key: each.spans for each in asked.days}
        spans = own.get(day.isoformat(), own.get(f"{day:%m-%d}", asked.week.get(tuple(Weekday)[day.weekday()], ())))
        minute = (local - datetime.combine(day, time())) // MINUTE
        for each in spans:
            opens = int(each.opens[:2]) * 60 + int(each.opens[3:])
            closes = int(each.closes[:2]) * 60 + int(each.closes[3:])
            if opens <= minute < (closes if closes > opens else closes + 1440):
                return True
    return False


def stepped(start: datetime, end: datetime, asked: ServiceHoursDraft | None, zone: str) -> int:
    """Return the open seconds by looking at the wall of the place in every minute that there was."""
    seconds, at = 0, start
    while at < end:
        seconds += 60 * is_open(at.astimezone(ZoneInfo(zone)).replace(tzinfo=None), asked)
        at += MINUTE
    return seconds


def naively(start: datetime, end: datetime, asked: ServiceHoursDraft | None, zone: str) -> int:
    """Return them as if a day on the wall always had 24 hours: the variant that must be caught."""
    first, last = (each.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for each in (start, end))
    return hours.between(first.replace(tzinfo=UTC), last.replace(tzinfo=UTC), asked, "UTC")


def changes(zone: str) -> list[datetime]:
    """Return the hours in which the clocks of a zone changed, in the years that are tried."""
    found = []
    for year in (2011, 2016, 2018, 2026):
        at = datetime(year, 1, 1, tzinfo=UTC)
        while at.year == year:
            if at.astimezone(ZoneInfo(zone)).utcoffset() != (at + DAY).astimezone(ZoneInfo(zone)).utcoffset():
                found.append(at)
            at += DAY
    return found


CHANGES = {zone: changes(zone) or [datetime(2026, 3, 10, tzinfo=UTC)] for zone in ZONES}
moments = st.builds(
    lambda place, shift: (place[0], place[1] + shift * MINUTE),
    st.sampled_from([(zone, at) for zone, found in CHANGES.items() for at in found]),
    st.integers(-2 * 1440, 3 * 1440),
)
names = st.sampled_from(sorted(CALENDARS))


def test_there_are_forty_zones_and_most_change_their_clocks() -> None:
    assert len(set(ZONES)) == 40
    assert sum(len(found) > 1 for found in CHANGES.values()) >= 25


@pytest.mark.parametrize("zone", ZONES)
def test_hours_agree_with_a_look_at_the_wall_in_every_minute_around_its_changes(zone: str) -> None:
    for change, asked in ((CHANGES[zone][0], NIGHT), (CHANGES[zone][-1], ODD)):
        start, end = change - 120 * MINUTE, change + 26 * 60 * MINUTE

        assert hours.between(start, end, asked, zone) == stepped(start, end, asked, zone)


def test_arithmetic_on_the_wall_alone_would_be_caught() -> None:
    zones = ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham", "America/Havana"]

    caught = [
        zone
        for zone in zones
        for at in CHANGES[zone][-1:]
        if naively(at, at + DAY, NIGHT, zone) != stepped(at, at + DAY, NIGHT, zone)
    ]

    assert caught == zones


@settings(max_examples=200, deadline=None)
@given(moments, st.integers(1, 400_000), names)
@example(("Pacific/Apia", datetime(2011, 12, 29, 20, tzinfo=UTC)), 90_000, "office")
@example(("Australia/Lord_Howe", datetime(2026, 4, 4, 14, tzinfo=UTC)), 7_200, "night")
def test_what_was_added_lies_between_and_it_is_the_first_such_instant(
    place: tuple[str, datetime], seconds: int, name: str
) -> None:
    zone, start = place

    end = hours.add(start, seconds, CALENDARS[name], zone)

    assert hours.between(start, end, CALENDARS[name], zone) == seconds
    assert hours.between(start, end - timedelta(seconds=1), CALENDARS[name], zone) == seconds - 1
    back = hours.add(end, -seconds, CALENDARS[name], zone)
    assert hours.between(back, end, CALENDARS[name], zone) == seconds
    assert back >= start


@settings(max_examples=100, deadline=None)
@given(moments, st.integers(0, 300_000), st.integers(0, 300_000), names)
def test_hours_add_up_and_never_run_backwards(place: tuple[str, datetime], first: int, second: int, name: str) -> None:
    zone, start = place
    asked = CALENDARS[name]
    middle = start + timedelta(seconds=first)
    end = middle + timedelta(seconds=second)

    parts = hours.between(start, middle, asked, zone) + hours.between(middle, end, asked, zone)

    assert parts == hours.between(start, end, asked, zone) == -hours.between(end, start, asked, zone)
    assert parts <= first + second
    assert hours.add(start, first, asked, zone) <= hours.add(start, first + second, asked, zone)
    if first:
        assert hours.add(start, first, asked, zone) <= hours.add(middle, first, asked, zone)


def local(text: str, zone: str = SAO_PAULO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-03-10 09:00", 60, "2026-03-10 10:00"),
        ("2026-03-10 11:30", 60, "2026-03-10 13:30"),  # over lunch
        ("2026-03-10 17:00", 60, "2026-03-10 18:00"),  # at the moment of closing, not in the next morning
        ("2026-03-13 17:30", 60, "2026-03-16 09:30"),  # over the weekend
        ("2026-03-14 12:00", 30, "2026-03-16 09:30"),  # on a Saturday
        ("2026-12-24 17:30", 60, "2026-12-28 09:30"),  # over Christmas
        ("2026-04-20 17:30", 60, "2026-04-22 09:30"),  # over a holiday of that year
        ("2026-12-31 09:30", 90, "2027-01-04 09:30"),  # a day with other hours, and a holiday of every year
    ],
)
def test_promises_are_kept_in_the_hours_of_the_place(start: str, minutes: int, due: str) -> None:
    asked = OFFICE.changed(
        days=(
            SpecialDay(day="12-25", name="Natal"),
            SpecialDay(day="01-01"),
            SpecialDay(day=date(2026, 4, 21), name="Tiradentes"),
            SpecialDay(day=date(2026, 12, 31), spans=(span("09:00-10:30"),)),
        )
    )

    assert hours.add(local(start), minutes * 60, asked, SAO_PAULO) == local(due)


def test_a_date_outdoes_the_same_day_of_every_year() -> None:
    asked = calendar(
        dict.fromkeys(Weekday, "09:00-18:00"),
        SpecialDay(day="12-24"),
        SpecialDay(day=date(2026, 12, 24), spans=(span("09:00-13:00"),)),
    )

    worked = [
        hours.between(local(f"{year}-12-24 00:00"), local(f"{year}-12-25 00:00"), asked, SAO_PAULO) // 3600
        for year in (2025, 2026, 2027)
    ]

    assert worked == [0, 4, 0]


def test_a_night_that_the_autumn_repeats_an_hour_of_is_longer_and_one_that_the_spring_cuts_shorter() -> None:
    night = calendar(dict.fromkeys(Weekday, "22:00-06:00"))
    nights = [
        ("2026-03-28 12:00", "2026-03-29 12:00"),
        ("2026-06-27 12:00", "2026-06-28 12:00"),
        ("2026-10-24 12:00", "2026-10-25 12:00"),
    ]

    worked = [
        hours.between(local(start, "Europe/Madrid"), local(end, "Europe/Madrid"), night, "Europe/Madrid") // 3600
        for start, end in nights
    ]

    assert worked == [7, 8, 9]


def test_a_day_that_a_zone_left_out_was_never_worked() -> None:
    start, end = local("2011-12-29 00:00", "Pacific/Apia"), local("2012-01-01 00:00", "Pacific/Apia")

    assert hours.between(start, end, calendar(dict.fromkeys(Weekday, "09:00-17:00")), "Pacific/Apia") == 2 * 8 * 3600


def test_hours_that_overlap_after_midnight_count_once() -> None:
    asked = calendar({Weekday.MONDAY: "20:00-06:00", Weekday.TUESDAY: "05:00-12:00"})

    assert hours.between(local("2026-03-09 12:00"), local("2026-03-10 20:00"), asked, SAO_PAULO) == 16 * 3600


def test_a_place_that_will_not_open_any_more_promises_nothing() -> None:
    asked = calendar({Weekday.MONDAY: "09:00-10:00"})
    never: Callable[..., datetime] = hours.add

    assert never(local("2026-03-10 09:00"), 10_000 * 3600, asked, SAO_PAULO) == FAR


def test_a_fraction_of_a_second_moves_nothing() -> None:
    start = local("2026-03-10 17:59:59.400")

    due = hours.add(start, 1, OFFICE, SAO_PAULO)

    assert due == local("2026-03-11 09:00:00.400")
    assert hours.between(start, due, OFFICE, SAO_PAULO) == 1


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        ({"week": {}}, "hours_none"),
        ({"week": {"monday": []}}, "hours_none"),
        ({"week": {"monday": [{"opens": "09:00", "closes": "09:00"}]}}, "hours_empty"),
        (
            {"week": {"monday": [{"opens": "09:00", "closes": "12:00"}, {"opens": "11:59", "closes": "13:00"}]}},
            "hours_overlap",
        ),
        (
            {"week": {"monday": [{"opens": "22:00", "closes": "02:00"}, {"opens": "23:00", "closes": "23:30"}]}},
            "hours_overlap",
        ),
        ({"week": {"monday": [{"opens": "25:00", "closes": "02:00"}]}}, "string_pattern_mismatch"),
        ({"week": {"monday": [{"opens": "09:00", "closes": "24:01"}]}}, "string_pattern_mismatch"),
        ({"days": [{"day": "02-30"}]}, "hours_day"),
        ({"days": [{"day": "12-25"}, {"day": "12-25"}]}, "hours_day_twice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hours_that_mean_nothing_are_refused_by_name(draft: dict[str, object], code: str) -> None:
    whole = {"week": {"monday": [{"opens": "09:00", "closes": "18:00"}]}, **draft}

    with pytest.raises(ValidationError) as refusal:
        ServiceHoursDraft.model_validate(whole)

    assert code in {error["type"] for error in refusal.value.errors()}
