"""What feedback writes to people: one folder per message, one folder per language in it, all on one base."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from escuta.entity import Value


class Mail(Value):
    """The words of one mail, both parts."""

    subject: str
    text: str
    html: str


def render(name: str, language: str, **fields: Any) -> Mail:
    """Return the mail `name` in a language. A field that a template names and nobody gave is an error."""
    fields["language"] = language
    return Mail(
        subject=" ".join(_render(f"{name}/{language}/subject.txt", fields).split()),
        text=_render(f"{name}/{language}/body.txt", fields).strip() + "\n",
        html=_render(f"{name}/{language}/body.html", fields),
    )


def render_sms(name: str, language: str, **fields: Any) -> str:
    """Return the same in the words of a text message, on one line."""
    return " ".join(_render(f"{name}/{language}/sms.txt", fields).split())


def _render(path: str, fields: dict[str, Any]) -> str:
    return _templates().get_template(path).render(fields)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("escuta.feedback", "mails"),
        autoescape=select_autoescape(("html",)),  # and nothing in subjects, text parts and text messages
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
