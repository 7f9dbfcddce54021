"""The mails to people who work with the product: one folder per mail, all on one base.

A mail has `subject.txt`, `body.txt` and `body.html`, in a folder per language where its sentences differ; one that is
put together of the words of a catalog has them once.
"""

from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, select_autoescape

from escuta.entity import Value


class Mail(Value):
    """The words of one mail, both parts."""

    subject: str
    text: str
    html: str


def render(name: str, language: str, /, *, package: str = "escuta.outreach", **fields: Any) -> Mail:
    """Return the mail `name` of a package in a language. A field that is named and that nobody gave is an error."""
    fields["language"] = language
    return Mail(
        subject=" ".join(part(package, name, language, "subject.txt", fields).split()),
        text=part(package, name, language, "body.txt", fields).strip() + "\n",
        html=part(package, name, language, "body.html", fields),
    )


def part(package: str, name: str, language: str, file: str, fields: dict[str, Any]) -> str:
    """Return one part of a mail."""
    return _templates(package).select_template([f"{name}/{language}/{file}", f"{name}/{file}"]).render(fields)


@cache
def _templates(package: str) -> Environment:
    return Environment(
        loader=ChoiceLoader([PackageLoader(package, "mails"), PackageLoader("escuta.outreach", "mails")]),
        autoescape=select_autoescape(("html",)),  # and nothing in subjects, text parts and text messages
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
