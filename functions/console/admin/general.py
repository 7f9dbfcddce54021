"""What the organisation decides about itself: what it calls its things, sessions, the second factor, the audit."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import to_json

from console import forms, pages
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta import i18n
from escuta.directory import organisation
from escuta.directory.model import Noun, Organisation

Form = Mapping[str, str]
PATH = "admin/general"
NUMBERS = ("one", "many")
_DECIDED = ("labels", "session_hours", "idle_minutes", "admins_need_second_factor", "audit_days")


def show(visit: Visit) -> Response[str]:
    """Show what was decided, what is called how, and what the deployment says."""
    return _page(visit, None, NONE)


def save(visit: Visit) -> Response[str]:
    """Decide anew."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get("/settings")
        made = visit.api.put("/settings", _body(form), rev=form.get("rev", ""))
        return pages.go(visit, PATH, Flash(code="said.saved", undo=_undo(before, made)))

    return forms.act(visit, work, lambda form, faults: _page(visit, form, faults))


def restore(visit: Visit) -> Response[str]:
    """Let hold again what was decided before."""

    def work(form: Form) -> Response[str]:
        visit.api.put("/settings", forms.held(form), rev=form.get("rev", ""))
        return pages.go(visit, PATH, Flash(code="said.undone"))

    return forms.act(visit, work, lambda _, faults: _page(visit, None, faults))


def _page(visit: Visit, typed: Form | None, faults: Faults) -> Response[str]:
    held = visit.api.get("/settings")
    values = _values(held) | {name: str(text) for name, text in (typed or {}).items()}
    if typed is not None:  # a box that is not ticked is not sent
        values["admins_need_second_factor"] = "admins_need_second_factor" in typed
    return pages.framed(
        visit,
        "admin/general",
        held=held,
        values=values,
        nouns=[str(noun) for noun in Noun],
        numbers=NUMBERS,
        usual=organisation.labels(Organisation()),
        example=lambda language: i18n.say("console", language, "settings.label.example"),
        faults=faults,
    )


def _values(held: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: held[name] for name in _DECIDED if name != "labels"}
    for noun in Noun:
        for language in i18n.LANGUAGES:
            words = held["labels"].get(noun, {}).get(language, {})
            plain |= {f"labels.{noun}.{language}.{number}": words.get(number, "") for number in NUMBERS}
    return plain


def _body(form: Form) -> dict[str, Any]:
    said: dict[str, Any] = {
        "labels": _labels(form),
        "admins_need_second_factor": "admins_need_second_factor" in form,
    }
    for name in ("session_hours", "idle_minutes", "audit_days"):
        said[name] = forms.number(form.get(name, ""))
    return said


def _labels(form: Form) -> dict[str, dict[str, dict[str, str]]]:
    """Return what is called otherwise; of what is left empty altogether the usual words hold."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for noun in Noun:
        for language in i18n.LANGUAGES:
            words = {number: form.get(f"labels.{noun}.{language}.{number}", "").strip() for number in NUMBERS}
            if any(words.values()):
                found.setdefault(noun, {})[language] = words
    return found


def _undo(before: Mapping[str, Any], made: Mapping[str, Any]) -> Undo:
    was = to_json({name: before[name] for name in _DECIDED}).decode()
    return Undo(path=f"{PATH}/restore", fields={"was": was, "rev": str(made["rev"])})
