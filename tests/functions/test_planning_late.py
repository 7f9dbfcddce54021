"""Messages that go out long after their time, behind a pause or a queue: decided anew, since rests count from then."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory.model import Contact
from escuta.outreach import deployments, sending_rules, suppression
from escuta.outreach.model import (
    SLACK,
    Channel,
    Deployment,
    InvitationState,
    LastAsked,
    Quota,
    Reminders,
    RestRule,
    RestThen,
    SendingDraft,
    Strategy,
)
from tests.conftest import NOON
from tests.functions.senders import PHONE, Line, invited, open_shop, sending, states
from tests.functions.test_planning_rests import work
from tests.kit import factories, outbox
from tests.kit.faults import recording

pytestmark = pytest.mark.usefixtures("aws", "noon")

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ANA = factories.contact("Ana")
BRUNO = factories.contact("Bruno")
MAIL = "ana@example.com"
SENT, QUEUED, DEFERRED = InvitationState.SENT, InvitationState.QUEUED, InvitationState.DEFERRED
SUPPRESSED, CANCELLED = InvitationState.SUPPRESSED, InvitationState.CANCELLED


def hold(*rules: RestRule) -> None:
    sending_rules.save(SendingDraft(rest=rules), rev=0, who="tests")


def held_back(*people: Contact, **fields: Any) -> Deployment:
    """Plan a deployment that is paused before its messages leave."""
    started = deployments.start(sending(*people, **{"expires_after_days": 90, **fields}))
    line = Line()
    line.plan.run()
    return deployments.pause(started.id)


def let_go(moment: datetime) -> None:
    with clock.at(moment):
        deployments.resume("first")
    Line().run(start=moment)


def another(moment: datetime, *people: Contact, **fields: Any) -> None:
    with clock.at(moment):
        deployments.start(sending(*people, id="second", **fields))
    Line().run(start=moment)


def history(name: str) -> list[datetime | None]:
    row = table.find(LastAsked, LastAsked.at(name), consistent=True)
    return [whole(one.at) for one in row.askings] if row else []


def whole(moment: datetime | None) -> datetime | None:
    """Return a moment without what went by while the test ran."""
    return moment.replace(second=0, microsecond=0) if moment else None


def test_who_was_asked_by_somebody_else_during_a_pause_is_left_alone() -> None:
    open_shop(ANA)
    held_back(ANA)
    another(NOON + 40 * DAY, ANA)
    let_go(NOON + 40 * DAY + HOUR)

    assert states() == {MAIL: (SUPPRESSED, "resting")}
    assert len(outbox.mails()) == 1
    assert history(ANA.id) == [NOON + 40 * DAY]


def test_no_two_invitations_are_nearer_than_a_day_whatever_was_paused() -> None:
    open_shop(ANA)
    hold()
    held_back(ANA)
    another(NOON + 25 * HOUR, ANA)
    let_go(NOON + 26 * HOUR)
    (waiting,) = invited()
    assert (waiting.state, waiting.reason, whole(waiting.send_at)) == (
        DEFERRED,
        "resting_floor",
        NOON + 49 * HOUR + SLACK,
    )

    work(NOON + 49 * HOUR + SLACK + timedelta(minutes=1))
    (first,), (second,) = invited(), invited("second")
    assert first.sent_at is not None
    assert second.sent_at is not None
    assert first.sent_at - second.sent_at >= DAY


def test_the_rest_of_a_message_that_is_late_begins_when_it_leaves() -> None:
    open_shop(ANA)
    hold(RestRule(name="semana", days=7, then=RestThen.SKIP))
    held_back(ANA)
    let_go(NOON + 5 * DAY)
    assert states() == {MAIL: (SENT, "")}
    assert history(ANA.id) == [NOON + 5 * DAY]

    another(NOON + 8 * DAY, ANA)
    assert states("second") == {MAIL: (SUPPRESSED, "resting")}


def test_who_is_hardly_late_is_not_decided_on_anew() -> None:
    open_shop(ANA)
    held_back(ANA)
    let_go(NOON + timedelta(minutes=9))

    assert states() == {MAIL: (SENT, "")}
    assert history(ANA.id) == [NOON]


def test_people_who_are_late_are_decided_on_together_and_once() -> None:
    people = [factories.contact(f"Ana {number}", email=f"ana{number}@example.com") for number in range(10)]
    open_shop(*people)
    held_back(*people)
    with recording() as calls:
        let_go(NOON + 2 * DAY)

    assert len(outbox.mails()) == 10
    assert [call.operation for call in calls].count("TransactWriteItems") == 4  # told, decided, claimed, marked


def test_people_of_one_address_who_are_late_are_not_both_written_to() -> None:  # E18
    double = factories.contact("Ana Dois").changed(email=ANA.email)
    open_shop(ANA, double)
    hold()
    held_back(ANA)
    with clock.at(NOON + 25 * HOUR):
        deployments.start(sending(double, id="second"))
        line = Line()
        line.plan.run()
        deployments.pause("second")
    with clock.at(NOON + 50 * HOUR):
        deployments.resume("second")
    let_go(NOON + 50 * HOUR)

    assert sorted(state for name in ("first", "second") for state, _ in states(name).values()) == [DEFERRED, SENT]
    assert len(outbox.mails()) == 1


def test_whose_address_was_closed_during_a_pause_is_asked_over_the_other_channel() -> None:
    person = ANA.changed(phone=PHONE)
    open_shop(person)
    held_back(person)
    suppression.add(Channel.EMAIL, ANA.email, "bounce")
    let_go(NOON + 2 * DAY)

    assert states() == {MAIL: (CANCELLED, "other_channel"), PHONE: (SENT, "")}
    assert [len(outbox.mails()), len(outbox.texts())] == [0, 1]


def test_over_both_channels_each_is_late_by_itself() -> None:
    person = ANA.changed(phone=PHONE)
    open_shop(person)
    held_back(person, strategy=Strategy.BOTH)
    let_go(NOON + 2 * DAY)

    assert states() == {MAIL: (SENT, ""), PHONE: (SENT, "")}
    assert [len(outbox.mails()), len(outbox.texts())] == [1, 1]


def test_of_both_channels_one_that_rests_waits_alone() -> None:
    person = ANA.changed(phone=PHONE)
    open_shop(person)
    hold()
    held_back(person, strategy=Strategy.BOTH)
    another(NOON + 25 * HOUR, person, strategy=Strategy.SMS)
    let_go(NOON + 26 * HOUR)
    work(NOON + 49 * HOUR + SLACK + timedelta(minutes=1))

    assert states() == {MAIL: (SENT, ""), PHONE: (SENT, "")}


def test_who_is_late_and_left_alone_gives_the_place_to_somebody_else() -> None:
    open_shop(ANA, BRUNO)
    held_back(ANA, most=1)
    another(NOON + 40 * DAY, ANA)
    let_go(NOON + 40 * DAY + HOUR)

    assert table.load(Quota, Quota.at("first"), consistent=True).taken == 0


def test_who_is_late_keeps_the_place_and_is_counted_once() -> None:
    open_shop(ANA, BRUNO)
    held_back(ANA, BRUNO, most=1)
    let_go(NOON + 2 * DAY)

    assert sorted(state for state, _ in states().values()) == [SENT, SUPPRESSED]
    assert table.load(Quota, Quota.at("first"), consistent=True).taken == 1


def test_reminders_that_are_late_go_out_all_the_same() -> None:
    open_shop(ANA)
    hold()
    deployments.start(sending(ANA, remind=Reminders(times=1, every_days=3, hour="13:00")))
    Line().run()
    deployments.pause("first")
    work(NOON + 3 * DAY + HOUR)
    another(NOON + 5 * DAY, ANA)
    let_go(NOON + 5 * DAY)
    work(NOON + 5 * DAY + HOUR + timedelta(minutes=1))

    assert len(outbox.mails()) == 3  # the invitation, that of another deployment, the reminder
    assert history(ANA.id) == [NOON, NOON + 5 * DAY]


def test_who_is_late_and_whose_visit_is_not_there_any_more_is_not_asked_about_it() -> None:
    open_shop(ANA)
    held_back(ANA)
    (waiting,) = invited()
    table.save(waiting.changed(apart=True, transaction="gone"))
    let_go(NOON + 2 * DAY)

    assert states() == {MAIL: (CANCELLED, "erased")}
    assert outbox.mails() == []
