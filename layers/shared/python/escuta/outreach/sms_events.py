"""What carriers tell of an SMS, in the two forms of AWS: as an event, and as a line of the delivery log of SNS.

Neither bears a tag of ours. A message is found by the provider's id, which was stored as the message was marked sent.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import Field

from escuta import clock, table
from escuta.entity import Value
from escuta.errors import UnavailableError
from escuta.observe import logger
from escuta.outreach import brake, progress, suppression
from escuta.outreach.mail_events import UNKNOWN
from escuta.outreach.model import STOP, Channel, InvitationState, SentMessage

_SOON = timedelta(minutes=2)  # as long as the worker that sent it may take to mark it
_FAR = 32_503_680_000_000  # the year 3000: what is later is no time

Outcome = tuple[InvitationState, str]
_SENT, _DELIVERED = (InvitationState.SENT, ""), (InvitationState.DELIVERED, "")
_UNREACHABLE = (InvitationState.BOUNCED, "phone_unreachable")
_OPTED_OUT = (InvitationState.REJECTED, "opted_out")
_INVALID = (InvitationState.REJECTED, "address_invalid")
_CONTENT = (InvitationState.REJECTED, "message_rejected")
_BLOCKED = (InvitationState.REJECTED, "carrier_blocked")
_SPAM = (InvitationState.REJECTED, "carrier_spam")
_SPENT = (InvitationState.REJECTED, "spend_limit")  # of the month: every other SMS would end so, too

# https://docs.aws.amazon.com/sms-voice/latest/userguide/configuration-sets-event-types.html
_EVENTS: dict[str, Outcome | None] = {
    "TEXT_SENT": _SENT,
    "TEXT_QUEUED": _SENT,
    "TEXT_PENDING": _SENT,
    "TEXT_SUCCESSFUL": _DELIVERED,  # in some countries all that a carrier ever tells
    "TEXT_DELIVERED": _DELIVERED,
    "TEXT_INVALID": _INVALID,
    "TEXT_INVALID_MESSAGE": _CONTENT,
    "TEXT_UNREACHABLE": _UNREACHABLE,
    "TEXT_CARRIER_UNREACHABLE": _UNREACHABLE,
    "TEXT_TTL_EXPIRED": _UNREACHABLE,
    "TEXT_BLOCKED": _OPTED_OUT,  # the person blocks SMS, or stands on the list of those who do
    "TEXT_CARRIER_BLOCKED": _BLOCKED,
    "TEXT_SPAM": _SPAM,
    "TEXT_PROTECT_BLOCKED": (InvitationState.REJECTED, "country_not_allowed"),
    "TEXT_UNKNOWN": None,  # three days without a word: what we know stands
}
# First match wins: a part of what the log says -> what it means. After the list of the guide of SNS.
_SAID: tuple[tuple[str, Outcome | None], ...] = (
    ("opted out", _OPTED_OUT),
    ("blocked list", _OPTED_OUT),
    ("phone has blocked", _OPTED_OUT),
    ("invalid phone", _INVALID),
    ("body is invalid", _CONTENT),
    ("max price", _CONTENT),
    ("as spam", _SPAM),
    ("carrier has blocked", _BLOCKED),
    ("unreachable", _UNREACHABLE),
    ("quota", (InvitationState.REJECTED, "spend_limit")),
    ("unknown error", None),
)


class _Event(Value):
    eventType: str  # noqa: N815 - as the service writes it
    messageId: str  # noqa: N815
    destinationPhoneNumber: str = ""  # noqa: N815
    eventTimestamp: int = Field(default=0, ge=0, le=_FAR)  # noqa: N815 - milliseconds


class _Notification(Value):
    messageId: str  # noqa: N815
    timestamp: str = ""


class _Delivery(Value):
    destination: str = ""
    providerResponse: str = ""  # noqa: N815


class _Line(Value):
    notification: _Notification
    delivery: _Delivery
    status: str


def receive(said: dict[str, Any]) -> str:
    """Apply one event. Return why a person should see it; "" when nobody needs to. ValidationError: it is none."""
    event = _Event.model_validate(said)
    if event.eventType not in _EVENTS:
        return UNKNOWN
    told_at = datetime.fromtimestamp(event.eventTimestamp / 1000, UTC)
    _tell(_EVENTS[event.eventType], event.messageId, event.destinationPhoneNumber, told_at)
    return ""


def receive_line(said: dict[str, Any]) -> str:
    """Apply one line of the delivery log, as `receive` an event."""
    line = _Line.model_validate(said)
    outcome: Outcome | None = _DELIVERED
    if line.status != "SUCCESS":
        words = line.delivery.providerResponse.casefold()
        known = next((means for part, means in _SAID if part in words), UNKNOWN)
        if isinstance(known, str):
            return known
        outcome = known
    _tell(outcome, line.notification.messageId, line.delivery.destination, _moment(line.notification.timestamp))
    return ""


def _moment(text: str) -> datetime:
    """Return when a line was written, `2026-03-10 15:00:07.123` in UTC; long ago when it does not say."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _tell(outcome: Outcome | None, message_id: str, number: str, told_at: datetime) -> None:
    """Close the number where it said no, then move what was sent to it."""
    if outcome == _OPTED_OUT and number:
        suppression.add(Channel.SMS, number, STOP)
    if outcome == _SPENT:
        brake.stop(Channel.SMS, "spend_limit", told_at)
    sent = table.find(SentMessage, SentMessage.at(message_id), consistent=True)
    if sent is None:
        if abs(clock.now() - told_at) < _SOON:
            raise UnavailableError("message_unmarked", retry_after=30)  # it comes again, when it will be marked
        logger().info("event of another message", extra={"message_id": message_id})
    elif outcome is not None:
        state, reason = outcome
        progress.advance(sent.link_key, sent.reminder, state, reason=reason, message_id=message_id)
