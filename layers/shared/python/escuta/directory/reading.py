"""The one look at an object as a whole: unpacked where it is packed, then scanned as it will be loaded."""

from collections.abc import Iterator
from functools import partial
from itertools import chain
from typing import NamedTuple

from escuta import files
from escuta.config import settings
from escuta.directory.model import DropFile, Folder
from escuta.directory.scan import Scan, scan
from escuta.directory.unpacking import packing, unpack


class Look(NamedTuple):
    """What a look at an object found."""

    scan: Scan
    format: str = "csv"
    compression: str = ""
    staged_key: str = ""
    sheet: str = ""


def look(file: DropFile, folder: Folder) -> Look:
    """Read a dropped object in bounded memory. RefusedFileError says why it cannot be loaded at all.

    What is packed is unpacked once, into a copy beside the reports: chunks are cut out of that. Its hash is that of
    the content, so that a file sent again in other packing is known again. NotFoundError when it is no longer there.
    """
    blocks = _object(file)
    head = next(blocks, b"")
    packed = packing(head, file.object_key)
    if not packed:
        return Look(scan=scan(chain([head], blocks), folder))
    return _staged(file, folder, packed)


def _staged(file: DropFile, folder: Folder, packed: str) -> Look:
    key, notes = f"staged/{file.id}", dict[str, str]()
    plain = unpack(packed, partial(_object, file), key=file.object_key, decimal=folder.decimal, notes=notes)
    files.write_blocks(settings().reports_bucket, key, plain, "text/csv; charset=utf-8")
    held = notes.get("format", packed)
    return Look(
        scan=scan(files.stream(settings().reports_bucket, key), folder),
        format="csv" if held == "gzip" else held,
        compression="gzip" if packed == "gzip" else "",
        staged_key=key,
        sheet=notes.get("sheet", ""),
    )


def _object(file: DropFile) -> Iterator[bytes]:
    return files.stream(file.bucket, file.object_key, etag=file.etag, version=file.version)
