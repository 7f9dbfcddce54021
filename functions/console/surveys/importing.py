"""A survey from a file: one that was taken along from here, or written by hand."""

import re
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import from_json, to_json

from console import forms, pages
from console.flash import Flash
from console.forms import Faults
from console.visit import Visit
from escuta.directory import access
from escuta.directory.model import Scope

_ID = re.compile(r"^id:.*\n?", re.MULTILINE)


def show(visit: Visit) -> Response[str]:
    """Ask for the file."""
    access.require(visit.api.caller, Scope.SURVEYS_WRITE)
    return _page(visit, {}, forms.NONE)


def create(visit: Visit) -> Response[str]:
    """Make the survey, and go on to its questions."""

    def work(form: Mapping[str, str]) -> Response[str]:
        text, kind = _read(form.get("file", ""), keeps=form.get("which") == "same")
        made = visit.api.post_text("/surveys/imports", text, kind, call=form.get("call", ""))
        said = Flash(code="surveys.said.imported", details={"name": made["name"]})
        return pages.go(visit, f"surveys/{made['id']}", said)

    return forms.act(visit, work, lambda form, faults: _page(visit, form, faults))


def _read(text: str, *, keeps: bool) -> tuple[str, str]:
    """Return a file as it is sent on, with the code that it names or without, and what it is written in."""
    text = text.replace("\r\n", "\n").lstrip("\ufeff")
    if not text.lstrip().startswith("{"):
        return text if keeps else _ID.sub("", text, count=1), "application/yaml"
    return text if keeps else _without_id(text), "application/json"


def _without_id(text: str) -> str:
    try:
        said: Any = from_json(text)
    except ValueError:
        return text  # it is refused as it stands, with the place
    return to_json({name: value for name, value in said.items() if name != "id"}).decode()


def _page(visit: Visit, form: Mapping[str, str], faults: Faults) -> Response[str]:
    return pages.framed(visit, "surveys/import", typed={"file": "", "which": "new", **form}, faults=faults)
