"""Schedules: the same export each day, week or month."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.deploy import choices, exports
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit

REACHES = ("everything", "yesterday", "last_7_days", "last_30_days", "previous_week", "previous_month")
_DATED = ("responses", "invitations", "tickets", "audit")
_TIME = ("weekday", "day", "hour")
_MADE_BY = ("what", "format", "deployment", "survey", "personal", "reach", "every", *_TIME, "timezone")


def show_all(visit: Visit) -> Response[str]:
    """Show the schedules by name."""
    found = visit.api.get("/export-schedules", limit=100)
    return pages.framed(
        visit,
        "deploy/schedules",
        schedules=found["items"],
        surveys=choices.names(choices.surveys(visit)),
        places=choices.names(choices.tree(visit), "code"),
    )


def new(visit: Visit) -> Response[str]:
    """Show the form of a new schedule."""
    return _form(visit, {}, NONE)


def edit(visit: Visit, schedule: str) -> Response[str]:
    """Show the form of a schedule."""
    found = visit.api.get(f"/export-schedules/{schedule}")
    return _form(visit, _of(found), NONE, found)


def _form(
    visit: Visit, said: Mapping[str, Any], faults: Faults, found: Mapping[str, Any] | None = None
) -> Response[str]:
    blank = {"name": "", "reach": "yesterday", "every": "day", "weekday": "1", "day": "1", "hour": "6", "rev": ""}
    known = {**blank, **said, "timezone": said.get("timezone") or visit.timezone}
    return exports.form_of(visit, known, faults, template="schedule_form", found=found, reaches=REACHES, dated=_DATED)


def create(visit: Visit) -> Response[Any]:
    """Make a schedule."""

    def work(form: Mapping[str, str]) -> Response[str]:
        body = {"name": form.get("name", "").strip(), **_changes(form)}
        made = visit.api.post("/export-schedules", body, call=form.get("call", ""))
        said = Flash(code="deploy.said.schedule_made", details={"name": made["name"]})
        return pages.go(visit, "deploy/exports/schedules", said)

    return forms.act(visit, work, lambda form, faults: _form(visit, form, faults))


def change(visit: Visit, schedule: str) -> Response[Any]:
    """Change a schedule."""

    def work(form: Mapping[str, str]) -> Response[str]:
        body = _changes(form)
        blank = {"survey": "", "deployment": "", "segment": "", "personal": False}
        visit.api.patch(f"/export-schedules/{schedule}", {**blank, **body}, rev=form.get("rev", ""))
        return pages.go(visit, "deploy/exports/schedules", Flash(code="said.saved"))

    def again(form: Mapping[str, str], faults: Faults) -> Response[str]:
        return _form(visit, form, faults, visit.api.get(f"/export-schedules/{schedule}"))

    return forms.act(visit, work, again)


def switch(visit: Visit, schedule: str) -> Response[Any]:
    """Let a schedule rest, or go on."""

    def work(form: Mapping[str, str]) -> Response[str]:
        on = form.get("enabled") == "on"
        done = visit.api.patch(f"/export-schedules/{schedule}", {"enabled": on}, rev=form.get("rev", ""))
        fields = {"enabled": "" if on else "on", "rev": str(done["rev"])}
        undo = Undo(path=f"deploy/exports/schedules/{schedule}/switch", fields=fields)
        code = "deploy.said.schedule_on" if on else "deploy.said.schedule_off"
        return pages.go(visit, "deploy/exports/schedules", Flash(code=code, details={"name": schedule}, undo=undo))

    return forms.act(visit, work, lambda _form, faults: _refused(visit, schedule, faults))


def delete(visit: Visit, schedule: str) -> Response[Any]:
    """End a schedule; undoing makes the same once more."""

    def work(form: Mapping[str, str]) -> Response[str]:
        gone = visit.api.delete(f"/export-schedules/{schedule}", rev=form.get("rev", ""))
        undo = Undo(path="deploy/exports/schedules/new", fields={"name": gone["name"], **_of(gone)})
        said = Flash(code="deploy.said.schedule_ended", details={"name": gone["name"]}, undo=undo)
        return pages.go(visit, "deploy/exports/schedules", said)

    return forms.act(visit, work, lambda _form, faults: _refused(visit, schedule, faults))


def _refused(visit: Visit, schedule: str, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/export-schedules/{schedule}")
    return _form(visit, _of(found), faults, found)


def _of(found: Mapping[str, Any]) -> dict[str, str]:
    said = {name: str(found[name]) for name in _MADE_BY if found[name] not in ("", False)}
    said |= {"personal": "on"} if found["personal"] else {}
    return {**said, "segment": found["segments"][0] if found["segments"] else "", "rev": str(found["rev"])}


def _changes(form: Mapping[str, str]) -> dict[str, Any]:
    body = exports.order({name: value for name, value in form.items() if name not in {"from", "to"}})
    body |= {name: form[name] for name in ("reach", "every", "timezone") if form.get(name)}
    if body["what"] not in _DATED:
        body["reach"] = "everything"
    return body | {name: choices.number(form[name]) for name in _TIME if form.get(name)}
