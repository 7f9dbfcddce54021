"""Packed objects become plain ones: what an object is by its first bytes, and the rows that are in it.

A spreadsheet or JSON Lines comes out as canonical CSV: UTF-8, commas, and a first column of our own that says on which
row or line of the source each row stood (`escuta.directory.canonical`). What a gzip holds comes out as it is.
"""

import re
import zlib
from collections.abc import Callable, Iterable, Iterator

from escuta.directory import canonical, decoding, jsonlines, sheets
from escuta.directory.budget import within_budget
from escuta.directory.decoding import RefusedFileError

EXPANDED_LIMIT = 2 << 30  # bytes that a gzip may hold
_BLOCK = 1 << 20
_GZIP_WINDOW = 31  # the largest window, in the wrapping of gzip

_GZIP = b"\x1f\x8b"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OBJECT = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*(?:"|\})')
_ARRAY = re.compile(rb'(?:\xef\xbb\xbf)?\s*\[\s*[\{\[\]"]')
_JSON_NAMES = (".jsonl", ".ndjson", ".json")


def packing(head: bytes, key: str) -> str:
    """Return how an object is packed: `` (plain text), `gzip`, `xlsx` or `jsonl`. The name only settles JSON Lines.

    RefusedFileError `binary_file` for what is neither text nor one of these, `json_array` for JSON that is one value.
    """
    name = key.lower().removesuffix(".gz")
    if head.startswith(_GZIP):
        return "gzip"
    if head.startswith(_ZIP):
        return "xlsx"
    decoding.start(head)
    if _OBJECT.match(head) or (name.endswith(_JSON_NAMES[:2]) and head.strip()):
        return "jsonl"
    if name.endswith(_JSON_NAMES) and _ARRAY.match(head):
        raise RefusedFileError("json_array")
    return ""


def unpack(
    packing: str,
    opened: Callable[[], Iterable[bytes]],
    *,
    key: str = "",
    decimal: str = "",
    notes: dict[str, str] | None = None,
) -> Iterator[bytes]:
    """Yield the plain content of an object, in bounded memory; `opened` starts reading it, as often as needed.

    `decimal` is how the numbers of a folder's files are written, so that those that are no text are read as they are.
    `notes` comes to hold what a person is told about the object: `format`, and for a spreadsheet `sheet`, the name of
    the sheet that was read. RefusedFileError says what is wrong with the packing.
    """
    notes = {} if notes is None else notes
    if packing == "gzip":
        inner = _inner(next(gunzip(opened()), b""), key)
        yield from unpack(inner, lambda: gunzip(opened()), decimal=decimal, notes=notes)
        return
    notes["format"] = packing or "csv"
    if packing == "jsonl":
        yield from canonical.write(jsonlines.rows(opened, decimal))
    elif packing == "xlsx":
        yield from canonical.write(sheets.rows(opened(), notes, decimal))
    else:
        yield from opened()


def _inner(head: bytes, key: str) -> str:
    inner = packing(head, key)
    if inner in {"gzip", "xlsx"}:
        raise RefusedFileError("packed_twice", kind=inner.upper())
    return inner


def gunzip(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield what a gzip holds, all its members, in blocks of at most 1 MiB.

    RefusedFileError `gzip_damaged` when it is cut or is none, `expands_too_much` as soon as it is above the budget.
    """
    taken = given = 0
    member = zlib.decompressobj(_GZIP_WINDOW)
    for block in blocks:
        taken += len(block)
        left, full = block, False
        while left or full:
            if member.eof:
                left = left.lstrip(b"\0")  # what a tape or a disk was filled up with
                if not left:
                    break
                member = zlib.decompressobj(_GZIP_WINDOW)
            piece = _inflated(member, left)
            given += len(piece)
            within_budget(taken, given, EXPANDED_LIMIT)
            left = member.unused_data if member.eof else member.unconsumed_tail
            full = len(piece) == _BLOCK
            yield piece
    if not member.eof:
        raise RefusedFileError("gzip_damaged")


def _inflated(member: "zlib._Decompress", packed: bytes) -> bytes:
    try:
        return member.decompress(packed, _BLOCK)
    except zlib.error as error:
        raise RefusedFileError("gzip_damaged") from error
