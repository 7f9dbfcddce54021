"""API keys of machines: `esk_{id}_{secret}`, of whose secrets only hashes are kept."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from escuta import clock, table
from escuta.directory import segments
from escuta.directory.access import networks
from escuta.directory.model import RATE, ApiKey, Caller, KeySecret, Scope
from escuta.errors import ConflictError, ForbiddenError, GoneError
from escuta.observe import logger

KEY_PREFIX = "esk_"
LONGEST_OVERLAP = timedelta(days=7)
SECRET_LENGTH = 32  # characters, of 192 random bits
MOST_SECRETS = 5  # that work at the same time
_ID = re.compile(r"[0-9a-f]{16}")
_KEY = re.compile(r"esk_([0-9a-f]{16})_([A-Za-z0-9_-]{32})")


def issue(
    name: str,
    scopes: Iterable[Scope],
    segment: str = "",
    *,
    addresses: Iterable[str] = (),
    rate: int = RATE,
    expires_at: datetime | None = None,
    who: str = "",
    identity: str = "",
    secret: str = "",
) -> tuple[str, ApiKey]:
    """Make an API key and return its text, which is shown this once, with what is kept of it.

    `segment` binds the key to that segment's subtree, `addresses` to networks. `identity` and `secret` (32 characters)
    are of the call that asks for it: the same call makes one key, however often it is done.
    """
    if segment:
        segments.get(segment)
    now, secret = clock.now(), secret or secrets.token_urlsafe(24)
    key = ApiKey(
        id=hashlib.sha256(f"api_key:{identity}".encode()).hexdigest()[:16] if identity else secrets.token_hex(8),
        name=name,
        secrets=(KeySecret(hash=_hash(secret), turn=1, created_at=now),),
        scopes=tuple(sorted(set(scopes))),
        segment=segment,
        addresses=tuple(addresses),
        rate=rate,
        expires_at=expires_at,
        created_at=now,
        created_by=who,
    )
    return _text(key, secret), _created(key)


def _created(key: ApiKey) -> ApiKey:
    """Store a key, or find that this very call has stored it: nobody else knows the secret."""
    try:
        return table.create(key)
    except ConflictError:
        found = get(key.id)
        if found.secrets[-1].hash != key.secrets[0].hash:
            raise
        return found


def get(key_id: str) -> ApiKey:
    """Return a key, also one that is over; NotFoundError when there is none."""
    return table.load(ApiKey, ApiKey.at(key_id), consistent=True)


def find(key_id: str) -> ApiKey | None:
    """Return a key, also one that is over, if there is one."""
    return table.find(ApiKey, ApiKey.at(key_id), consistent=True) if _ID.fullmatch(key_id) else None


def listing(*, limit: int, cursor: str | None = None) -> table.Page[ApiKey]:
    """Return the keys, the oldest first."""
    return table.query(ApiKey, "apikeys", index="g1", limit=limit, cursor=cursor)


def change(key: ApiKey, **fields: Any) -> ApiKey:
    """Store other fields of a key, as it was read; GoneError `key_revoked` for one that was taken away."""
    if key.revoked_at:
        raise GoneError("key_revoked")
    changed = key.changed(**fields)
    return key if changed == key else table.save(changed)


def rotate(key: ApiKey, overlap: timedelta, secret: str = "") -> tuple[str, ApiKey]:
    """Give a key a new secret, and return its text. Those before work for `overlap` longer, or as long as they would.

    So whoever never learned the new secret may ask again: the one that is in use keeps the time that it was promised.
    With `secret`, 32 characters of the call that asks for it, the same call changes nothing when it is done again.
    ConflictError `key_secrets_many` when MOST_SECRETS work already.
    """
    if key.revoked_at:
        raise GoneError("key_revoked")
    now, secret = clock.now(), secret or secrets.token_urlsafe(24)
    if is_newest(key, secret):
        return _text(key, secret), key
    former = [each.changed(expires_at=min(each.expires_at or now + overlap, now + overlap)) for each in working(key)]
    kept = tuple(each for each in former if each.expires_at and each.expires_at > now)
    if len(kept) == MOST_SECRETS:
        raise ConflictError("key_secrets_many", most=MOST_SECRETS)
    fresh = KeySecret(hash=_hash(secret), turn=key.secrets[0].turn + 1, created_at=now)
    return _text(key, secret), table.save(key.changed(secrets=(fresh, *kept)))


def is_newest(key: ApiKey, secret: str) -> bool:
    """Tell whether this is the secret that a key was given last."""
    return hmac.compare_digest(key.secrets[0].hash, _hash(secret))


def revoke(key_id: str) -> ApiKey:
    """End an API key for good. Doing it again changes nothing."""
    now = clock.now()
    return table.change(get(key_id), lambda key: key if key.revoked_at else key.changed(revoked_at=now))


def working(key: ApiKey) -> list[KeySecret]:
    """Return the secrets of a key that still open something, the newest first."""
    now = clock.now()
    return [each for each in key.secrets if each.expires_at is None or each.expires_at > now]


def caller_of_key(text: str, address: str = "") -> Caller | None:
    """Return whom an API key speaks for, asked from this address.

    None when it is no key, unknown, expired, revoked, or asked from elsewhere than it may be: the log says which.
    """
    found = _KEY.fullmatch(text)
    key = opened(found[1], found[2], address) if found else None
    return speaking(key, key.scopes, key.expires_at) if key else None


def turn_of(key: ApiKey, secret: str) -> int:
    """Return the turn of a secret that opens this key."""
    return next(each.turn for each in key.secrets if each.hash == _hash(secret))


def opened(key_id: str, secret: str, address: str) -> ApiKey | None:
    """Return the key that this secret opens from this address, if it opens one."""
    if not _KEY.fullmatch(f"{KEY_PREFIX}{key_id}_{secret}"):
        return None
    key = table.find(ApiKey, ApiKey.at(key_id), consistent=True)
    turns = {each.turn for each in working(key) if hmac.compare_digest(each.hash, _hash(secret))} if key else set()
    return key if may_open(key_id, key, turns, address) else None


def may_open(key_id: str, key: ApiKey | None, turns: set[int], address: str) -> bool:
    """Tell whether a key opens anything, shown from this address with secrets of these turns; the log says why not."""
    reason = _reason(key, turns, address)
    if reason:
        logger().warning("key refused", extra={"key": key_id, "reason": reason})
    return not reason


def _reason(key: ApiKey | None, turns: set[int], address: str) -> str:
    if key is None:
        return "unknown"
    if turns.isdisjoint(each.turn for each in working(key)):
        return "secret"
    if key.revoked_at:
        return "revoked"
    if key.expires_at and key.expires_at <= clock.now():
        return "expired"
    if key.addresses and not networks.holds(key.addresses, address):
        return "address"
    return ""


def speaking(key: ApiKey, scopes: Iterable[Scope], expires_at: datetime | None) -> Caller:
    """Return whom a key speaks for with these scopes, until then."""
    return Caller(
        id=f"key:{key.id}",
        name=key.name,
        scopes=frozenset(scopes),
        segments=(key.segment,) if key.segment else (),
        rate=key.rate,
        expires_at=expires_at,
    )


def own(caller: Caller) -> ApiKey | None:
    """Return the key that a program asks with; None for a person."""
    kind, _, key_id = caller.id.partition(":")
    return get(key_id) if kind == "key" else None


def grant(caller: Caller, *keys: ApiKey) -> None:
    """Refuse with ForbiddenError to give away what the caller does not have: a key that can more, longer or elsewhere.

    A key that has an end, or networks, or a rate, gives no other that has none. What it sees is not asked here.
    """
    theirs = own(caller)
    for key in keys:
        beyond = sorted(set(key.scopes) - caller.scopes)
        if beyond:
            raise ForbiddenError("key_scopes_beyond", field="scopes", scopes=[scope.value for scope in beyond])
        if caller.expires_at and (key.expires_at is None or key.expires_at > caller.expires_at):
            raise ForbiddenError("key_expiry_beyond", field="expires_at", most=caller.expires_at.isoformat())
        if theirs and key.rate > theirs.rate:
            raise ForbiddenError("key_rate_beyond", field="rate", most=theirs.rate)
        if theirs and theirs.addresses and not networks.within(key.addresses, theirs.addresses):
            raise ForbiddenError("key_addresses_beyond", field="addresses", allowed=list(theirs.addresses))


def _text(key: ApiKey, secret: str) -> str:
    return f"{KEY_PREFIX}{key.id}_{secret}"


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()  # of 192 random bits: nothing to slow down a guesser for
