"""What comes back of a message: events of the mail service, receipts of carriers, and what people reply.

Each is told apart by its shape alone, since all of them come through one queue.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from escuta import clock, table
from escuta.observe import logger
from escuta.outreach import mail_events, progress, sms_events, sms_replies
from escuta.outreach.model import Channel, SentMessage

UNREADABLE = "event_unreadable"


def pointer(channel: Channel, message_id: str, link_key: str, reminder: int) -> table.Action:
    """Return what lets a receipt find its message, for the transaction that marks it as sent. 0: the invitation."""
    return table.Create(
        SentMessage(channel=channel, message_id=message_id, link_key=link_key, reminder=reminder, sent_at=clock.now())
    )


def receive(said: dict[str, Any], told_at: datetime | None = None) -> str:
    """Apply what came, told at this moment (now, if nobody says). Return why a person should see it and keep it.

    "" when nobody needs to. Twice, late, out of order: all ends the same.
    """
    try:
        return _received(said, told_at or clock.now())
    except ValidationError as error:
        logger().warning("event cannot be read", extra={"places": [each["loc"] for each in error.errors()]})
        return UNREADABLE


def ahead(some: Iterable[dict[str, Any]]) -> None:
    """Apply together what merely says that mails were sent or came, before each is received alone and finds it done."""
    told = [one for said in some for one in mail_events.arrived(said)]
    if len(told) > 1:
        progress.advance_together(told)


def _received(said: dict[str, Any], told_at: datetime) -> str:
    kind = said.get("eventType") or said.get("notificationType")
    if isinstance(kind, str) and kind.startswith(("TEXT_", "MEDIA_", "VOICE_")):
        return sms_events.receive(said)
    if kind is not None:
        return mail_events.receive(said)
    if "delivery" in said and "status" in said:
        return sms_events.receive_line(said)
    if "originationNumber" in said:
        return sms_replies.receive(said, told_at)
    return mail_events.UNKNOWN
