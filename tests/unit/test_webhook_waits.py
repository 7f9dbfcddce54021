"""H3: when a server is called again that did not take an event."""

from datetime import timedelta

import pytest

from escuta.outreach.webhooks import waits


def test_h3_ten_tries_take_three_days_and_a_little_more() -> None:
    each = [waits.wait("d", tries) for tries in range(1, 11)]

    assert each[9] is None
    total = sum((wait for wait in each if wait is not None), timedelta(0))
    assert timedelta(days=3) < total < timedelta(days=4)


@pytest.mark.parametrize(
    ("tries", "least", "most"), [(1, 5, 6), (2, 300, 360), (3, 1_800, 2_160), (9, 86_400, 103_680)]
)
def test_a_wait_is_as_long_as_planned_with_up_to_a_fifth_more(tries: int, least: int, most: int) -> None:
    found = {waits.wait(f"delivery {number}", tries) for number in range(200)}

    assert all(wait and timedelta(seconds=least) <= wait <= timedelta(seconds=most) for wait in found)
    assert len(found) > 100  # what failed together does not come back together
    assert waits.wait("delivery 7", tries) in found  # the same whenever it is asked for


@pytest.mark.parametrize(("asked", "least", "most"), [(0, 5, 6), (3, 5, 6), (90, 90, 90), (10**9, 21_600, 21_600)])
def test_h3_a_server_that_says_when_is_called_no_earlier_but_before_a_quarter_of_a_day(
    asked: int, least: int, most: int
) -> None:
    wait = waits.wait("d", 1, asked)
    assert wait is not None
    assert least <= wait.total_seconds() <= most


def test_a_server_is_left_alone_the_longer_the_more_often_it_failed_and_five_minutes_at_most() -> None:
    held = [waits.hold(failures).total_seconds() for failures in (0, 4, 5, 6, 8, 10, 11, 12, 5_000)]
    assert held == [0, 0, 5, 10, 40, 160, 300, 300, 300]
