"""What a widget shows as a table for a spreadsheet: each figure with its n and its interval."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from escuta import i18n
from escuta.directory.reports import inert
from escuta.errors import NotFoundError
from escuta.feedback.dashboards import Drawn
from escuta.feedback.dashboards.feed import Said
from escuta.feedback.dashboards.legend import Legend
from escuta.feedback.dashboards.ticket_figures import TicketFigures
from escuta.feedback.model import Change, Figure, Part, Reckoned
from manage.asking import Document, Request, language_of
from manage.dashboards import Looking, looked_at, visible

Cells = dict[str, Any]
Columns = tuple[str, ...]

CSV = "text/csv"
_MARK = "\ufeff"  # by which spreadsheets know UTF-8
_FIGURES: Columns = (
    *("part", "answer", "from", "to", "n", "count", "value", "low", "high", "unit"),
    *("first_rank", "last_rank", "difference", "verdict", "note"),
)
_COMMENTS: Columns = (
    *("at", "segment", "product", "channel", "language", "score", "score_class", "comment", "tone", "topics"),
    "response",
)
_TICKETS: Columns = ("answer", "n", "value", "low", "high", "unit")
_SHARE = 100.0


def get(request: Request, dashboard: str, widget: str) -> Document:
    """Return what a widget shows as CSV, in the reader's words: figures with n and 95 % interval, or comments.

    Shares are percent. Cells are parted, and decimals written, as spreadsheets of the reader's language read them; what
    people wrote cannot become a formula. A part with too few answers has its n alone, and says so. A widget that has no
    answer is refused with its problem.
    """
    asked = request.query(Looking)
    board = visible(request, dashboard)
    if widget not in {each.id for each in board.widgets}:
        raise NotFoundError("widget_not_found")
    place, drawn = looked_at(request, board, asked, widget)
    found = drawn[widget]
    if found.problem:
        raise found.problem
    language = language_of(request.event, request.caller)
    legend = found.legend or Legend()
    if found.reckoned:
        columns, rows = _FIGURES, _figures(found.reckoned, legend, language)
    elif found.tickets:
        columns, rows = _TICKETS, _tickets(found.tickets, legend)
    else:
        columns, rows = _COMMENTS, _comments(found, legend, place.timezone)
    name = f"{dashboard}-{widget}.csv".replace('"', "")
    return Document(
        CSV, _written(columns, rows, language), {"Content-Disposition": f'attachment; filename="{_ascii(name)}"'}
    )


def _ascii(name: str) -> str:
    return "".join(letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name)


def _written(columns: Columns, rows: Iterator[Cells], language: str) -> str:
    buffer = StringIO()
    writer = csv.writer(buffer, delimiter=i18n.separator(language))
    writer.writerow([_say(language, column) for column in columns])
    writer.writerows([_cell(row.get(column), language) for column in columns] for row in rows)
    return _MARK + buffer.getvalue().encode(errors="replace").decode()


def _cell(value: Any, language: str) -> str:
    """Return a cell: numbers with the reader's decimal sign, dates as everybody sorts them, words inert."""
    if value is None:
        return ""
    if isinstance(value, float):
        text = f"{value:g}" if value == int(value) else f"{value:.4f}".rstrip("0")
        return text.replace(".", i18n.number(1.1, language, 1)[1])
    if isinstance(value, date):
        return value.isoformat(sep=" ", timespec="minutes") if isinstance(value, datetime) else value.isoformat()
    return str(value) if isinstance(value, int) else inert(str(value))


def _figures(found: Reckoned, legend: Legend, language: str) -> Iterator[Cells]:
    days = {"from": found.first, "to": found.last}
    yield from _figure(found.figure, legend, {"part": _say(language, "all"), **days, **_change(found, legend)})
    if found.compared:
        earlier = {"part": _say(language, "before"), "from": found.compared.first, "to": found.compared.last}
        yield from _figure(found.compared.figure, legend, earlier)
    for part in found.parts:
        yield from _part(part, legend, days, "")


def _change(found: Reckoned, legend: Legend) -> Cells:
    return _told(found.compared.change, legend, found.figure) if found.compared else {}


def _told(change: Change | None, legend: Legend, figure: Figure) -> Cells:
    if change is None:
        return {}
    return {
        "difference": _scaled(change.difference, figure.unit),
        "verdict": legend.verdicts.get(change.verdict, change.verdict),
    }


def _part(part: Part, legend: Legend, days: Cells, above: str) -> Iterator[Cells]:
    name = legend.parts.get(part.key, part.name) or part.key
    about: Cells = {"part": f"{above} / {name}" if above else name, **days}
    if part.last:
        about |= {"from": part.key, "to": part.last}
    ranks = {"first_rank": part.first_rank, "last_rank": part.last_rank}
    yield from _figure(part.figure, legend, {**about, **ranks, **_told(part.change, legend, part.figure)})
    for each in part.parts:
        yield from _part(each, legend, days, name)


def _figure(figure: Figure, legend: Legend, about: Cells) -> Iterator[Cells]:
    """Yield a figure, and a line for each answer that it counts."""
    unit = "%" if figure.unit == "share" else legend.unit
    bounds = {name: _scaled(getattr(figure, name), figure.unit) for name in ("value", "low", "high")}
    yield {**about, "n": figure.n, **bounds, "unit": unit, "note": legend.masked if figure.masked else ""}
    plain: Cells = {name: about[name] for name in ("part", "from", "to") if name in about}
    shares, counts = figure.shares or {}, figure.counts or {}
    for key in dict.fromkeys((*counts, *shares)):
        share = shares.get(key)
        own = {name: _scaled(getattr(share, name), share.unit) for name in bounds} if share else {}
        said = {"answer": legend.labels.get(key, key), "count": counts.get(key)}
        yield {**plain, **said, "n": share.n if share else figure.n, **own, "unit": "%" if share else ""}


def _scaled(value: float | None, unit: str) -> float | None:
    return None if value is None else float(value) * (_SHARE if unit == "share" else 1)


def _comments(found: Drawn, legend: Legend, zone: str) -> Iterator[Cells]:
    said: tuple[Said, ...] = found.feed.comments if found.feed else ()
    for each in said:
        cells = each.model_dump()
        yield cells | {
            "at": each.at.astimezone(ZoneInfo(zone)),
            "segment": each.segment_name,
            "score_class": legend.labels.get(str(each.score_class), "") if each.score_class else "",
            "tone": legend.labels.get(each.tone, each.tone),
            "topics": ", ".join(legend.labels.get(topic, topic) for topic in each.topics),
        }


def _tickets(found: TicketFigures, legend: Legend) -> Iterator[Cells]:
    waiting, closed = found.open, found.closed
    numbers: dict[str, int] = {str(state): number for state, number in waiting.states.items()}
    numbers |= {name: getattr(waiting, name) for name in ("overdue", "high", "unassigned", "escalated")}
    for name, number in {**numbers, "closed": closed.n}.items():
        yield {"answer": legend.labels.get(name, name), "n": number}
    took = {"value": closed.median, "low": closed.low, "high": closed.high, "unit": legend.unit}
    yield {"answer": legend.labels.get("median", ""), "n": closed.n, **took}
    kept = (closed.in_time, closed.in_time_low, closed.in_time_high)
    shares = {name: _scaled(value, "share") for name, value in zip(("value", "low", "high"), kept, strict=True)}
    yield {"answer": legend.labels.get("in_time", ""), "n": closed.n, **shares, "unit": "%"}


def _say(language: str, name: str) -> str:
    return i18n.say(__package__, language, f"widget.{name}")
