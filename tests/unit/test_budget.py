"""What a bucket grants, whoever asks and whatever their clocks say."""

from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escuta.outreach.model import Brake, Budget, Channel, Grant
from escuta.outreach.model.budget import FILLED, capacity

NOON = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RATES = st.sampled_from([1.0, 2.5, 14.0, 200.0])


def bucket(rate: float = 10.0, tokens: float = 0.0, **fields: Any) -> Budget:
    own = {"channel": Channel.EMAIL, "rate": rate, "tokens": tokens, "at": NOON}
    return Budget.model_validate({**own, **fields})


def taken(found: Budget, wanted: int, seconds: float = 0) -> tuple[Budget, Grant]:
    return found.taken(wanted, NOON + seconds * SECOND)


@given(
    rate=RATES,
    steps=st.lists(st.tuples(st.floats(-60, 30), st.integers(1, 50), st.sampled_from(["", "", "slow", "no"]))),
)
@settings(deadline=None, max_examples=50)
def test_never_more_is_granted_than_the_rate_over_the_time_and_what_the_bucket_holds(
    rate: float, steps: list[tuple[float, int, str]]
) -> None:
    found, now, latest, granted = bucket(rate, capacity(rate * FILLED)), NOON, NOON, 0
    for seconds, wanted, said in steps:
        now = max(now + seconds * SECOND, latest - 60 * SECOND)  # the clocks of workers differ, by a minute at most
        latest = max(latest, now)
        if said == "slow":
            found = found.throttled(now)
        elif said == "no":
            found = found.braked(Brake.SLOW, "bounces", now).braked(Brake.RUNNING, "", now)
        found, grant = found.taken(wanted, now)
        granted += grant.granted

        assert 0 <= grant.granted <= wanted
        assert (grant.wait > 0) == (grant.granted < wanted)
        assert granted <= 0.9 * rate * (latest - NOON).total_seconds() + max(1, 1.8 * rate) + 1e-6


@given(per_day=st.integers(1, 60), steps=st.lists(st.tuples(st.integers(0, 9 * 3600), st.integers(1, 30)), max_size=60))
@settings(deadline=None, max_examples=50)
def test_e10_never_more_is_granted_within_any_24_hours_than_the_daily_quota(
    per_day: int, steps: list[tuple[int, int]]
) -> None:
    found, now, log = bucket(1000.0, 100.0, per_day=per_day), NOON, list[tuple[datetime, int]]()
    for seconds, wanted in steps:
        now += seconds * SECOND
        found, grant = found.taken(wanted, now)
        log.append((now, grant.granted))

        assert sum(count for moment, count in log if moment > now - timedelta(hours=24)) <= per_day


@given(rate=RATES, groups=st.lists(st.tuples(st.floats(0, 5), st.integers(1, 10)), min_size=1, max_size=60))
@settings(deadline=None, max_examples=50)
def test_whoever_comes_back_when_told_is_served_and_nobody_starves(
    rate: float, groups: list[tuple[float, int]]
) -> None:
    found, now = bucket(rate), NOON
    queue = sorted((NOON + seconds * SECOND, number, wanted) for number, (seconds, wanted) in enumerate(groups))
    everything = sum(wanted for _, wanted in groups) / (0.9 * rate)
    while queue:
        now, number, wanted = heappop(queue)
        found, grant = found.taken(wanted, now)
        if grant.granted < wanted:
            heappush(queue, (now + grant.wait * SECOND, number, wanted - grant.granted))

        assert (now - NOON).total_seconds() <= 2 * everything + 10


def test_a_small_account_sends_at_its_rate_however_many_wait() -> None:
    found, sent = bucket(rate=1, tokens=1), 0
    queue = [(NOON, number) for number in range(3_000)]
    while (now := queue[0][0]) < NOON + 600 * SECOND:
        group = [heappop(queue) for _ in range(100)]
        now = max(now, group[-1][0])
        found, grant = found.taken(len(group), now)
        sent += grant.granted
        for _, number in group[grant.granted :]:
            heappush(queue, (now + grant.wait * SECOND, number))

    assert sent >= 0.9 * 600 * 0.9  # 0.9 a second


def test_a_bucket_that_nobody_asked_holds_what_two_seconds_bring() -> None:
    _, grant = taken(bucket(rate=10), 100, seconds=3600)

    assert grant == Grant(18, wait=2, reason="rate")  # 9 a second; what flows over meanwhile would be lost


