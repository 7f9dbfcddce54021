"""A server that webhooks may call on this machine: it takes what is posted to it, and shows the newest."""

import json
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import Message
from threading import Lock

PATH = "/hooks"
LONGEST = 512 * 1024  # bytes of one call
_KEPT = 200
_NAMED = ("webhook-id", "webhook-timestamp", "webhook-signature", "content-type", "user-agent")


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call, as it came. Nothing of it is believed: the signature is for whoever has the secret to check."""

    at: float  # seconds since 1970
    path: str
    headers: dict[str, str]
    body: str

    @property
    def told(self) -> str:
        """Return the body as it reads best."""
        try:
            return json.dumps(json.loads(self.body), ensure_ascii=False, indent=2)
        except ValueError:
            return self.body

    @property
    def kind(self) -> str:
        """Return what type of event it says it is."""
        try:
            said = json.loads(self.body)
        except ValueError:
            return ""
        return str(said.get("type", "")) if isinstance(said, dict) else ""


class Received:
    """What came since this server was started."""

    def __init__(self) -> None:
        """Begin without any."""
        self._calls: deque[Call] = deque(maxlen=_KEPT)
        self._lock = Lock()

    def take(self, path: str, headers: Message, body: bytes) -> None:
        """Keep a call."""
        named = {name: headers[name] for name in _NAMED if headers[name]}
        call = Call(at=datetime.now(UTC).timestamp(), path=path, headers=named, body=body.decode(errors="replace"))
        with self._lock:
            self._calls.appendleft(call)

    def newest(self) -> list[Call]:
        """Return what is kept, the newest first."""
        with self._lock:
            return list(self._calls)

    def as_json(self) -> str:
        """Return what is kept as programs read it."""
        return json.dumps({"calls": [asdict(call) for call in self.newest()]})
