"""Holding a file back: it is much smaller than those before it, or what says that it is whole has not come.

A transfer that broke off leaves a file that looks good. So a folder may ask for a marker beside each file (`.done`, or
`.sha256` with the hash of the object), or for a person's word on a file with unusually few rows.
"""

import hashlib
from statistics import median

from escuta import files
from escuta.directory import drops
from escuta.directory.model import DropFile, Folder
from escuta.directory.reading import Look

_MEASURED = 5  # files of the folder that were loaded last
_HASH = 64  # hexadecimal digits with which a `.sha256` begins

Hold = tuple[str, dict[str, str]]


def reason(file: DropFile, folder: Folder, look: Look) -> Hold | None:
    """Return why a file is to wait, with details, or None. What a person approved waits no more, nor a dry run."""
    if file.approved_by or file.dry_run:
        return None
    return _unmarked(file, folder, look) or _small(file, folder, look)


def _small(file: DropFile, folder: Folder, look: Look) -> Hold | None:
    if not folder.hold_below_percent:
        return None
    before = [other.rows for other in drops.recent(file.folder, _MEASURED) if other.id != file.id]
    usual = median(before) if before else 0
    if look.scan.rows * 100 >= usual * folder.hold_below_percent:
        return None
    figures = {"rows": look.scan.rows, "usual": round(usual), "percent": folder.hold_below_percent}
    return "held_small", {name: str(figure) for name, figure in figures.items()}


def _unmarked(file: DropFile, folder: Folder, look: Look) -> Hold | None:
    """Return why the marker does not do: none there, one of an earlier file, or the hash of another content."""
    if not folder.marker:
        return None
    key = f"{file.object_key}{folder.marker}"
    marker, dropped = files.head(file.bucket, key), files.head(file.bucket, file.object_key)
    if marker is None or (dropped and marker.modified < dropped.modified):
        return "held_marker", {"marker": key}
    if folder.marker != ".sha256":
        return None
    said = next(files.stream(file.bucket, key), b"")[:_HASH].decode("ascii", "replace").lower()
    return None if said == _hash_of(file, look) else ("held_checksum", {"marker": key})


def _hash_of(file: DropFile, look: Look) -> str:
    """Return the hash of the object as it was sent, which a packed one does not share with its content."""
    if not look.staged_key:
        return look.scan.sha256
    digest = hashlib.sha256()
    for block in files.stream(file.bucket, file.object_key, etag=file.etag, version=file.version):
        digest.update(block)
    return digest.hexdigest()
