"""Access tokens `est_...` of OAuth 2 client credentials: they are not kept, and end with the secret that asked."""

import base64
import binascii
import hmac
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from escuta import clock, table
from escuta.directory.access import keys
from escuta.directory.model import ApiKey, Caller, Scope
from escuta.secrets import link_secret

TOKEN_PREFIX = "est_"  # noqa: S105 - what a token begins with
TOKEN_LIFE = timedelta(hours=1)
_MAC = 24  # bytes


class AccessToken(NamedTuple):
    """A token's text, and how many seconds it lasts."""

    text: str
    seconds: int


def access_token(key: ApiKey, secret: str, scopes: Iterable[Scope]) -> AccessToken:
    """Return a token for some of the scopes of a key, asked for with this secret of it.

    It lasts an hour, or as long as the key if that is less. It carries the turn of the secret: taken from a stolen one,
    it ends when that one is replaced without overlap.
    """
    now = clock.now()
    end = min(now + TOKEN_LIFE, key.expires_at or now + TOKEN_LIFE)
    said = {"k": key.id, "t": keys.turn_of(key, secret), "e": int(end.timestamp()), "s": sorted(scopes)}
    payload = _packed(json.dumps(said, separators=(",", ":")).encode())
    return AccessToken(f"{TOKEN_PREFIX}{payload}.{_packed(_mac(payload))}", int((end - now).total_seconds()))


def caller_of_token(text: str, address: str = "") -> Caller | None:
    """Return whom an access token speaks for, asked from this address; None when it, its secret or its key is over."""
    said = _said(text)
    if said is None or said["e"] <= clock.now().timestamp():
        return None
    key = table.find(ApiKey, ApiKey.at(said["k"]), consistent=True)
    if not keys.may_open(said["k"], key, {said["t"]}, address) or key is None:
        return None
    end = min(datetime.fromtimestamp(said["e"], UTC), key.expires_at or datetime.max.replace(tzinfo=UTC))
    return keys.speaking(key, frozenset(said["s"]) & frozenset(key.scopes), end)


def _said(text: str) -> dict[str, Any] | None:
    payload, _, mac = text.removeprefix(TOKEN_PREFIX).partition(".")
    if not text.startswith(TOKEN_PREFIX) or not hmac.compare_digest(_packed(_mac(payload)).encode(), mac.encode()):
        return None
    try:
        said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (binascii.Error, ValueError):  # we sealed it, so it is ours
        return None
    return said


def _mac(payload: str) -> bytes:
    return hmac.digest(link_secret(), f"access_token:{payload}".encode(), "sha256")[:_MAC]


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
