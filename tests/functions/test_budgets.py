"""One bucket for all workers, in the store: whoever asks when, in whatever order."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escuta import clock, table
from escuta.outreach import budgets, messages
from escuta.outreach.model import Budget, Channel, Grant
from tests.conftest import NOON
from tests.kit import faults, ses, world
from tests.kit.guard import EVERY_CALL

EMAIL = Channel.EMAIL
TEN = Budget(channel=EMAIL, rate=10.0, tokens=10.0, at=NOON)


@contextmanager
def still(moment: datetime) -> Iterator[None]:
    """Stop the clock: a bucket fills with every moment that a test takes."""
    with patch.object(clock, "now", lambda: moment):
        yield


@pytest.fixture(autouse=True)
def company(aws: None) -> Iterator[None]:  # noqa: ARG001 - the store comes first
    """Stand at noon."""
    with still(NOON):
        yield


@contextmanager
def others(schedule: Iterator[int], take: Callable[[], object]) -> Iterator[None]:
    """Let other workers take, so many as the schedule says, after each read of a bucket and before its write."""
    original = vars(BaseClient)[EVERY_CALL]

    def call(self: BaseClient, operation_name: str, api_params: dict[str, Any]) -> Any:
        answer = original(self, operation_name, api_params)
        if operation_name == "GetItem":
            for _ in range(next(schedule, 0)):
                take()
        return answer

    with patch.object(BaseClient, EVERY_CALL, call):
        yield


def granted_together(schedule: list[int], wanted: int = 3) -> int:
    """Return what is granted, of a bucket of 10 that fills no more, to workers that get in one another's way."""
    table.put(TEN.changed(at=NOON + timedelta(seconds=50)))  # by a clock that is ahead
    granted: list[int] = []

    def take() -> None:
        granted.append(budgets.take(EMAIL, wanted).granted)

    with still(NOON), patch("time.sleep"), others(iter(schedule), take):
        take()
        take()
    return sum(granted)


@given(st.lists(st.integers(0, 2), max_size=12), st.integers(1, 5))
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_two_workers_are_granted_the_same_in_whatever_order_they_read_and_write(
    schedule: list[int], wanted: int
) -> None:
    assert granted_together(schedule, wanted) <= 10


def test_a_bucket_without_its_guard_is_granted_twice() -> None:  # what the test above would find
    with patch.object(table, "save", table.put):
        assert granted_together([2, 0, 0, 0], wanted=5) > 10


def test_who_always_comes_too_late_waits_a_little() -> None:
    table.put(TEN)

    def meanwhile() -> None:
        found = table.load(Budget, TEN.key(), consistent=True)
        table.save(found.changed(given=found.given + 1))

    with patch("time.sleep"), others(iter([1, 0] * 20), meanwhile):
        grant = budgets.take(EMAIL, 3)

    assert (grant.granted, grant.reason) == (0, "contended")
    assert 1 <= grant.wait <= 3


def test_a_group_costs_one_read_and_one_write() -> None:
    table.put(TEN)

    with faults.recording() as calls:
        budgets.take(EMAIL, 10)

    assert [call.operation for call in calls] == ["GetItem", "PutItem"]


def test_a_full_row_stays_within_one_write_unit() -> None:
    full = {str(492_500 + hour): 1_000_000 for hour in range(25)}
    told = TEN.told(14.0, 50_000, 40_000, NOON, enabled=True).throttled(NOON)
    busy = told.changed(hours=full, brake="slow", reason="bounces", braked_at=NOON, counts_from=NOON, booked_until=NOON)
    table.put(busy)

    (item,) = [item for item in world.scan(busy.table) if item["pk"]["S"] == "budget#email"]
    assert sum(len(name) + len(next(iter(value.values()))) for name, value in item.items()) < 1024


def test_the_first_taker_of_all_asks_what_the_account_may_send() -> None:
    with ses.saying(rate=14, per_day=1000, sent=10):
        assert budgets.take(EMAIL, 1) == Grant(1)

    assert (budgets.of(EMAIL).rate, budgets.of(EMAIL).left(clock.now())) == (14.0, 989)


def test_an_account_that_does_not_answer_is_taken_for_a_sandbox() -> None:
    with faults.failing("GetAccount", lambda _: faults.throttled("sesv2", "GetAccount")):
        assert budgets.take(EMAIL, 1) == Grant(1)

    assert (budgets.of(EMAIL).rate, budgets.of(EMAIL).left(clock.now())) == (1.0, 199)


def test_e9_a_throttled_rate_is_halved_and_nobody_is_dropped() -> None:
    table.put(TEN)
    budgets.throttled(EMAIL)

    assert budgets.take(EMAIL, 9) == Grant(0, 2, "rate")
    with still(NOON + timedelta(seconds=2)):
        assert budgets.take(EMAIL, 9) == Grant(9)


def test_e10_a_used_up_quota_grants_nothing_until_the_account_says_that_it_frees() -> None:
    table.put(TEN.changed(per_day=50_000))
    budgets.used_up(EMAIL)
    assert budgets.take(EMAIL, 1).reason == "quota"

    with ses.saying(rate=14, per_day=50_000, sent=49_990):
        budgets.refresh()

    assert budgets.take(EMAIL, 11).granted == 10


def test_what_the_account_says_counts_from_then_on() -> None:
    table.put(TEN)

    with ses.saying(rate=200, per_day=1000, sent=400):
        budgets.refresh()

    found = budgets.of(EMAIL)
    assert (found.rate, found.left(clock.now()), found.enabled) == (200.0, 600, True)


def test_an_account_without_a_daily_quota_is_known_by_minus_one() -> None:
    with ses.saying(per_day=-1):
        assert messages.account() == messages.Account(14.0, None, 0, sending_enabled=True)


def test_e13_an_account_that_may_not_send_is_granted_nothing() -> None:
    table.put(TEN)
    with ses.saying(enabled=False):
        budgets.refresh()

    assert budgets.take(EMAIL, 3) == Grant(0, 300, "sending_paused")


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException", "InternalFailure"])
def test_when_the_account_does_not_answer_what_is_known_stays(code: str) -> None:
    table.put(TEN)
    answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": 500}}

    with faults.failing("GetAccount", lambda _: ClientError(answer, "GetAccount")):
        budgets.refresh()

    assert budgets.of(EMAIL).rate == 10.0


def test_a_fault_at_any_call_grants_nothing_too_much_and_loses_no_rate() -> None:
    def act() -> None:
        assert budgets.take(EMAIL, 4).granted in {0, 4}
        budgets.throttled(EMAIL)

    def view() -> world.Snapshot:
        found = budgets.of(EMAIL)
        assert found.given in {4, 8}  # whose answer is lost takes again, and less is left
        return {("outreach", "budget", ""): {"share": found.share, "tokens": found.tokens}}

    def recover() -> None:
        act() if not budgets.of(EMAIL).given else budgets.throttled(EMAIL)

    prepare = lambda: table.put(TEN)  # noqa: E731 - one line
    assert faults.survey_of_faults(prepare, act, recover=recover, view=view) == []
