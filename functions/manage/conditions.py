"""`If-Match` and `If-None-Match` (RFC 9110, 13): what was read must still hold.

The tag of an answer is `"7-Qx0..."`: the revision, and a hash of what was answered. A change is guarded by the revision
alone, so that `"7"` and the tag of a part of the thing (`fields=`) serve as well. What was read again is compared
whole: an answer may also tell of what moves without a new revision, as the progress of a deployment.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import blake2b

from manage.problems import RequestError

_TAG = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*')
_LONGEST = 2000
_Tags = list[tuple[bool, str]]  # is it weak, and what it says


def tag(rev: object, content: bytes) -> str:
    """Return the tag of an answer: of this revision, None for a thing without one, and with this content."""
    hashed = urlsafe_b64encode(blake2b(content, digest_size=9).digest()).decode()
    return f'"{hashed}"' if rev is None else f'"{rev}-{hashed}"'


def is_known(headers: Mapping[str, str], own: str) -> bool:
    """Tell whether the caller has what it would be answered with this tag (the weak comparison)."""
    said = headers.get("if-none-match")
    if said is None:
        return False
    known = _tags("If-None-Match", said)
    return known is None or own.strip('"') in {opaque for _, opaque in known}


def named(said: str) -> list[int] | None:
    """Return the revisions that an `If-Match` names; None for `*`. A weak tag names none (the strong comparison)."""
    tags = _tags("If-Match", said)
    return None if tags is None else [rev for weak, opaque in tags if not weak and (rev := _rev(opaque)) is not None]


def check(headers: Mapping[str, str], current: int | None) -> None:
    """Refuse to change the revision `current` (None: nothing is there) unless the headers allow it: a 412."""
    if "if-match" in headers:
        said = headers["if-match"]
        revs = named(said)
        if current is None or (revs is not None and current not in revs):
            raise RequestError(412, "rev_stale", field="If-Match", sent=said.strip()[:64], current_rev=current or 0)
    if "if-none-match" in headers:
        said = headers["if-none-match"]
        tags = _tags("If-None-Match", said)
        if current and (tags is None or current in {_rev(opaque) for _, opaque in tags}):
            raise RequestError(412, "rev_known", field="If-None-Match", sent=said.strip()[:64], current_rev=current)


def _tags(field: str, said: str) -> _Tags | None:
    """Return the tags of a list, None for `*`: any that there is."""
    if said.strip() == "*":
        return None
    found: _Tags = []
    for part in said[:_LONGEST].split(","):
        match = _TAG.fullmatch(part)
        if match:
            found.append((match[1] is not None, match[2]))
        elif part.strip():
            raise RequestError(400, "etag_invalid", field=field, sent=said.strip()[:64])
    if not found:
        raise RequestError(400, "etag_invalid", field=field, sent="")
    return found


def _rev(opaque: str) -> int | None:
    number = opaque.partition("-")[0]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else None  # noqa: PLR2004 - no revision is longer
