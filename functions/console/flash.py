"""What the next page says of what was just done, and how it is undone: a note in a cookie, signed for this session."""

import base64
import hmac

from aws_lambda_powertools.shared.cookies import Cookie, SameSite
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import to_json

from escuta.directory.model import Session

NAME = "__Host-escuta-said"
_LASTS = 60  # seconds: the next page takes it away
_MOST = 3000  # characters: browsers keep 4 KB


class Undo(BaseModel):
    """What a button does that takes it back: a form of ours, sent to a page of the console."""

    model_config = ConfigDict(frozen=True)

    path: str  # below `/console`
    fields: dict[str, str]


class Flash(BaseModel):
    """What was done: the code of the words, with their details.

    `returned`: nothing was done but to sign in again, and what had been sent meanwhile was not taken.
    """

    model_config = ConfigDict(frozen=True)

    code: str = ""
    details: dict[str, str] = {}
    undo: Undo | None = None
    returned: bool = False


def cookie(session: Session, said: Flash | None) -> Cookie:
    """Return the cookie that tells the next page; without anything to say it takes the cookie away.

    What would not fit is said without its undoing.
    """
    text = _sealed(session, said) if said else ""
    if said and len(text) > _MOST:
        text = _sealed(session, Flash(code=said.code))
    return Cookie(
        NAME,
        text,
        path="/",
        secure=True,
        http_only=True,
        same_site=SameSite.LAX_MODE,
        max_age=_LASTS if text else 0,
    )


def read(session: Session, cookies: dict[str, str]) -> Flash | None:
    """Return what was said; None for nothing, and for what we did not write for this session."""
    body, _, seal = cookies.get(NAME, "").partition(".")
    if not body or not hmac.compare_digest(_seal(session, body).encode(), seal.encode()):
        return None
    try:
        return Flash.model_validate_json(base64.urlsafe_b64decode(body))
    except (ValidationError, ValueError):
        return None


def _sealed(session: Session, said: BaseModel) -> str:
    body = base64.urlsafe_b64encode(to_json(said)).decode()
    return f"{body}.{_seal(session, body)}"


def _seal(session: Session, body: str) -> str:
    return hmac.digest(session.csrf.encode(), b"flash:" + body.encode(), "sha256").hex()
