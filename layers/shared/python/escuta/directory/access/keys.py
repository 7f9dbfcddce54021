"""API keys of machines: `esk_{id}_{secret}`, of which only a hash of the secret is kept."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from escuta import clock, table
from escuta.directory import segments
from escuta.directory.model import ApiKey, Caller, Scope

KEY_PREFIX = "esk_"


def issue(name: str, scopes: Iterable[Scope], segment: str = "") -> tuple[str, ApiKey]:
    """Make an API key and return its text, which is shown this once, with what is kept of it.

    `segment` binds the key to that segment's subtree.
    """
    if segment:
        segments.get(segment)
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(24)
    key = ApiKey(
        id=key_id,
        name=name,
        secret_hash=_hash(secret),
        scopes=tuple(sorted(set(scopes))),
        segment=segment,
        created_at=clock.now(),
    )
    return f"{KEY_PREFIX}{key_id}_{secret}", table.create(key)


def revoke(key_id: str) -> ApiKey:
    """End an API key for good. Doing it again changes nothing."""
    key = table.load(ApiKey, ApiKey.at(key_id), consistent=True)
    return key if key.revoked_at else table.save(key.changed(revoked_at=clock.now()))


def caller_of_key(text: str) -> Caller | None:
    """Return whom an API key speaks for; None when it is unknown, revoked or not a key."""
    key_id, _, secret = text.removeprefix(KEY_PREFIX).partition("_")
    if not text.startswith(KEY_PREFIX) or not key_id or not secret:
        return None
    key = table.find(ApiKey, ApiKey.at(key_id), consistent=True)
    if key is None or key.revoked_at or not hmac.compare_digest(key.secret_hash, _hash(secret)):
        return None
    bound = (key.segment,) if key.segment else ()
    return Caller(id=f"key:{key.id}", name=key.name, scopes=frozenset(key.scopes), segments=bound)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()  # of 192 random bits: nothing to slow down a guesser for
