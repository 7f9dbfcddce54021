"""What can be changed of a deployment that is under way, and what becomes of those who were asked before."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.errors import ConflictError, InvalidError
from escuta.outreach import alarms, amending, canary, deployments, planning, sending_rules, suppression
from escuta.outreach.audience import Sought
from escuta.outreach.model import (
    SLACK,
    Asking,
    AudienceKind,
    Calendar,
    Canary,
    Channel,
    InvitationState,
    LastAsked,
    Reminders,
    SendingDraft,
    SendTime,
    SendWhen,
)
from tests.conftest import NOON
from tests.functions.senders import Line, invited, open_shop, send, sending
from tests.kit import factories, outbox
from tests.kit.faults import failing

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana")
BRUNO = factories.contact("Bruno")
DAY = timedelta(days=1)
PEOPLE = [factories.contact(f"P{number}") for number in range(20)]
QUEUED, SENT = InvitationState.QUEUED, InvitationState.SENT


def amended(moment: datetime = NOON, **fields: Any) -> None:
    with clock.at(moment):
        amending.amend(deployments.get("first"), fields)
    Line().run(start=moment + timedelta(minutes=2))


def rung(moment: datetime) -> None:
    """Let the clock ring what is due, and send it."""
    with clock.at(moment):
        alarms.ring()
    Line().run(start=moment)


def written_to() -> list[str]:
    return sorted(mail["To"].addresses[0].addr_spec for mail in outbox.mails())


def test_reminders_that_are_added_reach_whoever_was_asked_before() -> None:
    open_shop(ANA, BRUNO)
    send(ANA, BRUNO)

    amended(NOON + DAY, remind=Reminders(times=1, every_days=3, hour="10:00"))
    rung(NOON + 2 * DAY)
    assert len(written_to()) == 2
    rung(datetime(2026, 3, 13, 13, 5, tzinfo=NOON.tzinfo))

    assert written_to() == ["ana@example.com"] * 2 + ["bruno@example.com"] * 2


def test_nobody_is_reminded_who_answered_opted_out_or_could_not_be_reached() -> None:
    carla = factories.contact("Carla")
    open_shop(ANA, BRUNO, carla)
    send(ANA, BRUNO, carla)
    ana, bruno, _ = invited()
    table.save(ana.changed(state=InvitationState.COMPLETED, response="r1"))
    table.save(bruno.changed(state=InvitationState.BOUNCED, reason="transient_bounce"))
    suppression.add(Channel.EMAIL, "carla@example.com", "unsubscribe")

    amended(NOON + DAY, remind=Reminders(times=5, every_days=1))
    for day in range(2, 8):
        rung(NOON + day * DAY)

    assert len(written_to()) == 3


def test_a_reminder_that_was_due_before_it_was_added_comes_at_its_hour() -> None:
    open_shop(ANA)
    send(ANA)
    late = datetime(2026, 3, 31, 2, 0, tzinfo=NOON.tzinfo)  # eleven at night, three weeks later

    amended(late, remind=Reminders(times=1, every_days=3, hour="10:00"), expires_after_days=60)
    rung(late + timedelta(hours=1))
    assert len(written_to()) == 1
    rung(datetime(2026, 3, 31, 13, 5, tzinfo=NOON.tzinfo))

    assert len(written_to()) == 2


def test_an_earlier_reminder_and_a_calendar_hold_for_whom_was_asked_before() -> None:
    open_shop(ANA)
    send(ANA, remind=Reminders(times=1, every_days=20, hour="10:00"))

    amended(NOON + DAY, remind=Reminders(times=1, every_days=2), calendar=Calendar(excluded=(date(2026, 3, 12),)))
    rung(datetime(2026, 3, 12, 13, 5, tzinfo=NOON.tzinfo))
    assert len(written_to()) == 1
    rung(datetime(2026, 3, 13, 13, 5, tzinfo=NOON.tzinfo))

    assert len(written_to()) == 2


def test_reminders_that_are_taken_away_are_not_sent() -> None:
    open_shop(ANA)
    send(ANA, remind=Reminders(times=2, every_days=1))

    amended(remind=Reminders())
    rung(NOON + 2 * DAY)

    assert len(written_to()) == 1


def test_alarms_that_are_set_twice_remind_once() -> None:
    open_shop(ANA)
    send(ANA)
    for _ in range(3):
        amended(NOON + DAY, remind=Reminders(times=1, every_days=3, hour="10:00"))

    rung(datetime(2026, 3, 13, 13, 5, tzinfo=NOON.tzinfo))
    rung(datetime(2026, 3, 13, 13, 10, tzinfo=NOON.tzinfo))

    assert len(written_to()) == 2


def test_the_end_of_a_canary_lets_the_others_go_at_once() -> None:
    open_shop(*PEOPLE)
    started = send(*PEOPLE, canary=Canary(percent=30, hours=48))
    first = sum(canary.first(started, person.id) for person in PEOPLE)
    assert [one.state for one in invited()].count(SENT) == first

    amended(NOON + timedelta(hours=2), canary=None)

    assert [one.state for one in invited()].count(SENT) == len(PEOPLE)
    assert len(outbox.mails()) == len(PEOPLE)


def test_the_end_of_a_canary_leaves_everybody_their_hour() -> None:
    open_shop(*PEOPLE)
    send(*PEOPLE, canary=Canary(percent=30, hours=48), send=SendTime(when=SendWhen.LOCAL, hour="18:00"))

    amended(NOON + timedelta(hours=1), canary=None)

    assert {one.send_at for one in invited()} == {datetime(2026, 3, 10, 21, 0, tzinfo=NOON.tzinfo)}
    assert outbox.mails() == []
    rung(datetime(2026, 3, 10, 21, 1, tzinfo=NOON.tzinfo))
    assert len(outbox.mails()) == len(PEOPLE)


def test_a_link_may_live_longer_and_never_shorter() -> None:
    open_shop(ANA)
    send(ANA)

    amended(expires_after_days=45)

    assert next(invited()).expires_at.date() == (NOON + 45 * DAY).date()
    with pytest.raises(InvalidError, match="deployment_ends_sooner"):
        amending.amend(deployments.get("first"), {"expires_after_days": 44})


@pytest.mark.parametrize("field", ["survey", "audience", "strategy", "template", "send", "where", "contacts", "most"])
def test_what_decided_who_is_asked_and_how_is_fixed(field: str) -> None:
    open_shop(ANA)
    deployments.start(sending(ANA))

    with pytest.raises(InvalidError) as refused:
        amending.amend(deployments.get("first"), {field: "another"})

    assert (refused.value.code, refused.value.details) == ("deployment_fixed", {"field": field})


def test_of_a_cancelled_deployment_nothing_is_changed() -> None:
    open_shop(ANA)
    deployments.start(sending(ANA))
    deployments.cancel("first")

    with pytest.raises(ConflictError, match="deployment_over"):
        amending.amend(deployments.get("first"), {"name": "Abril"})


def test_a_canary_is_ended_and_never_begun() -> None:
    open_shop(ANA)
    deployments.start(sending(ANA))

    with pytest.raises(InvalidError, match="canary_only_ends"):
        amending.amend(deployments.get("first"), {"canary": Canary(percent=10)})


def test_nothing_is_lost_or_started_over_however_often_it_is_held_back_and_changed() -> None:  # E17
    open_shop(*PEOPLE[:8])
    deployments.start(sending(audience=AudienceKind.ALL, contacts=(), most=6))
    line = Line(batch=3, again=0.3, seed=11)
    for turn in range(20):
        moment = NOON + turn * timedelta(minutes=10)
        with clock.at(moment):
            deployments.pause("first")
            line.deliver.step()
            deployments.resume("first")
            amending.amend(deployments.get("first"), {"most": 6 + turn % 2, "name": f"Visitas {turn}"})
            line.plan.step()
            line.deliver.step()
    line.run(start=NOON + DAY, steps=40)

    counted = deployments.progress("first")
    assert len(outbox.mails()) == len(set(written_to())) == 6
    assert counted == {SENT: 6, InvitationState.SUPPRESSED: 2}
    assert deployments.is_finished(deployments.get("first"), counted)


def test_what_is_cancelled_in_the_middle_sends_nothing_more_and_leaves_nothing_open() -> None:  # E17
    open_shop(*PEOPLE)
    deployments.start(sending(*PEOPLE))
    line = Line(batch=4)
    line.plan.step()
    line.deliver.step()
    sent = len(outbox.mails())

    deployments.cancel("first")
    for _ in range(3):
        deployments.resume("first")
    line.run()

    assert (sent, len(outbox.mails())) == (4, 4)
    assert deployments.progress("first") == {SENT: 4, InvitationState.CANCELLED: 16}


def test_what_waited_until_it_was_too_late_expires() -> None:
    open_shop(ANA)
    deployments.start(sending(ANA, expires_after_days=1))
    line = Line()
    line.plan.run()
    deployments.pause("first")

    with clock.at(NOON + 2 * DAY):
        deployments.resume("first")
    line.run(start=NOON + 2 * DAY)

    assert deployments.progress("first") == {InvitationState.EXPIRED: 1}
    assert outbox.mails() == []


def test_who_is_let_go_sooner_is_asked_no_nearer_to_another_invitation_for_that() -> None:
    open_shop(*PEOPLE)
    sending_rules.save(SendingDraft(rest=()), rev=0, who="Ana")
    send(*PEOPLE, canary=Canary(percent=10, hours=24))
    waiting = next(one for one in invited() if one.state is QUEUED)
    sent = len(outbox.mails())
    earlier = Asking(at=NOON - timedelta(minutes=30), survey="party", channels=(Channel.EMAIL,), owner="other")
    known = table.load(LastAsked, LastAsked.at(waiting.contact))
    table.save(known.asked(earlier, NOON))

    amended(NOON + timedelta(hours=1), canary=None)

    later = next(one for one in invited() if one.id == waiting.id)
    assert (later.state, later.reason, later.send_at) == (
        InvitationState.DEFERRED,
        "resting_floor",
        earlier.at + DAY + SLACK,
    )
    assert len(outbox.mails()) == len(PEOPLE) - 1 > sent


def test_ending_a_canary_that_never_was_leaves_alone_who_is_asked_days_after_a_visit() -> None:
    open_shop(ANA)
    deployment = deployments.start(sending(audience=AudienceKind.TOLD))
    planning.ask(deployment, [Sought(ANA.id, after=2 * DAY)])

    amended(canary=None)

    assert (outbox.mails(), [one.send_at and one.send_at.date() for one in invited()]) == ([], [date(2026, 3, 12)])


def test_a_change_that_cannot_be_queued_is_none_and_what_is_queued_without_it_does_nothing() -> None:
    open_shop(*PEOPLE)
    send(*PEOPLE, canary=Canary(percent=10, hours=24))
    waiting = sum(one.state is QUEUED for one in invited())

    with failing("SendMessageBatch", lambda _: OSError("gone")), pytest.raises(OSError, match="gone"):
        amending.amend(deployments.get("first"), {"canary": None})
    assert deployments.get("first").canary is not None
    with failing("PutItem", lambda _: OSError("gone")), pytest.raises(OSError, match="gone"):
        amending.amend(deployments.get("first"), {"canary": None})
    Line().run(start=NOON + timedelta(minutes=2))

    assert sum(one.state is QUEUED for one in invited()) == waiting > 0
