"""Exports: written part by part, so that three million rows need no more memory than three thousand.

A part is stored before the export notes it, and a part that is stored twice is the same part: whoever dies between the
two loses one part's work. The rows are those found while the export ran, from `started_at` to `finished_at`.
"""

import codecs
import csv
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from io import StringIO

from escuta import clock, files, ids, queues, table
from escuta.config import settings
from escuta.directory.reports import inert
from escuta.errors import ConflictError, GoneError
from escuta.feedback import exported, workbooks
from escuta.feedback.model import Export, ExportFormat, ExportKind, ExportState

KEPT = timedelta(days=7)
LINK_SECONDS = 300
XLSX_ROWS = 300_000  # a workbook of more takes longer than one run of the function
_ALL = "all"  # the cursor behind the last row: what is left is to put the parts together
_PART = 5 << 20  # the least that the store takes for a part that is not the last
_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_OVER = frozenset({ExportState.DONE, ExportState.FAILED, ExportState.EXPIRED})


def create(
    what: ExportKind,
    made_as: ExportFormat,
    *,
    language: str,
    segments: Iterable[str],
    who: str,
    deployment: str = "",
    key: str = "",
) -> Export:
    """Order an export; with the same `key` of the same person again it is the one that was ordered first."""
    now = clock.now()
    export = Export(
        id=ids.derive("export", who, key) if key else ids.new(),
        what=what,
        format=made_as,
        language=language,
        segments=tuple(sorted(segments)),
        deployment=deployment,
        created_at=now,
        created_by=who,
        expires_at=now + KEPT,
    )
    try:
        export = table.create(export)
    except ConflictError:
        export = get(export.id)
    queues.send(settings().export_queue, [{"export": export.id}])
    return export


def get(export: str) -> Export:
    """Return an export as it is now; NotFoundError when there is none."""
    found = table.load(Export, Export.at(export), consistent=True)
    return found.changed(state=ExportState.EXPIRED) if found.expires_at <= clock.now() else found


def listing(*, limit: int, cursor: str | None = None) -> table.Page[Export]:
    """Return exports, the newest first."""
    return table.query(Export, "exports", index="g1", limit=limit, newest_first=True, cursor=cursor)


def link(export: Export) -> str:
    """Return an address from which the file can be fetched for five minutes. GoneError when it is no longer kept."""
    if export.state is not ExportState.DONE:
        raise GoneError("export_expired") if export.state is ExportState.EXPIRED else ConflictError("export_not_done")
    return files.presigned_get(settings().reports_bucket, export.object_key, seconds=LINK_SECONDS)


def expire_all() -> int:
    """End every export that there is: somebody in it was erased. Return how many were ended."""
    ended, cursor = 0, None
    while True:
        page = listing(limit=100, cursor=cursor)
        for export in page.items:
            ended += _expire(export)
        cursor = page.next
        if cursor is None:
            return ended


def _expire(export: Export) -> int:
    if export.object_key:
        for made_as in ExportFormat:
            files.delete(settings().reports_bucket, _key(export, made_as))
    if export.state in {ExportState.FAILED, ExportState.EXPIRED}:
        return 0
    table.save(export.changed(state=ExportState.EXPIRED, expires_at=clock.now()))
    return 1


def run(export: str, has_time: Callable[[], bool]) -> Export:
    """Go on with an export until it is done, or until there is no time: then it is queued again."""
    current = _begun(get(export))
    while current.state is ExportState.RUNNING:
        current = _next(current)
        if current.state is ExportState.RUNNING and not has_time():
            queues.send(settings().export_queue, [{"export": export}])
            break
    return current


def _next(export: Export) -> Export:
    if not export.upload:
        return _bound(export)
    return _joined(export) if export.cursor == _ALL else _part(export)


def _begun(export: Export) -> Export:
    if export.state is not ExportState.QUEUED:
        return export
    key = _key(export, ExportFormat.CSV)
    upload = files.begin_parts(settings().reports_bucket, key, _TYPES[ExportFormat.CSV])
    started = export.started_at or clock.now()
    return table.save(export.changed(state=ExportState.RUNNING, upload=upload, object_key=key, started_at=started))


def _key(export: Export, made_as: ExportFormat) -> str:
    return f"exports/{export.id}/{export.what}-{export.created_at:%Y%m%dT%H%M%SZ}.{made_as}"


def _part(export: Export) -> Export:
    """Store the next part and note it."""
    buffer = StringIO(newline="")
    writer = csv.writer(buffer)
    if not export.parts:
        buffer.write("\ufeff")
        writer.writerow(exported.titles(export))
    guard = inert if export.format is ExportFormat.CSV else str
    cursor: str | None = export.cursor
    rows = export.rows
    while cursor is not None and buffer.tell() < _PART:
        page = exported.page(export.changed(cursor=cursor))
        writer.writerows([guard(cell) for cell in row] for row in page.rows)
        rows, cursor = rows + len(page.rows), page.next
    if export.format is ExportFormat.XLSX and rows > XLSX_ROWS:
        return _ended(export, ExportState.FAILED, rows, reason="export_xlsx_too_large")
    body, number = buffer.getvalue().encode(), len(export.parts) + 1
    tag = files.put_part(settings().reports_bucket, export.object_key, export.upload, number, body)
    parts = (*export.parts, tag)
    return table.save(export.changed(parts=parts, cursor=_ALL if cursor is None else cursor, rows=rows))


def _joined(export: Export) -> Export:
    """Put the parts together. When another worker has stored one of them otherwise, everything begins anew."""
    try:
        files.join_parts(settings().reports_bucket, export.object_key, export.upload, export.parts)
    except ConflictError:
        anew = export.changed(state=ExportState.QUEUED, upload="", parts=(), cursor="", rows=0)
        return _begun(table.save(anew))
    if export.format is ExportFormat.CSV:
        return _ended(export, ExportState.DONE, export.rows)
    return table.save(export.changed(upload="", parts=()))


def _bound(export: Export) -> Export:
    """Make the workbook of the rows that are all there."""
    bucket, key = settings().reports_bucket, _key(export, ExportFormat.XLSX)
    with workbooks.made(_cells(export), str(export.what)) as book:
        files.write_blocks(bucket, key, iter(lambda: book.read(1 << 20), b""), _TYPES[ExportFormat.XLSX])
    return _ended(export.changed(object_key=key), ExportState.DONE, export.rows)


def _cells(export: Export) -> Iterator[list[str]]:
    lines = _lines(files.stream(settings().reports_bucket, export.object_key))
    yield from csv.reader(lines)


def _lines(blocks: Iterable[bytes]) -> Iterator[str]:
    """Yield the lines of a CSV; a line end within a cell stays with its halves, which the reader joins again."""
    held, mark = b"", codecs.BOM_UTF8
    for block in blocks:
        *lines, held = (held + block).split(b"\n")
        for line in lines:
            yield f"{line.removeprefix(mark).decode()}\n"
            mark = b""
    if held:
        yield held.decode()


def _ended(export: Export, state: ExportState, rows: int, reason: str = "") -> Export:
    ended = export.changed(
        state=state, rows=rows, reason=reason, upload="", parts=(), cursor="", finished_at=clock.now()
    )
    return table.save(ended)
