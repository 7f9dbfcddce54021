"""What feedback writes to people: one folder per message, one folder per language in it, on the base of all mails."""

from typing import Any

from escuta.outreach import mails
from escuta.outreach.mails import Mail

_PACKAGE = "escuta.feedback"


def render(name: str, language: str, **fields: Any) -> Mail:
    """Return the mail `name` in a language. A field that a template names and nobody gave is an error."""
    return mails.render(name, language, package=_PACKAGE, **fields)


def render_sms(name: str, language: str, **fields: Any) -> str:
    """Return the same in the words of a text message, on one line."""
    return " ".join(mails.part(_PACKAGE, name, language, "sms.txt", {**fields, "language": language}).split())
