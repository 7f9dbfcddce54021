"""One widget as a form: what is measured, in which parts, over which days, held against what, and how it is drawn."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.analyze import boards, drawn, measuring, placing, undoing
from console.analyze.drawn import Widget
from console.flash import Flash
from console.forms import Faults
from console.visit import Visit
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback.dashboards import legend
from escuta.feedback.dashboards.grid import FORMS
from escuta.i18n import LANGUAGES

_FIELDS = {  # what the API calls a field of the form
    "query.metric": "measure",
    "query.question": "measure",
    "query.boxes": "measure",
    "query.group_by": "group",
    "query.dimension": "group",
    "query.by": "group",
    "query.levels": "group",
    "query.then_by": "group",
    "query.span": "count",
    "query.segment": "segment",
    "query.filters": "filter",
    "query.compare": "compare",
    "options.target": "target",
    "options.most": "most",
    "options.order": "order",
    "options.words": "words",
}


def plain(visit: Visit, widget: Mapping[str, Any]) -> Widget:
    """Return a widget without its figures, as it is called."""
    title = widget["title"].get(visit.language) or next(filter(None, widget["title"].values()), "")
    shown = title or legend.say(visit.language, f"kind.{widget['kind']}")
    return Widget(widget["id"], widget["kind"], shown, widget["position"])


def choose(visit: Visit, dashboard: str) -> Response[str]:
    """Ask which kind of widget is to be added; or show the form of that kind."""
    board = visit.api.get(f"/dashboards/{dashboard}")
    kind = visit.asked("kind")
    if kind in FORMS:
        begun = measuring.fresh(kind)
        return _form(visit, board, begun, measuring.typed(begun), forms.NONE, new=True)
    kinds = [(each.value, legend.say(visit.language, f"kind.{each}"), drawn.DRAWINGS[each]) for each in FORMS]
    return pages.framed(visit, "analyze/widget_new", board=board, kinds=kinds, at=boards.path(dashboard))


def add(visit: Visit, dashboard: str) -> Response[Any]:
    """Put a new widget into the first place that is free."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        board = visit.api.get(f"/dashboards/{dashboard}")
        begun = _begun(form)
        if any(each["id"] == begun["id"] for each in board["widgets"]):  # sent twice
            return pages.go(visit, f"{boards.path(dashboard)}/edit")
        made = {**measuring.made(begun, form), "position": placing.free(board["widgets"], begun["position"])}
        return _kept(visit, board, [*board["widgets"], made], form, "analyze.said.added")

    def again(form: Mapping[str, str], faults: Faults) -> Response[Any]:
        board = visit.api.get(f"/dashboards/{dashboard}")
        return _form(visit, board, _begun(form), form, _named(faults), new=True)

    return forms.act(visit, work, again)


def _begun(form: Mapping[str, str]) -> dict[str, Any]:
    if form.get("kind") not in FORMS:
        raise InvalidError("value_not_allowed", field="kind", allowed=", ".join(FORMS))
    return {**measuring.fresh(form["kind"]), "id": f"w-{form.get('call', '')[:30]}"}


def edit(visit: Visit, dashboard: str, widget: str) -> Response[str]:
    """Show the form of a widget."""
    board, found = _found(visit, dashboard, widget)
    return _form(visit, board, found, measuring.typed(found), forms.NONE)


def change(visit: Visit, dashboard: str, widget: str) -> Response[Any]:
    """Change a widget as its form says."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        board, found = _found(visit, dashboard, widget)
        made = measuring.made(found, form)
        widgets = [made if each["id"] == widget else each for each in board["widgets"]]
        return _kept(visit, board, widgets, form, "analyze.said.changed")

    def again(form: Mapping[str, str], faults: Faults) -> Response[Any]:
        board, found = _found(visit, dashboard, widget)
        return _form(visit, board, found, form, _named(faults))

    return forms.act(visit, work, again)


def double(visit: Visit, dashboard: str, widget: str) -> Response[Any]:
    """Put a copy of a widget into the first place that is free."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        board, found = _found(visit, dashboard, widget)
        identity = f"w-{form.get('call', '')[:30]}"
        if any(each["id"] == identity for each in board["widgets"]):
            return pages.go(visit, f"{boards.path(dashboard)}/edit")
        made = {**found, "id": identity, "position": placing.free(board["widgets"], found["position"])}
        return _kept(visit, board, [*board["widgets"], made], form, "analyze.said.added")

    return forms.act(visit, work, lambda _, faults: boards.again(visit, dashboard, faults))


def remove(visit: Visit, dashboard: str, widget: str) -> Response[Any]:
    """Take a widget off a dashboard; it can be put back."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        board, _ = _found(visit, dashboard, widget)
        left = [each for each in board["widgets"] if each["id"] != widget]
        return _kept(visit, board, left, form, "analyze.said.taken_off")

    return forms.act(visit, work, lambda _, faults: boards.again(visit, dashboard, faults))


def _kept(
    visit: Visit, board: Mapping[str, Any], widgets: list[Any], form: Mapping[str, str], code: str
) -> Response[str]:
    after = visit.api.patch(f"/dashboards/{board['id']}", {"widgets": widgets}, rev=form.get("rev", ""))
    said = Flash(code=code, undo=undoing.of(board, after, "widgets"))
    return pages.go(visit, f"{boards.path(board['id'])}/edit", said)


def _found(visit: Visit, dashboard: str, widget: str) -> tuple[dict[str, Any], dict[str, Any]]:
    board: dict[str, Any] = visit.api.get(f"/dashboards/{dashboard}")
    found = next((each for each in board["widgets"] if each["id"] == widget), None)
    if found is None:
        raise NotFoundError("page_not_found")
    return board, found


def _form(
    visit: Visit,
    board: Mapping[str, Any],
    widget: Mapping[str, Any],
    form: Mapping[str, str],
    faults: Faults,
    *,
    new: bool = False,
) -> Response[str]:
    """Show the form with what is typed in it."""
    return pages.framed(
        visit,
        "analyze/widget_edit",
        board=board,
        widget=widget,
        form=form,
        faults=faults,
        new=new,
        offers=measuring.offers(visit, board, widget, form),
        titles=LANGUAGES,
        shown=plain(visit, widget),
        kind_words=legend.say(visit.language, f"kind.{widget['kind']}"),
        at=boards.path(board["id"]),
    )


def _named(faults: Faults) -> Faults:
    """Return what was refused under the names that the form has."""
    fields: dict[str, str] = {}
    for place, words in faults.fields.items():
        inside = place.partition("].")[2] if place.startswith("widgets[") else place
        name = next((own for api, own in _FIELDS.items() if inside == api or inside.startswith(f"{api}.")), inside)
        fields.setdefault(name or place, words)
    return Faults(faults.general, fields, faults.code, faults.status)
