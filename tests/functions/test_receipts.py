"""What the mail service says afterwards, as it really comes: over SNS and SQS, twice, late and out of order."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from distribute import feedback
from escuta import table
from escuta.outreach import deployments, invitations, ledger, suppression
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
    ],
)
def test_each_event_moves_the_invitation(names: tuple[str, ...], expected: InvitationState) -> None:
    invitation = sent()

    assert receive(*(event(name, invitation) for name in names)) == []
    assert state() == expected


def test_any_order_and_any_repetition_ends_the_same() -> None:  # E14
    ends = []
    open_shop(ANA)
    deployments.start(sending(ANA))
    Line().run()
    first = next(invited())
    for order in itertools.permutations(("send", "delivery", "bounce", "complaint")):
        stored = invitations.find(first.link_key)
        assert stored is not None
        table.put(first.changed(rev=stored.rev))
        receive(*(event(name, first) for name in order for _ in range(2)))
        ends.append(state())

    assert ends == [COMPLAINED] * 24


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
    assert not suppression.is_suppressed(Channel.EMAIL, "ana@example.com")


def test_not_spam_is_no_complaint_against_us() -> None:
    invitation = sent()
    complaint = {**event("complaint")["complaint"], "complaintFeedbackType": "not-spam"}

    receive(event("complaint", invitation, complaint=complaint))

    assert not suppression.is_suppressed(Channel.EMAIL, "ana@example.com")


def test_every_recipient_of_one_event_is_closed_even_without_a_tag() -> None:  # E15, E16
    bounce = {
        **event("bounce")["bounce"],
        "bouncedRecipients": [{"emailAddress": f"p{n}@x.example"} for n in range(50)],
    }
    mail = {**event("bounce")["mail"], "tags": {}}

    assert receive(event("bounce", bounce=bounce, mail=mail)) == []
    assert all(suppression.is_suppressed(Channel.EMAIL, f"p{n}@x.example") for n in range(50))


def test_an_event_of_an_unknown_kind_or_invitation_is_taken_and_changes_nothing() -> None:
    invitation = sent()

    assert receive(event("send", invitation, eventType="Open"), event("delivery")) == []
    assert state() == SENT


def test_an_event_that_cannot_be_read_goes_back_alone() -> None:
    invitation = sent()

    assert receive({"eventType": "Delivery"}, event("delivery", invitation)) == [{"itemIdentifier": "0"}]
    assert state() == DELIVERED


def test_without_an_envelope_the_event_is_read_as_well() -> None:
    invitation = sent()
    records = [{"messageId": "1", "body": json.dumps(event("delivery", invitation))}]

    feedback.handler({"Records": records}, Context())

    assert state() == DELIVERED
