"""What the embedded AWS has sent: e-mails and SMS, newest first."""

import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import parseaddr
from threading import Lock
from typing import Any

from infra.local.place import Place

_LOCK = Lock()


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message as its receiver gets it. `at` is in seconds since 1970."""

    id: str
    kind: str  # email | sms
    to: str
    text: str
    at: float
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    html: str = ""
    reply_to: str = ""


def sent(place: Place) -> list[Message]:
    """Return all messages. The embedded AWS forgets mails when it stops, so all are kept here."""
    with _LOCK:
        path = place.folder / "outbox.json"
        kept = [Message(**message) for message in json.loads(path.read_text())] if path.exists() else []
        known = {message.id for message in kept}
        new = [message for message in (*_emails(place), *_texts(place)) if message.id not in known]
        if new:
            kept = sorted([*kept, *new], key=lambda message: message.at, reverse=True)
            half = path.with_suffix(".half")
            half.write_text(json.dumps([asdict(message) for message in kept]))
            half.replace(path)
        return kept


def _ask(place: Place, path: str) -> Any:
    with urllib.request.urlopen(f"{place.endpoint}{path}", timeout=10) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def _emails(place: Place) -> Iterator[Message]:
    for mails in _ask(place, "/_ministack/ses/messages")["messages"].values():
        for mail in mails:
            name, address = parseaddr(_decoded(mail["Source"]))
            yield Message(
                id=mail["MessageId"],
                kind="email",
                to=", ".join(mail["To"]),
                text=mail["BodyText"] or "",
                at=float(mail["Timestamp"]),
                sender=address,
                sender_name=name,
                subject=_decoded(mail["Subject"]),
                html=mail["BodyHtml"] or "",
                reply_to=parseaddr(mail["Type"].partition(" ")[2])[1],
            )


def _decoded(header: str) -> str:
    try:
        return str(make_header(decode_header(header)))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return header


def _texts(place: Place) -> Iterator[Message]:
    now = time.time()
    for number, texts in _ask(place, "/_ministack/sns/sms-messages")["sms_messages"].items():
        for order, sms in enumerate(texts):
            at = now + order / 1000  # those of one number keep their order
            yield Message(id=sms["MessageId"], kind="sms", to=number, text=sms["Message"], at=at)
