"""Users: who may sign in, what they may do and where, and what becomes of their sessions."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import access_parts, tree
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit

Form = Mapping[str, str]
ROOT = "admin/users"
_SHOWN = 50
_STATES = {"active": "access.said.active", "disabled": "access.said.disabled", "invited": "access.said.invited_state"}
_STEPS = {  # what a button does -> method and path below the user
    "invite": ("post", "/invitations"),
    "reset": ("post", "/password-resets"),
    "sign_out": ("post", "/sign-outs"),
    "factor": ("delete", "/second-factor"),
}


def index(visit: Visit) -> Response[str]:
    """Show who may sign in."""
    found = visit.api.get("/users", limit=_SHOWN, cursor=visit.asked("cursor"))
    return pages.framed(visit, "admin/users", users=found, roles=access_parts.roles(visit), tree=tree.of(visit))


def new(visit: Visit) -> Response[str]:
    """Ask who is invited."""
    return _new(visit, {}, NONE)


def invite(visit: Visit) -> Response[str]:
    """Invite somebody by e-mail."""

    def work(form: Form) -> Response[str]:
        body = forms.given(form, "email", "name", "role", "language") | {
            "segments": access_parts.picked(visit, "segments")
        }
        made = visit.api.post("/users", body, call=form["call"])
        return pages.go(
            visit, f"{ROOT}/{made['id']}", Flash(code="access.said.invited", details={"email": made["email"]})
        )

    return forms.act(visit, work, lambda form, faults: _new(visit, form, faults))


def show(visit: Visit, user: str) -> Response[str]:
    """Show one user."""
    return _shown(visit, user, {}, NONE)


def change(visit: Visit, user: str) -> Response[str]:
    """Change what somebody is called, may do and may see; one's own rights are told first."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get(f"/users/{user}")
        body: dict[str, Any] = forms.given(form, "name", "language", "role", "state")
        if "places" in form:
            body["segments"] = access_parts.picked(visit, "segments")
        made = visit.api.patch(f"/users/{user}", body, rev=form["rev"])
        undo = None
        if set(body) == {"state"}:
            # Who was only invited is so again once they are let in: the API knows that by itself.
            was = "disabled" if before["state"] == "disabled" else "active"
            undo = Undo(path=f"{ROOT}/{user}", fields={"state": was, "rev": str(made["rev"])})
        code = _STATES.get(made["state"], "said.saved") if undo else "said.saved"
        return pages.go(visit, f"{ROOT}/{user}", Flash(code=code, details={"name": made["name"]}, undo=undo))

    return forms.act(visit, work, lambda form, faults: _shown(visit, user, form, faults))


def step(visit: Visit, user: str) -> Response[str]:
    """Mail another first password, replace a forgotten one, end all sessions, or drop a lost second factor."""

    def work(form: Form) -> Response[str]:
        method, path = _STEPS.get(form.get("step", ""), _STEPS["sign_out"])
        if method == "post":
            made = visit.api.post(f"/users/{user}{path}", {}, call=form["call"])
        else:
            made = visit.api.delete(f"/users/{user}{path}")
        return pages.go(
            visit, f"{ROOT}/{user}", Flash(code=f"access.said.{form['step']}", details={"name": made["name"]})
        )

    return forms.act(visit, work, lambda _, faults: _shown(visit, user, {}, faults))


def end_session(visit: Visit, user: str) -> Response[str]:
    """End one session of somebody."""

    def work(form: Form) -> Response[str]:
        visit.api.delete(f"/users/{user}/sessions/{form['session']}")
        return pages.go(visit, f"{ROOT}/{user}", Flash(code="access.said.session"))

    return forms.act(visit, work, lambda _, faults: _shown(visit, user, {}, faults))


def remove(visit: Visit, user: str) -> Response[str]:
    """Remove a user for good."""

    def work(form: Form) -> Response[str]:
        gone = visit.api.delete(f"/users/{user}", rev=form["rev"])
        return pages.go(visit, ROOT, Flash(code="access.said.removed", details={"name": gone["name"]}))

    return forms.act(visit, work, lambda _, faults: _shown(visit, user, {}, faults))


def _new(visit: Visit, typed: Form, faults: Faults) -> Response[str]:
    return pages.framed(
        visit,
        "admin/user_new",
        typed={"name": "", "email": "", "role": "analyst", "language": visit.language, **typed},
        chosen=access_parts.picked(visit, "segments") if typed else [],
        roles=access_parts.roles(visit),
        tree=tree.of(visit, retired=False),
        faults=faults,
    )


def _shown(visit: Visit, user: str, typed: Form, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/users/{user}")
    return pages.framed(
        visit,
        "admin/user",
        user=found,
        values=found | {name: typed[name] for name in ("name", "language", "role") if name in typed},
        chosen=access_parts.picked(visit, "segments") if "places" in typed else found["segments"],
        sessions=visit.api.get(f"/users/{user}/sessions")["items"],
        roles=access_parts.roles(visit),
        tree=tree.of(visit, retired=False),
        faults=faults,
    )
