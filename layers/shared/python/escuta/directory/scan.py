"""The one pass over a dropped file: its hash, encoding, separator, columns, and where to cut it into chunks."""

import hashlib
from collections.abc import Iterable, Iterator
from csv import Error
from dataclasses import dataclass, field
from itertools import chain

from escuta.directory import decoding, dialect, header
from escuta.directory.decoding import RefusedFileError, Start, Watch
from escuta.directory.records import Blank, Record, physical_lines, reader, records
from escuta.entity import Value

CHUNK_ROWS = 500
CHUNK_BYTES = 1 << 20
_HEAD = 1 << 20
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
    rows: int = 0
    chunks: list[Chunk] = field(default_factory=list)
    sample: str = ""  # the first line with more than ASCII in it, so that a person can judge the encoding
    mojibake: bool = False


def scan(blocks: Iterable[bytes]) -> Scan:
    """Read a file once, in bounded memory. RefusedFileError says why it cannot be loaded at all."""
    found = Scan()
    metered = _metered(blocks, found)
    head = _head(metered)
    begin = decoding.start(head)
    lines = _lines_of(head, begin)
    found.delimiter, skip = _dialect(lines)
    watch = Watch(begin)
    units = decoding.units(watch.over(chain([head], metered)), begin)
    cutter = _Cutter(found, begin)
    title = _walk(records(units, found.delimiter), cutter, skip)
    cutter.close()
    found.encoding, found.mojibake = watch.encoding(), watch.mojibake
    _understand(found, title, cutter.accented, _Text(head, begin, found.encoding))
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


def _dialect(lines: list[str]) -> tuple[str, int]:
    """Return the separator, and how many records stand above the header."""
    written = next((place for place, line in enumerate(lines) if line.strip()), 0)
    delimiter = dialect.announced(lines[written]) if lines else ""
    rest = lines[written + 1 :] if delimiter else lines
    chosen = delimiter or dialect.choose(rest, header.known)
    above = header.find(dialect.sample(rest[:200], chosen))
    return chosen, above + bool(delimiter)


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


def _understand(found: Scan, title: Record, accented: Record | None, text: "_Text") -> None:
    try:
        cells = next(reader(physical_lines(text.of(title)), found.delimiter))
    except Error as error:
        raise RefusedFileError("header_malformed", line=title.line) from error
    found.header = header.names(cells)
    found.mapping = header.mapping(found.header)
    if accented is not None:
        found.sample = text.of(accented).strip()[:_SHOWN]


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
    """Cut the rows into chunks of whole rows."""

    def __init__(self, found: Scan, begin: Start) -> None:
        self.found = found
        self.accented: Record | None = None
        self._begin = begin
        self._first: Record | None = None
        self._row = 1

    def add(self, record: Record) -> None:
        first = self._first
        if first is None:
            self._first = record
        elif self.found.rows + 1 - self._row >= CHUNK_ROWS or self._byte(record) - self._byte(first) >= CHUNK_BYTES:
            self._cut(first, self._byte(record))
            self._first = record
        self.found.rows += 1
        if self.accented is None and not record.raw.isascii() and record.offset < _HEAD // 2:
            self.accented = record

    def close(self) -> None:
        if self._first is not None:
            self._cut(self._first, self.found.size)

    def _byte(self, record: Record) -> int:
        return self._begin.skip + record.offset * self._begin.width

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
