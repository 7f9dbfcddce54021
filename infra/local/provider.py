"""What a mail service and a carrier would tell about a message: the embedded AWS tells nothing by itself.

The events are those that AWS documents, put where AWS would put them: into the feedback queue.
"""

import json
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from enum import StrEnum
from typing import Any

from escuta import ids
from infra.local import stack
from infra.local.messages import Message
from infra.local.place import Place

_LINK = re.compile(r"/s/([A-Za-z0-9_-]+)")
_LONGEST = 480  # characters of a reply: three parts
OWN_NUMBER = "+5511400000000"  # the number that people answer to


class Told(StrEnum):
    """What may be told of a message."""

    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    REPLIED = "replied"


OF_KIND = {"email": (Told.DELIVERED, Told.BOUNCED, Told.COMPLAINED), "sms": (Told.DELIVERED, Told.REPLIED)}


def of(message: Message) -> tuple[Told, ...]:
    """Return what may be told of a message: a mail is replied to where somebody takes replies in."""
    answerable = message.reply_to.endswith(f"@{stack.INBOUND}")
    return (*OF_KIND[message.kind], *((Told.REPLIED,) if answerable else ()))


def tell(place: Place, message: Message, told: Told, words: str = "") -> None:
    """Put the event of this into the feedback queue; a reply to a mail where SES would put it."""
    outputs = stack.look(place).outputs
    if told is Told.REPLIED and message.kind == "email":
        place.aws("s3").put_object(Bucket=outputs["ReceivedBucket"], Key=ids.new(), Body=replied(message, words))
        return
    queue = outputs["FeedbackQueue"]
    place.aws("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(event(message, told, words)))


def event(message: Message, told: Told, words: str = "") -> dict[str, Any]:
    """Return the event that AWS would publish. `words` are those of a reply."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    if told is Told.REPLIED:
        return _reply(message, words[:_LONGEST])
    if message.kind == "sms":
        return _receipt(message, now)
    mail = {"timestamp": now, "messageId": message.id, "source": message.sender, "destination": [message.to]}
    kinds: dict[Told, tuple[str, dict[str, Any]]] = {
        Told.DELIVERED: ("Delivery", {"recipients": [message.to], "smtpResponse": "250 ok"}),
        Told.BOUNCED: ("Bounce", {"bounceType": "Permanent", "bounceSubType": "General", **_of("bounced", message)}),
        Told.COMPLAINED: ("Complaint", {"complaintFeedbackType": "abuse", **_of("complained", message)}),
    }
    kind, said = kinds[told]
    return {"eventType": kind, "mail": {**mail, "tags": _tags(message)}, kind.lower(): {**said, "timestamp": now}}


def replied(message: Message, words: str) -> bytes:
    """Return the mail by which somebody replies to another one, as mail programs write it."""
    mail = EmailMessage()
    mail["From"], mail["To"] = message.to, message.reply_to
    mail["Subject"], mail["Message-ID"] = f"Re: {message.subject}", f"<{ids.new()}@mail.example>"
    quoted = "\n".join(f"> {line}" for line in message.text.splitlines())
    written = datetime.fromtimestamp(message.at, UTC).date().isoformat()
    mail.set_content(f"{words[:_LONGEST]}\n\nEm {written}, {message.sender} escreveu:\n{quoted}\n")
    return mail.as_bytes()


def _of(verb: str, message: Message) -> dict[str, Any]:
    return {f"{verb}Recipients": [{"emailAddress": message.to}]}


def _tags(message: Message) -> dict[str, list[str]]:
    """Return the tags that the message was sent with: the embedded AWS does not keep them, but its link tells."""
    link = _LINK.search(message.text)
    return {"invitation": [ids.token_key(link[1])]} if link else {}


def _receipt(message: Message, now: str) -> dict[str, Any]:
    delivery = {"phoneCarrier": "Demo", "destination": message.to, "providerResponse": "Message has been accepted"}
    notification = {"messageId": message.id, "timestamp": now}
    return {"notification": notification, "delivery": delivery, "status": "SUCCESS"}


def _reply(message: Message, words: str) -> dict[str, Any]:
    return {
        "originationNumber": message.to,
        "destinationNumber": OWN_NUMBER,
        "messageKeyword": "KEYWORD",
        "messageBody": words,
        "inboundMessageId": ids.new(),
        "previousPublishedMessageId": message.id,
    }
