"""What the mail service says afterwards, as it really comes: over SNS and SQS, twice, late and out of order."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from distribute import feedback
from escuta import table
from escuta.feedback import parking
from escuta.outreach import brake, deployments, invitations, ledger, suppression
from escuta.outreach.model import Channel, Invitation, InvitationState
from tests.functions.senders import Line, claim, invited, open_shop, send, sending, states
from tests.kit import factories
from tests.kit.stream import Context

pytestmark = pytest.mark.usefixtures("aws", "noon")

EVENTS = Path(__file__).parents[1] / "events"
ANA = factories.contact("Ana")
SENT, DELIVERED, BOUNCED = InvitationState.SENT, InvitationState.DELIVERED, InvitationState.BOUNCED
COMPLAINED, UNKNOWN = InvitationState.COMPLAINED, InvitationState.UNKNOWN


def event(name: str, invitation: Invitation | None = None, **changed: Any) -> dict[str, Any]:
    text = (EVENTS / f"ses_{name}.json").read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text.replace("LINK_KEY", invitation.link_key if invitation else "nobody"))
    return {**read, **changed}


def receive(*events: dict[str, Any]) -> list[dict[str, str]]:
    """Deliver these in SNS envelopes; return what must be delivered again."""
    envelopes = [{"Type": "Notification", "Message": json.dumps(each)} for each in events]
    records = [{"messageId": str(number), "body": json.dumps(body)} for number, body in enumerate(envelopes)]
    failed: list[dict[str, str]] = feedback.handler({"Records": records}, Context())["batchItemFailures"]
    return failed


def parked() -> list[str]:
    return [each.reason for each in parking.listing().items]


def sent() -> Invitation:
    open_shop(ANA)
    send(ANA)
    return next(invited())


def state() -> InvitationState:
    return next(invited()).state


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("send",), SENT),
        (("delivery",), DELIVERED),
        (("bounce",), BOUNCED),
        (("complaint",), COMPLAINED),
        (("reject",), InvitationState.REJECTED),
        (("rendering",), InvitationState.REJECTED),
        (("open",), SENT),
        (("click",), SENT),
        (("delay",), SENT),
    ],
)
def test_each_event_moves_the_invitation(names: tuple[str, ...], expected: InvitationState) -> None:
    invitation = sent()

    assert receive(*(event(name, invitation) for name in names)) == []
    assert (state(), parked()) == (expected, [])


SAID = event("bounce")["bounce"]
TOLD: dict[str, dict[str, Any]] = {
    "send": event("send"),
    "delivery": event("delivery"),
    "soft bounce": event("bounce", bounce={**SAID, "bounceType": "Transient", "bounceSubType": "MailboxFull"}),
    "hard bounce": event("bounce"),
    "complaint": event("complaint"),
    "reject": event("reject"),
    "open": event("open"),
    "later open": event("open", open={"timestamp": "2026-03-10T18:00:00Z"}),
}


def ended(first: Invitation, told: list[str]) -> tuple[Any, ...]:
    """Return what an invitation and the counts of the brake are after these events."""
    stored = invitations.find(first.link_key)
    assert stored is not None
    table.put(first.changed(rev=stored.rev))
    before = totals()
    receive(*(json.loads(json.dumps(TOLD[name]).replace('["nobody"]', f'["{first.link_key}"]')) for name in told))
    found = next(invited())
    counts = tuple(after - then for after, then in zip(totals(), before, strict=True))
    return found.state, found.reason, found.heard, found.opened_at, found.sent_at is None, counts


def totals() -> tuple[int, int, int]:
    counts, _ = brake.windows(Channel.EMAIL)
    return counts.sent, counts.bounced, counts.complained


def test_any_order_and_any_repetition_ends_the_same() -> None:  # E14
    open_shop(ANA)
    deployments.start(sending(ANA))
    Line().plan.run()
    first = next(invited()).changed(state=InvitationState.CLAIMED)

    @settings(max_examples=12, deadline=None, derandomize=True, database=None)
    @given(st.sets(st.sampled_from(sorted(TOLD)), min_size=1).map(sorted), st.randoms(use_true_random=False))
    def told_somehow(told: list[str], random: Any) -> None:
        often = [name for name in told for _ in range(random.randint(1, 2))]
        random.shuffle(often)
        assert ended(first, often) == ended(first, told)

    told_somehow()


def test_what_is_told_of_a_mail_that_was_answered_meanwhile_still_counts() -> None:
    first = sent()
    table.save(first.changed(state=InvitationState.COMPLETED))
    before = totals()

    receive(event("complaint", first), event("complaint", first))

    assert (state(), next(invited()).heard) == (InvitationState.COMPLETED, ("complaint",))
    assert totals() == (before[0], before[1], before[2] + 1)


@pytest.mark.parametrize("name", ["send", "delivery", "bounce"])
def test_an_event_resolves_an_invitation_of_which_nobody_knew_whether_it_left(name: str) -> None:  # E11
    open_shop(ANA)
    deployments.start(sending(ANA))
    Line().plan.run()
    waiting = next(invited())
    table.save(waiting.changed(state=UNKNOWN, reason="answer_lost"))

    receive(event(name, waiting))

    found = next(invited())
    assert found.state == {"send": SENT, "delivery": DELIVERED, "bounce": BOUNCED}[name]
    assert found.message_id.startswith("EXAMPLE7c191be45")


def test_a_bounce_that_comes_before_the_mark_is_kept() -> None:  # E14
    open_shop(ANA)
    deployments.start(sending(ANA))
    Line().plan.run()
    claimed = claim(next(invited()), deployments.get("first"))
    assert isinstance(claimed, Invitation)

    receive(event("bounce", claimed))
    ledger.mark([ledger.Mark(claimed, SENT, message_id="message-1")])

    assert states() == {"ana@example.com": (BOUNCED, "permanent_bounce")}


def test_a_completed_invitation_stays_completed() -> None:
    invitation = sent()
    table.save(invitation.changed(state=InvitationState.COMPLETED))

    receive(event("delivery", invitation), event("complaint", invitation))

    assert state() == InvitationState.COMPLETED
    assert suppression.is_suppressed(Channel.EMAIL, "ana@example.com")


@pytest.mark.parametrize("name", ["bounce", "complaint"])
def test_a_hard_bounce_and_a_complaint_close_the_address_at_once(name: str) -> None:
    invitation = sent()

    receive(event(name, invitation))

    assert suppression.is_suppressed(Channel.EMAIL, "ANA@example.com")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("Transient", "transient_bounce"),
        ("Undetermined", "undetermined_bounce"),
        ("Something new", "undetermined_bounce"),
    ],
)
def test_any_other_bounce_is_noted_and_closes_nothing(kind: str, reason: str) -> None:  # E15
    invitation = sent()
    bounce = {**event("bounce")["bounce"], "bounceType": kind}

    assert receive(event("bounce", invitation, bounce=bounce)) == []
    assert states() == {"ana@example.com": (BOUNCED, reason)}
    assert parked() == (["event_unknown"] if kind == "Something new" else [])
    assert not suppression.is_suppressed(Channel.EMAIL, "ana@example.com")


def test_not_spam_is_no_complaint_against_us() -> None:
    invitation = sent()
    complaint = {**event("complaint")["complaint"], "complaintFeedbackType": "not-spam"}

    receive(event("complaint", invitation, complaint=complaint))

    assert state() == SENT
    assert not suppression.is_suppressed(Channel.EMAIL, "ana@example.com")


def test_every_recipient_of_one_event_is_closed_even_without_a_tag() -> None:  # E15, E16
    bounce = {
        **event("bounce")["bounce"],
        "bouncedRecipients": [{"emailAddress": f"p{n}@x.example"} for n in range(50)],
    }
    mail = {**event("bounce")["mail"], "tags": {}}

    assert receive(event("bounce", bounce=bounce, mail=mail)) == []
    assert all(suppression.is_suppressed(Channel.EMAIL, f"p{n}@x.example") for n in range(50))
    assert parked() == ["event_of_nobody"]


def test_a_complaint_in_which_the_address_is_struck_out_closes_the_only_one_it_was_sent_to() -> None:  # E16
    complaint = {**event("complaint")["complaint"], "complainedRecipients": []}
    mail = {**event("complaint")["mail"], "tags": {}}

    assert receive(event("complaint", mail=mail, complaint=complaint)) == []
    assert suppression.is_suppressed(Channel.EMAIL, "ana@example.com")
    assert parked() == ["event_of_nobody"]


def test_who_leaves_the_list_of_the_mail_service_has_said_no() -> None:
    receive(event("subscription", sent()))

    (found,) = suppression.standing(Channel.EMAIL, "ana@example.com")
    assert found.told == ("unsubscribe",)


def test_the_first_opening_is_noted_whatever_comes_first_and_is_no_state() -> None:
    invitation = sent()
    moments = ("2026-03-10T15:09:00Z", "2026-03-10T15:05:11Z", "2026-03-10T15:30:00Z")

    receive(*(event("open", invitation, open={"timestamp": moment}) for moment in moments))

    found = next(invited())
    assert (found.state, str(found.opened_at)) == (SENT, "2026-03-10 15:05:11+00:00")


def test_an_event_of_an_unknown_kind_is_kept_once_for_a_person_to_see() -> None:  # E15
    invitation = sent()
    strange = event("send", invitation, eventType="Forwarded")

    assert receive(strange, strange, event("delivery")) == []
    assert (state(), parked()) == (SENT, ["event_unknown"])
    assert json.loads(parking.listing().items[0].payload) == strange


@pytest.mark.parametrize(
    "unreadable",
    [
        {"eventType": "Delivery"},
        {"eventType": "Bounce", "mail": {"messageId": "m"}, "bounce": []},
        {"eventType": "TEXT_DELIVERED"},
        {"notification": {}, "delivery": {}, "status": "FAILURE"},
        {"originationNumber": "+5511988880000", "messageBody": None},
        {"eventType": "TEXT_DELIVERED", "messageId": "m", "eventTimestamp": 10**30},
        ["Bounce"],
        "Bounce",
    ],
    ids=["no mail", "no object", "no message", "no line", "no words", "no time", "a list", "a word"],
)
def test_an_event_that_cannot_be_read_is_kept_and_stops_no_other(unreadable: Any) -> None:
    invitation = sent()

    assert receive(unreadable, event("delivery", invitation)) == []
    assert (state(), parked()) == (DELIVERED, ["event_unreadable"])


@pytest.mark.parametrize(
    "told",
    ['"Ana" <ana@example.com>', "ANA@Example.COM", "ana@example.com.", "ana.souza@elsewhere.example"],
    ids=["with a name", "in capitals", "with a dot", "passed on"],
)
def test_the_address_that_was_written_to_is_closed_however_it_is_told(told: str) -> None:  # E14, E18
    invitation = sent()
    said = {**SAID, "bouncedRecipients": [{"emailAddress": told}]}
    to = "ana@example.com" if "elsewhere" in told else told
    bounced = event("bounce", invitation, bounce=said)
    bounced["mail"]["destination"] = [to]

    assert receive(bounced) == []
    assert suppression.is_suppressed(Channel.EMAIL, ANA.email)


def test_a_domain_of_other_letters_is_closed_in_both_spellings() -> None:
    told = event("complaint", complaint={"complainedRecipients": [{"emailAddress": "ana@bücher.example"}]})
    told["mail"]["destination"] = []

    assert receive(told) == []
    assert suppression.is_suppressed(Channel.EMAIL, "ana@xn--bcher-kva.example")


def test_what_nobody_can_make_anything_of_does_not_come_again() -> None:
    invitation = sent()
    empty = {"messageId": "0", "body": json.dumps({"Type": "Notification", "Message": None})}
    endless = event("delivery", invitation)
    endless["mail"]["tags"]["reminder"] = ["9" * 5000]

    assert feedback.handler({"Records": [empty]}, Context()) == {"batchItemFailures": []}
    assert receive(endless) == []
    assert (state(), parked()) == (SENT, [])


def test_what_tells_of_nothing_is_passed_over() -> None:
    words = "Successfully validated SNS topic for Amazon SES event publishing."
    envelopes = [{"Type": "Notification", "Message": words}, {"Type": "SubscriptionConfirmation", "Message": "You"}]
    records = [{"messageId": str(number), "body": json.dumps(body)} for number, body in enumerate(envelopes)]

    assert feedback.handler({"Records": records}, Context()) == {"batchItemFailures": []}
    assert parked() == []


def test_without_an_envelope_the_event_is_read_as_well() -> None:
    invitation = sent()
    records = [{"messageId": "1", "body": json.dumps(event("delivery", invitation))}]

    feedback.handler({"Records": records}, Context())

    assert state() == DELIVERED
