"""Page cursors that only we can make, and read: sealed, and bound to who asked for what.

Where a list goes on is told by a row that the caller may not see at all: its key has names in it.
"""

import base64
import binascii
import hashlib
import hmac

from escuta.secrets import link_secret
from manage.problems import RequestError

_MAC = 16


def seal(inner: str, binding: str) -> str:
    """Return the cursor that stands for `inner` in requests with this binding."""
    mac = _mac(inner, binding)
    return base64.urlsafe_b64encode(mac + _covered(inner.encode(), mac)).decode().rstrip("=")


def unseal(cursor: str, binding: str) -> str:
    """Return what `seal` was given; a cursor that is forged, edited or of another caller or query is refused."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        inner = _covered(raw[_MAC:], raw[:_MAC]).decode()
    except (binascii.Error, ValueError) as error:
        raise RequestError(400, "cursor_invalid", field="cursor") from error
    if not hmac.compare_digest(raw[:_MAC], _mac(inner, binding)):
        raise RequestError(400, "cursor_invalid", field="cursor")
    return inner


def _mac(inner: str, binding: str) -> bytes:
    parts = "".join(f"{len(part)}:{part}" for part in ("cursor", binding, inner))
    return hmac.digest(link_secret(), parts.encode(), "sha256")[:_MAC]


def _covered(content: bytes, mac: bytes) -> bytes:
    """Cover a text, or uncover it: by a pad that follows from its own signature, so that no two texts have the same."""
    parts = (link_secret(), b"cursor cover", mac)
    pad = hashlib.shake_256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest(len(content))
    return bytes(one ^ other for one, other in zip(content, pad, strict=True))
