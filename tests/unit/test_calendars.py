"""When a calendar lets people be written to, across the clocks of the world."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from escuta.errors import InvalidError
from escuta.outreach import times
from escuta.outreach.model import Calendar, Reminders, SendTime, SendWhen, Weekday

PAULO = "America/Sao_Paulo"
NEW_YORK = "America/New_York"
ZONES = (
    *("UTC", PAULO, "America/Manaus", "America/Noronha", "America/Rio_Branco", "America/Bogota", "America/Lima"),
    *("America/Asuncion", "America/Santiago", "America/Montevideo", "America/Caracas", "America/Havana"),
    *(NEW_YORK, "America/Chicago", "America/Phoenix", "America/St_Johns", "America/Anchorage", "America/Nuuk"),
    *("America/Mexico_City", "Atlantic/Azores", "Europe/Lisbon", "Europe/London", "Europe/Madrid", "Europe/Berlin"),
    *("Europe/Chisinau", "Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Asia/Beirut", "Asia/Gaza"),
    *("Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Asia/Shanghai", "Australia/Adelaide"),
    *("Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "Pacific/Apia", "Pacific/Kiritimati"),
)
WEEKDAYS = Calendar(quiet_from="20:00", quiet_to="08:00", weekdays=tuple(Weekday)[:5])
CHRISTMAS = Calendar(quiet_from="20:00", quiet_to="08:00", excluded=(date(2026, 12, 24), date(2026, 12, 25)))
NIGHT = Calendar(quiet_from="22:00", quiet_to="02:30")
NOT_TWICE = Calendar(quiet_from="01:15", quiet_to="01:45")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def is_open(moment: datetime, zone: str, calendar: Calendar) -> bool:
    """Say it once more, of what the clock on the wall shows."""
    shown = moment.astimezone(ZoneInfo(zone))
    if shown.date() in calendar.excluded or list(Weekday)[shown.weekday()] not in calendar.weekdays:
        return False
    begins, ends, hour = calendar.quiet_from, calendar.quiet_to, f"{shown:%H:%M}"
    if begins is None or ends is None:
        return True
    return not (begins <= hour < ends if begins < ends else hour >= begins or hour < ends)


@pytest.mark.parametrize(
    ("calendar", "zone", "moment", "expected"),
    [
        (WEEKDAYS, PAULO, "2026-03-10T15:00", "2026-03-10T15:00"),  # Tuesday noon
        (WEEKDAYS, PAULO, "2026-03-10T23:00", "2026-03-11T11:00"),  # eight in the evening: until eight
        (WEEKDAYS, PAULO, "2026-03-11T10:59:59", "2026-03-11T11:00"),
        (WEEKDAYS, PAULO, "2026-03-11T11:00", "2026-03-11T11:00"),
        (WEEKDAYS, PAULO, "2026-03-13T23:30", "2026-03-16T11:00"),  # Friday night: until Monday
        (WEEKDAYS, "Asia/Tokyo", "2026-03-13T15:00", "2026-03-15T23:00"),  # there it is Saturday already
        (CHRISTMAS, PAULO, "2026-12-24T12:00", "2026-12-26T11:00"),
        (NIGHT, NEW_YORK, "2026-03-08T04:00", "2026-03-08T07:00"),  # 02:30 is skipped: open when it is 03:00
        (NIGHT, NEW_YORK, "2026-11-01T04:00", "2026-11-01T07:30"),
        (NOT_TWICE, NEW_YORK, "2026-11-01T05:20", "2026-11-01T05:45"),
        (NOT_TWICE, NEW_YORK, "2026-11-01T06:20", "2026-11-01T06:45"),  # a quarter past one again
    ],
)
def test_what_falls_into_a_closed_hour_moves_to_the_next_open_one(
    calendar: Calendar, zone: str, moment: str, expected: str
) -> None:
    assert times.allowed(at(moment), zone, calendar) == at(expected)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    hours = st.times().map(lambda hour: f"{hour:%H:%M}")
    quiet = draw(st.none() | st.lists(hours, min_size=2, max_size=2, unique=True))
    return Calendar(
        quiet_from=quiet[0] if quiet else None,
        quiet_to=quiet[1] if quiet else None,
        weekdays=tuple(draw(st.lists(st.sampled_from(Weekday), min_size=1, unique=True))),
        excluded=tuple(draw(st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=20))),
    )


@settings(max_examples=150)
@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - UTC
    zone=st.sampled_from(ZONES),
    calendar=calendars(),
)
@example(at("2026-03-08T06:50"), NEW_YORK, NIGHT)
@example(at("2026-11-01T05:50"), NEW_YORK, Calendar(quiet_from="01:45", quiet_to="06:00"))  # open again by the leap
@example(at("2026-11-01T03:30"), "America/Havana", Calendar(quiet_from="00:30", quiet_to="00:10"))
@example(at("2026-10-31T22:01"), "Asia/Beirut", Calendar(weekdays=(Weekday.SUNDAY,)))
@example(at("2026-04-04T14:40"), "Australia/Lord_Howe", Calendar(quiet_from="01:40", quiet_to="23:00"))
def test_the_first_open_minute_is_found_in_every_zone(moment: datetime, zone: str, calendar: Calendar) -> None:
    found = times.allowed(moment, zone, calendar)

    assert found >= moment
    assert is_open(found, zone, calendar)
    assert times.allowed(found, zone, calendar) == found
    minute = moment.replace(second=0, microsecond=0) + timedelta(minutes=1)
    step = timedelta(minutes=1 if found - moment < timedelta(days=2) else 29)
    while minute < found:
        assert not is_open(minute, zone, calendar)
        minute += step


def test_a_calendar_without_any_open_day_ends_and_is_refused() -> None:
    days = tuple(date(2026, 3, 1) + timedelta(days=number) for number in range(400))
    closed, now = Calendar(excluded=days), at("2026-03-10T12:00")

    assert times.allowed(now, PAULO, closed) == now + timedelta(days=366)
    assert times.reminding(Reminders(times=1), now, PAULO, closed) >= now + timedelta(days=366)
    with pytest.raises(InvalidError) as refused:
        times.check(closed, now, PAULO)
    assert (refused.value.code, refused.value.details) == ("calendar_never_open", {"field": "calendar", "days": 366})
    times.check(closed.changed(excluded=days[:300]), now, PAULO)


def test_an_hour_on_a_closed_day_comes_at_the_same_hour_of_the_next_open_one() -> None:
    send = SendTime(when=SendWhen.LOCAL, hour="10:00")
    friday = at("2026-03-13T14:00")

    assert times.sending(send, friday, PAULO, WEEKDAYS) == at("2026-03-16T13:00")
    assert times.sending(SendTime(when=SendWhen.AT, at=at("2026-03-14T13:00")), friday, PAULO, WEEKDAYS) == at(
        "2026-03-16T11:00"
    )


def test_what_is_sent_now_waits_for_the_morning_at_night_alone() -> None:
    assert times.sending(SendTime(), at("2026-03-10T15:00"), PAULO, WEEKDAYS) is None
    assert times.sending(SendTime(), at("2026-03-11T02:00"), PAULO, WEEKDAYS) == at("2026-03-11T11:00")


def test_a_reminder_on_a_holiday_comes_the_next_day_and_shifts_the_rest() -> None:
    remind = Reminders(times=2, every_days=3, hour="10:00")
    asked = at("2026-12-22T13:00")

    first = times.reminding(remind, asked, PAULO, CHRISTMAS)

    assert first == at("2026-12-26T13:00")
    assert times.reminding(remind, first, PAULO, CHRISTMAS) == at("2026-12-29T13:00")


def test_a_reminder_whose_hour_is_a_quiet_one_comes_when_it_is_over() -> None:
    remind = Reminders(times=1, every_days=1, hour="06:00")

    assert times.reminding(remind, at("2026-03-10T15:00"), PAULO, CHRISTMAS) == at("2026-03-11T11:00")


@pytest.mark.parametrize("nowhere", ["", "Mars/Olympus", "America", "../etc/passwd", "x\0y"])
def test_a_zone_that_nobody_knows_falls_back_to_the_next_one(nowhere: str) -> None:  # E20
    assert times.known(nowhere, PAULO) == PAULO
    assert times.known(nowhere) == "UTC"
    assert times.allowed(at("2026-03-10T07:00"), nowhere, WEEKDAYS) == at("2026-03-10T08:00")


def test_midnight_is_an_hour_like_any_other() -> None:
    until, since = Calendar(quiet_from="22:00", quiet_to="00:00"), Calendar(quiet_from="00:00", quiet_to="08:00")

    assert times.allowed(at("2026-03-10T23:00"), "UTC", until) == at("2026-03-11T00:00")
    assert times.allowed(at("2026-03-11T00:00"), "UTC", since) == at("2026-03-11T08:00")
    assert times.allowed(datetime.combine(date(2026, 3, 10), time(23, 59, 59), UTC), "UTC", since).minute == 59
