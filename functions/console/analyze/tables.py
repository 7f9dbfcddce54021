"""Tables: what every widget can say in rows, on the page and as a file."""

import csv
import io
from collections.abc import Iterable
from typing import Any, NamedTuple

from console.analyze.said import Verdict

_BEGINS = ("=", "+", "-", "@", "\t", "\r")  # of a cell that a spreadsheet would reckon


class Whisker(NamedTuple):
    """An interval with its figure, in percent of an axis; `zero` is where nothing is, where the axis has it."""

    low: float
    high: float
    value: float
    zero: float | None = None


class Cell(NamedTuple):
    """One cell: words, the page behind it, and what is drawn beside them. `value` is what a file holds of it."""

    words: str
    path: str = ""
    note: str = ""
    value: Any = None
    share: float | None = None  # of a bar, in percent
    whisker: Whisker | None = None
    heat: str = ""  # the class that tints it
    verdict: Verdict | None = None


class Column(NamedTuple):
    """The head of a column."""

    words: str
    number: bool = False


class Table(NamedTuple):
    """A table; the first cell of each row names it. `tiers`: rows before which a line is drawn."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    tiers: frozenset[int] = frozenset()


def text(table: Table, about: Iterable[tuple[str, str]] = ()) -> str:
    """Return a table as CSV (RFC 4180) with a byte order mark, which spreadsheets need to read accents."""
    written = io.StringIO()
    out = csv.writer(written, lineterminator="\r\n")
    out.writerow([column.words for column in table.columns] + [name for name, _ in about])
    beside = [_plain(value) for _, value in about]
    for row in table.rows:
        out.writerow([_plain(cell.words if cell.value is None else cell.value) for cell in row] + beside)
    return "\N{ZERO WIDTH NO-BREAK SPACE}" + written.getvalue()


def _plain(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula."""
    if isinstance(value, str) and value.startswith(_BEGINS):
        return f"'{value}"
    return value
