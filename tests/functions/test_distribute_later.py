"""Messages that go out later: at an instant, at an hour of the person's own day, and as reminders.

It is noon in São Paulo, midnight in Tokyo. `work` is what the clock and the queues do at one moment.
"""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest

from distribute import deliver, due
from escuta import clock, table
from escuta.directory.model import Contact
from escuta.outreach import alarms, delivery, deployments, invitations, ledger, messages, reminders, suppression
from escuta.outreach.model import (
    Channel,
    Due,
    DueCursor,
    Invitation,
    InvitationState,
    Reminder,
    Reminders,
    SendTime,
    SendWhen,
    Strategy,
)
from tests.conftest import NOON
from tests.functions.senders import Line, invited, open_shop, sending, states
from tests.functions.test_receipts import event, receive
from tests.kit import factories, faults, outbox, world
from tests.kit.faults import untouched
from tests.kit.stream import Context

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana")
AKIRA = factories.contact("Akira", timezone="Asia/Tokyo")
ONE = SendTime(when=SendWhen.LOCAL, hour="13:00")
TWICE = Reminders(times=2, every_days=3, hour="13:00")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ONE_THERE = NOON + HOUR  # one o'clock in São Paulo


def work(moment: datetime, *, stopped: bool = False) -> None:
    """Ring as the schedule does, which ran until an hour ago unless it was `stopped`; then work the queues."""
    with untouched():
        cursor = table.find(DueCursor, DueCursor.at())
        if not stopped:
            table.put(DueCursor(slot=moment - HOUR, rev=cursor.rev if cursor else 0))
    with clock.at(moment):
        due.handler({}, Context())
    Line().run(start=moment, steps=4)


def start(*people: Contact, **fields: Any) -> None:
    open_shop(*people)
    deployments.start(sending(*people, **fields))
    work(NOON)


def mails() -> Counter[str]:
    return Counter(mail["To"].addresses[0].addr_spec for mail in outbox.mails())


def waiting() -> list[Due]:
    with untouched():
        rows = [row for row in world.scan(Due.table) if row.get("kind") == {"S": "due"}]
    return sorted((Due.model_validate_json(row["data"]["S"]) for row in rows), key=lambda alarm: alarm.due_at)


def the_invitation() -> Invitation:
    return next(invited())


def reminded() -> dict[int, tuple[InvitationState, str]]:
    made = reminders.of(the_invitation().link_key)
    return {number: (reminder.state, reminder.reason) for number, reminder in made.items()}


def test_everybody_is_written_to_at_one_of_their_own_clock() -> None:
    start(ANA, AKIRA, send=ONE)

    work(NOON + HOUR / 2)
    assert mails() == {}

    work(ONE_THERE)
    assert mails() == {"ana@example.com": 1}

    work(NOON + 12 * HOUR)
    assert mails() == {"ana@example.com": 1}

    work(NOON + 13 * HOUR)  # one in Tokyo
    assert mails() == {"ana@example.com": 1, "akira@example.com": 1}
    assert waiting() == []


def test_at_an_instant_everybody_is_written_to_at_once() -> None:
    start(ANA, AKIRA, send=SendTime(when=SendWhen.AT, at=NOON + 2 * DAY))
    assert [(one.state, one.send_at) for one in invited()] == [(InvitationState.QUEUED, NOON + 2 * DAY)] * 2

    work(NOON + 2 * DAY - HOUR)
    assert mails() == {}

    work(NOON + 2 * DAY)
    assert mails() == {"ana@example.com": 1, "akira@example.com": 1}


def test_time_to_answer_begins_when_the_message_goes_out() -> None:
    start(ANA, send=SendTime(when=SendWhen.AT, at=NOON + 2 * DAY), expires_after_days=10)

    assert the_invitation().expires_at == NOON + 12 * DAY


def test_a_message_that_comes_up_too_early_waits_for_its_time() -> None:
    start(ANA, send=ONE)
    with clock.at(NOON + HOUR / 2):
        table.delete_many(Due, [alarm.key() for alarm in waiting()])  # as if the alarm had rung by mistake
        Line().deliver.send(alarms.message(the_invitation().link_key))
    work(NOON + HOUR / 2)

    assert mails() == {}
    assert [alarm.due_at for alarm in waiting()] == [ONE_THERE]


def test_planning_that_is_repeated_sets_the_same_alarm() -> None:
    start(ANA, send=ONE)
    deployments.start(sending(ANA, send=ONE))
    work(NOON)
    assert len(waiting()) == 1

    work(ONE_THERE)
    assert mails() == {"ana@example.com": 1}


