"""Custom fields: what the organisation itself knows of people and visits."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import FieldType
from escuta.i18n import LANGUAGES

Form = Mapping[str, str]

TYPES = tuple(FieldType)
_LABEL = "labels."


def index(visit: Visit) -> Response[str]:
    """Show which fields are defined, and the form that defines another."""
    return _page(visit, {}, NONE)


def create(visit: Visit) -> Response[str]:
    """Define a field; this is also what undoes its removal."""

    def work(form: Form) -> Response[str]:
        made = visit.api.post(
            "/custom-fields", {"name": form.get("name", "").strip(), **_said(form)}, call=form["call"]
        )
        said = Flash(code="admin.fields.said.made", details={"name": made["name"]})
        return pages.go(visit, "admin/contacts/fields", said)

    return forms.act(visit, work, lambda form, faults: _page(visit, form, faults))


def show(visit: Visit, name: str) -> Response[str]:
    """Show one field, to be changed."""
    return _one(visit, name, {}, NONE)


def change(visit: Visit, name: str) -> Response[str]:
    """Change a field's type, labels or choices."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get(f"/custom-fields/{name}")
        made = visit.api.patch(f"/custom-fields/{name}", _said(form), rev=form["rev"])
        undo = Undo(path=f"admin/contacts/fields/{name}", fields=_typed(before) | {"rev": str(made["rev"])})
        return pages.go(visit, "admin/contacts/fields", Flash(code="said.saved", undo=undo))

    return forms.act(visit, work, lambda form, faults: _one(visit, name, form, faults))


def remove(visit: Visit, name: str) -> Response[str]:
    """Forget a definition; the values stay, as text."""

    def work(form: Form) -> Response[str]:
        gone = visit.api.delete(f"/custom-fields/{name}", rev=form.get("rev", ""))
        fields = _typed(gone) | {"name": name, "call": f"undo-{name}-{gone['rev']}-{form['csrf'][:8]}"}
        undo = Undo(path="admin/contacts/fields", fields=fields)
        said = Flash(code="admin.fields.said.gone", details={"name": name}, undo=undo)
        return pages.go(visit, "admin/contacts/fields", said)

    return forms.act(visit, work, lambda form, faults: _one(visit, name, form, faults))


def _page(visit: Visit, typed: Form, faults: Faults) -> Response[str]:
    found = visit.api.get("/custom-fields", limit=100, cursor=visit.asked("cursor"))
    return pages.framed(visit, "admin/fields", found=found, types=TYPES, values=typed, faults=faults)


def _one(visit: Visit, name: str, typed: Form, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/custom-fields/{name}")
    values = _typed(found) | dict(typed)
    return pages.framed(visit, "admin/field", field=found, types=TYPES, values=values, faults=faults)


def _typed(found: dict[str, Any]) -> dict[str, str]:
    labels = {_LABEL + language: found["labels"].get(language, "") for language in LANGUAGES}
    return {"type": found["type"], "choices": "\n".join(found["choices"]), **labels}


def _said(form: Form) -> dict[str, Any]:
    labels = {language: form.get(_LABEL + language, "").strip() for language in LANGUAGES}
    choices = [line.strip() for line in form.get("choices", "").splitlines() if line.strip()]
    kind = form.get("type", FieldType.TEXT)
    return {
        "type": kind,
        "labels": {language: words for language, words in labels.items() if words},
        "choices": choices if kind == FieldType.CHOICE else [],
    }
