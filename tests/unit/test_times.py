"""When messages go out, across the clocks of the world."""

from datetime import UTC, datetime

import pytest

from escuta.outreach import times
from escuta.outreach.model import Reminders, SendTime, SendWhen

PAULO = "America/Sao_Paulo"
NEW_YORK = "America/New_York"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "after", "hour", "days", "expected"),
    [
        (PAULO, "2026-03-10T12:00", "10:00", 0, "2026-03-10T13:00"),  # 9 in the morning there: today
        (PAULO, "2026-03-10T13:00", "10:00", 0, "2026-03-11T13:00"),  # 10 sharp: over
        (PAULO, "2026-03-10T12:00", "10:00", 2, "2026-03-12T13:00"),
        (PAULO, "2026-03-10T01:00", "10:00", 1, "2026-03-10T13:00"),  # still the 9th there
        ("Asia/Tokyo", "2026-03-10T12:00", "10:00", 0, "2026-03-11T01:00"),
        (NEW_YORK, "2026-03-08T06:00", "02:30", 0, "2026-03-08T07:30"),  # skipped that night: 03:30
        (NEW_YORK, "2026-03-07T12:00", "10:00", 0, "2026-03-07T15:00"),
        (NEW_YORK, "2026-03-07T16:00", "10:00", 0, "2026-03-08T14:00"),  # 10:00 all the same, after the change
        (NEW_YORK, "2026-11-01T04:00", "01:30", 0, "2026-11-01T05:30"),  # shown twice: the first
        (NEW_YORK, "2026-11-01T06:00", "01:30", 0, "2026-11-02T06:30"),  # between the two: only tomorrow
    ],
)
def test_an_hour_of_the_persons_day_is_found(zone: str, after: str, hour: str, days: int, expected: str) -> None:
    assert times.local(at(after), zone, hour, days) == at(expected)


def test_what_goes_out_now_or_was_to_go_out_before_waits_for_nothing() -> None:
    now = at("2026-03-10T12:00")

    assert times.sending(SendTime(), now, PAULO) is None
    assert times.sending(SendTime(when=SendWhen.AT, at=at("2026-03-10T11:59")), now, PAULO) is None


def test_an_instant_is_the_same_for_everybody_and_an_hour_is_each_ones_own() -> None:
    now = at("2026-03-10T12:00")
    instant, hour = SendTime(when=SendWhen.AT, at=at("2026-03-10T20:00")), SendTime(when=SendWhen.LOCAL, hour="18:00")

    assert times.sending(instant, now, PAULO) == times.sending(instant, now, "Asia/Tokyo") == at("2026-03-10T20:00")
    assert times.sending(hour, now, PAULO) == at("2026-03-10T21:00")
    assert times.sending(hour, now, "Asia/Tokyo") == at("2026-03-11T09:00")


@pytest.mark.parametrize(
    ("asked", "every", "hour", "expected"),
    [
        ("2026-03-10T13:00:05", 3, "10:00", "2026-03-13T13:00"),  # seconds late the first time: still the third day
        ("2026-03-10T13:00:00", 3, "10:00", "2026-03-13T13:00"),
        ("2026-03-10T21:00:00", 1, "00:00", "2026-03-12T03:00"),  # six hours later is too soon
        ("2026-03-11T02:00:00", 1, "09:00", "2026-03-12T12:00"),  # eleven at night: not ten hours later
    ],
)
def test_a_reminder_comes_so_many_days_later_at_its_hour(asked: str, every: int, hour: str, expected: str) -> None:
    remind = Reminders(times=1, every_days=every, hour=hour)

    assert times.reminding(remind, at(asked), PAULO) == at(expected)


@pytest.mark.parametrize(
    "fields", [{"when": "at"}, {"when": "local"}, {"when": "now", "hour": "10:00"}, {"when": "local", "hour": "24:00"}]
)
def test_a_time_that_says_too_little_or_too_much_is_none(fields: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"when|hour"):
        SendTime.model_validate(fields)
