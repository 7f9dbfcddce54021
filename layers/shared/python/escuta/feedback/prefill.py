"""Answers and hidden fields that a link hands over: signed, and good for that one link alone.

An integrator asks for such a link; who changes a letter of it, or moves it to another link, hands over nothing.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from escuta import ids, secrets
from escuta.entity import Value
from escuta.errors import InvalidError

LONGEST = 1_500  # characters: what mail clients and proxies leave whole in an address
_MAC = 22  # characters of 128 bits


class Prefill(Value):
    """What a link hands over. The answers are proposals: they stand on the page, and count when they are sent."""

    answers: dict[str, Any] = Field(default_factory=dict)
    hidden: dict[str, str] = Field(default_factory=dict)


def sign(token: str, answers: Mapping[str, Any], hidden: Mapping[str, str]) -> str:
    """Return the value of the parameter `p` of this link; InvalidError when it is longer than an address may be."""
    body = json.dumps({"a": dict(answers), "h": dict(hidden)}, ensure_ascii=False, separators=(",", ":"))
    text = _encoded(body.encode())
    signed = _mac(token, text) + text
    if len(signed) > LONGEST:
        raise InvalidError("prefill_long", most=LONGEST, length=len(signed))
    return signed


def read(token: str, text: str) -> Prefill | None:
    """Return what was signed for this link; None for anything else."""
    mac, body = text[:_MAC], text[_MAC:]
    if len(text) > LONGEST or not text.isascii() or not hmac.compare_digest(mac, _mac(token, body)):
        return None
    told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return Prefill(answers=told["a"], hidden=told["h"])


def _mac(token: str, body: str) -> str:
    digest = hmac.digest(secrets.link_secret(), f"prefill:{ids.clean_token(token)}:{body}".encode(), hashlib.sha256)
    return _encoded(digest[:16])


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
