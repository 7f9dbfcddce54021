from datetime import UTC, datetime, timedelta

import pytest

from escuta import clock


def test_time_goes_on_from_where_a_test_put_it(noon: datetime) -> None:
    assert timedelta(0) <= clock.now() - noon < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("zone", "day"),
    [("America/Sao_Paulo", "2026-03-09"), ("America/Manaus", "2026-03-09"), ("Europe/Lisbon", "2026-03-10")],
)
def test_a_day_is_the_day_of_the_place(zone: str, day: str) -> None:
    assert clock.local_day(datetime(2026, 3, 10, 2, 30, tzinfo=UTC), zone) == day


def test_the_demo_can_move_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUTA_CLOCK_SHIFT", str(86400 * 400))

    assert clock.now() - datetime.now(UTC) > timedelta(days=399)
