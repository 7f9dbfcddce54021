"""Keys of the API: made, shown once, changed, rotated, revoked."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import access_parts, tree
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit

Form = Mapping[str, str]
ROOT = "admin/integrations/keys"
_SHOWN = 50
OVERLAPS = (0, 1, 24, 72, 168)  # hours for which the secret before still works


def index(visit: Visit) -> Response[str]:
    """Show the keys, also those that are over."""
    found = visit.api.get("/keys", limit=_SHOWN, cursor=visit.asked("cursor"))
    return pages.framed(visit, "admin/keys", keys=found, tree=tree.of(visit))


def new(visit: Visit) -> Response[str]:
    """Ask what a new key is for."""
    return _form(
        visit, None, {"name": "", "scopes": [], "segment": "", "addresses": "", "until": "", "rate": 1200}, NONE
    )


def create(visit: Visit) -> Response[str]:
    """Make a key, and show its text this once."""

    def work(form: Form) -> Response[str]:
        made = visit.api.post("/keys", _body(visit, form) | forms.given(form, "segment"), call=form["call"])
        return pages.framed(visit, "admin/key_shown", key=made)

    return forms.act(visit, work, lambda form, faults: _form(visit, None, _typed(visit, form), faults))


def show(visit: Visit, key: str) -> Response[str]:
    """Show one key."""
    found = visit.api.get(f"/keys/{key}")
    return _form(visit, found, _values(visit, found), NONE)


def change(visit: Visit, key: str) -> Response[str]:
    """Change what a key may do."""

    def work(form: Form) -> Response[str]:
        visit.api.patch(f"/keys/{key}", _body(visit, form), rev=form["rev"])
        return pages.go(visit, f"{ROOT}/{key}", Flash(code="said.saved"))

    def again(form: Form, faults: Faults) -> Response[str]:
        return _form(visit, visit.api.get(f"/keys/{key}"), _typed(visit, form), faults)

    return forms.act(visit, work, again)


def rotate(visit: Visit, key: str) -> Response[str]:
    """Give a key another secret, and show it this once."""

    def work(form: Form) -> Response[str]:
        made = visit.api.post(
            f"/keys/{key}/rotate", {"overlap_hours": forms.number(form.get("overlap_hours") or "0")}, call=form["call"]
        )
        return pages.framed(visit, "admin/key_shown", key=made)

    return forms.act(visit, work, lambda _, faults: _again(visit, key, faults))


def revoke(visit: Visit, key: str) -> Response[str]:
    """End a key for good."""

    def work(form: Form) -> Response[str]:
        gone = visit.api.delete(f"/keys/{key}", rev=form["rev"])
        return pages.go(visit, ROOT, Flash(code="access.said.key_revoked", details={"name": gone["name"]}))

    return forms.act(visit, work, lambda _, faults: _again(visit, key, faults))


def _again(visit: Visit, key: str, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/keys/{key}")
    return _form(visit, found, _values(visit, found), faults)


def _form(visit: Visit, key: Mapping[str, Any] | None, values: Mapping[str, Any], faults: Faults) -> Response[str]:
    return pages.framed(
        visit,
        "admin/key",
        key=key,
        values=values,
        nouns=access_parts.nouns(),
        mine=visit.api.caller.scopes,
        tree=tree.of(visit, retired=False),
        overlaps=OVERLAPS,
        faults=faults,
    )


def _body(visit: Visit, form: Form) -> dict[str, Any]:
    said: dict[str, Any] = forms.given(form, "name") | {"scopes": access_parts.picked(visit, "scopes")}
    said["addresses"] = form.get("addresses", "").replace(",", " ").split()
    said["rate"] = forms.number(form.get("rate", ""))
    said["expires_at"] = access_parts.begins(visit, form["until"], 1) if form.get("until") else None
    return said


def _typed(visit: Visit, form: Form) -> dict[str, Any]:
    names = ("name", "segment", "addresses", "until", "rate")
    return {name: form.get(name, "") for name in names} | {"scopes": access_parts.picked(visit, "scopes")}


def _values(visit: Visit, key: Mapping[str, Any]) -> dict[str, Any]:
    until = ""
    if key["expires_at"]:
        local = datetime.fromisoformat(key["expires_at"]).astimezone(ZoneInfo(visit.timezone))
        until = (local - timedelta(seconds=1)).date().isoformat()
    return {**key, "addresses": "\n".join(key["addresses"]), "until": until}
