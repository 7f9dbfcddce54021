"""What carriers tell of an SMS: as an event, and as a line of the delivery log; found by the provider's id alone."""

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from distribute import feedback
from escuta import clock
from escuta.directory.model import Contact
from escuta.feedback import parking
from escuta.observe import FailedError
from escuta.outreach import brake, budgets, suppression
from escuta.outreach.model import Channel, Invitation, InvitationState, Strategy
from tests.conftest import NOON
from tests.functions.senders import PHONE, invited, open_shop, send
from tests.kit import factories
from tests.kit.stream import Context

pytestmark = pytest.mark.usefixtures("aws", "noon")

EVENTS = Path(__file__).parents[1] / "events"
ANA: Contact = factories.contact("Ana").changed(phone=PHONE, email="")
SENT, DELIVERED, REJECTED = InvitationState.SENT, InvitationState.DELIVERED, InvitationState.REJECTED
BOUNCED = InvitationState.BOUNCED


@pytest.fixture
def ana(aws: None, noon: datetime) -> Invitation:  # noqa: ARG001 - the store and the clock come first
    """Return the invitation that was sent to her phone."""
    open_shop(ANA)
    send(ANA, strategy=Strategy.SMS)
    (found,) = invited()
    assert (found.state, found.channel, bool(found.message_id)) == (SENT, Channel.SMS, True)
    return found


def event(message: str, kind: str = "TEXT_DELIVERED", **changed: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((EVENTS / "sms_event.json").read_text(encoding="utf-8"))
    return {**read, "messageId": message, "eventType": kind, **changed}


def line(message: str, said: str = "", at: str = "2026-03-10 14:50:05.558") -> dict[str, Any]:
    """Return a line of the delivery log: of a failure, when it says why."""
    read: dict[str, Any] = json.loads((EVENTS / "sms_log_line.json").read_text(encoding="utf-8"))
    read["notification"] = {"messageId": message, "timestamp": at}
    if said:
        read["delivery"]["providerResponse"], read["status"] = said, "FAILURE"
    return read


def receive(*events: dict[str, Any]) -> list[dict[str, str]]:
    records = [{"messageId": str(number), "body": json.dumps(body)} for number, body in enumerate(events)]
    failed: list[dict[str, str]] = feedback.handler({"Records": records}, Context())["batchItemFailures"]
    return failed


def now() -> tuple[InvitationState, str]:
    (found,) = invited()
    return found.state, found.reason


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("TEXT_QUEUED", (SENT, "")),
        ("TEXT_PENDING", (SENT, "")),
        ("TEXT_UNKNOWN", (SENT, "")),
        ("TEXT_SUCCESSFUL", (DELIVERED, "")),
        ("TEXT_DELIVERED", (DELIVERED, "")),
        ("TEXT_INVALID", (REJECTED, "address_invalid")),
        ("TEXT_INVALID_MESSAGE", (REJECTED, "message_rejected")),
        ("TEXT_CARRIER_BLOCKED", (REJECTED, "carrier_blocked")),
        ("TEXT_SPAM", (REJECTED, "carrier_spam")),
        ("TEXT_UNREACHABLE", (BOUNCED, "phone_unreachable")),
        ("TEXT_TTL_EXPIRED", (BOUNCED, "phone_unreachable")),
        ("TEXT_PROTECT_BLOCKED", (REJECTED, "country_not_allowed")),
    ],
)
def test_each_event_moves_the_invitation_and_closes_nothing(
    ana: Invitation, kind: str, expected: tuple[InvitationState, str]
) -> None:
    assert receive(event(ana.message_id, kind), event(ana.message_id, kind)) == []
    assert now() == expected
    assert not suppression.is_suppressed(Channel.SMS, PHONE)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", (DELIVERED, "")),
        ("Invalid phone number", (REJECTED, "address_invalid")),
        ("Message body is invalid", (REJECTED, "message_rejected")),
        ("This delivery would exceed max price", (REJECTED, "message_rejected")),
        ("Blocked as spam by phone carrier", (REJECTED, "carrier_spam")),
        ("Phone carrier has blocked this message", (REJECTED, "carrier_blocked")),
        ("Phone carrier is currently unreachable/unavailable", (BOUNCED, "phone_unreachable")),
        ("Phone is currently unreachable/unavailable", (BOUNCED, "phone_unreachable")),
        ("No quota left for account", (REJECTED, "spend_limit")),
        ("Unknown error attempting to reach phone", (SENT, "")),
    ],
)
def test_each_line_of_the_log_moves_the_invitation(
    ana: Invitation, said: str, expected: tuple[InvitationState, str]
) -> None:
    assert receive(line(ana.message_id, said)) == []
    assert now() == expected
    assert not suppression.is_suppressed(Channel.SMS, PHONE)


