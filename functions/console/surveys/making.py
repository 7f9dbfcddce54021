"""A new survey: its name, its languages, and what it begins with."""

from collections.abc import Mapping

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash
from console.forms import Faults
from console.surveys import starters
from console.visit import Visit
from escuta.config import settings
from escuta.errors import InvalidError
from escuta.i18n import LANGUAGES


def show(visit: Visit) -> Response[str]:
    """Ask what it is called and what it begins with."""
    return _page(visit, {"languages": [settings().language]}, forms.NONE)


def create(visit: Visit) -> Response[str]:
    """Make it, and go on to its questions."""
    return forms.act(visit, lambda form: _made(visit, form), lambda _, faults: _page(visit, _typed(visit), faults))


def _page(visit: Visit, typed: Mapping[str, object], faults: Faults) -> Response[str]:
    begin = visit.asked("begin")
    offered = starters.NAMES
    typed = {"name": "", "begin": begin if begin in offered else offered[0], **typed}
    return pages.framed(visit, "surveys/new", typed=typed, starters=offered, faults=faults)


def _typed(visit: Visit) -> dict[str, object]:
    form = visit.form()
    return {
        "name": form.get("name", ""),
        "begin": form.get("begin", ""),
        "languages": visit.fields.get("languages", []),
    }


def _made(visit: Visit, form: Mapping[str, str]) -> Response[str]:
    languages = [language for language in LANGUAGES if language in visit.fields.get("languages", [])]
    if not languages:
        raise InvalidError("survey_languages", field="languages", allowed=list(LANGUAGES))
    first = settings().language if settings().language in languages else languages[0]
    languages.sort(key=lambda language: language != first)
    name = form.get("name", "")
    made = visit.api.post("/surveys", {"name": name}, call=form.get("call", ""))
    begun = starters.definition(form.get("begin", ""), name.strip(), languages)
    kept = visit.api.get(f"/surveys/{made['id']}/draft")
    if not kept["rev"]:  # else the same form came once more: what is edited already stays
        visit.api.put(f"/surveys/{made['id']}/draft", begun, rev=0)
    return pages.go(visit, f"surveys/{made['id']}", Flash(code="surveys.said.made", details={"name": made["name"]}))
