"""The one pass over a dropped file: its hash, encoding, separator, columns, and where to cut it into chunks."""

import hashlib
from collections.abc import Iterable, Iterator
from csv import Error
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import NamedTuple

from escuta.directory import decoding, dialect, header
from escuta.directory.canonical import is_canonical
from escuta.directory.decoding import RefusedFileError, Start, Watch
from escuta.directory.model import FileKind, Folder
from escuta.directory.records import Blank, Record, physical_lines, reader, records
from escuta.entity import Value

CHUNK_ROWS = 500
CHUNK_BYTES = 1 << 20
WHOLE_ROWS = 10_000  # of a file that is loaded in one piece, since its rows may name each other
WHOLE_BYTES = 16 << 20  # as above
_IN_CHUNKS = frozenset({FileKind.CONTACTS, FileKind.SUPPRESSIONS})
_HEAD = 1 << 20
_TOP = 200  # lines among which the header is looked for
_SAMPLED = 5_000  # lines from which the way dates are written is read
_SHOWN = 80


class Chunk(Value):
    """A piece of a file that is loaded by itself: the message on the load queue."""

    file: str = ""
    number: int
    first_byte: int
    last_byte: int  # included
    first_row: int
    first_line: int
    rows: int


@dataclass
class Scan:
    """What one pass over a file found."""

    size: int = 0
    sha256: str = ""
    encoding: str = ""
    delimiter: str = ""
    header: tuple[str, ...] = ()
    mapping: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    date_formats: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    chunks: list[Chunk] = field(default_factory=list)
    sample: str = ""  # the first line with more than ASCII in it, so that a person can judge the encoding
    mojibake: bool = False


def scan(blocks: Iterable[bytes], folder: Folder) -> Scan:
    """Read a file of this folder once, in bounded memory. RefusedFileError says why it cannot be loaded at all."""
    found = Scan()
    metered = _metered(blocks, found)
    head = _head(metered)
    begin = decoding.start(head)
    top = _top(_lines_of(head, begin), folder)
    found.delimiter = top.delimiter
    watch = Watch(begin)
    units = decoding.units(watch.over(chain([head], metered)), begin)
    cutter = _Cutter(found, begin, whole=folder.file_kind not in _IN_CHUNKS)
    title = _walk(records(units, found.delimiter), cutter, top.skip)
    cutter.close()
    found.encoding, found.mojibake = watch.encoding(), watch.mojibake
    text = _Text(head, begin, found.encoding)
    found.header = _header(title, text, found.delimiter)
    understood = header.understand(found.header, folder, top.rows)
    found.mapping, found.ignored, found.date_formats = understood
    if cutter.accented is not None and not is_canonical(found.header):
        found.sample = text.of(cutter.accented).strip()[:_SHOWN]
    return found


def _metered(blocks: Iterable[bytes], found: Scan) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
        found.size += len(block)
        yield block
    found.sha256 = digest.hexdigest()


def _head(blocks: Iterator[bytes]) -> bytes:
    head = b""
    for block in blocks:
        head += block
        if len(head) >= _HEAD:
            break
    return head


def _lines_of(head: bytes, begin: Start) -> list[str]:
    """Return the lines of the head, without the last one where it may go on."""
    raw = head[begin.skip :]
    if begin.encoding:
        text = raw.decode(begin.encoding, "replace")
    else:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            cut = len(raw) - error.start < 4  # noqa: PLR2004 - the longest character of UTF-8, cut by the head's end
            text = raw.decode("utf-8" if cut else "cp1252", "replace")
    lines = physical_lines(text)
    return lines[:-1] if len(head) >= _HEAD and len(lines) > 1 else lines


class _Top(NamedTuple):
    """What the head of a file says: its separator, how many records stand above the header, rows below it."""

    delimiter: str
    skip: int
    rows: list[list[str]]


def _top(lines: list[str], folder: Folder) -> _Top:
    kind = folder.file_kind
    written = next((place for place, line in enumerate(lines) if line.strip()), 0)
    announced = dialect.announced(lines[written]) if lines else ""
    rest = lines[written + 1 :] if announced else lines
    delimiter = announced or dialect.choose(rest, partial(header.known, kind=kind, saved=folder.mapping))
    first = [row[: header.COLUMN_LIMIT] for row in dialect.sample(rest[:_TOP], delimiter)]
    above = header.find(first, kind, folder.mapping)
    return _Top(delimiter, above + bool(announced), dialect.sample(rest[:_SAMPLED], delimiter)[above + 1 :])


def _walk(all_records: Iterator[Record], cutter: "_Cutter", skip: int) -> Record:
    """Give every row to the cutter and return the header. RefusedFileError when nothing stands there."""
    blank = Blank(cutter.found.delimiter)
    written = (record for record in all_records if not blank(record.raw))
    title: Record | None = None
    for _ in range(skip + 1):
        title = next(written, None)
    if title is None:
        raise RefusedFileError("empty_file")
    for record in written:
        cutter.add(record)
    if not cutter.found.rows:
        raise RefusedFileError("no_rows")
    return title


def _header(title: Record, text: "_Text", delimiter: str) -> tuple[str, ...]:
    try:
        cells = next(reader(physical_lines(text.of(title)), delimiter))
    except Error as error:
        raise RefusedFileError("header_malformed", line=title.line) from error
    return header.names(cells)


@dataclass
class _Text:
    """The characters of a record, whose units are its bytes, or stand for those in the head of a UTF-16 file."""

    head: bytes
    begin: Start
    encoding: str

    def of(self, record: Record) -> str:
        width = self.begin.width
        if width == 1:
            return decoding.text(record.raw, self.encoding)
        first = self.begin.skip + record.offset * width
        return decoding.text(self.head[first : first + len(record.raw) * width], self.encoding)


class _Cutter:
    """Cut the rows into chunks of whole rows, or keep them together. RefusedFileError when those are too many."""

    def __init__(self, found: Scan, begin: Start, *, whole: bool) -> None:
        self.found = found
        self._whole = whole
        self.accented: Record | None = None
        self._skip, self._width = begin.skip, begin.width
        self._first: Record | None = None
        self._row = 1

    def add(self, record: Record) -> None:
        first = self._first
        if first is None:
            self._first = record
        elif self._whole:
            self._stay_whole(record, first)
        elif (
            self.found.rows + 1 - self._row >= CHUNK_ROWS or (record.offset - first.offset) * self._width >= CHUNK_BYTES
        ):
            self._cut(first, self._byte(record))
            self._first = record
        self.found.rows += 1
        if self.accented is None and not record.raw.isascii() and record.offset < _HEAD // 2:
            self.accented = record

    def _stay_whole(self, record: Record, first: Record) -> None:
        if self.found.rows >= WHOLE_ROWS:
            raise RefusedFileError("too_many_rows", limit=WHOLE_ROWS)
        if self._byte(record) - self._byte(first) > WHOLE_BYTES:
            raise RefusedFileError("too_many_bytes", limit=WHOLE_BYTES >> 20)

    def close(self) -> None:
        if self._first is not None:
            self._cut(self._first, self.found.size)

    def _byte(self, record: Record) -> int:
        return self._skip + record.offset * self._width

    def _cut(self, first: Record, end: int) -> None:
        self.found.chunks.append(
            Chunk(
                number=len(self.found.chunks),
                first_byte=self._byte(first),
                last_byte=end - 1,
                first_row=self._row,
                first_line=first.line,
                rows=self.found.rows + 1 - self._row,
            )
        )
        self._row = self.found.rows + 1
