"""What becomes of a survey as a whole: named, copied, paused, closed, deleted, each told before it is done."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash, Undo
from console.forms import Faults
from console.surveys import about
from console.surveys.standing import MOVES
from console.visit import Visit
from escuta.directory import access
from escuta.directory.model import Scope
from escuta.errors import NotFoundError

_TOLD = frozenset({"pause", "close", "delete"})  # what ends something that somebody else counts on
_USES = ("deployments", "tokens", "intercepts", "rules", "dashboards")


def show(visit: Visit, survey: str, what: str) -> Response[str]:
    """Show what it would mean, with the form that does it."""
    access.require(visit.api.caller, Scope.SURVEYS_WRITE)
    return _page(visit, survey, what, {}, forms.NONE)


def do(visit: Visit, survey: str, what: str) -> Response[str]:
    """Do it."""
    works = {"details": _detail, "copy": _copy, "delete": _delete, **dict.fromkeys(MOVES, _move)}
    if what not in works:
        raise NotFoundError("page_not_found")
    return forms.act(
        visit,
        lambda form: works[what](visit, survey, what, form),
        lambda form, faults: _page(visit, survey, what, form, faults),
    )


def _detail(visit: Visit, survey: str, what: str, form: Mapping[str, str]) -> Response[str]:
    before = visit.api.get(f"/surveys/{survey}")
    body: dict[str, Any] = {"name": form.get("name", "")}
    days = form.get("retention_days", "").strip()
    body["retention_days"] = forms.number(days) or 0
    after = visit.api.patch(f"/surveys/{survey}", body, rev=form.get("rev", ""))
    fields = {name: str(before[name]) for name in body} | {"rev": str(after["rev"])}
    undo = Undo(path=f"surveys/{survey}/change/{what}", fields=fields)
    return pages.go(visit, f"surveys/{survey}", Flash(code="said.saved", undo=undo))


def _copy(visit: Visit, survey: str, _: str, form: Mapping[str, str]) -> Response[str]:
    body = {"name": form.get("name", ""), "templates": bool(form.get("templates"))}
    made = visit.api.post(f"/surveys/{survey}/copies", body, call=form.get("call", ""))
    return pages.go(visit, f"surveys/{made['id']}", Flash(code="surveys.said.doubled", details={"name": made["name"]}))


def _move(visit: Visit, survey: str, what: str, form: Mapping[str, str]) -> Response[str]:
    status, _, back = MOVES[what]
    was_paused = what == "close" and visit.api.get(f"/surveys/{survey}")["status"] == "paused"
    after = visit.api.patch(f"/surveys/{survey}", {"status": status}, rev=form.get("rev", ""))
    undo = Undo(path=f"surveys/{survey}/change/{back}", fields={"rev": str(after["rev"])})
    said = Flash(code=f"surveys.said.{what}", undo=None if was_paused else undo)  # reopened it would not be paused
    return pages.go(visit, f"surveys/{survey}", said)


def _delete(visit: Visit, survey: str, _: str, form: Mapping[str, str]) -> Response[str]:
    gone = visit.api.delete(f"/surveys/{survey}", rev=form.get("rev", ""))
    return pages.go(visit, "surveys", Flash(code="surveys.said.deleted", details={"name": gone["name"]}))


def _page(visit: Visit, survey: str, what: str, form: Mapping[str, str], faults: Faults) -> Response[str]:
    values = about.values(visit, survey, "")
    head = values["survey"]
    if what not in {"details", "copy", "delete", *MOVES}:
        raise NotFoundError("page_not_found")
    uses = visit.api.get(f"/surveys/{survey}/uses") if what in _TOLD else None
    return pages.framed(
        visit,
        "surveys/change",
        **values,
        what=what,
        uses=uses,
        used=[name for name in _USES if uses and uses[name]],
        typed={**head, "name": _suggested(visit, head) if what == "copy" else head["name"], "templates": "on", **form},
        faults=faults,
    )


def _suggested(visit: Visit, head: Mapping[str, Any]) -> str:
    return visit.reader().say("surveys.change.copy.name", name=head["name"])[:200]