def test_an_alarm_that_rings_twice_sends_once() -> None:
    start(ANA, send=ONE)
    alarm = waiting()[0]
    work(ONE_THERE)
    table.put(alarm)
    work(ONE_THERE + HOUR)

    assert mails() == {"ana@example.com": 1}
    assert waiting() == []


def test_who_said_no_meanwhile_gets_nothing_later() -> None:
    bruno, carla = factories.contact("Bruno"), factories.contact("Carla")
    start(ANA, bruno, carla, send=ONE)
    suppression.add(Channel.EMAIL, ANA.email, "unsubscribe")
    table.put(bruno.changed(consent="denied"))
    table.delete(Contact, carla.key())
    work(ONE_THERE)

    assert mails() == {}
    assert states() == {
        "ana@example.com": (InvitationState.SUPPRESSED, "unsubscribe"),
        "bruno@example.com": (InvitationState.SUPPRESSED, "no_consent"),
        "carla@example.com": (InvitationState.CANCELLED, "erased"),
    }


def test_a_deployment_that_was_cancelled_sends_nothing_later() -> None:
    start(ANA, send=ONE)
    deployments.cancel("first")
    work(ONE_THERE)

    assert (mails(), states()) == ({}, {"ana@example.com": (InvitationState.CANCELLED, "deployment_cancelled")})


def test_who_is_to_be_asked_later_rests_from_then_on() -> None:
    start(ANA, send=SendTime(when=SendWhen.AT, at=NOON + 20 * DAY))
    with clock.at(NOON + 40 * DAY):
        deployments.start(sending(ANA, id="second"))
    work(NOON + 40 * DAY)

    assert states("second") == {"ana@example.com": (InvitationState.SUPPRESSED, "resting")}


def test_more_than_one_run_takes_is_left_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    people = [factories.contact(name) for name in ("Ana", "Bruno", "Carla")]
    start(*people, send=ONE)
    monkeypatch.setattr(alarms.ring, "__defaults__", (2,))

    work(ONE_THERE)
    assert (mails().total(), len(waiting())) == (2, 1)

    work(ONE_THERE)
    assert (mails().total(), len(waiting())) == (3, 0)


def test_a_run_that_comes_days_late_finds_what_was_due_in_between() -> None:
    start(ANA, AKIRA, send=ONE)
    work(NOON + 2 * DAY, stopped=True)

    assert mails() == {"ana@example.com": 1, "akira@example.com": 1}
    cursor = table.find(DueCursor, DueCursor.at())
    assert cursor is not None
    assert cursor.slot == NOON + 2 * DAY - HOUR


def test_who_does_not_answer_is_reminded_as_often_as_the_rule_says_with_the_same_link() -> None:
    start(ANA, remind=TWICE)
    for day in range(1, 12):
        work(ONE_THERE + day * DAY)
        assert mails().total() == {1: 1, 2: 1, 3: 2, 4: 2, 5: 2}.get(day, 3)

    assert reminded() == {1: (InvitationState.SENT, ""), 2: (InvitationState.SENT, "")}
    assert all(invitations.link(the_invitation()) in mail.as_string().replace("=\n", "") for mail in outbox.mails())
    assert deployments.reminded("first") == {InvitationState.SENT: 2}
    assert deployments.progress("first") == {InvitationState.SENT: 1}


def test_a_reminder_says_that_it_is_one() -> None:
    start(ANA, remind=TWICE)
    work(ONE_THERE + 3 * DAY)

    assert [mail["Subject"] for mail in outbox.mails()] == [
        "Ana, como foi sua visita à loja Paulista?",
        "Ana, ainda dá tempo de contar como foi sua visita à loja Paulista",
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"state": "completed", "response": "r"}, "answered"),
        ({"tapped": "r"}, "answered"),
        ({"state": "bounced"}, "first_bounced"),
        ({"state": "complained"}, "complaint"),
        ({"state": "unknown"}, "first_unknown"),
        ({"state": "cancelled"}, "invitation_cancelled"),
        ({"revoked_at": NOON}, "invitation_cancelled"),
    ],
)
def test_nobody_is_reminded_of_what_is_over(fields: dict[str, Any], reason: str) -> None:
    start(ANA, remind=TWICE)
    table.save(the_invitation().changed(**fields))
    work(ONE_THERE + 3 * DAY)
    work(ONE_THERE + 6 * DAY)

    assert mails() == {"ana@example.com": 1}
    assert reminded() == {1: (InvitationState.CANCELLED, reason)}


