"""What the embedded AWS has sent: e-mails and SMS, newest first."""

import json
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from infra.local.place import Place


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


def sent(place: Place) -> list[Message]:
    """Return all messages. An SMS has no time on the embedded AWS: it gets the moment when it was first seen here."""
    messages = [*_emails(place), *_texts(place)]
    return sorted(messages, key=lambda message: message.at, reverse=True)


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
            )


def _decoded(header: str) -> str:
    try:
        return str(make_header(decode_header(header)))
    except (HeaderParseError, LookupError, UnicodeDecodeError):
        return header


def _texts(place: Place) -> Iterator[Message]:
    numbers = _ask(place, "/_ministack/sns/sms-messages")["sms_messages"]
    seen = _first_seen(place.folder / "outbox.json", [sms["MessageId"] for sent in numbers.values() for sms in sent])
    for number, texts in numbers.items():
        for order, sms in enumerate(texts):
            at = seen[sms["MessageId"]] + order / 1000  # those of one number keep their order
            yield Message(id=sms["MessageId"], kind="sms", to=number, text=sms["Message"], at=at)


def _first_seen(path: Path, ids: list[str]) -> dict[str, float]:
    known: dict[str, float] = json.loads(path.read_text()) if path.exists() else {}
    if any(one not in known for one in ids):
        known = {one: known.get(one, time.time()) for one in ids}
        path.write_text(json.dumps(known))
    return known
