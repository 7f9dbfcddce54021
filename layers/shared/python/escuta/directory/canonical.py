"""Canonical CSV: the rows of a spreadsheet or of JSON Lines, each with the place where it stood in its source.

The first cell of a row says that place and what is wrong with its cells: `escuta:17`, `escuta:17 json_malformed` of
the whole row, `escuta:17 cell_error=3` of its third cell. The same cell of the header makes that column one of ours.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import chain, islice
from typing import NamedTuple

from escuta.directory.header import OWN_COLUMN
from escuta.directory.records import is_blank

_TITLES = 10  # rows among which the header is looked for: they all get as many cells as the widest of them
_BLOCK = 1 << 18  # characters
_LONGEST = 1 << 18  # characters of a row: a quarter of what its bytes may be
_SHOWN = 1000
_GROUP = 3  # digits between two signs that group thousands
_PLACE = re.compile(OWN_COLUMN + r"([0-9]{1,15})((?: [a-z_]+(?:=[0-9]{1,5})?)*)")
_UNWRITABLE = re.compile("[\0\ud800-\udfff]")


class Row(NamedTuple):
    """A row of a source: its place there, its cells, and what is wrong: code and column (from 1; 0: the whole row)."""

    place: int
    cells: Sequence[str]
    faults: tuple[tuple[str, int], ...] = ()


def write(rows: Iterable[Row]) -> Iterator[bytes]:
    """Yield the rows as canonical CSV. Rows that say nothing are left out; none is narrower than the widest title."""
    walk = map(_writable, (row for row in rows if row.faults or not is_blank(row.cells)))
    top = list(islice(walk, _TITLES))
    width = max((len(row.cells) for row in top), default=0)
    buffer = StringIO()
    written = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("sep=,\r\n")
    for row in chain(top, walk):
        written.writerow([_own(row), *row.cells, *[""] * (width - len(row.cells))])
        if buffer.tell() >= _BLOCK:
            yield _taken(buffer)
    yield _taken(buffer)


def read(own: str) -> tuple[int, tuple[tuple[str, int], ...]] | None:
    """Return place and faults from the first cell of a row, None when it is no cell of ours."""
    match = _PLACE.fullmatch(own)
    if match is None:
        return None
    faults = (fault.partition("=") for fault in match[2].split())
    return int(match[1]), tuple((code, int(column or 0)) for code, _, column in faults)


def spelled(number: str, decimal: str) -> str:
    """Return a number that is written with a point as whoever takes `decimal` for that sign reads it.

    With "" it is read in one way only: `1.234` might be a thousand, `1.2340` is none.
    """
    whole, point, places = number.partition(".")
    if not point:
        return number
    if decimal == ",":
        return f"{whole},{places}"
    groups = not decimal and len(places) == _GROUP and places.isdigit()
    return f"{number}0" if groups else number


def is_canonical(header: Sequence[str]) -> bool:
    """Tell whether a file with this header is canonical CSV."""
    return bool(header) and _PLACE.fullmatch(header[0]) is not None


def _writable(row: Row) -> Row:
    """Return a row without empty cells at its end, nor anything that cannot stand in a text file."""
    cells, faults = list(row.cells), row.faults
    while cells and not cells[-1]:
        cells.pop()
    whole = "".join(cells)
    if len(whole) > _LONGEST:
        return Row(row.place, [whole[:_SHOWN]], (("row_too_long", 0),))
    if _UNWRITABLE.search(whole):
        broken = [place for place, cell in enumerate(cells, 1) if _UNWRITABLE.search(cell)]
        cells = [_UNWRITABLE.sub("\ufffd", cell) for cell in cells]
        faults += tuple(("control_character", place) for place in broken)
    return Row(row.place, cells, faults)


def _own(row: Row) -> str:
    faults = (f" {code}={column}" if column else f" {code}" for code, column in row.faults)
    return f"{OWN_COLUMN}{row.place}{''.join(faults)}"


def _taken(buffer: StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()
