"""Exports: written part by part, so that three million rows need no more memory than three thousand.

A part is stored before the export notes it, and a part that is stored twice is the same part: whoever dies between the
two loses one part's work. The rows are those found while the export ran, from `started_at` to `finished_at`. What is a
workbook or a Parquet file in the end is collected as lines first, and then packed in one run.
"""

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

from escuta import clock, events, files, i18n, ids, queues, table
from escuta.config import settings
from escuta.directory.reports import inert
from escuta.errors import ConflictError, GoneError, UnavailableError
from escuta.events import EventType, ExportData
from escuta.feedback import exported, parquet, workbooks
from escuta.feedback.exported import Sheet, walking
from escuta.feedback.model import Export, ExportFormat, ExportState, Wanted

KEPT = timedelta(days=7)
LINK_SECONDS = 300
_SETTLED = timedelta(minutes=5)  # after a day: what was sent at its end is stored
_LATER = 900  # seconds, the most that a message waits
_GONE = 2 * KEPT + timedelta(days=2)  # after these nothing of an export is left: the bucket keeps its folder 8 days
_OVER = frozenset({ExportState.FAILED, ExportState.EXPIRED})
XLSX_ROWS = 300_000  # a workbook of more takes longer than one run of the function
PARQUET_ROWS = 3_000_000  # likewise; and whoever wants more wants them in several files
_ALL = "all"  # the cursor behind the last row: what is left is to put the parts together
_CELL = 1 << 20  # characters that are read back of one: more than a row of the table holds
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_PART = 5 << 20  # the least that the store takes for a part that is not the last
_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ExportFormat.JSONL: "application/jsonl",
    ExportFormat.PARQUET: parquet.CONTENT_TYPE,
}
_MOST: dict[ExportFormat, Callable[[], tuple[int, str]]] = {
    ExportFormat.XLSX: lambda: (XLSX_ROWS, "export_xlsx_too_large"),
    ExportFormat.PARQUET: lambda: (PARQUET_ROWS, "export_parquet_too_large"),
}
HasTime = Callable[[], bool]


def create(
    wanted: Wanted, *, who: str, key: str = "", identity: str = "", schedule: str = "", destination: str = ""
) -> Export:
    """Order an export; with the same `key` of the same person, or the same `identity`, it is what was ordered first."""
    now = clock.now()
    export = Export(
        **dict(wanted.changed(segments=tuple(sorted(wanted.segments)))),
        id=identity or (ids.derive("export", who, key) if key else ids.new()),
        schedule=schedule,
        destination=destination,
        created_at=now,
        created_by=who,
        expires_at=now + KEPT,
    )
    try:
        export = table.create(export)
    except ConflictError:
        export = get(export.id)
    try:
        queues.send(settings().export_queue, [{"export": export.id}])
    except UnavailableError:
        if not (key or identity):  # nobody can order this very one again: it would wait for ever
            table.delete(Export, export.key())
        raise
    return export


def get(export: str) -> Export:
    """Return an export as it is now; NotFoundError when there is none."""
    found = table.load(Export, Export.at(export), consistent=True)
    return found.changed(state=ExportState.EXPIRED) if found.expires_at <= clock.now() else found


def is_ordered(export: str) -> bool:
    """Tell whether an export is there: one whose order was refused is not, though its message may have been sent."""
    return table.find(Export, Export.at(export), consistent=True) is not None


def listing(*, limit: int, cursor: str | None = None) -> table.Page[Export]:
    """Return exports, the newest first."""
    return table.query(Export, "exports", index="g1", limit=limit, newest_first=True, cursor=cursor)


def link(export: Export) -> str:
    """Return an address from which the file can be fetched for five minutes. GoneError when it is no longer kept."""
    if export.state is not ExportState.DONE:
        raise GoneError("export_expired") if export.state is ExportState.EXPIRED else ConflictError("export_not_done")
    return files.presigned_get(settings().reports_bucket, export.object_key, seconds=LINK_SECONDS)


def expire_all() -> int:
    """End every export whose file is there: somebody in it was erased. Return how many were ended.

    One that is not done begins anew, so that what a schedule owes still comes.
    """
    ended, cursor = 0, None
    since = clock.now() - _GONE
    while True:
        page = listing(limit=100, cursor=cursor)
        young = [export for export in page.items if export.created_at > since]
        ended += sum(map(_expire, young))
        cursor = page.next
        if cursor is None or len(young) < len(page.items):
            return ended


