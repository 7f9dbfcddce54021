"""Loading one chunk of a file: its rows checked, what they speak of written, what became of each row noted.

Everything here may be done twice: whatever a row made remembers the row, so a chunk that comes again says the same
again and writes nothing.
"""

from collections.abc import Sequence

from escuta import files, ids, table
from escuta.config import settings
from escuta.directory import custom_fields, drops, folders, managers, people, products, segments
from escuta.directory.cells import Line, rows_of
from escuta.directory.columns import segment_code
from escuta.directory.decoding import text
from escuta.directory.model import DropFile, FileKind, Folder, RowResult, Segment
from escuta.directory.people import Hooks
from escuta.directory.rows import Person, Rows, Thing, rejected
from escuta.directory.scan import Chunk
from escuta.errors import InvalidError

__all__ = ["Hooks", "check", "load"]

Checked = Person | Thing | RowResult


def load(chunk: Chunk, hooks: Hooks = Hooks()) -> DropFile:  # noqa: B008 - it never changes
    """Load a chunk and return its file.

    NotFoundError when the object is no longer the one that was registered: the message stays in its queue and ends in
    the dead-letter queue, and the file is never called done.
    """
    file = drops.get(chunk.file, consistent=True)
    if not drops.is_open(file) or drops.is_done(file, chunk.number):
        return file
    folder = folders.of(file.folder).changed(file_kind=file.file_kind)  # what the file was taken for stays
    checked, places = check(file, folder, chunk, _read(file, chunk))
    drops.write_results(file.id, chunk.number, _taken_in(file, checked, places, hooks))
    drops.mark_done(file, chunk.number)
    return file


def _read(file: DropFile, chunk: Chunk) -> str:
    """Return the text of a chunk: of the plain copy where the object was packed, else of the object itself."""
    if file.staged_key:
        where = {"bucket": settings().reports_bucket, "key": file.staged_key}
    else:
        where = {"bucket": file.bucket, "key": file.object_key, "etag": file.etag, "version": file.version}
    blocks = files.stream(**where, first=chunk.first_byte, last=chunk.last_byte)
    return text(b"".join(blocks), file.encoding)


def check(file: DropFile, folder: Folder, chunk: Chunk, content: str) -> tuple[list[Checked], dict[str, Segment]]:
    """Return what every row of a chunk says, or its rejection; and the segments there are.

    RuntimeError unless there are as many rows as registered.
    """
    lines = list(rows_of(file, chunk, content))
    places = _segments(file, folder, lines)
    rows = Rows(file, folder, places, settings().country, custom_fields.all())
    checked: list[Checked] = [
        rejected(row, chunk.first_line + line.place, line.cells, InvalidError(line.code, **line.details))
        if line.code
        else rows.check(row, chunk.first_line + line.place, line.cells, flag=line.flag)
        for row, line in enumerate(lines, chunk.first_row)
    ]
    if len(checked) != chunk.rows:
        raise RuntimeError(f"file {file.id} chunk {chunk.number}: {len(checked)} rows in place of {chunk.rows}")
    return checked, places


def _segments(file: DropFile, folder: Folder, lines: Sequence[Line]) -> dict[str, Segment]:
    """Return the segments there are, after a look in the table for those that the kept list may not have yet."""
    known = segments.by_code()
    columns = [place for place, name in enumerate(file.header) if file.mapping.get(name) == "segment"]
    cells = {line.cells[place] for place in columns for line in lines if len(line.cells) > place}
    named = {segment_code(cell) for cell in {*cells, folder.segment}}
    new = [Segment.at(code) for code in named - known.keys() if 0 < len(code) <= 64]  # noqa: PLR2004 - no code is longer
    return {**known, **{segment.code: segment for segment in table.find_many(Segment, new).values()}}


def _taken_in(file: DropFile, checked: Sequence[Checked], places: dict[str, Segment], hooks: Hooks) -> list[RowResult]:
    """Take in the rows that passed, as the kind of the file says, and return what became of every row, in order."""
    passed = [row for row in checked if isinstance(row, Person)]
    things = [row for row in checked if isinstance(row, Thing)]
    # a dry run knows its rows by another name: what the same content made before is no news of the dry run
    content = ids.derive("preview", file.id) if file.dry_run else ids.derive("content", file.sha256)
    results = [row for row in checked if isinstance(row, RowResult)]
    if passed:
        results += people.take_in(passed, file, content, places, hooks)
    if things:
        results += _flagged(things, _things(file, things, content, hooks))
    if len(results) != len(checked):
        raise RuntimeError(f"file {file.id}: {len(results)} results of {len(checked)} rows")
    return sorted(results, key=lambda result: result.row)


def _things(file: DropFile, things: Sequence[Thing], content: str, hooks: Hooks) -> list[RowResult]:
    columns = {field: column for column, field in file.mapping.items()}
    match file.file_kind:
        case FileKind.SEGMENTS:
            return segments.take_in(things, source=content, dry_run=file.dry_run, columns=columns)
        case FileKind.MANAGERS:
            return managers.take_in(things, source=content, dry_run=file.dry_run, columns=columns)
        case FileKind.PRODUCTS:
            return products.take_in(things, source=content, dry_run=file.dry_run, columns=columns)
        case FileKind.SUPPRESSIONS:
            return hooks.suppress(things, source=content, dry_run=file.dry_run)
        case FileKind.CONTACTS:
            raise TypeError(f"file {file.id}: a row of people that speaks of nobody")


def _flagged(things: Sequence[Thing], results: Sequence[RowResult]) -> list[RowResult]:
    flags = {thing.row: thing.flag for thing in things if thing.flag}
    return [
        result.changed(code=flags[result.row]) if result.row in flags and not result.code else result
        for result in results
    ]
