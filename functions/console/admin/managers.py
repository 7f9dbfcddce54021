"""Managers: who answers for which segments, how they are told, and what they did."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import tree
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory import access
from escuta.directory.model import AlertChannel, Alerting, Rhythm, Scope

Form = Mapping[str, str]

_TEXTS = ("name", "phone", "language", "alerts", "digest", "external_reference")
_LISTS = ("languages", "channels", "segments")
_BLANK = {"name": "", "email": "", "phone": "", "external_reference": "", "channels": ["email"], "segments": []}
_CHOICES: dict[str, Any] = {"channels": tuple(AlertChannel), "alerts": tuple(Alerting), "rhythms": tuple(Rhythm)}
_SHOWN = 50


def index(visit: Visit) -> Response[str]:
    """Show managers by name; of one segment, those of this page who answer for it."""
    retired, segment = visit.asked("retired") == "true", visit.asked("segment")
    asked = {"retired": retired, "limit": 100 if segment else _SHOWN, "cursor": visit.asked("cursor")}
    found = visit.api.get("/managers", **asked)
    known = tree.of(visit)
    if segment:
        above = {segment, *(each["code"] for each in known.above(segment))}
        found = found | {"items": [each for each in found["items"] if not above.isdisjoint(each["segments"])]}
    return pages.framed(visit, "admin/managers", found=found, tree=known, retired=retired, segment=segment)


def show(visit: Visit, manager: str) -> Response[str]:
    """Show a manager, what they did and what they were told."""
    found = visit.api.get(f"/managers/{manager}")
    log = visit.api.get(f"/managers/{manager}/activity", limit=25, cursor=visit.asked("cursor"))
    digests = visit.api.get(f"/managers/{manager}/digests", limit=10)["items"]
    return pages.framed(visit, "admin/manager", manager=found, log=log, digests=digests, tree=tree.of(visit))


def digest(visit: Visit, manager: str) -> Response[str]:
    """Show what a manager would be told now of the last week or month."""
    rhythm = "monthly" if visit.asked("rhythm") == "monthly" else "weekly"
    found = visit.api.get(f"/managers/{manager}")
    shown = visit.api.get(f"/managers/{manager}/digests/preview", rhythm=rhythm)
    return pages.framed(visit, "admin/manager_digest", manager=found, digest=shown, rhythm=rhythm)


def new(visit: Visit) -> Response[str]:
    """Ask who answers for what."""
    access.require(visit.api.caller, Scope.MANAGERS_WRITE)
    return _form(visit, None, {}, {}, NONE)


def create(visit: Visit) -> Response[str]:
    """Make an account for somebody who answers for segments."""

    def work(form: Form) -> Response[str]:
        body = _told(visit, form) | forms.given(form, "email")
        made = visit.api.post("/managers", body, call=form["call"])
        said = Flash(code="admin.managers.said.made", details={"name": made["name"]})
        return pages.go(visit, f"admin/managers/{made['id']}", said)

    return forms.act(visit, work, lambda form, faults: _form(visit, None, form, visit.fields, faults))


def edit(visit: Visit, manager: str) -> Response[str]:
    """Show an account, to be changed."""
    access.require(visit.api.caller, Scope.MANAGERS_WRITE)
    return _form(visit, visit.api.get(f"/managers/{manager}"), {}, {}, NONE)


def change(visit: Visit, manager: str) -> Response[str]:
    """Change an account."""

    def work(form: Form) -> Response[str]:
        visit.api.patch(f"/managers/{manager}", _told(visit, form), rev=form["rev"])
        return pages.go(visit, f"admin/managers/{manager}", Flash(code="said.saved"))

    def again(form: Form, faults: Faults) -> Response[str]:
        return _form(visit, visit.api.get(f"/managers/{manager}"), form, visit.fields, faults)

    return forms.act(visit, work, again)


def retire(visit: Visit, manager: str) -> Response[str]:
    """Let a manager answer for nothing any more, or for the same as before again."""

    def work(form: Form) -> Response[str]:
        retired = form.get("retired") == "true"
        made = visit.api.patch(f"/managers/{manager}", {"retired": retired}, rev=form.get("rev", ""))
        undo = Undo(path=f"admin/managers/{manager}/retire", fields={"retired": "false" if retired else "true"})
        code = "admin.managers.said.retired" if retired else "admin.managers.said.restored"
        said = Flash(code=code, details={"name": made["name"]}, undo=undo)
        return pages.go(visit, f"admin/managers/{manager}", said)

    return forms.act(visit, work, lambda *_: show(visit, manager))


def _form(
    visit: Visit,
    found: dict[str, Any] | None,
    typed: Form,
    several: Mapping[str, Sequence[str]],
    faults: Faults,
) -> Response[str]:
    blank = _BLANK | {"language": visit.language, "languages": [], "alerts": "at_once", "digest": "weekly"}
    lists = {name: list(several.get(name, ())) for name in _LISTS} if typed else {}
    values = (found or blank) | dict(typed) | lists
    known = tree.of(visit, retired=False)
    return pages.framed(
        visit, "admin/manager_edit", manager=found, tree=known, values=values, faults=faults, **_CHOICES
    )


def _told(visit: Visit, form: Form) -> dict[str, Any]:
    several = {name: visit.fields.get(name, []) for name in _LISTS}
    return {**forms.given(form, *_TEXTS), **several}