def _expire(export: Export) -> int:
    """Remove what an export wrote, then end it: who still works at it removes what comes later (`run`)."""
    if export.state in _OVER:
        return 0
    _clear(export, everything=True)
    if export.state is not ExportState.DONE:
        table.save(_anew(export))
        return 0
    table.save(export.changed(state=ExportState.EXPIRED, expires_at=clock.now()))
    return 1


def run(export: str, has_time: HasTime) -> Export:
    """Go on with an export until it is done, or until there is no time: then it is queued again.

    What has to be packed in one go gets a run of its own.
    """
    current = get(export)
    if current.state is ExportState.QUEUED and _is_early(current):
        queues.send(settings().export_queue, [{"export": export}], delay=_LATER)
        return current
    current = _begun(current)
    if current.state is not ExportState.RUNNING:
        _clear(current, everything=current.state in _OVER)
    while current.state is ExportState.RUNNING:
        collected = bool(current.upload)
        current = _next(current, has_time)
        is_to_be_packed = collected and not current.upload
        if current.state is ExportState.RUNNING and (is_to_be_packed or not has_time()):
            queues.send(settings().export_queue, [{"export": export}])
            break
    return current


def _is_early(export: Export) -> bool:
    """Tell whether the days that a schedule speaks of are not over everywhere.

    Its hour is that of one time zone. What is still answered further west would be in no file: the next one begins
    with the next day.
    """
    if not export.schedule or export.last is None:
        return False
    now = clock.now() - _SETTLED
    zones = {segment.timezone for segment in walking.inside(export)}
    return any(clock.local_day(now, zone) <= export.last.isoformat() for zone in zones)


def give_up(export: str) -> Export:
    """Remove what an export wrote that nobody can go on with, and end it, so that who waits for it is told."""
    current = get(export)
    if current.state not in {ExportState.QUEUED, ExportState.RUNNING}:
        return current
    _clear(current, everything=True)  # before it is said: nobody comes back after this
    return _ended(current, ExportState.FAILED, current.rows, reason="export_broken")


def _next(export: Export, has_time: HasTime) -> Export:
    if not export.upload:
        return _packed(export)
    return _joined(export) if export.cursor == _ALL else _part(export, has_time)


def _begun(export: Export) -> Export:
    if export.state is not ExportState.QUEUED:
        return export
    lines = export.format.lines
    key = _key(export, lines)
    upload = files.begin_parts(settings().reports_bucket, key, _TYPES[lines])
    names = exported.sheet_of(export).names
    started = export.started_at or clock.now()
    return table.save(
        export.changed(state=ExportState.RUNNING, upload=upload, object_key=key, columns=names, started_at=started)
    )


def _key(export: Export, made_as: ExportFormat) -> str:
    """Return where an export stands in the bucket; what is only collected is never where others look for files."""
    own = f"exports/{export.id}/{export.what}-{export.created_at:%Y%m%dT%H%M%SZ}"
    return f"{(made_as is export.format and export.destination) or own}.{made_as}"


def _part(export: Export, has_time: HasTime) -> Export:
    """Store the next part and note it; when the time is up before there are enough rows for one, keep those there are.

    A filter that few rows pass may let a run end with less than a part.
    """
    sheet = exported.sheet_of(export)
    buffer = StringIO(newline="")
    if export.holding:
        buffer.write(files.read(settings().reports_bucket, export.held[-1]).decode())
    elif not export.parts:
        _head(buffer, export, sheet)
    cursor: str | None = export.cursor
    rows = export.rows
    while cursor is not None and buffer.tell() < _PART:
        page = exported.page(export.changed(cursor=cursor))
        _lines(buffer, export, sheet, page.items)
        rows, cursor = rows + len(page.items), page.next
        if not has_time():
            break
    if export.format in _MOST and rows > (bound := _MOST[export.format]())[0]:
        return _ended(export, ExportState.FAILED, rows, reason=bound[1])
    body = buffer.getvalue().encode()
    if cursor is not None and len(body) < _PART:
        return _held(export.changed(cursor=cursor, rows=rows), body)
    number = len(export.parts) + 1
    tag = files.put_part(settings().reports_bucket, export.object_key, export.upload, number, body)
    parts = (*export.parts, tag)
    return table.save(export.changed(parts=parts, holding=False, cursor=_ALL if cursor is None else cursor, rows=rows))


