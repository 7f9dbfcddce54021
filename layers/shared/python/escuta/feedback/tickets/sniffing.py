"""Whether a file is what it says: by its name, and by what is in it. Pure.

Only kinds that do nothing when somebody opens them: no SVG and no HTML, which hold scripts; no Office file with
macros, nor one of the old kind, which cannot be told from an installer.
"""

import io
import zipfile
import zlib

_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"
KINDS: dict[str, tuple[str, ...]] = {
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "application/pdf": ("pdf",),
    "text/plain": ("txt",),
    "text/csv": ("csv",),
    f"{_OOXML}.wordprocessingml.document": ("docx",),
    f"{_OOXML}.spreadsheetml.sheet": ("xlsx",),
    f"{_OOXML}.presentationml.presentation": ("pptx",),
    f"{_ODF}.text": ("odt",),
    f"{_ODF}.spreadsheet": ("ods",),
    f"{_ODF}.presentation": ("odp",),
    "audio/mpeg": ("mp3",),
    "audio/mp4": ("m4a",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/wav": ("wav",),
    "audio/amr": ("amr",),
    "audio/aac": ("aac",),
}
_SAME = {
    "image/jpg": "image/jpeg",
    "image/heif": "image/heic",
    "audio/mp3": "audio/mpeg",
    "audio/x-m4a": "audio/mp4",
    "audio/wave": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/opus": "audio/ogg",
}
_PARTS = {"wordprocessingml": "word/", "spreadsheetml": "xl/", "presentationml": "ppt/"}
_MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<?xml", b"<iframe", b"<meta", b"<img")
_BEGINNING = 4096
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
)  # what a hostile ZIP makes of it
_TEXT = frozenset(range(0x20, 0x100)) | frozenset(b"\t\n\r\f") - {0x7F}


def kind(content_type: str, name: str) -> str:
    """Return the kind that a file says it is, as we call it; "" for one that is not taken, or named otherwise."""
    said = content_type.partition(";")[0].strip().lower()
    said = _SAME.get(said, said)
    _, dot, ending = name.rpartition(".")
    return said if dot and ending.lower() in KINDS.get(said, ()) else ""


def fits(said: str, content: bytes) -> bool:
    """Tell whether the content of a file is of the kind that it says it is."""
    if not content:
        return False
    if said.startswith("text/"):
        return _is_text(content)
    if said.startswith(_OOXML):
        part = next(part for name, part in _PARTS.items() if name in said)
        names = _members(content)
        return "[Content_Types].xml" in names and any(name.startswith(part) for name in names) and not _macros(names)
    if said.startswith(_ODF):
        names = _members(content)
        return "content.xml" in names and not _macros(names) and _declared(content) == said
    import filetype  # noqa: PLC0415 - only who looks at a file waits for it

    found = filetype.guess_mime(content[:_BEGINNING]) or ""
    return _SAME.get(found, found) == said


def _is_text(content: bytes) -> bool:
    """Tell whether it is text that no reader takes for a page: neither controls nor markup."""
    lowered = content[:_BEGINNING].lower()
    return _TEXT.issuperset(content) and not any(tag in lowered for tag in _MARKUP)


def _members(content: bytes) -> frozenset[str]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return frozenset(packed.namelist())
    except _BROKEN:
        return frozenset()


def _macros(names: frozenset[str]) -> bool:
    return any(name.endswith("vbaProject.bin") or name.startswith(("Basic/", "Scripts/")) for name in names)


def _declared(content: bytes) -> str:
    """Return what an OpenDocument calls itself: its first member says it, as it is, right behind its header."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            first = packed.infolist()[0]
            if first.filename != "mimetype" or first.file_size > 100:  # noqa: PLR2004 - longer than any kind's name
                return ""
            return packed.read(first).decode("ascii", errors="replace").strip()
    except _BROKEN:
        return ""
