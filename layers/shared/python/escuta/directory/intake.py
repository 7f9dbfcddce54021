"""Registering a dropped file: looked at once as a whole, then refused, recognised, held, or cut into chunks to load.

Every step may be done twice: the file's id follows from the object, its row is written before anything else and keeps
the time it came, and the chunks follow from the bytes.
"""

from collections.abc import Callable
from typing import Any

from escuta import clock, files, queues, table
from escuta.config import settings
from escuta.directory import drops, folders, holding, naming, places, reading, reports, uploads
from escuta.directory.decoding import RefusedFileError
from escuta.directory.model import Content, DropFile, FileKind, FileState, Folder
from escuta.directory.reading import Look
from escuta.entity import Value
from escuta.errors import ConflictError, NotFoundError

Rules = Callable[[Folder], tuple[str, int]]
_LONGEST_DELAY = 900  # seconds that SQS keeps a message back
_ENDED = frozenset({FileState.REFUSED, FileState.FAILED})


class Drop(Value):
    """An object that appeared in the drop bucket. `key` is plain, no longer form-encoded."""

    bucket: str
    key: str
    version: str = ""
    etag: str
    size: int = 0
    sequencer: str = ""  # of S3, by which the notices of one key are put into their order


def no_rules(_folder: Folder) -> tuple[str, int]:
    """Return the id and version of no rules: nobody is asked because of a file."""
    return "", 0


def register(drop: Drop, rules: Rules = no_rules) -> DropFile | None:
    """Note a dropped file and look at it once it has settled; None for an object that is no file.

    A notice may come twice, late and out of order: the newest object of a key counts, older ones are ignored. `rules`
    says which rules of a folder hold now; the file keeps them.
    """
    if naming.is_unfinished(drop.key):
        return None
    if of := naming.marked(drop.key):
        return _marked(drop.bucket, of, rules)
    file = _noted(drop)
    if file.folder in naming.RESERVED:
        return _without_report(file, "folder_reserved", {"folder": file.folder})
    if file.upload:
        uploads.became(file)
    if _is_to_settle(file):
        _go_on(file, delay=min(settings().settle_seconds, _LONGEST_DELAY))
        return file
    return _admitted(file, rules)


def _is_to_settle(file: DropFile) -> bool:
    return settings().settle_seconds > 0 and file.state is FileState.REGISTERED and places.is_newest(file)


def settle(file: str, rules: Rules = no_rules) -> DropFile:
    """Look at a file that has had its time to settle, or that somebody let go on.

    It is read only if it still is the object that was noticed: what came to its place meanwhile is another file, with
    a notice of its own.
    """
    return _admitted(drops.get(file, consistent=True), rules)


def _admitted(file: DropFile, rules: Rules) -> DropFile:
    if not _is_waiting(file):
        return file
    if not places.is_newest(file):
        return _without_report(file, "replaced")
    return _looked_at(file, rules)


def approve(file: str, who: str, rev: int) -> DropFile:
    """Let a held file go on. Asking again asks the queue again. ConflictError when it is not held, or was changed."""
    found = _held(file, rev)
    approved = found if found.approved_by else table.save(found.changed(approved_by=who))
    _go_on(approved)
    return approved


def discard(file: str, who: str, rev: int) -> DropFile:
    """End a held file: none of its rows is taken in. ConflictError when it is not held, or was changed."""
    found = _held(file, rev)
    return _end(found.changed(approved_by=""), FileState.REFUSED, reason="discarded", details={"who": who})


def _held(file: str, rev: int) -> DropFile:
    found = drops.get(file, consistent=True)
    if found.state is not FileState.HELD:
        raise ConflictError("file_not_held", state=found.state.value)
    if found.rev != rev and not found.approved_by:
        raise ConflictError("stale")
    return found


def _go_on(file: DropFile, *, delay: int = 0) -> None:
    queues.send(settings().drop_queue, [{"settle": file.id}], delay=delay)


def _is_waiting(file: DropFile) -> bool:
    """Tell whether a file is still to be looked at, or its chunks to be queued: a redelivery queues them again.

    Also of one that was given up: perhaps before its chunks were all queued.
    """
    return file.state in {FileState.REGISTERED, FileState.HELD, FileState.LOADING, FileState.FAILED}


def _marked(bucket: str, key: str, rules: Rules) -> DropFile | None:
    """Take up the file beside which its marker was put, if it waits for that."""
    file = places.newest(bucket, key)
    return _looked_at(file, rules) if file and file.state is FileState.HELD else None


def _noted(drop: Drop) -> DropFile:
    """Return the file's row, made at the first notice; later notices find the time it came."""
    name = naming.folder_of(drop.key)
    file = DropFile(
        id=drops.identity(drop.bucket, drop.key, drop.version, drop.etag),
        bucket=drop.bucket,
        object_key=drop.key,
        version=drop.version,
        etag=drop.etag,
        size=drop.size,
        sequencer=drop.sequencer,
        folder=name,
        file_kind=folders.of(name).file_kind,
        dry_run=naming.is_preview(drop.key),
        upload=uploads.of_key(drop.key),
        state=FileState.REGISTERED,
        received_at=clock.now(),
    )
    try:
        return table.create(file)
    except ConflictError:
        return _noted_again(file)


def _noted_again(file: DropFile) -> DropFile:
    """Return the stored row of an object that came again.

    It starts anew unless it was loaded: another one had replaced it, or what it was refused for may be mended, such as
    what its folder says about dates. Then it came now: what it says is newer than what was loaded in between.
    """

    def again(now: DropFile) -> DropFile | None:
        if not places.is_older(now.sequencer, file.sequencer):
            return None
        if now.state not in _ENDED or drops.is_open(now):
            return now.changed(sequencer=file.sequencer)
        anew: dict[str, Any] = {
            "state": FileState.REGISTERED,
            "reason": "",
            "details": {},
            "mail": "",
            "finished_at": None,
            "received_at": file.received_at,
        }
        return now.changed(sequencer=file.sequencer, **anew)

    return drops.change(file.id, again)