def _head(buffer: StringIO, export: Export, sheet: Sheet) -> None:
    if export.format.lines is ExportFormat.CSV:
        buffer.write("\ufeff")
        csv.writer(buffer, delimiter=_separator(export)).writerow(sheet.titles(export.language))


def _lines(buffer: StringIO, export: Export, sheet: Sheet, things: Iterable[Any]) -> None:
    """Write rows: inert where a spreadsheet may open them, literally where a program does.

    Characters at which some programs end a line are written as their numbers, which JSON reads as the same.
    """
    if export.format.lines is ExportFormat.CSV:
        guard = inert if export.format is ExportFormat.CSV else str
        writer = csv.writer(buffer, delimiter=_separator(export))
        writer.writerows([guard(cell) for cell in sheet.cells(thing)] for thing in things)
    else:
        encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
        buffer.writelines(f"{_LINE_ENDS.sub(_number, encode(sheet.record(thing)))}\n" for thing in things)


def _separator(export: Export) -> str:
    """Return what parts cells: in a file that people open, what their spreadsheets split it at.

    Split at another character, a cell could begin in the middle of what somebody wrote, and be a formula there.
    """
    return i18n.separator(export.language) if export.format is ExportFormat.CSV else ","


def _number(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _held(export: Export, body: bytes) -> Export:
    """Keep the beginning of a part in an object of its own; what is not noted goes, since nobody would remove it."""
    key = f"exports/{export.id}/held-{ids.new()}"
    files.write(settings().reports_bucket, key, body, "application/octet-stream")
    try:
        return table.save(export.changed(held=(*export.held, key), holding=True))
    except ConflictError:
        if key not in get(export.id).held:  # it is where the reply to the first call was lost
            files.delete(settings().reports_bucket, key)
        raise


def _joined(export: Export) -> Export:
    """Put the parts together. When another worker has stored one of them otherwise, everything begins anew."""
    try:
        files.join_parts(settings().reports_bucket, export.object_key, export.upload, export.parts)
    except ConflictError:
        return _begun(table.save(_anew(export)))
    if export.format is export.format.lines:
        return _ended(export, ExportState.DONE, export.rows)
    return table.save(export.changed(upload="", parts=()))


def _anew(export: Export) -> Export:
    """Return an export as if nobody had begun it; whoever works at it finds that out and begins with it."""
    return export.changed(
        state=ExportState.QUEUED, upload="", parts=(), holding=False, columns=(), cursor="", rows=0, object_key=""
    )


def _packed(export: Export) -> Export:
    """Make the workbook or the Parquet file of the rows that are all there."""
    bucket, key = settings().reports_bucket, _key(export, export.format)
    lines = _read(files.stream(bucket, _key(export, export.format.lines)))
    if export.format is ExportFormat.PARQUET:
        fields = exported.sheet_of(export).fields
        files.write_blocks(bucket, key, parquet.blocks(fields, map(json.loads, lines)), _TYPES[export.format])
    else:
        csv.field_size_limit(_CELL)
        with workbooks.made(csv.reader(lines), str(export.what)) as book:
            files.write_blocks(bucket, key, iter(lambda: book.read(1 << 20), b""), _TYPES[export.format])
    return _ended(export.changed(object_key=key), ExportState.DONE, export.rows)


def _read(blocks: Iterable[bytes]) -> Iterator[str]:
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
    table.transact(table.Save(ended), events.action(_happened(ended)))
    _clear(ended, everything=state in _OVER)
    return ended.changed(rev=ended.rev + 1)


def _happened(ended: Export) -> events.DomainEvent:
    kind = EventType.EXPORT_FINISHED if ended.state is ExportState.DONE else EventType.EXPORT_FAILED
    data = ExportData(
        export=ended.id,
        schedule=ended.schedule,
        what=ended.what,
        format=ended.format,
        rows=ended.rows,
        reason=ended.reason,
    )
    number = ended.rev + 1
    return events.made(kind, data, ended.id, number, subject=f"export/{ended.id}", revision=number)


def _clear(export: Export, *, everything: bool = False) -> None:
    """Remove what was kept between two runs, or everything that an export wrote."""
    written = [_key(export, each) for each in {export.format, export.format.lines}] if everything else []
    for key in (*written, *export.held):
        files.delete(settings().reports_bucket, key)
