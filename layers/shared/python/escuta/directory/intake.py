"""Registering a dropped file: looked at once as a whole, then refused, recognised, or cut into chunks to load.

Every step may be done twice: the file's id follows from the object, its row is written before anything else and keeps
the time it came, and the chunks follow from the bytes.
"""

from escuta import clock, files, queues, table
from escuta.config import settings
from escuta.directory import drops, folders, reports
from escuta.directory.decoding import RefusedFileError
from escuta.directory.model import Content, DropFile, FileState
from escuta.directory.scan import Scan, scan
from escuta.entity import Value
from escuta.errors import ConflictError, NotFoundError

_UNFINISHED = (".tmp", ".part", ".filepart", ".partial", ".crdownload", ".swp", "~")


class Drop(Value):
    """An object that appeared in the drop bucket. `key` is plain, no longer form-encoded."""

    bucket: str
    key: str
    version: str = ""
    etag: str


def is_unfinished(key: str) -> bool:
    """Tell whether a name says that its content is not there yet, or that it is no file: a folder, a lock, a draft."""
    name = key.rpartition("/")[2].lower()
    return not name or name.startswith((".", "~$")) or name.endswith(_UNFINISHED)


def register(drop: Drop) -> DropFile | None:
    """Take in a dropped file and queue its chunks; None for an object that is to be ignored.

    Whatever is wrong with the file as a whole ends in state `refused` and in a report that says why. A newer object at
    the same place is another file: the notice about the older one is then too late, and is ignored.
    """
    if is_unfinished(drop.key):
        return None
    file = _noted(drop)
    if file.state not in {FileState.REGISTERED, FileState.LOADING}:
        return file
    try:
        blocks = files.stream(file.bucket, file.object_key, etag=file.etag, version=file.version)
        found = scan(blocks, folders.of(file.folder))
    except RefusedFileError as error:
        details = {name: str(value) for name, value in error.details.items()}
        return _end(file, FileState.REFUSED, reason=error.code, details=details)
    except NotFoundError:
        if files.etag(drop.bucket, drop.key) in {"", drop.etag}:
            raise
        return _replaced(file)
    first = _first_with(found.sha256, file)
    if first.file != file.id:
        return _duplicate(file, first, found)
    return _start(file, found)


def _noted(drop: Drop) -> DropFile:
    """Return the file's row, made at the first notice; later notices find the time it came."""
    file = DropFile(
        id=drops.identity(drop.bucket, drop.key, drop.version, drop.etag),
        bucket=drop.bucket,
        object_key=drop.key,
        version=drop.version,
        etag=drop.etag,
        folder=drop.key.partition("/")[0] if "/" in drop.key else "",
        state=FileState.REGISTERED,
        received_at=clock.now(),
    )
    try:
        return table.create(file)
    except ConflictError:
        return drops.get(file.id, consistent=True)


def _first_with(sha256: str, file: DropFile) -> Content:
    content = Content(sha256=sha256, file=file.id, object_key=file.object_key, received_at=file.received_at)
    try:
        return table.create(content)
    except ConflictError:
        first = table.load(Content, Content.at(sha256), consistent=True)
    if first.file != file.id and drops.get(first.file, consistent=True).state is FileState.REFUSED:
        return table.save(first.changed(file=file.id, object_key=file.object_key, received_at=file.received_at))
    return first


def _duplicate(file: DropFile, first: Content, found: Scan) -> DropFile:
    """End a file whose content came before: nobody is asked twice, and the report names the first one."""
    seen = first.received_at
    return _end(
        file.changed(sha256=found.sha256, size=found.size, duplicate_of=first.file),
        FileState.DUPLICATE,
        reason="same_content",
        details={"name": first.object_key, "date": seen.isoformat()},
    )


def _end(file: DropFile, state: FileState, *, reason: str, details: dict[str, str] | None = None) -> DropFile:
    ended = reports.write(file.changed(state=state, reason=reason, details=details or {}))

    def change(now: DropFile) -> DropFile | None:
        return None if now.state is state else ended.changed(rev=now.rev, finished_at=clock.now())

    return drops.change(file.id, change)


def _replaced(file: DropFile) -> DropFile:
    """End a file that a newer one replaced before it was read. The newer one has the report."""

    def change(now: DropFile) -> DropFile | None:
        if now.state is not FileState.REGISTERED:
            return None
        return now.changed(state=FileState.REFUSED, reason="replaced", finished_at=clock.now())

    return drops.change(file.id, change)


def _start(file: DropFile, found: Scan) -> DropFile:
    """Store what the pass found, then queue the chunks. A redelivery queues again those that are not done."""
    details = {"sample": found.sample} if found.sample else {}
    if found.mojibake:
        details["mojibake"] = "yes"

    def change(now: DropFile) -> DropFile | None:
        if now.state is not FileState.REGISTERED:
            return None
        return now.changed(
            state=FileState.LOADING,
            size=found.size,
            sha256=found.sha256,
            encoding=found.encoding,
            delimiter=found.delimiter,
            header=found.header,
            mapping=found.mapping,
            rows=found.rows,
            chunks=len(found.chunks),
            details=details,
        )

    loading = drops.change(file.id, change)
    open_chunks = (chunk for chunk in found.chunks if not drops.is_done(loading, chunk.number))
    queues.send(settings().load_queue, (chunk.changed(file=file.id).model_dump() for chunk in open_chunks))
    return loading
