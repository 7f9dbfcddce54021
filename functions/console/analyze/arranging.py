"""Arranging a dashboard: where its widgets stand, by mouse, by keyboard, or by numbers."""

import re
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.analyze import boards, choosing, drawn, editing, undoing
from console.flash import Flash
from console.forms import Faults
from console.visit import Visit
from escuta.errors import InvalidError
from escuta.feedback.dashboards.grid import FORMS

_PLACE = re.compile(r"([A-Za-z0-9_-]{1,40}):(\d{1,3}),(\d{1,3}),(\d{1,3}),(\d{1,3})")


def show(visit: Visit, dashboard: str) -> Response[str]:
    """Show the widgets as they are moved, sized, edited and removed."""
    return _shown(visit, dashboard, {}, forms.NONE)


def _shown(visit: Visit, dashboard: str, form: Mapping[str, str], faults: Faults) -> Response[str]:
    board = visit.api.get(f"/dashboards/{dashboard}")
    chosen = choosing.read(visit)
    data = boards.data_of(visit, board, chosen)[0]
    placed = _read(form.get("layout", "")) if form.get("layout") else {}
    shown = drawn.widgets(visit, data) if data else [editing.plain(visit, each) for each in board["widgets"]]
    return pages.framed(
        visit,
        "analyze/arrange",
        board=board,
        widgets=[each._replace(position=placed.get(each.id, each.position)) for each in shown],
        least={kind: (form.columns, form.lines) for kind, form in FORMS.items()},
        faults=faults,
        at=boards.path(dashboard),
        chosen=chosen,
    )


def arrange(visit: Visit, dashboard: str) -> Response[Any]:
    """Put the widgets where the page says."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        before = visit.api.get(f"/dashboards/{dashboard}")
        places = _read(form.get("layout", "")) or _typed(form, before)
        widgets = [{**each, "position": places.get(each["id"], each["position"])} for each in before["widgets"]]
        after = visit.api.patch(f"/dashboards/{dashboard}", {"widgets": widgets}, rev=form.get("rev", ""))
        said = Flash(code="analyze.said.arranged", undo=undoing.of(before, after, "widgets"))
        return pages.go(visit, boards.path(dashboard), said)

    return forms.act(visit, work, lambda form, faults: _shown(visit, dashboard, form, faults))


def _read(text: str) -> dict[str, dict[str, int]]:
    """Return the places of a text such as `score:0,0,3,3;trend:3,0,9,5`."""
    found = {}
    for each in filter(None, text.split(";")):
        place = _PLACE.fullmatch(each)
        if place is None:
            raise InvalidError("form_invalid")
        name, *numbers = place.groups()
        found[name] = dict(zip("xywh", map(int, numbers), strict=True))
    return found


def _typed(form: Mapping[str, str], board: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Return the places that were typed as numbers, counted from one, as people do."""
    found = {}
    for each in board["widgets"]:
        typed = {side: form.get(f"{each['id']}.{side}", "") for side in "xywh"}
        if all(value.isdecimal() and len(value) < 4 for value in typed.values()):  # noqa: PLR2004 - digits
            numbers = {side: int(value) for side, value in typed.items()}
            found[each["id"]] = {**numbers, "x": max(0, numbers["x"] - 1), "y": max(0, numbers["y"] - 1)}
    return found
