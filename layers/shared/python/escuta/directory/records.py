"""Where the rows of a delimited file begin and end, and what stands in them. Quoted fields may hold line ends."""

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import NamedTuple

from escuta.directory.decoding import RefusedFileError

RECORD_LIMIT = 1 << 20  # bytes
FIELD_LIMIT = 1 << 16  # characters
SPACE = " \t\r\n"
_CLOSES = re.compile(rb'(?:[^"]++|"")*+"')


class Record(NamedTuple):
    """One row as it stands: where it begins (in code units), on which physical line, and its bytes."""

    offset: int
    line: int
    raw: bytes


def records(blocks: Iterable[bytes], delimiter: str) -> Iterator[Record]:
    """Yield every record, blank ones too, in bounded memory, cut exactly where `csv.reader` ends a row.

    RefusedFileError `quote_unclosed` names the line of a quote that never closes, or that closes on a later line in
    the middle of a field (so no row is silently eaten); `line_too_long` the place of a row that no memory would hold.
    """
    quotes = _Quotes(delimiter.encode())
    offset, number, begun_at, begun_on = 0, 0, 0, 1
    held: list[bytes] = []
    for line in byte_lines(blocks):
        number += 1
        if not held:
            begun_at, begun_on = offset, number
        offset += len(line)
        if held or b'"' in line:
            still_open = quotes.after(line, number)
            held.append(line)
            if still_open and offset - begun_at <= RECORD_LIMIT:
                continue
            line = b"".join(held)  # noqa: PLW2901 - the record that this line ends
            held = []
        if len(line) > RECORD_LIMIT:
            quotes.refuse(begun_at, begun_on)
        yield Record(begun_at, begun_on, line)
    if held:
        raise RefusedFileError("quote_unclosed", line=quotes.line)


class _Quotes:
    """Whether a quoted field is open after a line, and the line where it was opened (0: none is)."""

    def __init__(self, delimiter: bytes) -> None:
        one = re.escape(delimiter)
        field = rb'"(?:[^"]++|"")*+"[^' + one + rb']*+|(?!")[^' + one + rb"]*+"
        self._delimiter = delimiter
        self._leaves_open = re.compile(rb"(?:(?:" + field + rb")" + one + rb')*+"(?:[^"]++|"")*+\Z')
        self.line = 0

    def after(self, line: bytes, number: int) -> bool:
        place = 0
        if self.line:
            closed = _CLOSES.match(line)
            if closed is None:
                return True
            place = line.find(self._delimiter, closed.end())
            if line[closed.end() : place if place >= 0 else None].strip():
                raise RefusedFileError("quote_unclosed", line=self.line)
            self.line = 0
            if place < 0:
                return False
            place += 1
        if self._leaves_open.match(line, place):
            self.line = number
        return self.line > 0

    def refuse(self, byte: int, line: int) -> None:
        if self.line:
            raise RefusedFileError("quote_unclosed", line=self.line)
        raise RefusedFileError("line_too_long", line=line, byte=byte, limit=RECORD_LIMIT)


def byte_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield physical lines with their ends (LF, CRLF or CR). The last one is held back: it may go on."""
    held, done, count = b"", 0, 1
    for block in blocks:
        lines = (held + block).splitlines(keepends=True)
        held = lines.pop() if lines else b""
        yield from lines
        done += sum(map(len, lines))
        count += len(lines)
        if len(held) > RECORD_LIMIT:
            raise RefusedFileError("line_too_long", line=count, byte=done, limit=RECORD_LIMIT)
    if held:
        yield held


def parse(raw: bytes, delimiter: str) -> list[str]:
    """Return the cells of one record whose code units are bytes, as lenient as a quoted field allows."""
    return next(reader(physical_lines(raw.decode("latin-1")), delimiter, strict=False), [])


def physical_lines(text: str) -> list[str]:
    """Return the lines of a text with their ends, at LF, CRLF and CR alone: `str.splitlines` knows seven more."""
    return list(StringIO(text, newline=""))


def reader(lines: Iterable[str], delimiter: str, *, strict: bool = True) -> "csv._reader":  # type: ignore[name-defined] # only the stub has the name
    """Return the csv reader of this dialect, with the limit of a field set."""
    csv.field_size_limit(FIELD_LIMIT)
    return csv.reader(lines, delimiter=delimiter, strict=strict)


def is_blank(cells: Iterable[str]) -> bool:
    """Tell whether a record says nothing: no cell with anything but spaces. Such a record is no row."""
    return not "".join(cells).strip(SPACE)


class Blank:
    """Tell blank records apart without parsing the others."""

    def __init__(self, delimiter: str) -> None:
        """Know what a blank record can consist of."""
        self._delimiter = delimiter
        self._nothing = f'{delimiter}"{SPACE}'.encode()

    def __call__(self, raw: bytes) -> bool:
        """Agree with `is_blank` of the parsed record."""
        return not raw.strip(self._nothing) and (b'"' not in raw or self._is_nothing(raw))

    def _is_nothing(self, raw: bytes) -> bool:
        try:
            return is_blank(parse(raw, self._delimiter))
        except csv.Error:  # a field above the limit, of quotes alone
            return False
