"""Drop folders: what their files are about, and which column of theirs is which field."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import tree
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import FileKind, FolderDraft, Scope
from escuta.directory.model.file import UnknownColumns
from escuta.directory.synonyms import FIELDS

Form = Mapping[str, str]

AUTO, LEFT_OUT = "auto", "none"  # a column is taken for what its name says, or for nothing
_COLUMN, _FIELD = "column.", "field."  # a form's n-th column, and what it is to be
_TEXTS = ("file_kind", "unknown", "date_format", "decimal", "timezone", "segment", "owner_email", "owner_language")
_CUSTOM = "custom."
_MOST = 500


def index(visit: Visit) -> Response[str]:
    """Show the folders that there are."""
    return pages.framed(visit, "admin/folders", folders=known(visit))


def describe(visit: Visit) -> Response[str]:
    """Go on to the page of a folder that nobody described yet."""
    name = quote(visit.asked("folder").strip(), safe="")
    return pages.go(visit, f"admin/imports/folders/{name}" if name else "admin/imports/folders")


def show(visit: Visit, folder: str) -> Response[str]:
    """Show what is said about a folder, to be changed."""
    return _page(visit, folder, {}, NONE)


def change(visit: Visit, folder: str) -> Response[str]:
    """Say what a folder's files are, and how they are read."""

    def work(form: Form) -> Response[str]:
        before = visit.api.find(f"/folders/{folder}")
        body = _body(before) | forms.given(form, *_TEXTS)
        if "hold_below_percent" in form:
            body["hold_below_percent"] = forms.number(form["hold_below_percent"] or "0")
        if any(name.startswith(_COLUMN) for name in form):
            body["mapping"] = mapped(form, body["mapping"])
        made = visit.api.put(f"/folders/{folder}", body, rev=form.get("rev", ""))
        undo = Undo(path=f"admin/imports/folders/{folder}", fields=_typed(before, made["rev"])) if before else None
        back = visit.way_back(dict(form)) or "admin/imports/folders"
        answer = pages.go(visit, back, Flash(code="admin.folders.said.saved", undo=undo))
        if visit.is_part:  # the page that looks at a file looks at it again
            answer.headers = {"HX-Trigger": "mapped", "HX-Reswap": "none"}
        return answer

    return forms.act(visit, work, lambda form, faults: _page(visit, folder, form, faults))


def forget(visit: Visit, folder: str) -> Response[str]:
    """Forget what was said about a folder."""

    def work(form: Form) -> Response[str]:
        gone = visit.api.delete(f"/folders/{folder}", rev=form.get("rev", ""))
        undo = Undo(path=f"admin/imports/folders/{folder}", fields=_typed(gone, 0))
        said = Flash(code="admin.folders.said.gone", details={"folder": folder}, undo=undo)
        return pages.go(visit, "admin/imports/folders", said)

    return forms.act(visit, work, lambda form, faults: _page(visit, folder, form, faults))


def known(visit: Visit) -> list[dict[str, Any]]:
    """Return the folders that somebody described, and for a kind that none of them has, the one of its name."""
    described = visit.api.get("/folders", limit=100)["items"]
    kinds = {each["file_kind"] for each in described}
    named = {each["folder"] for each in described}
    plain: list[dict[str, Any]] = [
        {"folder": kind.value, "file_kind": kind.value, "rev": 0, "mapping": {}}
        for kind in FileKind
        if kind not in kinds and kind not in named
    ]
    order = list(FileKind)
    return sorted([*described, *plain], key=lambda each: (order.index(each["file_kind"]), each["folder"]))


def columns(visit: Visit, file: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a file with what they are taken for, and what they could be."""
    folder = visit.api.find(f"/folders/{file['folder']}")
    said = folder["mapping"] if folder else {}
    taken = [_column(name, said, file["mapping"]) for name in file["header"] if name]
    return {
        "columns": taken,
        "choices": choices(visit, file["file_kind"], (each["choice"] for each in taken)),
        "folder_rev": folder["rev"] if folder else 0,
    }


def choices(visit: Visit, kind: str, also: Iterable[str] = ()) -> list[str]:
    """Return which fields a column of this kind of file may be; `also` what is said already."""
    offered = list(FIELDS[FileKind(kind)])
    if kind == FileKind.CONTACTS and visit.api.may(Scope.CONTACTS_READ):
        offered += [_CUSTOM + each["name"] for each in visit.api.get("/custom-fields", limit=100)["items"]]
    return offered + sorted(set(also) - {*offered, AUTO, LEFT_OUT})


def mapped(form: Form, before: Mapping[str, str]) -> dict[str, str]:
    """Return the mapping that a form says; of columns that it does not name, what was said before."""
    found = dict(before)
    for number in range(_MOST):
        column, field = form.get(f"{_COLUMN}{number}"), form.get(f"{_FIELD}{number}", AUTO)
        if column is None:
            break
        found.pop(column, None)
        if field != AUTO and column.strip():
            found[column.strip()] = "" if field == LEFT_OUT else field
    return found


def _column(name: str, said: Mapping[str, str], taken: Mapping[str, str]) -> dict[str, str]:
    choice = (said[name] or LEFT_OUT) if name in said else AUTO
    return {"name": name, "choice": choice, "taken": taken.get(name, "")}


def _page(visit: Visit, folder: str, typed: Form, faults: Faults) -> Response[str]:
    found = visit.api.find(f"/folders/{folder}")
    body = _body(found, folder)
    file = visit.api.find(f"/files/{visit.asked('file')}") if visit.asked("file") else None
    header = [name for name in file["header"] if name and name not in body["mapping"]] if file else []
    taken = [_column(name, body["mapping"], file["mapping"] if file else {}) for name in [*body["mapping"], *header]]
    return pages.framed(
        visit,
        "admin/folder",
        folder=folder,
        rev=found["rev"] if found else 0,
        described=found is not None,
        values=body | dict(typed),
        columns=taken,
        choices=choices(visit, body["file_kind"], (each["choice"] for each in taken)),
        kinds=tuple(FileKind),
        unknown=tuple(UnknownColumns),
        tree=tree.of(visit, retired=False),
        faults=faults,
    )


def _body(found: Mapping[str, Any] | None, folder: str = "") -> dict[str, Any]:
    """Return what is said about a folder, as it is sent; nobody having said anything, what its name says."""
    if found:
        return {name: found[name] for name in FolderDraft.model_fields}
    kind = folder if folder in set(FileKind) else FileKind.CONTACTS
    return FolderDraft(file_kind=FileKind(kind)).model_dump(mode="json")


def _typed(found: Mapping[str, Any], rev: int) -> dict[str, str]:
    """Return what was said as a form says it, so that it can be said again."""
    fields = {name: str(found[name]) for name in (*_TEXTS, "hold_below_percent")} | {"rev": str(rev)}
    for number, (column, field) in enumerate(found["mapping"].items()):
        fields |= {f"{_COLUMN}{number}": column, f"{_FIELD}{number}": field or LEFT_OUT}
    return fields
