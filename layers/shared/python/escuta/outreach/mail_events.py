"""What the mail service tells of a mail: sent, delivered, bounced, complained. Twice, late and out of order.

Addresses are closed before anything moves. A click is our own link, which counts for itself; a delay is no end.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from pydantic import Field, ValidationError

from escuta import measured, table
from escuta.directory import addresses
from escuta.entity import Value
from escuta.errors import InvalidError
from escuta.measured import Measure
from escuta.observe import logger
from escuta.outreach import progress, suppression
from escuta.outreach.model import UNSUBSCRIBE, CaseMessage, Channel, Invitation, InvitationState
from escuta.outreach.progress import BOUNCE, COMPLAINT, Arrived

UNKNOWN, NOBODY = "event_unknown", "event_of_nobody"  # why an event is kept for a person to see

_STATES = {
    "Send": InvitationState.SENT,
    "Delivery": InvitationState.DELIVERED,
    "Bounce": InvitationState.BOUNCED,
    "Complaint": InvitationState.COMPLAINED,
    "Reject": InvitationState.REJECTED,
    "Rendering Failure": InvitationState.REJECTED,
}
_ARRIVED = frozenset({"Send", "Delivery"})
_NO_STATE = frozenset({"Open", "Click", "DeliveryDelay", "Subscription"})
KINDS = _STATES.keys() | _NO_STATE

_PERMANENT = "Permanent"
_BOUNCES = {
    _PERMANENT: "permanent_bounce",
    "Transient": "transient_bounce",
    "Undetermined": "undetermined_bounce",
}
_ON_OUR_LIST = "OnAccountSuppressionList"  # nothing left the mail service: it counts against nobody
_SUBTYPES = {
    *("Undetermined", "General", "NoEmail", "Suppressed", _ON_OUR_LIST, "UnsubscribedRecipient", "MailboxFull"),
    *("MessageTooLarge", "ContentRejected", "AttachmentRejected", "CustomTimeoutExceeded", ""),
}
_NOT_SPAM = "not-spam"
_DIGITS = 8  # of a number that we wrote into a tag


class _Recipient(Value):
    emailAddress: str  # noqa: N815 - as the mail service writes it


class _Mail(Value):
    messageId: str  # noqa: N815
    destination: tuple[str, ...] = ()
    tags: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class _Bounce(Value):
    bounceType: str = ""  # noqa: N815
    bounceSubType: str = ""  # noqa: N815
    bouncedRecipients: tuple[_Recipient, ...] = ()  # noqa: N815


class _Complaint(Value):
    complaintFeedbackType: str | None = None  # noqa: N815
    complaintSubType: str | None = None  # noqa: N815
    complainedRecipients: tuple[_Recipient, ...] = ()  # noqa: N815


class _Open(Value):
    timestamp: datetime


class _Preferences(Value):
    unsubscribeAll: bool = False  # noqa: N815


class _Subscription(Value):
    newTopicPreferences: _Preferences = _Preferences()  # noqa: N815


class _Event(Value):
    kind: str
    mail: _Mail
    bounce: _Bounce = _Bounce()
    complaint: _Complaint = _Complaint()
    open: _Open | None = None
    subscription: _Subscription = _Subscription()


def receive(said: dict[str, Any]) -> str:
    """Apply one event. Return why a person should see it; "" when nobody needs to. ValidationError: it is none."""
    kind = said.get("eventType") or said.get("notificationType", "")
    event = _Event.model_validate({**said, "kind": kind})
    measured.count(Measure.BOUNCES, _heard(event) == BOUNCE)
    measured.count(Measure.COMPLAINTS, _heard(event) == COMPLAINT)
    closed = [suppression.entry(Channel.EMAIL, address, reason) for address, reason in _closed(event)]
    suppression.store(closed, whom=_whom(event) if closed and kind != "Bounce" else None)
    if kind not in KINDS:
        return UNKNOWN
    named = event.mail.tags.get("invitation", ())
    reminder, attempt = (_number(event.mail, name) for name in ("reminder", "attempt"))
    for key in named:
        _tell(event, key, reminder, attempt)
    cases = event.mail.tags.get("case", ())
    for ticket in cases:
        _tell(event, CaseMessage.of(ticket), _number(event.mail, "line"), attempt)
    named = (*named, *cases)
    if not named:
        logger().info("event of another mail", extra={"kind": kind, "message_id": event.mail.messageId})
    if kind == "Bounce" and (event.bounce.bounceType not in _BOUNCES or event.bounce.bounceSubType not in _SUBTYPES):
        return UNKNOWN
    return NOBODY if kind in {"Bounce", "Complaint"} and not named else ""


def arrived(said: dict[str, Any]) -> Iterator[Arrived]:
    """Yield the invitations that an event says were sent or came, and of which it says nothing else."""
    kind = said.get("eventType") or said.get("notificationType", "")
    if kind not in _ARRIVED:
        return
    with suppress(ValidationError):  # whoever receives it says so
        mail = _Event.model_validate({**said, "kind": kind}).mail
        if not _number(mail, "reminder"):
            yield from (Arrived(key, _STATES[kind], mail.messageId) for key in mail.tags.get("invitation", ()))


def _number(mail: _Mail, tag: str) -> int:
    said = next(iter(mail.tags.get(tag, ())), "0")
    return int(said[:_DIGITS]) if said.isdecimal() else 0


def _tell(event: _Event, key: str, reminder: int, attempt: int) -> None:
    if event.kind == "Open" and event.open is not None:
        if CaseMessage.names(key):
            return  # whether somebody opens what a person wrote is nobody's business
        progress.opened(key, event.open.timestamp)
        return
    state = _STATES.get(event.kind)
    if state is None or _is_no_complaint(event):
        logger().info("event that moves nothing", extra={"kind": event.kind, "message_id": event.mail.messageId})
        return
    told = {"reason": _reason(event), "message_id": event.mail.messageId, "heard": _heard(event)}
    if not progress.advance(key, reminder, state, attempt=attempt, **told):
        logger().info("event of a message that is gone", extra={"kind": event.kind, "message_id": event.mail.messageId})


def _is_no_complaint(event: _Event) -> bool:
    """Tell whether somebody takes a mail out of the spam folder: a complaint by form, and none in truth."""
    return event.kind == "Complaint" and event.complaint.complaintFeedbackType == _NOT_SPAM


def _whom(event: _Event) -> suppression.Whom | None:
    """Return who said no to a mail, if it was one to a person whom we know."""
    found = [table.find(Invitation, Invitation.at(key)) for key in event.mail.tags.get("invitation", ())]
    return next((suppression.Whom(each.contact, each.segment_path) for each in found if each), None)


def _closed(event: _Event) -> Iterator[tuple[str, str]]:
    """Yield the addresses that must not be written to again, and why: at once."""
    if event.kind == "Bounce" and event.bounce.bounceType == _PERMANENT:
        yield from ((address, BOUNCE) for address in _addresses(event.bounce.bouncedRecipients, event.mail))
    if event.kind == "Complaint" and not _is_no_complaint(event):
        yield from ((address, COMPLAINT) for address in _addresses(event.complaint.complainedRecipients, event.mail))
    if event.kind == "Subscription" and event.subscription.newTopicPreferences.unsubscribeAll:
        yield from ((_canonical(address), UNSUBSCRIBE) for address in event.mail.destination)


def _addresses(told: Sequence[_Recipient], mail: _Mail) -> Iterable[str]:
    """Return whom it is about, and whom we wrote to if it was one.

    Many a provider strikes the address out, and a mail that was passed on is told of under the address where it ended.
    """
    one = mail.destination if len(mail.destination) == 1 else ()
    return dict.fromkeys(map(_canonical, (*(recipient.emailAddress for recipient in told), *one)))


def _canonical(told: str) -> str:
    """Return an address as people's are stored, whatever the spelling in which the mail service tells it."""
    bare = parseaddr(told)[1].removesuffix(".")
    try:
        return addresses.email(bare)
    except InvalidError:
        return told


def _heard(event: _Event) -> str:
    """Return what counts against the sender, as the mail service itself counts it."""
    if event.kind == "Bounce" and event.bounce.bounceType == _PERMANENT:
        return "" if event.bounce.bounceSubType == _ON_OUR_LIST else BOUNCE
    if event.kind == "Complaint" and event.complaint.complaintSubType != _ON_OUR_LIST:
        return COMPLAINT
    return ""


def _reason(event: _Event) -> str:
    match event.kind:
        case "Bounce":
            return _BOUNCES.get(event.bounce.bounceType, "undetermined_bounce")
        case "Complaint":
            return "complaint"
        case "Reject" | "Rendering Failure":
            return "content_refused"
        case _:
            return ""
