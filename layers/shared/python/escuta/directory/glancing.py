"""A glance at the first rows of a dropped file, as they stand there: before anybody lets it go on."""

from itertools import islice
from typing import NamedTuple

from escuta import files
from escuta.config import settings
from escuta.directory import canonical
from escuta.directory.cells import Line, cells_of
from escuta.directory.model import DropFile
from escuta.errors import ConflictError

MOST_ROWS = 50
_READ = 256 * 1024  # bytes from the beginning of the file
_LONGEST = 500  # characters of a cell
_TOP = 200  # rows among which the titles are looked for, as where the file was registered


class Glance(NamedTuple):
    """The titles of a file, and its first rows, each with the line on which it stands."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def first(file: DropFile, most: int) -> Glance:
    """Return the first rows of a file. ConflictError `file_unread` before anybody looked into it.

    NotFoundError when the object is gone, or another one stands in its place.
    """
    if not file.encoding or not file.header:
        raise ConflictError("file_unread")
    if file.staged_key:
        where = {"bucket": settings().reports_bucket, "key": file.staged_key}
    else:
        where = {"bucket": file.bucket, "key": file.object_key, "etag": file.etag, "version": file.version}
    raw = b"".join(files.stream(**where, first=0, last=_READ - 1))
    content = raw.decode(file.encoding, "replace").removeprefix("\ufeff")
    if len(raw) == _READ:
        content = content[: max(content.rfind("\n"), content.rfind("\r")) + 1]
    lines = cells_of(content, file.delimiter)
    for line in islice(lines, _TOP):
        if tuple(cell.strip() for cell in line.cells[: len(file.header)]) == file.header:
            break
    own = int(canonical.is_canonical(file.header))
    rows = tuple(
        (_place(line, own), tuple(cell[:_LONGEST] for cell in line.cells[own:])) for line in islice(lines, most)
    )
    return Glance(file.header[own:], rows)


def _place(line: Line, own: int) -> int:
    """Return the line of a row in what was dropped; of a spreadsheet, its row there."""
    known = canonical.read(line.cells[0].partition(",")[0]) if own else None
    return known[0] if known else line.place + 1
