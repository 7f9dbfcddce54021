"""Identities: derived wherever the input can be delivered again, random where a person starts something new."""

import base64
import hashlib
import hmac
import secrets
import string
import struct
from collections.abc import Callable
from functools import lru_cache

TOKEN_LENGTH = 23
_ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
_BASE32 = string.ascii_lowercase + "234567"
_PAIRS = tuple(one + two for one in _BASE32 for two in _BASE32)  # ten bits at a time: a file has many rows
_FORTIES = struct.Struct(">BIBIBIBI").unpack_from  # 160 bits, forty at a time: eight letters
_TRAILING = ".,;:!?)]}>=*'\""


def derive(*parts: str | int) -> str:
    """Return the 26-character id that belongs to these parts, the same for ever.

    SHA-256 over the length-prefixed parts, cut to 128 bits, in base 32; the prefixes keep ("ab", "c") apart from
    ("a", "bc").
    """
    return _base32(hashlib.sha256(_prefixed(*parts)).digest())


def family(*parts: str | int) -> Callable[[str], str]:
    """Return what derives the ids that differ in their last part alone, as `derive(*parts, last)` would, but faster."""
    begun = _prefixed(*parts)

    def derived(last: str) -> str:
        raw = last.encode()
        return _base32(hashlib.sha256(begun + len(raw).to_bytes(4, "big") + raw).digest())

    return derived


def _prefixed(*parts: str | int) -> bytes:
    return b"".join([len(raw := str(part).encode()).to_bytes(4, "big") + raw for part in parts])


def _base32(digest: bytes) -> str:
    """Return the first 128 bits in 26 letters, as `base64.b32encode` would, in a third of its time."""
    a, b, c, d, e, f, g, _ = _FORTIES(digest)
    pair = _PAIRS
    return (
        f"{pair[a << 2 | b >> 30]}{pair[b >> 20 & 1023]}{pair[b >> 10 & 1023]}{pair[b & 1023]}"
        f"{pair[c << 2 | d >> 30]}{pair[d >> 20 & 1023]}{pair[d >> 10 & 1023]}{pair[d & 1023]}"
        f"{pair[e << 2 | f >> 30]}{pair[f >> 20 & 1023]}{pair[f >> 10 & 1023]}{pair[f & 1023]}{pair[g << 2]}"
    )


def new() -> str:
    """Return a fresh id of 128 random bits in 22 characters `[A-Za-z0-9_-]`."""
    return secrets.token_urlsafe(16)


def keyed_hash(secret: bytes, value: str) -> str:
    """Return a keyed hash of personal data (an address), so that a leaked table does not give the addresses."""
    a, b, c, d, e, f, g, h = _FORTIES(_mac(secret, value))
    pair = _PAIRS
    return (  # 160 bits in 32 letters
        f"{pair[a << 2 | b >> 30]}{pair[b >> 20 & 1023]}{pair[b >> 10 & 1023]}{pair[b & 1023]}"
        f"{pair[c << 2 | d >> 30]}{pair[d >> 20 & 1023]}{pair[d >> 10 & 1023]}{pair[d & 1023]}"
        f"{pair[e << 2 | f >> 30]}{pair[f >> 20 & 1023]}{pair[f >> 10 & 1023]}{pair[f & 1023]}"
        f"{pair[g << 2 | h >> 30]}{pair[h >> 20 & 1023]}{pair[h >> 10 & 1023]}{pair[h & 1023]}"
    )


def _mac(secret: bytes, message: str) -> bytes:
    """Return the HMAC of a message. Unlike `hmac.digest` it never waits for other threads: a sender has ten."""
    keyed = _keyed(secret).copy()
    keyed.update(message.encode())
    return keyed.digest()


@lru_cache(maxsize=4)
def _keyed(secret: bytes) -> hmac.HMAC:
    return hmac.new(secret, digestmod="sha256")


def link_token(secret: bytes, purpose: str, identity: str) -> str:
    """Return the token of a link: HMAC of the identity, 128 bits in 22 characters, and one check character.

    Bound to a purpose (`answer`, `unsubscribe`), so that a token of one purpose opens nothing of another.
    """
    digest = _mac(secret, f"{purpose}:{identity}")[:16]
    return with_check(base64.urlsafe_b64encode(digest).decode().rstrip("="))


def new_token() -> str:
    """Return a random link token with its check character."""
    return with_check(secrets.token_urlsafe(16))


def with_check(body: str) -> str:
    """Append the check character that tells a cut link from an unknown one."""
    return body + _ALPHABET[hashlib.sha256(body.encode()).digest()[0] % 64]


def clean_token(text: str) -> str:
    """Drop the punctuation that mail clients glue to the end of a link, and nothing else."""
    for glued in ("&amp;", "&gt;", "&quot;"):
        text = text.removesuffix(glued)
    return text.rstrip(_TRAILING)


def is_whole(token: str) -> bool:
    """Tell whether a token has its full length and its check character, that is, was not cut on the way."""
    return len(token) == TOKEN_LENGTH and with_check(token[:-1]) == token


def token_key(token: str) -> str:
    """Return what is stored in place of a token: its SHA-256, so that a leaked table gives no links."""
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")