def test_m5_a_spend_limit_that_is_reached_stops_all_sms_until_a_person_lets_them_go_on(ana: Invitation) -> None:
    spent = line(ana.message_id, "No quota left for account")
    receive(spent)
    assert budgets.take(Channel.SMS, 5) == (0, 300, "brake_spend_limit")
    assert budgets.take(Channel.EMAIL, 5).granted == 5

    brake.resume(Channel.SMS, who="bruno", why="the limit was raised")
    receive(spent)  # told again, of before

    assert budgets.take(Channel.SMS, 5).granted == 5


@pytest.mark.parametrize(
    "said", ["Phone number is opted out", "Phone is on a blocked list", "Destination is on a blocked list"]
)
def test_a_number_that_opted_out_at_its_carrier_is_closed(ana: Invitation, said: str) -> None:  # M4
    receive(line(ana.message_id, said))

    assert now() == (REJECTED, "opted_out")
    assert [found.told for found in suppression.standing(Channel.SMS, PHONE)] == [("stop",)]


def test_a_number_that_opted_out_is_closed_even_when_the_message_is_none_of_ours() -> None:  # M4
    assert receive(event("of-somebody-else", "TEXT_BLOCKED")) == []
    assert suppression.is_suppressed(Channel.SMS, PHONE)


def test_a_receipt_that_is_faster_than_the_mark_comes_again_until_it_is_not(ana: Invitation) -> None:
    told_at = datetime.now(UTC)
    moment = int(told_at.timestamp() * 1000)
    early = event("not-marked-yet", eventTimestamp=moment)

    with clock.at(told_at):
        assert receive(early, event(ana.message_id)) == [{"itemIdentifier": "0"}]
    with clock.at(told_at + timedelta(minutes=3)):
        assert receive(early) == []
    assert (now(), parking.listing().items) == ((DELIVERED, ""), ())


def test_late_and_repeated_receipts_change_nothing(ana: Invitation) -> None:
    receive(line(ana.message_id, "Phone carrier has blocked this message"))

    receive(line(ana.message_id), event(ana.message_id, "TEXT_PENDING"))

    assert now() == (REJECTED, "carrier_blocked")


def test_what_a_carrier_says_for_the_first_time_is_kept(ana: Invitation) -> None:  # E15
    assert receive(line(ana.message_id, "Phone fell into the sea"), event(ana.message_id, "TEXT_DROWNED")) == []

    assert [each.reason for each in parking.listing().items] == ["event_unknown", "event_unknown"]
    assert now() == (SENT, "")


def packed(*messages: str, kind: str = "DATA_MESSAGE") -> dict[str, Any]:
    """Return what CloudWatch Logs gives a function that subscribes to the delivery log."""
    lines = [{"id": str(number), "timestamp": 0, "message": each} for number, each in enumerate(messages)]
    log = {"messageType": kind, "logGroup": "sns/us-east-1/123456789012/DirectPublishToPhoneNumber", "logEvents": lines}
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(log).encode())).decode()}}


def test_the_delivery_log_may_be_subscribed_directly(ana: Invitation) -> None:
    feedback.handler(packed(json.dumps(line(ana.message_id))), Context())

    assert now() == (DELIVERED, "")


def test_a_line_that_cannot_be_applied_yet_is_tried_again_with_the_others_done(ana: Invitation) -> None:
    early = line("not-marked-yet", at=str(NOON))

    with pytest.raises(FailedError, match="RuntimeError"):
        feedback.handler(packed(json.dumps(early), json.dumps(line(ana.message_id))), Context())

    assert now() == (DELIVERED, "")


def test_a_message_about_the_subscription_itself_is_passed_over() -> None:
    assert feedback.handler(packed("CWL CONTROL MESSAGE", kind="CONTROL_MESSAGE"), Context()) == {
        "batchItemFailures": []
    }
