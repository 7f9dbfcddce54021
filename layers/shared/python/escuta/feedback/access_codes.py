"""The code that ends kiosk mode. The device checks it without network, so it is given a slow hash and no more."""

import base64
import hashlib
import re
import secrets

from escuta.errors import InvalidError

ROUNDS = 600_000  # of PBKDF2-SHA256, as OWASP's cheat sheet on passwords has it; the page's script says the same
_SALT_BYTES = 16
_CODE = re.compile(r"[0-9]{4,12}")


def made(code: str) -> tuple[str, str]:
    """Return a fresh salt and the hash of a code of 4 to 12 digits, both in base64."""
    if not _CODE.fullmatch(code):
        raise InvalidError("token_access_code", field="kiosk.access_code")
    salt = secrets.token_bytes(_SALT_BYTES)
    return base64.b64encode(salt).decode(), hashed(code, salt)


def hashed(code: str, salt: bytes) -> str:
    """Return the hash of a code: 32 bytes in base64."""
    return base64.b64encode(hashlib.pbkdf2_hmac("sha256", code.encode(), salt, ROUNDS)).decode()