def test_nobody_is_reminded_who_said_no_or_whose_time_is_over() -> None:
    start(ANA, remind=TWICE, expires_after_days=5)
    suppression.add(Channel.EMAIL, ANA.email, "unsubscribe")
    work(ONE_THERE + 3 * DAY)
    assert reminded() == {1: (InvitationState.SUPPRESSED, "unsubscribe")}

    bruno = factories.contact("Bruno")
    table.put(bruno)
    deployments.start(
        sending(bruno, id="second", remind=Reminders(times=1, every_days=6, hour="13:00"), expires_after_days=5)
    )
    work(NOON)
    work(ONE_THERE + 6 * DAY)
    late = next(invited("second"))
    assert reminders.of(late.link_key)[1].state is InvitationState.EXPIRED
    assert mails() == {"ana@example.com": 1, "bruno@example.com": 1}


def test_reminders_of_a_paused_deployment_wait() -> None:
    start(ANA, remind=TWICE)
    deployments.pause("first")
    work(ONE_THERE + 3 * DAY)
    assert (mails().total(), reminded()) == (1, {})

    deployments.resume("first")
    work(ONE_THERE + 5 * DAY)  # its alarm rang during the pause: it comes at its hour of the next day
    work(ONE_THERE + 6 * DAY)
    assert mails().total() == 2

    work(ONE_THERE + 8 * DAY)  # three days count from the reminder that went out late
    assert mails().total() == 2
    work(ONE_THERE + 9 * DAY)
    assert mails().total() == 3


def test_a_reminder_whose_answer_was_lost_is_in_doubt_until_its_event_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    start(ANA, remind=TWICE)

    def lost(_email: Any) -> str:
        raise messages.Lost

    with monkeypatch.context() as patched:
        patched.setattr(messages, "send_email", lost)
        work(ONE_THERE + 3 * DAY)
    assert reminded() == {1: (InvitationState.UNKNOWN, "answer_lost")}

    told = event("send", the_invitation())
    told["mail"]["tags"]["reminder"] = ["1"]
    before = the_invitation()
    assert receive(told) == []
    assert reminded() == {1: (InvitationState.SENT, "")}
    assert the_invitation() == before


def test_a_second_reminder_does_not_follow_one_that_bounced() -> None:
    start(ANA, remind=TWICE)
    work(ONE_THERE + 3 * DAY)
    told = event("bounce", the_invitation())
    told["mail"]["tags"]["reminder"] = ["1"]
    receive(told)
    work(ONE_THERE + 6 * DAY)

    assert {number: state for number, (state, _) in reminded().items()} == {1: InvitationState.BOUNCED}
    assert mails().total() == 2


def test_an_answer_in_the_very_moment_of_the_claim_stops_the_reminder() -> None:
    start(ANA, remind=TWICE)
    read = the_invitation()
    table.save(read.changed(tapped="r"))
    reminder = Reminder(
        link_key=read.link_key, number=1, deployment="first", state=InvitationState.QUEUED, due_at=NOON + 3 * DAY
    )

    assert ledger.claim([ledger.claiming(reminder, read, deployments.get("first"))]) == [None]
    assert reminded() == {}


def test_planning_that_comes_again_when_the_time_is_over_still_sends() -> None:
    open_shop(ANA)
    deployments.start(sending(ANA, send=ONE))
    line = Line()
    with faults.failing("BatchWriteItem", lambda _: faults.throttled("dynamodb", "BatchWriteItem")):
        line.run()
    assert (len(line.dead), len(list(invited())), waiting()) == (1, 1, [])

    line.plan.replay()
    line.run(start=NOON + 3 * DAY)
    work(NOON + 3 * DAY + HOUR)

    assert mails() == {"ana@example.com": 1}


def test_a_clock_that_is_a_moment_behind_sets_no_alarm_at_the_place_of_the_one_that_rings() -> None:
    start(ANA, send=ONE)
    table.delete_many(Due, [alarm.key() for alarm in waiting()])
    with clock.at(ONE_THERE - timedelta(milliseconds=5)):
        delivery.deliver_all([alarms.message(the_invitation().link_key)], deliver.survey_of)
    assert waiting() == []  # the one that rings is removed after its message was sent, and would take this one along

    work(ONE_THERE + timedelta(seconds=1))
    assert mails() == {"ana@example.com": 1}


@pytest.mark.parametrize("answer", ["response", "tapped"])
def test_who_answered_over_the_other_channel_is_not_reminded(answer: str) -> None:
    start(ANA.changed(phone="+5511988880000"), strategy=Strategy.BOTH, remind=TWICE)
    by_mail, by_sms = sorted(invited(), key=lambda one: one.channel)
    table.save(by_mail.changed(**{answer: "r"}))
    work(ONE_THERE + 3 * DAY)

    assert [reminders.of(one.link_key)[1].reason for one in (by_mail, by_sms)] == ["answered", "answered"]
    assert (mails().total(), len(outbox.texts())) == (1, 1)