def _looked_at(file: DropFile, rules: Rules) -> DropFile:
    """Read a file as a whole and decide what becomes of it."""
    folder = folders.of(file.folder).changed(file_kind=file.file_kind)
    try:
        look = reading.look(file, folder)
    except RefusedFileError as error:
        return _end(file, FileState.REFUSED, reason=error.code, details=_words(error.details))
    except NotFoundError:
        if files.etag(file.bucket, file.object_key) in {"", file.etag}:
            raise
        return _without_report(file, "replaced")
    first = _first_with(look.scan.sha256, file)
    if first is not None and first.file != file.id:
        return _duplicate(_filled(file, look), first)
    if not drops.is_open(file) and (hold := holding.reason(file, folder, look)):
        file = _hold(_filled(file, look), *hold)
        if holding.reason(file, folder, look):  # asked again: the marker may have come before anybody saw it wait
            return file
    return _start(file, look, *rules(folder))


def _words(details: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in details.items()}


def _first_with(sha256: str, file: DropFile) -> Content | None:
    """Return the first file with this content: this one, unless another came before. A dry run claims nothing.

    The same rows may be people in one folder and closed addresses in another: the kinds are apart.
    """
    content = Content(
        sha256=sha256 if file.file_kind is FileKind.CONTACTS else f"{file.file_kind}.{sha256}",
        file=file.id,
        object_key=file.object_key,
        received_at=file.received_at,
    )
    first = table.find(Content, content.key(), consistent=True)
    if first is None and not file.dry_run:
        try:
            return table.create(content)
        except ConflictError:
            first = table.load(Content, content.key(), consistent=True)
    if first is None or first.file == file.id:
        return first
    if drops.get(first.file, consistent=True).state not in _ENDED:
        return first
    return None if file.dry_run else table.save(content.changed(rev=first.rev))


def _duplicate(file: DropFile, first: Content) -> DropFile:
    """End a file whose content came before: nobody is asked twice, and the report names the first one."""
    return _end(
        file.changed(duplicate_of=first.file),
        FileState.DUPLICATE,
        reason="same_content",
        details={"name": first.object_key, "date": first.received_at.isoformat()},
    )


def _hold(file: DropFile, reason: str, details: dict[str, str]) -> DropFile:
    """Let a file wait for its marker or for a person."""
    if file.state is FileState.HELD and file.reason == reason:
        return file
    return _end(file, FileState.HELD, reason=reason, details=details)


def _end(file: DropFile, state: FileState, *, reason: str, details: dict[str, str] | None = None) -> DropFile:
    """Report that a file is not loaded, and have its owner told."""
    ended = reports.write(file.changed(state=state, reason=reason, details=details or {}, mail=""))
    reports.write_summary(ended)

    def change(now: DropFile) -> DropFile | None:
        if not _may_become(state, now) or (now.state is state and now.reason == reason):
            return None
        return ended.changed(rev=now.rev, finished_at=None if state is FileState.HELD else clock.now())

    stored = drops.change(file.id, change)
    queues.send(settings().close_queue, [{"file": file.id}])
    return stored


def _may_become(state: FileState, now: DropFile) -> bool:
    """Tell whether a file may still end so: it is not being loaded, and nobody let it go on meanwhile."""
    if state is FileState.HELD and now.approved_by:
        return False
    return _is_waiting(now) and not drops.is_open(now)


def _without_report(file: DropFile, reason: str, details: dict[str, str] | None = None) -> DropFile:
    """End a file about which nothing is written: a newer one at its place has the report, or there is no place."""

    def change(now: DropFile) -> DropFile | None:
        if now.state not in {FileState.REGISTERED, FileState.HELD}:
            return None
        ended = {"reason": reason, "details": details or {}, "finished_at": clock.now()}
        return now.changed(state=FileState.REFUSED, **ended)

    return drops.change(file.id, change)


def _filled(file: DropFile, look: Look) -> DropFile:
    """Return the file with what reading it found."""
    found, notes = look.scan, {"sample": look.scan.sample, "sheet": look.sheet}
    details = {name: text for name, text in notes.items() if text}
    if found.mojibake:
        details["mojibake"] = "yes"
    return file.changed(
        size=found.size,
        sha256=found.sha256,
        format=look.format,
        compression=look.compression,
        staged_key=look.staged_key,
        encoding=found.encoding,
        delimiter=found.delimiter,
        header=found.header,
        mapping=found.mapping,
        ignored=found.ignored,
        date_formats=found.date_formats,
        rows=found.rows,
        details=details,
    )


def _start(file: DropFile, look: Look, rules: str, version: int) -> DropFile:
    """Store what the pass found, then queue the chunks. A redelivery queues again those that are not done."""

    def change(now: DropFile) -> DropFile | None:
        if now.state is FileState.LOADING or not _is_waiting(now):
            return None
        if drops.is_open(now):  # what was settled when it began holds
            return now.changed(state=FileState.LOADING, reason="", mail="")
        return _filled(now, look).changed(
            state=FileState.LOADING,
            reason="",
            chunks=len(look.scan.chunks),
            rules=rules,
            rules_version=version,
            mail="",
        )

    loading = drops.change(file.id, change)
    done = drops.done(loading)
    chunks = (chunk for chunk in look.scan.chunks if chunk.number not in done)
    queues.send(settings().load_queue, (chunk.changed(file=file.id).model_dump() for chunk in chunks))
    return loading
