"""Writing once more to those of a deployment to whom no message arrived."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.errors import ConflictError, InvalidError
from escuta.outreach import deployments, invitations, mail_events, resending, suppression
from escuta.outreach.model import Channel, Invitation, InvitationState, LastAsked, Resend, Strategy
from tests.conftest import NOON
from tests.functions.senders import PHONE, Line, invited, open_shop, send
from tests.kit import factories, outbox

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = factories.contact("Ana")
BRUNO = factories.contact("Bruno")
REJECTED, BOUNCED, UNKNOWN = InvitationState.REJECTED, InvitationState.BOUNCED, InvitationState.UNKNOWN
SUPPRESSED, SENT = InvitationState.SUPPRESSED, InvitationState.SENT
HOUR = timedelta(hours=1)
SOFT = {"bounceType": "Transient", "bounceSubType": "General", "bouncedRecipients": []}


def failed(name: str, state: InvitationState, reason: str = "", **fields: Any) -> Invitation:
    """Let the invitation of somebody have failed."""
    found = next(one for one in invited() if one.name == name)
    return table.save(found.changed(state=state, reason=reason, **fields))


def again(states: Iterable[InvitationState], *, line: Line | None = None) -> Resend:
    with clock.at(NOON + HOUR):
        made = resending.start(deployments.get("first"), list(states), by="user:carla")
    (line or Line()).run(start=NOON + HOUR)
    return resending.get("first", made.id)


def written_to() -> list[str]:
    return sorted(mail["To"].addresses[0].addr_spec for mail in outbox.mails())


def state_of(name: str) -> tuple[InvitationState, str]:
    return next((one.state, one.reason) for one in invited() if one.name == name)


def test_those_who_were_rejected_are_written_to_once_more_with_the_same_link() -> None:
    open_shop(ANA, BRUNO)
    send(ANA, BRUNO)
    before = failed("Ana", REJECTED, "message_rejected")

    done = again([REJECTED])

    after = next(one for one in invited() if one.name == "Ana")
    assert written_to() == ["ana@example.com"] * 2 + ["bruno@example.com"]
    assert (after.state, invitations.link(after)) == (SENT, invitations.link(before))
    assert (after.expires_at, after.created_at, after.attempts) == (before.expires_at, before.created_at, 2)
    assert (resending.queued(done), done.created_by, done.finished_at is not None) == (1, "user:carla", True)


@pytest.mark.parametrize(
    ("state", "reason", "sent"),
    [
        (BOUNCED, "transient_bounce", 2),
        (BOUNCED, "permanent_bounce", 1),
        (SUPPRESSED, "field_blank", 2),
        (SUPPRESSED, "sms_too_long", 2),
        (SUPPRESSED, "resting", 1),
        (SUPPRESSED, "no_consent", 1),
        (UNKNOWN, "answer_lost", 2),
    ],
)
def test_what_may_be_put_right_is_sent_again_and_nothing_else(state: InvitationState, reason: str, sent: int) -> None:
    open_shop(ANA)
    send(ANA)
    failed("Ana", state, reason)

    again([state])

    assert len(written_to()) == sent


def test_what_may_have_arrived_is_sent_again_only_where_it_is_named() -> None:
    open_shop(ANA)
    send(ANA)
    failed("Ana", UNKNOWN, "answer_lost")

    again([REJECTED, BOUNCED, SUPPRESSED])

    assert (written_to(), state_of("Ana")) == (["ana@example.com"], (UNKNOWN, "answer_lost"))


def test_nobody_is_written_to_who_answered_said_no_was_erased_or_asked_elsewhere() -> None:
    carla, davi, eva = (factories.contact(name) for name in ("Carla", "Davi", "Eva"))
    people = (ANA, BRUNO, carla, davi, eva)
    open_shop(*people)
    send(*people)
    failed("Ana", REJECTED, response="r1")
    failed("Bruno", REJECTED)
    suppression.add(Channel.EMAIL, "bruno@example.com", "unsubscribe")
    table.save(table.load(type(carla), carla.key()).changed(consent="denied"))
    failed("Carla", REJECTED)
    table.delete(type(davi), davi.key())
    failed("Davi", REJECTED)
    failed("Eva", REJECTED)
    rested = table.load(LastAsked, LastAsked.at(eva.id))
    table.save(rested.changed(askings=tuple(one.changed(owner="another") for one in rested.askings)))

    done = again([REJECTED])

    assert (len(written_to()), resending.queued(done)) == (5, 0)
    assert {one.state for one in invited()} == {REJECTED}


def test_the_person_rests_again_from_the_new_attempt() -> None:
    open_shop(ANA)
    send(ANA)
    row = table.load(LastAsked, LastAsked.at(ANA.id))
    table.save(row.changed(askings=()))  # given back when the provider refused it
    failed("Ana", REJECTED)

    again([REJECTED])

    (asking,) = table.load(LastAsked, LastAsked.at(ANA.id)).askings
    assert asking.at >= NOON + HOUR


def test_a_corrected_address_is_the_one_that_is_written_to() -> None:
    open_shop(ANA)
    send(ANA)
    failed("Ana", BOUNCED, "permanent_bounce")
    suppression.add(Channel.EMAIL, "ana@example.com", "bounce")
    table.save(table.load(type(ANA), ANA.key()).changed(email="ana.souza@example.com"))

    again([BOUNCED])

    assert written_to() == ["ana.souza@example.com", "ana@example.com"]


def test_over_two_channels_only_the_one_that_failed_is_used_again() -> None:
    both = ANA.changed(phone=PHONE)
    open_shop(both)
    send(both, strategy=Strategy.BOTH)
    found = next(one for one in invited() if one.channel is Channel.SMS)
    table.save(found.changed(state=REJECTED, reason="unreachable"))

    again([REJECTED])

    assert (len(outbox.mails()), len(outbox.texts())) == (1, 2)


def test_pages_and_messages_that_come_twice_send_once_more_and_count_once() -> None:
    open_shop(ANA, BRUNO)
    send(ANA, BRUNO)
    failed("Ana", REJECTED)
    failed("Bruno", REJECTED)

    done = again([REJECTED], line=Line(again=0.7, seed=5))

    assert written_to() == ["ana@example.com"] * 2 + ["bruno@example.com"] * 2
    assert resending.queued(done) == 2


def test_who_fails_again_is_not_tried_again_by_the_same_resend() -> None:
    open_shop(ANA)
    send(ANA)
    failed("Ana", REJECTED)
    done = again([REJECTED])
    failed("Ana", REJECTED)

    with clock.at(NOON + 2 * HOUR):
        resending.work("first", done.id)

    assert resending.queued(done) == 1
    assert state_of("Ana")[0] is REJECTED


@pytest.mark.parametrize("sent", [False, True])
def test_what_is_still_told_of_the_first_attempt_takes_nothing_from_the_second(sent: bool) -> None:  # noqa: FBT001 - a case
    open_shop(ANA)
    send(ANA)
    ana = failed("Ana", BOUNCED, "transient_bounce")
    line = Line()
    with clock.at(NOON + HOUR):
        made = resending.start(deployments.get("first"), [BOUNCED], by="user:carla")
        resending.work("first", made.id)
        if sent:
            line.deliver.run()
        tags = {"invitation": [ana.link_key], "attempt": ["1"]}
        mail_events.receive({"eventType": "Bounce", "mail": {"messageId": "m1", "tags": tags}, "bounce": SOFT})

    line.run(start=NOON + HOUR)

    assert (written_to(), state_of("Ana")[0]) == (["ana@example.com"] * 2, SENT)


def test_a_message_that_arrived_after_all_is_not_sent_again() -> None:
    open_shop(ANA)
    send(ANA)
    ana = failed("Ana", UNKNOWN, "answer_lost")
    with clock.at(NOON + HOUR):
        made = resending.start(deployments.get("first"), [UNKNOWN], by="user:carla")
        resending.work("first", made.id)
        tags = {"invitation": [ana.link_key], "attempt": ["1"]}
        mail_events.receive({"eventType": "Delivery", "mail": {"messageId": "m1", "tags": tags}})

    Line().run(start=NOON + HOUR)

    assert (written_to(), state_of("Ana")[0]) == (["ana@example.com"], InvitationState.DELIVERED)


def test_two_resends_at_once_write_to_nobody_twice() -> None:
    open_shop(ANA)
    send(ANA)
    failed("Ana", UNKNOWN, "answer_lost")
    with clock.at(NOON + HOUR):
        first, second = (resending.start(deployments.get("first"), [UNKNOWN], by="user:carla") for _ in range(2))
        resending.work("first", first.id)
    Line().deliver.run()
    failed("Ana", UNKNOWN, "answer_lost", claimed_at=NOON + HOUR + timedelta(seconds=1))

    with clock.at(NOON + HOUR + timedelta(minutes=1)):
        resending.work("first", second.id)

    assert (resending.queued(first), resending.queued(second)) == (1, 0)


def test_what_is_over_is_not_sent_again() -> None:
    open_shop(ANA)
    send(ANA)
    failed("Ana", REJECTED, expires_at=NOON + timedelta(minutes=1))

    again([REJECTED])
    assert len(written_to()) == 1

    deployments.cancel("first")
    with pytest.raises(ConflictError, match="deployment_over"):
        resending.start(deployments.get("first"), [REJECTED], by="user:carla")


@pytest.mark.parametrize("states", [[], [SENT], [InvitationState.COMPLETED], [REJECTED, InvitationState.EXPIRED]])
def test_only_what_failed_can_be_sent_again(states: list[InvitationState]) -> None:
    open_shop(ANA)
    send(ANA)

    with pytest.raises(InvalidError, match="value_not_allowed"):
        resending.start(deployments.get("first"), states, by="user:carla")
