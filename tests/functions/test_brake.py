"""What bounced and what was complained of stops sending, before the mail service does."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest

from escuta import clock, table
from escuta.entity import Table
from escuta.errors import ConflictError
from escuta.observe import logger
from escuta.outreach import brake, budgets, deployments
from escuta.outreach.model import Brake, Budget, Channel, Counts, DeploymentState
from tests.conftest import NOON
from tests.functions.senders import sending
from tests.kit import faults, world

EMAIL = Channel.EMAIL
BOUNCED, COMPLAINED = "bounced", "complained"


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    table.put(Budget(channel=EMAIL, rate=14.0, tokens=25.0, at=NOON))


@pytest.fixture
def said() -> Iterator[list[str]]:
    """Return what is logged as an error."""
    lines: list[str] = []
    heard, log = logging.Handler(logging.ERROR), logging.getLogger(logger().name)
    heard.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign] # as logging has it
    level = log.level
    log.addHandler(heard)
    log.setLevel(logging.ERROR)
    yield lines
    log.setLevel(level)
    log.removeHandler(heard)


def moved(**numbers: Any) -> None:
    """Count in a transaction, as those do that move invitations."""
    guarded = table.Create(sending(id=f"guard-{next(NUMBERS)}"))
    table.transact(guarded, *brake.counted(EMAIL, **numbers))


def numbered() -> Iterator[int]:
    number = 0
    while True:
        yield number
        number += 1


NUMBERS = numbered()


def in_order(request: dict[str, Any]) -> None:
    """Refuse, as DynamoDB does, what lies between a bound and a lower one."""
    _partition, low, high = (value["S"] for value in request["ExpressionAttributeValues"].values())
    assert low <= high


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("numbers", "state", "reason"),
    [
        ({"sent": 1000, BOUNCED: 40}, Brake.STOPPED, "bounces"),
        ({"sent": 1000, BOUNCED: 39}, Brake.SLOW, "bounces"),
        ({"sent": 1000, BOUNCED: 20}, Brake.SLOW, "bounces"),
        ({"sent": 1000, BOUNCED: 19}, Brake.RUNNING, ""),
        ({"sent": 5000, COMPLAINED: 4}, Brake.STOPPED, "complaints"),
        ({"sent": 5000, COMPLAINED: 3}, Brake.SLOW, "complaints"),
        ({"sent": 5000, COMPLAINED: 2}, Brake.SLOW, "complaints"),
        ({"sent": 5000, COMPLAINED: 1}, Brake.RUNNING, ""),
        ({"sent": 10, BOUNCED: 1}, Brake.RUNNING, ""),  # one of ten says nothing
        ({"sent": 99, BOUNCED: 50, COMPLAINED: 50}, Brake.RUNNING, ""),
        ({"sent": 100, BOUNCED: 4}, Brake.RUNNING, ""),
        ({"sent": 100, BOUNCED: 5}, Brake.STOPPED, "bounces"),
        ({"sent": 100, COMPLAINED: 1}, Brake.RUNNING, ""),
        ({"sent": 100, COMPLAINED: 3}, Brake.STOPPED, "complaints"),
    ],
)
def test_p11_sending_slows_down_at_half_of_4_and_of_008_percent_and_stops_at_the_whole(
    numbers: dict[str, int], state: Brake, reason: str
) -> None:
    moved(**numbers)

    assert brake.check(EMAIL) is state
    assert budgets.of(EMAIL).reason == reason


def test_a_slow_channel_has_half_its_rate_and_runs_again_by_itself() -> None:
    moved(sent=1000, bounced=25)
    brake.check(EMAIL)
    assert budgets.of(EMAIL).filled(NOON) == pytest.approx(6.3)

    moved(sent=2000)

    assert brake.check(EMAIL) is Brake.RUNNING
    assert budgets.of(EMAIL).filled(NOON) == pytest.approx(12.6)


def test_e13_a_stopped_channel_grants_nothing_and_says_why_once(said: list[str]) -> None:
    moved(sent=1000, bounced=50)

    brake.check(EMAIL)
    brake.check(EMAIL)

    assert budgets.take(EMAIL, 5) == (0, 300, "brake_bounces")
    assert said == ["sending stopped"]


def test_a_stopped_channel_stays_stopped_however_well_it_looks() -> None:
    moved(sent=1000, bounced=50)
    brake.check(EMAIL)

    moved(sent=100_000)
    with clock.at(after(60 * 30)):
        assert brake.check(EMAIL) is Brake.STOPPED


def test_a_bad_hour_stops_what_a_good_day_would_hide() -> None:
    moved(sent=100_000)
    with clock.at(after(180)):
        moved(sent=200, bounced=30)

        assert brake.check(EMAIL) is Brake.STOPPED
        assert brake.windows(EMAIL) == (Counts(sent=200, bounced=30), Counts(sent=100_200, bounced=30))


def test_what_is_older_than_a_day_counts_no_more() -> None:
    moved(sent=1000, bounced=100)

    with clock.at(after(60 * 24 + 6)):
        assert brake.windows(EMAIL) == (Counts(), Counts())
        assert brake.check(EMAIL) is Brake.RUNNING


def test_only_a_person_lets_it_go_on_and_who_and_why_is_kept() -> None:
    moved(sent=1000, bounced=50)
    brake.check(EMAIL)

    brake.resume(EMAIL, who="ana", why="the list was cleaned")

    assert budgets.take(EMAIL, 5).granted == 5
    kept = brake.resumptions(EMAIL)
    assert [(one.by, one.why, one.reason, one.day) for one in kept] == [
        ("ana", "the list was cleaned", "bounces", Counts(sent=1000, bounced=50))
    ]


def test_after_it_was_let_go_on_counting_starts_anew() -> None:
    sent_at = clock.now()
    moved(sent=1000, bounced=50)
    brake.check(EMAIL)
    brake.resume(EMAIL, who="ana", why="the list was cleaned")

    with clock.at(after(10)):
        table.transact(
            table.Create(sending(id="late")),  # bounces of messages from before are told late
            *brake.counted(EMAIL, bounced=90, sent_at=sent_at),
        )
        moved(sent=100, bounced=1)
        assert brake.check(EMAIL) is Brake.RUNNING
        moved(bounced=4)
        assert brake.check(EMAIL) is Brake.STOPPED


def test_counting_that_begins_with_the_next_hour_has_nothing_to_judge_before() -> None:
    with clock.at(after(58)):
        moved(sent=1000, bounced=50)
        brake.check(EMAIL)
        budget = brake.resume(EMAIL, who="ana", why="the list was cleaned")
        moved(sent=100, bounced=50)

        assert budget.counts_from == after(60)
        with faults.failing("Query", in_order):
            assert brake.check(EMAIL) is Brake.RUNNING


def test_what_was_not_stopped_cannot_be_let_go_on() -> None:
    with pytest.raises(ConflictError, match="sending_not_stopped"):
        brake.resume(EMAIL, who="ana", why="to be sure")


def test_a_deployment_over_the_limit_by_its_own_messages_is_paused_and_the_others_go_on(said: list[str]) -> None:
    table.put(sending(id="first", state=DeploymentState.RUNNING))
    table.transact(table.Create(sending(id="other")), *brake.departed(EMAIL, {"first": 100, "second": 9900}))
    moved(bounced=8, deployment="first")

    assert brake.check(EMAIL, "first") is Brake.RUNNING

    found = deployments.get("first")
    assert (found.state, found.reason) == (DeploymentState.PAUSED, "bounces")
    assert said == ["deployment paused"]


def test_a_deployment_that_somebody_lets_go_on_is_not_paused_for_its_old_messages() -> None:
    table.put(sending(id="first", state=DeploymentState.RUNNING))
    moved(sent=100, bounced=8, deployment="first")
    brake.check(EMAIL, "first")
    deployments.resume("first")

    with clock.at(after(10)):
        moved(sent=100, bounced=1, deployment="first")
        moved(bounced=7, deployment="first", sent_at=NOON)
        brake.check(EMAIL, "first")
        assert deployments.get("first").state is not DeploymentState.PAUSED
        moved(bounced=4, deployment="first")
        brake.check(EMAIL, "first")
        assert deployments.get("first").state is DeploymentState.PAUSED


def test_a_group_over_several_deployments_touches_no_row_twice() -> None:
    actions = brake.departed(EMAIL, {"first": 6, "second": 4})

    assert [(action.key.pk, dict(action.numbers)) for action in actions if isinstance(action, table.Add)] == [
        ("sent#email", {"s0": 10}),
        ("sent#email#first", {"s0": 6}),
        ("sent#email#second", {"s0": 4}),
    ]


def test_workers_side_by_side_count_everything_once() -> None:
    def work() -> None:
        for _ in range(20):
            moved(sent=1)

    workers = [Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    with clock.at(datetime.now(NOON.tzinfo)):  # the clock of a thread is its own
        assert brake.windows(EMAIL)[0].sent == 80


def test_a_count_that_is_not_in_the_guarded_transaction_drifts() -> None:  # why there is no other way to count
    def prepare() -> None:
        table.put(sending(id="first"))

    def act() -> None:
        first = table.load(type(sending()), sending(id="first").key(), consistent=True)
        if not first.reason:
            table.transact(table.Save(first.changed(reason="sent")), *brake.counted(EMAIL, sent=1))

    def apart() -> None:
        first = table.load(type(sending()), sending(id="first").key(), consistent=True)
        if not first.reason:
            add = brake.counted(EMAIL, sent=1)[0]
            assert isinstance(add, table.Add)
            table.transact(table.Absent(Budget, Budget.place(Channel.LINK)), add)
            table.save(first.changed(reason="sent"))

    def view() -> world.Snapshot:
        sums = [numbers for _, numbers in table.numbers(Table.OUTREACH, "sent#email")]
        return {("outreach", "sent", ""): {"sent": sum(row.get("s0", 0) for row in sums)}}

    assert faults.survey_of_faults(prepare, act, view=view) == []
    assert faults.survey_of_faults(prepare, apart, view=view) != []


def test_a_fault_at_any_call_of_judging_and_letting_go_on_leaves_one_state_and_one_record() -> None:
    def prepare() -> None:
        table.put(Budget(channel=EMAIL, rate=14.0, tokens=25.0, at=NOON))
        table.put(sending(id="first", state=DeploymentState.RUNNING))
        table.transact(
            table.Create(sending(id="guard")), *brake.counted(EMAIL, sent=100, bounced=9, deployment="first")
        )

    def act() -> None:
        brake.check(EMAIL, "first")
        if budgets.of(EMAIL).brake is Brake.STOPPED:
            brake.resume(EMAIL, who="ana", why="the list was cleaned")

    def view() -> world.Snapshot:
        found, paused = budgets.of(EMAIL), deployments.get("first")
        state = {"brake": found.brake, "kept": len(brake.resumptions(EMAIL)), "first": (paused.state, paused.reason)}
        return {("outreach", "brake", ""): state}

    assert faults.survey_of_faults(prepare, act, view=view) == []
