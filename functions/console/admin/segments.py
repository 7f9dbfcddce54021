"""The hierarchy: drawn as a tree, moved by hand or by keys, and each of its segments on a page of its own."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import tree
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory import access
from escuta.directory.model import Scope

Form = Mapping[str, str]

_PLACE = ("timezone", "address", "city", "state", "country", "postal_code", "external_reference")
_UNFOLDED = 60  # segments: a larger tree is drawn with its regions folded
_MOST_ATTRIBUTES = 40


def index(visit: Visit) -> Response[str]:
    """Show the tree; of an empty one, the form that makes its root."""
    return _tree(visit, {}, NONE)


def create_root(visit: Visit) -> Response[str]:
    """Make the first segment, which is the organisation."""

    def work(form: Form) -> Response[str]:
        made = visit.api.post("/segments", _new(form), call=form["call"])
        return pages.go(visit, "admin/segments", Flash(code="admin.segments.said.made", details={"name": made["name"]}))

    return forms.act(visit, work, lambda form, faults: _tree(visit, form, faults))


def show(visit: Visit, segment: str) -> Response[str]:
    """Show one segment: what is known of it, where it stood before, and what can be done."""
    return _page(visit, segment, {}, NONE)


def change(visit: Visit, segment: str) -> Response[str]:
    """Change what is known of a segment."""

    def work(form: Form) -> Response[str]:
        path = _path(segment)
        before = visit.api.get(path)
        body: dict[str, Any] = forms.given(form, "name", *_PLACE)
        if "attributes" in form:
            said = _attributes(form["attributes"])
            body["attributes"] = said | {name: None for name in before["attributes"] if name not in said}
        made = visit.api.patch(path, body, rev=form["rev"])
        fields = {name: str(before[name]) for name in ("name", *_PLACE) if name in form}
        fields |= {"attributes": _lines(before["attributes"])} if "attributes" in form else {}
        undo = Undo(path=f"admin{path}", fields=fields | {"rev": str(made["rev"])})
        return pages.go(visit, f"admin{path}", Flash(code="said.saved", undo=undo))

    return forms.act(visit, work, lambda form, faults: _page(visit, segment, form, faults))


def move(visit: Visit, segment: str) -> Response[str]:
    """Put a segment, with all below it, under another one."""

    def work(form: Form) -> Response[str]:
        path = _path(segment)
        before = visit.api.get(path)
        made = visit.api.patch(path, {"parent": form.get("parent", "")}, rev=form.get("rev", ""))
        undo = Undo(
            path=f"admin{path}/move", fields={"parent": before["parent"] or "", "back": visit.way_back(dict(form))}
        )
        said = Flash(code="admin.segments.said.moved", details={"name": made["name"]}, undo=undo)
        return pages.go(visit, visit.way_back(dict(form)) or f"admin{path}", said)

    return forms.act(visit, work, lambda form, faults: _page(visit, segment, form, faults))


def retire(visit: Visit, segment: str) -> Response[str]:
    """Close a segment, with all below it, or open it again."""

    def work(form: Form) -> Response[str]:
        path, closing = _path(segment), form.get("retired") == "true"
        cascade = {"cascade": True} if form.get("cascade") == "true" else {}
        made = visit.api.patch(path, {"retired": closing, **cascade}, rev=form.get("rev", ""))
        other = {"retired": "false" if closing else "true"}
        undo = None if cascade else Undo(path=f"admin{path}/retire", fields=other)
        code = "admin.segments.said.closed" if closing else "admin.segments.said.opened"
        return pages.go(visit, f"admin{path}", Flash(code=code, details={"name": made["name"]}, undo=undo))

    return forms.act(visit, work, lambda form, faults: _page(visit, segment, form, faults))


def new(visit: Visit, segment: str) -> Response[str]:
    """Ask for what is to stand below a segment."""
    access.require(visit.api.caller, Scope.SEGMENTS_WRITE)
    return _new_page(visit, segment, {}, NONE)


def create(visit: Visit, segment: str) -> Response[str]:
    """Put a new segment below another one."""

    def work(form: Form) -> Response[str]:
        made = visit.api.post("/segments", _new(form), call=form["call"])
        said = Flash(code="admin.segments.said.made", details={"name": made["name"]})
        again = f"admin{_path(segment)}/new"
        return pages.go(visit, again if form.get("another") else f"admin{_path(made['code'])}", said)

    return forms.act(visit, work, lambda form, faults: _new_page(visit, segment, form, faults))


def _tree(visit: Visit, typed: Form, faults: Faults) -> Response[str]:
    retired = visit.asked("retired") == "true"
    known = tree.of(visit, retired=retired)
    folded = len(known) > _UNFOLDED
    return pages.framed(visit, "admin/segments", tree=known, retired=retired, folded=folded, typed=typed, faults=faults)


def _page(visit: Visit, segment: str, typed: Form, faults: Faults) -> Response[str]:
    found = visit.api.get(_path(segment))
    known = tree.of(visit)
    moves = visit.api.get(f"{_path(segment)}/moves", limit=20)["items"]
    values = {**found, "attributes": _lines(found["attributes"])} | dict(typed)
    return pages.framed(
        visit,
        "admin/segment",
        segment=found,
        tree=known,
        drawn=known.by_code.get(segment, {"children": [], "parent": None}),
        below=sum(not known.by_code[code]["retired"] for code in known.below(segment)) - 1,
        moves=moves,
        values=values,
        faults=faults,
    )


def _new_page(visit: Visit, segment: str, typed: Form, faults: Faults) -> Response[str]:
    parent = visit.api.get(_path(segment))
    values = {"parent": segment, "timezone": parent["timezone"], "country": parent["country"]} | dict(typed)
    return pages.framed(
        visit, "admin/segment_new", parent=parent, tree=tree.of(visit, retired=False), values=values, faults=faults
    )


def _new(form: Form) -> dict[str, Any]:
    given: dict[str, Any] = forms.given(form, "code", "name", *_PLACE)
    if form.get("parent"):
        given["parent"] = form["parent"]
    return {name: value for name, value in given.items() if value or name in {"code", "name"}}


def _attributes(text: str) -> dict[str, str]:
    """Return what lines `name: value` say."""
    parts = (line.partition(":") for line in text.splitlines()[:_MOST_ATTRIBUTES] if line.strip())
    return {name.strip(): value.strip() for name, _, value in parts}


def _lines(attributes: Mapping[str, str]) -> str:
    return "\n".join(f"{name}: {value}" for name, value in attributes.items())


def _path(segment: str) -> str:
    return f"/segments/{segment}"
