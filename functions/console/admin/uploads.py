"""Sending a file: where it is to go, the link that the browser puts it to, and what is found when it is looked at."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import to_json

from console import forms, pages
from console.admin import folders, imports
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit
from escuta import files
from escuta.config import settings
from escuta.directory import access
from escuta.directory.model import FileKind, Scope

Form = Mapping[str, str]

_OF_UPLOAD = ("id", "url", "method", "headers")


def new(visit: Visit) -> Response[str]:
    """Ask which file goes where."""
    access.require(visit.api.caller, Scope.FILES_WRITE)
    return _page(visit, {}, NONE)


def announce(visit: Visit) -> Response[str]:
    """Answer with the link that the page's script puts a file to; what is refused, with words."""

    def work(form: Form) -> Response[str]:
        made = visit.api.post("/files", _announced(form), call=form["call"])
        return _json(
            {name: made[name] for name in _OF_UPLOAD} | {"wait": visit.link(f"admin/imports/uploads/{made['id']}")}
        )

    def again(_: Form, faults: Faults) -> Response[str]:
        return _json({"detail": " ".join(faults.beside(()))})

    return forms.act(visit, work, again)


def paste(visit: Visit) -> Response[str]:
    """Take in rows that were pasted: what is sent without a script."""

    def work(form: Form) -> Response[str]:
        body = _announced(form) | {"text": form.get("rows", ""), "name": f"{form.get('folder', '')}.csv"}
        made = visit.api.post("/files", body, call=form["call"])
        return pages.go(visit, f"admin/imports/uploads/{made['id']}", Flash(code="admin.imports.said.sent"))

    return forms.act(visit, work, lambda form, faults: _page(visit, form, faults))


def wait(visit: Visit, upload: str) -> Response[str]:
    """Wait for a file that was sent; lead to it, or for one that is only looked at, show what was found."""
    found = visit.api.get(f"/uploads/{upload}")
    file = visit.api.find(f"/files/{found['file']}") if found["file"] else None
    if file is None:
        return pages.framed(visit, "admin/import_waiting", part="waiting", upload=found, checked=False)
    if not visit.is_part or not found["dry_run"]:
        return pages.go(visit, f"admin/imports/{file['id']}")
    ready = {"upload": found, "checked": True, **imports.shown(visit, file), **folders.columns(visit, file)}
    return pages.framed(visit, "admin/import_waiting", part="waiting", **ready)


def _json(answer: Mapping[str, Any]) -> Response[str]:
    return Response(200, "application/json", to_json(answer).decode())


def _announced(form: Form) -> dict[str, Any]:
    return {**forms.given(form, "folder", "name"), "dry_run": form.get("dry_run") == "on"}


def _page(visit: Visit, typed: Form, faults: Faults) -> Response[str]:
    known = folders.known(visit)
    wanted = typed.get("folder") or visit.asked("folder")
    kind = visit.asked("kind") if visit.asked("kind") in set(FileKind) else FileKind.CONTACTS
    chosen = wanted or next((each["folder"] for each in known if each["file_kind"] == kind), "")
    return pages.framed(
        visit,
        "admin/import_new",
        connect=(files.origin(settings().drop_bucket),),
        folders=known,
        chosen=chosen,
        values=typed,
        faults=faults,
    )
