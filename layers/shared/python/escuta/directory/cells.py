"""The cells of a chunk's rows, parsed strictly; a row that breaks the rules of quoting does not stop the others."""

import re
from collections.abc import Iterator
from csv import Error
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from escuta.directory import canonical
from escuta.directory.model import DropFile
from escuta.directory.records import FIELD_LIMIT, SPACE, is_blank, physical_lines, reader, records
from escuta.directory.scan import Chunk

_SHOWN = 1000


class Line(NamedTuple):
    """One row: how many physical lines of the chunk stand above it, its cells, and what is wrong or odd about it."""

    place: int
    cells: list[str]
    code: str = ""
    details: dict[str, Any] = {}  # noqa: RUF012 - of a named tuple, never changed
    flag: str = ""


def cells_of(content: str, delimiter: str) -> Iterator[Line]:
    """Yield every row of a chunk that is not blank. A stray quote inside an unquoted cell is kept and flagged."""
    if '"' in content:
        yield from _quoted_cells(physical_lines(content), delimiter)
        return
    lines = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(content) > FIELD_LIMIT < len(max(lines, key=len)):
        yield from _quoted_cells(physical_lines(content), delimiter)
        return
    nothing = delimiter + SPACE
    for place, line in enumerate(lines):
        if line.strip(nothing):
            yield Line(place, line.split(delimiter))


def _quoted_cells(lines: list[str], delimiter: str) -> Iterator[Line]:
    place = 0
    while place < len(lines):
        rows = reader(islice(lines, place, None), delimiter)
        begun = place
        try:
            for cells in rows:
                end = place + rows.line_num
                if not is_blank(cells):
                    odd = '"' in "".join(cells) and _is_stray("".join(lines[begun:end]), delimiter)
                    yield Line(begun, cells, flag="stray_quote" if odd else "")
                begun = end
        except Error as error:
            place = begun + _height(lines, begun, delimiter)
            broken = _broken("".join(lines[begun:place]), begun, delimiter, str(error))
            if not is_blank(broken.cells):  # registering the file counted no row here either
                yield broken
        else:
            return


def rows_of(file: DropFile, chunk: Chunk, content: str) -> Iterator[Line]:
    """Yield every row of a file's chunk, its place such that `chunk.first_line + place` is its line in the source.

    A row that was wrong already where it was unpacked is so here, unless nobody reads the cell that is.
    """
    lines = cells_of(content, file.delimiter)
    if not canonical.is_canonical(file.header):
        return lines
    return (_unpacked(line, file, chunk.first_line) for line in lines)


def _unpacked(line: Line, file: DropFile, first_line: int) -> Line:
    found = canonical.read(line.cells[0].partition(",")[0])
    if found is None:
        return line
    number, faults = found
    line = line._replace(place=number - first_line)
    for code, column in faults:
        if not column:
            return line._replace(code=code)
        if column < len(file.header) and file.mapping.get(file.header[column]):
            return line._replace(code=code, details={"column": file.header[column]})
    return line


def _height(lines: list[str], begun: int, delimiter: str) -> int:
    """Return how many lines the record has that begins there, as it was cut when the file was registered."""
    encoded = (line.encode("latin-1", "replace") for line in islice(lines, begun, None))
    record = next(records(encoded, delimiter))
    return len(physical_lines(record.raw.decode("latin-1")))


def _broken(raw: str, begun: int, delimiter: str, message: str) -> Line:
    if message.startswith("field larger"):
        return Line(begun, [raw[:_SHOWN]], "field_too_long", {"limit": FIELD_LIMIT})
    try:
        cells = next(reader(physical_lines(raw), delimiter, strict=False))
    except Error:
        cells = [raw[:_SHOWN]]
    return Line(begun, cells, "malformed_quotes")


@lru_cache(maxsize=8)
def _quoted(delimiter: str) -> re.Pattern[str]:
    one = re.escape(delimiter)
    return re.compile(rf'(?:\A|(?<={one}))"(?:[^"]++|"")*+"(?={one}|[\r\n]|\Z)')


def _is_stray(raw: str, delimiter: str) -> bool:
    return '"' in _quoted(delimiter).sub("", raw)
