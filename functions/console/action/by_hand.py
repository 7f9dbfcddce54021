"""Opening a ticket by hand: somebody called, wrote, or stood at the counter."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.action import asked
from console.action.around import Around
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import Scope

_FOUND = 8


def show(visit: Visit) -> Response[str]:
    """Show the form; `?contact=`, `?response=` and `?segment=` say what it is about."""
    typed = {name: visit.asked(name) for name in ("contact", "response", "segment") if visit.asked(name)}
    return _page(visit, typed)


def create(visit: Visit) -> Response[Any]:
    """Open a ticket."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        if "find" in form:
            return _page(visit, form)
        said = forms.given(form, "contact", "response", "segment", "subject", "priority", "owner", "comment", "product")
        body: dict[str, Any] = {name: value.replace("\r\n", "\n") for name, value in said.items() if value}
        tags = [each.strip() for each in form.get("tags", "").split(",") if each.strip()]
        made = visit.api.post("/tickets", {**body, "tags": tags}, call=form.get("call", ""))
        return pages.go(visit, f"{asked.ROOT}/{made['id']}", Flash(code="action.said.opened"))

    return forms.act(visit, work, lambda form, wrong: _page(visit, form, wrong))


def _page(visit: Visit, typed: Mapping[str, str], wrong: Faults = NONE) -> Response[str]:
    around = Around(visit)
    person = visit.api.find(f"/contacts/{typed['contact']}") if typed.get("contact") else None
    return pages.framed(
        visit,
        "action/by_hand",
        around=around,
        typed=typed,
        person=person,
        people=_people(visit, typed.get("who", "")),
        may_find=visit.api.may(Scope.CONTACTS_READ),
        faults=wrong,
    )


def _people(visit: Visit, who: str) -> list[dict[str, Any]]:
    """Return whom the words may mean."""
    if not who.strip() or not visit.api.may(Scope.CONTACTS_READ):
        return []
    found: list[dict[str, Any]] = visit.api.get("/contacts", q=who.strip(), limit=_FOUND)["items"]
    return found
