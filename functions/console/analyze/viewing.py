"""One widget alone: as large as the screen, as a table, and as a file."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import pages
from console.analyze import bar, boards, choosing, drawn, tables
from console.analyze.choosing import Chosen
from console.analyze.drawn import Widget
from console.visit import Visit
from escuta.errors import NotFoundError

_CSV = "text/csv; charset=utf-8"


def show(visit: Visit, dashboard: str, widget: str) -> Response[str]:
    """Show one widget with its table."""
    board, chosen, data, found = _found(visit, dashboard, widget)
    held = Chosen({**chosen.kept, "survey": board["survey"]})
    here = f"{boards.path(dashboard)}/widgets/{widget}"
    return pages.framed(
        visit,
        "analyze/widget",
        part="widget",
        board=board,
        widget=found,
        data=data,
        chosen=chosen,
        bar=bar.of(visit, here, held, place=data["segment"]),
        at=boards.path(dashboard),
    )


def table(visit: Visit, dashboard: str, widget: str) -> Response[str]:
    """Return what a widget shows as CSV, with the place and the days that it is of."""
    _, chosen, data, found = _found(visit, dashboard, widget)
    say = visit.reader(visit.timezone).say
    if found.table is None:
        raise NotFoundError("page_not_found")
    about = [(say("analyze.csv.place"), data["segment_name"]), (say("analyze.csv.days"), found.period)]
    if chosen.filter:
        about.append((say("analyze.csv.filter"), chosen.filter))
    name = _file_name(
        f"{found.title} {data['segment_name']} {data['widgets'][widget].get('answer', {}).get('last', '')}"
    )
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(200, _CSV, tables.text(found.table, about), headers)


def _found(visit: Visit, dashboard: str, widget: str) -> tuple[Mapping[str, Any], Chosen, Any, Widget]:
    board = visit.api.get(f"/dashboards/{dashboard}")
    if not any(each["id"] == widget for each in board["widgets"]):
        raise NotFoundError("page_not_found")
    chosen = choosing.read(visit)
    data = boards.look(visit, board, chosen, widget)
    return board, chosen, data, drawn.widgets(visit, data)[0]


def _file_name(words: str) -> str:
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80] or "widget"
