"""Dropped files as they are stored: their rows, the results of their rows."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from escuta import events, files, ids, measured, table
from escuta.config import settings
from escuta.directory.model import ChunkGroup, DropFile, FileState, RowOutcome, RowResult
from escuta.events import EventType, ImportData
from escuta.measured import Measure

CHUNKS_TOGETHER = 256  # numbers in one row
_TRIES = 12
_HAPPENED = {
    FileState.DONE: EventType.IMPORT_FINISHED,
    FileState.DUPLICATE: EventType.IMPORT_FINISHED,
    FileState.REFUSED: EventType.IMPORT_FAILED,
    FileState.FAILED: EventType.IMPORT_FAILED,
}
_LOADED = frozenset({RowOutcome.ACCEPTED, RowOutcome.UPDATED, RowOutcome.DUPLICATE})


def identity(bucket: str, key: str, version: str, etag: str) -> str:
    """Return the id of a file: the same for every notice of the same bytes at the same place."""
    return ids.derive("file", bucket, key, version or etag)


def get(file: str, *, consistent: bool = False) -> DropFile:
    """Return the file with this id; NotFoundError when there is none."""
    return table.load(DropFile, DropFile.at(file), consistent=consistent)


def listing(*, limit: int, cursor: str | None = None) -> table.Page[DropFile]:
    """Return dropped files, the newest first."""
    return table.query(DropFile, "files", index="g1", limit=limit, newest_first=True, cursor=cursor)


def change(file: str, changed: Callable[[DropFile], DropFile | None]) -> DropFile:
    """Change a file guarded by its revision, again from the stored one when somebody else was faster.

    `changed` returns None when there is nothing left to do. UnavailableError when others were always faster.
    """
    found = get(file, consistent=True)
    after = table.change(found, lambda now: changed(now) or now, beside=_told, tries=_TRIES)
    if after.state is not found.state and (kind := _HAPPENED.get(after.state)):
        measured.count(Measure.IMPORTS_DONE, kind is EventType.IMPORT_FINISHED)
        measured.count(Measure.IMPORTS_FAILED, kind is EventType.IMPORT_FAILED)
        measured.count(Measure.IMPORT_ROWS_REJECTED, after.totals.get(RowOutcome.REJECTED, 0))
    return after


def _told(before: DropFile, after: DropFile) -> tuple[table.Action, ...]:
    """Return the event that a file was taken in, or cannot be."""
    kind = _HAPPENED.get(after.state)
    if kind is None or after.state is before.state:
        return ()
    same = ImportData.model_fields.keys() & DropFile.model_fields.keys()
    data = ImportData.model_validate(
        {**{name: getattr(after, name) for name in same}, "file": after.id, "kind": after.file_kind}
    )
    number = after.rev + 1
    told = events.made(kind, data, after.id, number, subject=f"file/{after.id}", revision=number)
    return (events.action(told),)


def is_open(file: DropFile) -> bool:
    """Tell whether chunks of a file are still to be loaded: also after one was given up, since it can be put back."""
    return file.state is FileState.LOADING or (file.state is FileState.FAILED and file.chunks > 0)


def is_done(file: DropFile, chunk: int) -> bool:
    """Tell whether a chunk is loaded."""
    group = table.find(ChunkGroup, ChunkGroup.at(file.id, chunk % _groups(file)), consistent=True)
    return group is not None and chunk in group.done


def done(file: DropFile) -> frozenset[int]:
    """Return the numbers of the chunks that are loaded."""
    keys = [ChunkGroup.at(file.id, group) for group in range(_groups(file))]
    groups = table.find_many(ChunkGroup, keys, consistent=True) if keys else {}
    return frozenset(chain.from_iterable(group.done for group in groups.values()))


def mark_done(file: DropFile, chunk: int) -> None:
    """Note that a chunk is loaded. The numbers form a set: the same chunk may be noted any number of times."""
    number = chunk % _groups(file)
    found = table.find(ChunkGroup, ChunkGroup.at(file.id, number), consistent=True)

    def noted(now: ChunkGroup) -> ChunkGroup:
        return now if chunk in now.done else now.changed(done=tuple(sorted({*now.done, chunk})))

    table.change(found or ChunkGroup(file=file.id, group=number, done=()), noted, tries=_TRIES)


def is_loaded(file: DropFile) -> bool:
    """Tell whether every chunk is loaded and the file is still to be closed.

    Exact whenever it is asked: whoever notes the last chunk and asks then is told yes, and so may others be.
    """
    return is_open(file) and progress(file) == file.chunks


def progress(file: DropFile) -> int:
    """Return how many chunks of a file are loaded."""
    return file.chunks if file.state is FileState.DONE else len(done(file))


def recent(folder: str, limit: int) -> tuple[DropFile, ...]:
    """Return the files of a folder that were loaded last, the newest first."""
    return table.query(DropFile, f"files#{folder}", index="g2", limit=limit, newest_first=True).items


def _groups(file: DropFile) -> int:
    """Return over how many rows the numbers of a file's loaded chunks are spread: neighbours are in different ones."""
    return -(-file.chunks // CHUNKS_TOGETHER)


def write_results(file: str, chunk: int, results: Iterable[RowResult]) -> None:
    """Store what became of a chunk's rows, under the one name that a redelivery writes again."""
    body = "".join(f"{result.model_dump_json(exclude_defaults=True)}\n" for result in results)
    files.write(settings().reports_bucket, _results_key(file, chunk), body.encode(), "application/x-ndjson")


def raw_results(file: str, chunk: int) -> Iterator[bytes]:
    """Yield the results of a chunk as they are stored. NotFoundError before the chunk is loaded."""
    return files.stream(settings().reports_bucket, _results_key(file, chunk))


def results(file: str, chunk: int) -> Iterator[RowResult]:
    """Yield what became of the rows of one chunk, in their order. NotFoundError before the chunk is loaded."""
    held = b""
    for block in chain(files.stream(settings().reports_bucket, _results_key(file, chunk)), [b"\n"]):
        *lines, held = (held + block).split(b"\n")
        yield from (RowResult.model_validate_json(line) for line in lines if line)


def people_of(file: str, chunk: int, route: str = "") -> Iterator[tuple[str, str]]:
    """Yield (contact, transaction) of the rows that a chunk accepted, updated or knew already.

    With a `route`, of the rows that fall under this assignment of the folder's rules alone.
    """
    for result in results(file, chunk):
        if result.outcome in _LOADED and result.contact and (not route or result.route == route):
            yield result.contact, result.transaction


def contacts_of(file: str, chunk: int) -> Iterator[str]:
    """Yield the ids of the people whom a chunk accepted, updated or knew already."""
    return (contact for contact, _ in people_of(file, chunk))


def _results_key(file: str, chunk: int) -> str:
    return f"results/{file}/{chunk:06d}.jsonl"


def report_stem(file: DropFile) -> str:
    """Return what the names of a file's reports begin with: its own name, the time it came, and part of its id.

    The id keeps two files apart that came to the same place within a second: gateways drop an empty object just before
    the real one. A name near the 1,024 bytes that S3 allows is cut.
    """
    folder, slash, name = file.object_key.rpartition("/")
    stem, dot, _ = name.rpartition(".")
    path = f"{folder}{slash}{stem if dot and stem else name}".encode()[:900].decode(errors="ignore")
    return f"{path}.{file.received_at:%Y%m%dT%H%M%S}.{file.id[:6]}"
