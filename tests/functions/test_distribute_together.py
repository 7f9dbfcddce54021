"""A batch delivered together: read, claimed and marked in groups, sent side by side; what is in the way of one only."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from distribute import deliver
from escuta import clock, table
from escuta.outreach import alarms, brake, budgets, deployments, ledger, reminders, suppression
from escuta.outreach.model import (
    Calendar,
    Channel,
    DeploymentState,
    Due,
    InvitationState,
    Reminders,
    SentMessage,
    Strategy,
)
from tests.conftest import NOON
from tests.functions.senders import PHONE, Line, cool, invited, open_shop, sending, states, unhurried
from tests.kit import factories, outbox, world
from tests.kit.faults import Crash, Fault, failing, injected, recording, untouched
from tests.kit.stream import Context

pytestmark = pytest.mark.usefixtures("aws", "noon")

NAMES = ("Ana", "Bruno", "Carla", "Davi", "Elisa", "Fábio")
PEOPLE = [factories.contact(name, email=f"p{number}@example.com") for number, name in enumerate(NAMES)]
ANA, BRUNO, CARLA = PEOPLE[:3]
TWO_IN_THE_MORNING = str(int(datetime(2026, 3, 10, 2, tzinfo=UTC).timestamp()) // 3600)  # as a budget names an hour
SENT, QUEUED, UNKNOWN = InvitationState.SENT, InvitationState.QUEUED, InvitationState.UNKNOWN
SUPPRESSED = InvitationState.SUPPRESSED


def planned(*people: Any, **fields: Any) -> Line:
    deployments.start(sending(*people, **fields))
    line = Line()
    line.plan.run()
    return line


def mails() -> Counter[str]:
    return Counter(mail["To"].addresses[0].addr_spec for mail in outbox.mails())


def no(code: str, message: str = "") -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(answer, "")


def test_a_group_is_read_claimed_and_marked_in_one_call_each() -> None:
    open_shop(*PEOPLE)
    line = planned(*PEOPLE)
    with recording() as calls:
        line.deliver.step()

    made = Counter(call.operation for call in calls)
    assert (made["BatchGetItem"], made["TransactWriteItems"], made["SendEmail"]) == (1, 2, 6)
    assert set(states().values()) == {(SENT, "")}
    assert mails() == {person.email: 1 for person in PEOPLE}


def test_a_closed_address_keeps_nobody_else_of_its_group_from_being_written_to() -> None:
    open_shop(*PEOPLE)
    line = planned(*PEOPLE)
    suppression.add(Channel.EMAIL, CARLA.email, "complaint")
    with recording() as calls:
        line.deliver.step()

    assert states() == {person.email: (SENT, "") for person in PEOPLE} | {CARLA.email: (SUPPRESSED, "complaint")}
    assert mails() == {person.email: 1 for person in PEOPLE if person is not CARLA}
    assert Counter(call.operation for call in calls)["TransactWriteItems"] == 4  # claimed twice, marked, settled


def test_a_channel_that_is_stopped_by_hand_is_stopped_for_what_was_granted_already() -> None:
    open_shop(ANA, BRUNO)
    line = planned(ANA, BRUNO)
    ana, bruno = invited()
    granted = [ledger.claiming(one, one, deployments.get("first")) for one in (ana, bruno)]

    brake.halt(Channel.EMAIL, who="Carla", why="wrong words")

    assert ledger.claim(granted) == [None, None]
    assert not mails()
    line.deliver.step()
    assert {state for state, _ in states().values()} == {QUEUED}
    brake.resume(Channel.EMAIL, who="Carla", why="corrected")
    line.deliver.run()
    assert mails() == {ANA.email: 1, BRUNO.email: 1}


def test_two_invitations_to_one_address_are_claimed_together() -> None:
    open_shop(ANA, BRUNO)
    line = planned(ANA, BRUNO)
    first, second = invited()
    table.save(second.changed(address=first.address))
    line.deliver.step()

    assert [one.state for one in invited()] == [SENT, SENT]
    assert mails() == {ANA.email: 2}


def test_a_deployment_that_changed_while_a_worker_kept_its_copy_is_read_again() -> None:
    open_shop(ANA, BRUNO)
    line = planned(ANA, BRUNO)
    first, second = invited()
    with clock.at(NOON):
        deliver.handler({"Records": [record(alarms.message(first.link_key))]}, Context())
        deployments.pause("first")
        deliver.handler({"Records": [record(alarms.message(second.link_key))]}, Context())
    assert [one.state for one in invited()] == [SENT, QUEUED]

    deployments.resume("first")
    line.run(start=NOON + timedelta(hours=1))
    assert mails() == {ANA.email: 1, BRUNO.email: 1}


def record(body: dict[str, Any], name: str = "m") -> dict[str, Any]:
    return {"messageId": name, "body": json.dumps(body)}


def test_a_message_that_cannot_be_read_and_one_whose_deployment_is_gone_fail_alone() -> None:
    open_shop(ANA, BRUNO)
    planned(ANA, BRUNO)
    first, second = invited()
    table.save(second.changed(deployment="gone"))
    records = [
        record(alarms.message(first.link_key), "fine"),
        record(alarms.message(second.link_key), "orphan"),
        {"messageId": "torn", "body": "{"},
    ]

    failed = deliver.handler({"Records": records}, Context())["batchItemFailures"]
    assert {one["itemIdentifier"] for one in failed} == {"orphan", "torn"}
    assert mails() == {ANA.email: 1}


def test_invitations_and_reminders_go_out_in_one_group() -> None:
    open_shop(ANA, BRUNO)
    planned(ANA, remind=Reminders(times=1, every_days=1, hour="12:00")).run()
    later = NOON + timedelta(days=1, minutes=1)
    with clock.at(later):
        line = planned(BRUNO, id="second")
        line.deliver.send(alarms.message(next(invited()).link_key, 1))
        with recording() as calls:
            line.deliver.step()

    assert Counter(call.operation for call in calls)["TransactWriteItems"] == 2
    assert mails() == {ANA.email: 2, BRUNO.email: 1}
    assert reminders.of(next(invited()).link_key)[1].state is SENT


def test_throttling_halves_the_rate_once_for_a_group_and_everybody_gets_the_message() -> None:  # E9
    open_shop(*PEOPLE)
    line = planned(*PEOPLE)
    told = []

    def twice(parameters: dict[str, Any]) -> ClientError | None:
        told.append(parameters)
        return no("TooManyRequestsException", "Maximum sending rate exceeded.") if len(told) <= 4 else None

    with failing("SendEmail", twice):
        line.deliver.step()
        assert budgets.of(Channel.EMAIL).share == 0.5
        assert Counter(states().values()) == {(SENT, ""): 2, (QUEUED, "throttled"): 4}
        line.run(start=NOON + timedelta(minutes=30))

    assert set(states().values()) == {(SENT, "")}
    assert mails() == {person.email: 1 for person in PEOPLE}


def test_whoever_gets_no_share_of_the_rate_waits_and_was_never_tried() -> None:  # E9
    open_shop(*PEOPLE)
    table.put(unhurried(Channel.EMAIL).changed(rate=2.0, tokens=2.0))
    line = planned(*PEOPLE)
    with clock.at(NOON):
        line.deliver.step()
    assert Counter((one.state, one.attempts) for one in invited()) == {(SENT, 1): 2, (QUEUED, 0): 4}

    line.run(start=NOON + timedelta(minutes=1))
    assert mails() == {person.email: 1 for person in PEOPLE}


def test_a_used_up_daily_quota_holds_everybody_until_it_frees_and_says_when() -> None:  # E10
    open_shop(ANA, BRUNO)
    table.put(unhurried(Channel.EMAIL).changed(per_day=50_000, hours={TWO_IN_THE_MORNING: 40_000}))
    line = planned(ANA, BRUNO)
    with failing("SendEmail", lambda _: no("LimitExceededException", "Daily message quota exceeded.")):
        line.deliver.step()
    with recording() as calls:
        line.run(steps=5)

    held = budgets.of(Channel.EMAIL)
    assert Counter(call.operation for call in calls)["SendEmail"] == 0
    assert (held.held(NOON), held.frees_at(NOON)) == ("quota", datetime(2026, 3, 11, 3, tzinfo=UTC))
    assert deployments.get("first").state is DeploymentState.RUNNING
    assert {state for state, _ in states().values()} == {QUEUED}

    line.run(start=NOON + timedelta(days=1, hours=2))
    assert mails() == {ANA.email: 1, BRUNO.email: 1}


def test_a_spend_limit_of_sms_stops_the_run_and_everything_stays_queued() -> None:  # M5
    people = [person.changed(phone=f"+551198888000{number}") for number, person in enumerate(PEOPLE[:3])]
    open_shop(*people)
    line = planned(*people, strategy=Strategy.SMS)
    with failing("Publish", lambda _: no("Throttling", "No quota left for account")):
        line.deliver.step()
        line.run(steps=5)

    stopped = deployments.get("first")
    assert (stopped.state, stopped.reason) == (DeploymentState.PAUSED, "spend_limit")
    assert {state for state, _ in states().values()} == {QUEUED}
    assert outbox.texts() == []


def test_an_sms_whose_answer_was_lost_is_in_doubt_and_not_paid_for_twice() -> None:  # M7
    open_shop(ANA.changed(phone=PHONE))
    line = planned(ANA, strategy=Strategy.SMS)
    with failing("Publish", lambda _: ReadTimeoutError(endpoint_url="https://sns")):
        line.run()
    line.deliver.send(alarms.message(next(invited()).link_key))
    line.run(start=NOON + timedelta(hours=1))

    assert states() == {PHONE: (UNKNOWN, "answer_lost")}
    assert outbox.texts() == []


def test_a_receipt_finds_an_sms_by_the_providers_id() -> None:
    open_shop(ANA.changed(phone=PHONE))
    planned(ANA, strategy=Strategy.SMS).run()

    (sms,) = invited()
    found = table.load(SentMessage, SentMessage.at(sms.message_id))
    assert (found.link_key, found.reminder, found.channel) == (sms.link_key, 0, Channel.SMS)


def test_a_worker_that_dies_leaves_in_doubt_only_what_it_had_claimed() -> None:  # E12
    open_shop(*PEOPLE)
    line = planned(*PEOPLE)
    with pytest.raises(Crash), failing("SendEmail", dies):
        deliver.handler(
            {"Records": [record(body, body["invitation"]) for body in line.deliver.waiting()[:2]]}, Context()
        )
    line.run(start=NOON + timedelta(minutes=2))

    assert Counter(states().values()) == {(UNKNOWN, "lease_over"): 2, (SENT, ""): 4}
    assert mails().total() == 4
    assert not any(ledger.is_ambiguous(one) for one in invited())
    with clock.at(NOON + timedelta(minutes=20)):
        assert sum(ledger.is_ambiguous(one) for one in invited()) == 2


def dies(_parameters: dict[str, Any]) -> Exception:
    raise Crash("the worker")


def test_what_was_sent_is_counted_once_though_the_answer_to_the_mark_was_lost() -> None:
    with recording() as calls:
        deliver.handler(two_waiting(), Context())
    number = max(call.number for call in calls if call.operation == "TransactWriteItems")
    world.fresh()
    waiting = two_waiting()
    with injected(number, Fault.LOST_REPLY) as again:
        deliver.handler(waiting, Context())

    assert again[number].operation == "TransactWriteItems"
    assert set(states().values()) == {(SENT, "")}
    assert brake.windows(Channel.EMAIL)[0].sent == 2


def two_waiting() -> dict[str, Any]:
    with untouched():
        open_shop(ANA, BRUNO)
        line = planned(ANA, BRUNO)
        cool()
        return {"Records": [record(body, body["invitation"]) for body in line.deliver.waiting()]}


def test_a_backlog_that_reaches_the_night_waits_for_the_morning() -> None:  # E20
    night = Calendar(quiet_from="21:00", quiet_to="08:00")
    open_shop(ANA)
    line = planned(ANA, calendar=night)
    late = datetime(2026, 3, 11, 2, 30, tzinfo=UTC)  # half past eleven at night in São Paulo
    with clock.at(late):
        line.deliver.step()
    morning = datetime(2026, 3, 11, 11, tzinfo=UTC)
    alarm = [one.due_at for shard in Due.shards(morning) for one in table.query(Due, shard).items]
    assert (mails(), alarm) == ({}, [morning])

    with clock.at(morning):
        alarms.ring()
    line.run(start=morning)
    assert mails() == {ANA.email: 1}


def test_what_waited_for_a_sender_until_its_lease_is_nearly_over_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    open_shop(ANA)
    line = planned(ANA)
    with monkeypatch.context() as patched:
        patched.setattr(ledger, "LEASE", timedelta(seconds=1))
        line.deliver.step()
    assert ([(one.state, one.attempts) for one in invited()], mails()) == ([(QUEUED, 1)], {})

    line.run()
    assert mails() == {ANA.email: 1}
