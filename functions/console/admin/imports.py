"""Imports: what was dropped, how far it is, what became of every row, and what is done with a file that is held."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import FileState, RowOutcome
from escuta.errors import ConflictError

Form = Mapping[str, str]

UNDER_WAY = frozenset({"registered", "loading"})
_OUTCOMES = tuple(RowOutcome)
_LISTED = frozenset({"done", "duplicate", "failed", "refused"})  # files of whose rows something may be told
_SHOWN = 25


def index(visit: Visit) -> Response[str]:
    """Show the files that came, the newest first."""
    state, folder = visit.asked("state"), visit.asked("folder")
    asked = {"state": state if state in set(FileState) else "", "folder": folder, "cursor": visit.asked("cursor")}
    found = visit.api.get("/files", limit=_SHOWN, **asked)
    return pages.framed(
        visit,
        "admin/imports",
        part="files",
        found=found,
        states=tuple(FileState),
        state=asked["state"],
        folder=folder,
        moving=any(each["state"] in UNDER_WAY for each in found["items"]),
    )


def show(visit: Visit, file: str) -> Response[str]:
    """Show one file: how far it is, what its columns were taken for, and what became of its rows."""
    return _page(visit, file, NONE)


def decide(visit: Visit, file: str) -> Response[str]:
    """Let a held file go on, or end it."""

    def work(form: Form) -> Response[str]:
        state = "approved" if form.get("state") == "approved" else "discarded"
        visit.api.patch(f"/files/{file}", {"state": state}, rev=form.get("rev", ""))
        return pages.go(visit, f"admin/imports/{file}", Flash(code=f"admin.imports.said.{state}"))

    return forms.act(visit, work, lambda _, faults: _page(visit, file, faults))


def report(visit: Visit, file: str) -> Response[str]:
    """Lead to a report of a file, or to its rejected rows, to be corrected and sent again."""
    kind = visit.asked("kind") if visit.asked("kind") in {"report", "rejected"} else "report"
    found = visit.api.get(f"/files/{file}/report", kind=kind)
    return Response(303, pages.HTML, "", {"Location": found["url"]})


def name(file: Mapping[str, Any]) -> str:
    """Return what a file is called, as who dropped it knows it."""
    return str(file["object_key"]).rpartition("/")[2]


def shown(visit: Visit, found: dict[str, Any]) -> dict[str, Any]:
    """Return what the part of a page shows that says how a file stands."""
    chosen = visit.asked("outcome") or ("rejected" if found["totals"].get("rejected") else "")
    outcome = chosen if chosen in set(_OUTCOMES) else ""
    return {
        "file": found,
        "title": name(found),
        "moving": found["state"] in UNDER_WAY,
        "outcome": outcome,
        "outcomes": [each for each in _OUTCOMES if found["totals"].get(each)],
        "rows": _rows(visit, found, outcome),
        "way": f"admin/imports/{found['id']}?" + urlencode({"outcome": outcome} if outcome else {}),
    }


def _rows(visit: Visit, found: dict[str, Any], outcome: str) -> dict[str, Any]:
    """Return the rows of a file that is through with; of one that is not, none."""
    nothing: dict[str, Any] = {"items": [], "next": None}
    if found["state"] not in _LISTED or not found["totals"]:
        return nothing
    try:
        return dict(
            visit.api.get(f"/files/{found['id']}/rows", outcome=outcome, limit=_SHOWN, cursor=visit.asked("cursor"))
        )
    except ConflictError:  # it was given up half-way: what became of its rows is not known
        return nothing


def _page(visit: Visit, file: str, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/files/{file}")
    return pages.framed(visit, "admin/import", part="status", faults=faults, **shown(visit, found))
