"""Page cursors that only we can make: signed, and bound to who asked for what."""

import base64
import binascii
import hmac

from escuta.secrets import link_secret
from manage.problems import RequestError

_MAC = 16


def seal(inner: str, binding: str) -> str:
    """Return the cursor that stands for `inner` in requests with this binding."""
    return base64.urlsafe_b64encode(_mac(inner, binding) + inner.encode()).decode().rstrip("=")


def unseal(cursor: str, binding: str) -> str:
    """Return what `seal` was given; a cursor that is forged, edited or of another caller or query is refused."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        inner = raw[_MAC:].decode()
    except (binascii.Error, ValueError) as error:
        raise RequestError(400, "cursor_invalid", field="cursor") from error
    if not hmac.compare_digest(raw[:_MAC], _mac(inner, binding)):
        raise RequestError(400, "cursor_invalid", field="cursor")
    return inner


def _mac(inner: str, binding: str) -> bytes:
    parts = "".join(f"{len(part)}:{part}" for part in ("cursor", binding, inner))
    return hmac.digest(link_secret(), parts.encode(), "sha256")[:_MAC]
