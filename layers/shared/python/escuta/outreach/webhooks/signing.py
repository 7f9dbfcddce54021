"""Secrets and signatures, as Standard Webhooks has them.

A secret is derived from the deployment's own by a salt: a leaked table signs nothing, and nobody is shown it twice.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta

from standardwebhooks import Webhook as Signer

from escuta import ids
from escuta.outreach.model import SigningKey, Webhook
from escuta.secrets import link_secret

MOST_KEYS = 3  # signatures of one call
LONGEST_OVERLAP = timedelta(days=7)


def fresh(now: datetime, salt: str = "") -> SigningKey:
    """Return a new signing key, of this salt where it is given."""
    return SigningKey(salt=salt or ids.new(), created_at=now)


def rotated(keys: tuple[SigningKey, ...], now: datetime, overlap: timedelta, salt: str = "") -> tuple[SigningKey, ...]:
    """Return the keys with a new one before them; those before it sign beside it for a while, none longer than now."""
    end = now + overlap
    ends = [min(key.expires_at or end, end) for key in keys]
    older = [key.changed(expires_at=last) for key, last in zip(keys, ends, strict=True) if last > now]
    return (fresh(now, salt), *older)[:MOST_KEYS]


def secret(webhook: str, key: SigningKey) -> str:
    """Return the text of a secret: `whsec_` and 32 bytes in base 64."""
    return "whsec_" + b64encode(_bytes(webhook, key)).decode()


def headers(webhook: Webhook, event: str, body: str, now: datetime) -> Mapping[str, str]:
    """Return the headers that prove who sends this body, with a signature of every key that has not expired."""
    valid = [key for key in webhook.signing_keys if key.expires_at is None or key.expires_at > now]
    signatures = [Signer(_bytes(webhook.id, key)).sign(event, now, body) for key in valid]
    return {
        "webhook-id": event,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _bytes(webhook: str, key: SigningKey) -> bytes:
    return hmac.digest(link_secret(), f"webhook:{webhook}:{key.salt}".encode(), hashlib.sha256)
