"""Dropped files as they are stored: their rows, the results of their rows."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from escuta import files, ids, table
from escuta.config import settings
from escuta.directory.model import DropFile, FileState, RowOutcome, RowResult
from escuta.errors import ConflictError, UnavailableError

_TRIES = 12
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
    for attempt in range(_TRIES):
        now = get(file, consistent=True)
        wanted = changed(now)
        if wanted is None:
            return now
        try:
            return table.save(wanted)
        except ConflictError:
            time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - jitter, not a secret
    raise UnavailableError("store_unavailable", retry_after=2)


def mark_done(file: str, chunk: int) -> DropFile:
    """Note that a chunk is loaded. The numbers form a set: the same chunk may be noted any number of times."""

    def with_chunk(now: DropFile) -> DropFile | None:
        if chunk in now.done_chunks:
            return None
        return now.changed(done_chunks=tuple(sorted({*now.done_chunks, chunk})))

    return change(file, with_chunk)


def is_loaded(file: DropFile) -> bool:
    """Tell whether every chunk is loaded and the file is still to be closed."""
    return file.state is FileState.LOADING and len(file.done_chunks) == file.chunks


def write_results(file: str, chunk: int, results: Iterable[RowResult]) -> None:
    """Store what became of a chunk's rows, under the one name that a redelivery writes again."""
    body = "".join(f"{result.model_dump_json(exclude_defaults=True)}\n" for result in results)
    files.write(settings().reports_bucket, _results_key(file, chunk), body.encode(), "application/x-ndjson")


def results(file: str, chunk: int) -> Iterator[RowResult]:
    """Yield what became of the rows of one chunk, in their order. NotFoundError before the chunk is loaded."""
    held = b""
    for block in chain(files.stream(settings().reports_bucket, _results_key(file, chunk)), [b"\n"]):
        *lines, held = (held + block).split(b"\n")
        yield from (RowResult.model_validate_json(line) for line in lines if line)


def contacts_of(file: str, chunk: int) -> Iterator[str]:
    """Yield the ids of the people whom a chunk accepted, updated or knew already."""
    return (result.contact for result in results(file, chunk) if result.outcome in _LOADED)


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
