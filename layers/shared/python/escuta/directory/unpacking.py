"""Packed objects become plain ones: what an object is by its first bytes, and the rows that are in it.

A spreadsheet or JSON Lines comes out as canonical CSV: UTF-8, commas, and a first column of our own that says on which
row or line of the source each row stood (`escuta.directory.canonical`). What a gzip holds comes out as it is.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from escuta.directory import decoding
from escuta.directory.decoding import RefusedFileError

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
    packing: str, opened: Callable[[], Iterable[bytes]], *, key: str = "", notes: dict[str, str] | None = None
) -> Iterator[bytes]:
    """Yield the plain content of an object, in bounded memory; `opened` starts reading it, as often as needed.

    `notes` comes to hold what a person is told about the object: `format`, and for a spreadsheet `sheet`, the name of
    the sheet that was read. RefusedFileError says what is wrong with the packing.
    """
    notes = {} if notes is None else notes
    notes["format"] = packing or "csv"
    yield from opened()
