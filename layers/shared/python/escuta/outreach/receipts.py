"""What the mail service tells afterwards: sent, delivered, bounced, complained. Twice, late and out of order."""

from collections.abc import Iterator
from typing import Any

from escuta import clock, table
from escuta.observe import logger
from escuta.outreach import invitations, reminders, suppression
from escuta.outreach.model import Channel, InvitationState, SentMessage

_STATES = {
    "Send": InvitationState.SENT,
    "Delivery": InvitationState.DELIVERED,
    "Bounce": InvitationState.BOUNCED,
    "Complaint": InvitationState.COMPLAINED,
    "Reject": InvitationState.REJECTED,
}
_BOUNCES = {"Permanent": "permanent_bounce", "Transient": "transient_bounce"}


def pointer(channel: Channel, message_id: str, link_key: str, reminder: int) -> table.Action:
    """Return what lets a receipt find its message, for the transaction that marks it as sent. 0: the invitation."""
    return table.Create(
        SentMessage(channel=channel, message_id=message_id, link_key=link_key, reminder=reminder, sent_at=clock.now())
    )


def receive(event: dict[str, Any]) -> None:
    """Apply one SES event: close the address first, then move forward what its tags name."""
    kind = event.get("eventType") or event.get("notificationType", "")
    for address, reason in _closed(kind, event):
        suppression.add(Channel.EMAIL, address, reason)
    state = _STATES.get(kind)
    if state is None:
        logger().info("event of no interest", extra={"kind": kind})
        return
    mail = event["mail"]
    named = mail.get("tags", {}).get("invitation", [])
    if not named:
        logger().info("event of another mail", extra={"kind": kind, "message": mail["messageId"]})
    reminder = next(iter(mail["tags"].get("reminder", [])), "")
    told = {"reason": _reason(kind, event), "message_id": mail["messageId"]}
    for key in named:
        if reminder:
            reminders.advance(key, int(reminder), state, **told)
        else:
            invitations.advance(key, state, **told)


def _closed(kind: str, event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the addresses that must not be written to again: hard bounces and complaints, at once."""
    if kind == "Bounce" and event["bounce"].get("bounceType") == "Permanent":
        for recipient in event["bounce"]["bouncedRecipients"]:
            yield recipient["emailAddress"], "bounce"
    if kind == "Complaint" and event["complaint"].get("complaintFeedbackType") != "not-spam":
        for recipient in event["complaint"]["complainedRecipients"]:
            yield recipient["emailAddress"], "complaint"


def _reason(kind: str, event: dict[str, Any]) -> str:
    match kind:
        case "Bounce":
            return _BOUNCES.get(event["bounce"].get("bounceType"), "undetermined_bounce")
        case "Complaint":
            return "complaint"
        case "Reject":
            return "content_refused"
        case _:
            return ""