def test_who_is_sent_away_comes_back_behind_those_sent_away_before() -> None:
    found, first = taken(bucket(rate=10), 18)
    _, second = taken(found, 9)

    assert (first, second) == (Grant(0, 2, "rate"), Grant(0, 3, "rate"))


def test_e9_a_throttled_bucket_is_empty_has_half_its_rate_and_gets_it_back_by_steps() -> None:
    slowed = bucket(rate=10, tokens=18).throttled(NOON)

    assert taken(slowed, 5) == (taken(slowed, 5)[0], Grant(0, 2, "rate"))
    assert slowed.filled(NOON) == 4.5
    assert [round(slowed.filled(NOON + timedelta(minutes=minute)), 1) for minute in range(7)] == [
        *(4.5, 5.4, 6.3, 7.2, 8.1, 9.0, 9.0)
    ]


def test_e9_workers_that_are_throttled_at_once_halve_the_rate_once_and_it_has_a_floor() -> None:
    once = bucket(rate=16).throttled(NOON).throttled(NOON + 4 * SECOND)
    assert once.share == 0.5

    for step in range(10):
        once = once.throttled(NOON + (10 + 6 * step) * SECOND)
    assert once.share == 1 / 16


def test_a_clock_that_was_far_ahead_gains_nothing_and_stops_nobody() -> None:
    ahead, _ = taken(bucket(rate=10), 1, seconds=86_400)

    found, grant = taken(ahead, 5)
    assert grant == Grant(0, 1, "rate")
    assert taken(found, 5, seconds=1)[1] == Grant(5)


def test_e10_a_used_up_quota_says_when_its_first_messages_drop_out_of_the_day() -> None:
    found, grant = taken(bucket(rate=100, tokens=100, per_day=30), 40)
    assert grant.granted == 30

    _, refused = taken(found, 1, seconds=600)
    assert (refused.granted, refused.reason, refused.wait) == (0, "quota", 900)
    assert found.frees_at(NOON) == datetime(2026, 3, 11, 16, 0, tzinfo=UTC)
    assert taken(found, 1, seconds=25 * 3600)[1] == Grant(1)


def test_e10_what_the_account_says_counts_with_what_was_given_since() -> None:
    told = bucket(rate=1).told(14.0, 1000, 990, NOON, enabled=True)
    found, grant = taken(told, 20, seconds=60)

    assert (grant.granted, found.left(NOON)) == (10, 0)
    assert found.told(14.0, 1000, 600, NOON, enabled=True).left(NOON) == 400


def test_figures_of_the_account_that_are_old_give_way_to_our_own_count() -> None:
    found = bucket(tokens=10, per_day=50).told(14.0, 50, 50, NOON, enabled=True)

    assert found.left(NOON) == 0
    assert found.left(NOON + timedelta(hours=2)) == 50


def test_e10_a_quota_that_the_provider_calls_used_up_is_tried_again_after_a_while() -> None:
    found = bucket(tokens=10, per_day=50, used_up_at=NOON)

    assert taken(found, 1, seconds=60)[1] == Grant(0, 300, "quota")
    assert taken(found, 1, seconds=901)[1] == Grant(1)
    assert found.told(14.0, 50, 49, NOON, enabled=True).used_up_at is None


def test_an_account_without_a_daily_quota_has_none() -> None:
    assert bucket(per_day=None).left(NOON) is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"brake": Brake.STOPPED, "reason": "bounces"}, "brake_bounces"),
        ({"brake": Brake.STOPPED, "reason": "complaints"}, "brake_complaints"),
        ({"enabled": False}, "sending_paused"),
    ],
)
def test_e13_what_is_stopped_grants_nothing_and_changes_nothing(fields: dict[str, Any], reason: str) -> None:
    stopped = bucket(tokens=18, **fields)

    assert taken(stopped, 5) == (stopped, Grant(0, 300, reason))


def test_an_account_of_which_nothing_is_known_is_taken_for_a_sandbox() -> None:
    fresh = Budget.fresh(Channel.EMAIL, NOON)

    assert (fresh.rate, fresh.left(NOON), Budget.fresh(Channel.SMS, NOON).left(NOON)) == (1.0, 200, None)
    assert taken(fresh, 5)[1] == Grant(1, 2, "rate")
