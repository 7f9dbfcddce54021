"""Roles: the three that come with the product, and those that an organisation makes of scopes."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import access_parts
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit

Form = Mapping[str, str]
ROOT = "admin/users/roles"
LIKE = ("analyst", "manager", "admin")


def index(visit: Visit) -> Response[str]:
    """Show all roles with what each may do."""
    return pages.framed(visit, "admin/roles", roles=access_parts.roles(visit), nouns=access_parts.nouns())


def new(visit: Visit) -> Response[str]:
    """Ask what a new role may do; `from` names one to begin with."""
    base = next((each for each in access_parts.roles(visit) if each["id"] == visit.asked("from")), None)
    return _form(visit, None, {"name": "", "scopes": base["scopes"] if base else [], "like": "analyst"}, NONE)


def create(visit: Visit) -> Response[str]:
    """Make a role."""

    def work(form: Form) -> Response[str]:
        made = visit.api.post("/roles", _body(visit, form), call=form["call"])
        return pages.go(visit, ROOT, Flash(code="access.said.role_made", details={"name": made["name"]}))

    return forms.act(visit, work, lambda form, faults: _form(visit, None, _body(visit, form), faults))


def show(visit: Visit, role: str) -> Response[str]:
    """Show one role."""
    found = visit.api.get(f"/roles/{role}")
    return _form(visit, found, found, NONE)


def change(visit: Visit, role: str) -> Response[str]:
    """Change a role; who has it signs in again when what it may do is another."""

    def work(form: Form) -> Response[str]:
        made = visit.api.patch(f"/roles/{role}", _body(visit, form), rev=form["rev"])
        return pages.go(visit, ROOT, Flash(code="access.said.role_changed", details={"name": made["name"]}))

    def again(form: Form, faults: Faults) -> Response[str]:
        return _form(visit, visit.api.get(f"/roles/{role}"), _body(visit, form), faults)

    return forms.act(visit, work, again)


def remove(visit: Visit, role: str) -> Response[str]:
    """Remove a role that nobody has; it can be made again as it was."""

    def work(form: Form) -> Response[str]:
        gone = visit.api.delete(f"/roles/{role}", rev=form["rev"])
        undo = Undo(
            path=f"{ROOT}/restore",
            fields={"id": gone["id"], "name": gone["name"], "like": gone["like"], "scopes": " ".join(gone["scopes"])},
        )
        return pages.go(visit, ROOT, Flash(code="access.said.role_removed", details={"name": gone["name"]}, undo=undo))

    def again(_: Form, faults: Faults) -> Response[str]:
        found = visit.api.get(f"/roles/{role}")
        return _form(visit, found, found, faults)

    return forms.act(visit, work, again)


def restore(visit: Visit) -> Response[str]:
    """Make a role again that was removed."""

    def work(form: Form) -> Response[str]:
        visit.api.post("/roles", forms.given(form, "id", "name", "like") | {"scopes": form["scopes"].split()})
        return pages.go(visit, ROOT, Flash(code="said.undone"))

    return forms.act(visit, work, lambda _form, _faults: index(visit))


def _body(visit: Visit, form: Form) -> dict[str, Any]:
    return forms.given(form, "name", "like") | {"scopes": access_parts.picked(visit, "scopes")}


def _form(visit: Visit, role: Mapping[str, Any] | None, values: Mapping[str, Any], faults: Faults) -> Response[str]:
    return pages.framed(
        visit,
        "admin/role",
        role=role,
        values={"name": "", "like": "", **values},
        nouns=access_parts.nouns(),
        mine=visit.api.caller.scopes,
        likes=LIKE,
        faults=faults,
    )
