"""Detractor: who hears of an unhappy answer, how soon somebody acts, and what is asked once a ticket is closed."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import to_json

from console import forms, pages
from console.admin import facts
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta import i18n
from escuta.directory.model import Scope
from escuta.errors import ForbiddenError
from escuta.feedback.model import Priority

Form = Mapping[str, str]
PATH = "admin/detractor"
DEMANDS = ("root_causes", "action", "gesture")
STATES = ("resolved", "closed")
_SHOWN = 100


def show(visit: Visit) -> Response[str]:
    """Show what becomes of unhappy answers."""
    return _page(visit, None, NONE)


def save(visit: Visit) -> Response[str]:
    """Let other demands on closing hold, and another question afterwards."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get("/ticket-settings")
        made = visit.api.put("/ticket-settings", _plain(before) | _said(visit), rev=form.get("rev", ""))
        fields = {"was": to_json({name: before[name] for name in ("demands", "follow_up")}).decode()}
        undo = Undo(path=f"{PATH}/restore", fields=fields | {"rev": str(made["rev"])})
        return pages.go(visit, PATH, Flash(code="said.saved", undo=undo))

    return forms.act(visit, work, lambda _, faults: _page(visit, _said(visit), faults))


def restore(visit: Visit) -> Response[str]:
    """Let hold again what held before."""

    def work(form: Form) -> Response[str]:
        held = visit.api.get("/ticket-settings")
        visit.api.put("/ticket-settings", _plain(held) | forms.held(form), rev=form.get("rev", ""))
        return pages.go(visit, PATH, Flash(code="said.undone"))

    return forms.act(visit, work, lambda _, faults: _page(visit, None, faults))


def _page(visit: Visit, typed: dict[str, Any] | None, faults: Faults) -> Response[str]:
    held = visit.api.get("/ticket-settings")
    managers = visit.api.get("/managers", limit=_SHOWN) if visit.api.may(Scope.MANAGERS_READ) else None
    return pages.framed(
        visit,
        "admin/detractor",
        held=held,
        values=held | (typed or {}),
        priorities=[str(each) for each in sorted(Priority, key=lambda each: -each.rank)],
        demands=DEMANDS,
        states=STATES,
        managers=managers,
        rules=_rules(visit),
        asked={
            language: [
                i18n.say("escuta.feedback", language, f"follow_up.{part}")
                for part in ("question", "yes", "no", "comment")
            ]
            for language in i18n.LANGUAGES
        },
        faults=faults,
    )


def _rules(visit: Visit) -> Any:
    """Return the rules that open tickets; None for who looks after some places alone, whom they are not shown."""
    try:
        return visit.api.get("/ticket-rules")["rules"]
    except ForbiddenError:
        return None


def _plain(held: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in held.items() if name != "rev"}


def _said(visit: Visit) -> dict[str, Any]:
    form = visit.form()
    asked = {state: [each for each in DEMANDS if each in visit.fields.get(f"demands.{state}", [])] for state in STATES}
    return {
        "demands": {state: fields for state, fields in asked.items() if fields},
        "follow_up": {
            "on": "follow_on" in form,
            "after_hours": facts.whole(form.get("after_hours", "").strip()),
            "expires_after_days": facts.whole(form.get("expires_after_days", "").strip()),
        },
    }
