"""Which characters the bytes of a dropped file are, found while they stream by."""

import codecs
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from escuta.errors import InvalidError

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MAGIC = (
    (b"PK\x03\x04", "ZIP, XLSX, ODS"),
    (b"PK\x05\x06", "ZIP"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"),
    (b"%PDF-", "PDF"),
    (b"\x1f\x8b", "GZIP"),
    (b"7z\xbc\xaf\x27\x1c", "7Z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\xfd7zXZ\0", "XZ"),
    (b"BZh91AY&SY", "BZIP2"),
    (b"\x28\xb5\x2f\xfd", "ZSTD"),
    (b"PAR1", "PARQUET"),
    (b"\x89PNG\r\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"{\\rtf", "RTF"),
)
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the part that a workbook with a password has
_MARKUP = re.compile(rb"\s*<(?:!doctype|html|\?xml|table|meta)\b", re.IGNORECASE)
_ALL = bytes(range(256))
_UNDEFINED = b"\x81\x8d\x8f\x90\x9d"  # no character in cp1252; in MacRoman they are the common å, ç, è, ê, ù
_LOW, _HIGH = _ALL[0x80:0xA0], _ALL[0xA0:]
# UTF-8 read as cp1252 and written as UTF-8 again: `Ã©` for é.
_MOJIBAKE = re.compile(rb"\xc3\x83\xc2[\x80-\xbf]|\xc3\x83\xe2\x80|\xc3\x82\xc2[\xa0-\xbf]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


class RefusedFileError(InvalidError):
    """The file as a whole cannot be loaded; the words of its code are in the catalog `intake`."""


class Start(NamedTuple):
    """What the first bytes tell: `encoding` is "" when only the whole file can; `skip` is the length of the BOM."""

    encoding: str
    skip: int

    @property
    def width(self) -> int:
        """Return the bytes per code unit."""
        return 2 if self.encoding.startswith("utf-16") else 1


def start(head: bytes) -> Start:
    """Judge the first bytes of a file. RefusedFileError `binary_file` for what is no text at all."""
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            if _ENCRYPTED in head:
                raise RefusedFileError("file_encrypted")
            raise RefusedFileError("binary_file", kind=kind)
    if _MARKUP.match(head[:1024]):
        raise RefusedFileError("binary_file", kind="HTML, XML")
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            return Start(encoding, len(bom))
    return Start(_by_nul(head), 0)


def _by_nul(head: bytes) -> str:
    """Return the UTF-16 whose NUL bytes stand where ASCII characters put them, else ""."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > len(head) / 10 and even * 20 < odd:
        return "utf-16-le"
    if even > len(head) / 10 and odd * 20 < even:
        return "utf-16-be"
    return ""


class Watch:
    """Look at every byte of the file as it streams by and say at the end which encoding it was."""

    def __init__(self, begin: Start) -> None:
        """Begin where the first bytes left the question."""
        self._begin = begin
        self._utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._undefined = self._low = self._high = 0
        self.mojibake = False

    def over(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Pass the blocks on, looking at each."""
        if self._begin.width == 2:  # noqa: PLR2004 - UTF-16 is known from its start
            yield from blocks
            return
        for block in blocks:
            if not block.isascii():
                self._look(block)
            elif self._utf8 is not None:
                self._try(block)
            yield block
        self._try(b"", last=True)

    def _look(self, block: bytes) -> None:
        self._try(block)
        self._undefined += len(block) - len(block.translate(None, _UNDEFINED))
        self._low += len(block) - len(block.translate(None, _LOW))
        self._high += len(block) - len(block.translate(None, _HIGH))
        self.mojibake = self.mojibake or _MOJIBAKE.search(block) is not None

    def _try(self, block: bytes, *, last: bool = False) -> None:
        if self._utf8 is None:
            return
        try:
            self._utf8.decode(block, last)
        except UnicodeDecodeError:
            self._utf8 = None

    def encoding(self) -> str:
        """Return the codec of the bytes seen: UTF-8 if they are strictly that, else the likeliest code page."""
        if self._begin.width == 2:  # noqa: PLR2004 - as above
            return self._begin.encoding
        if self._utf8 is not None:
            return "utf-8"
        if not self._undefined:
            return "cp1252"
        return "mac_roman" if self._low > self._high else "latin-1"


def units(blocks: Iterable[bytes], begin: Start) -> Iterator[bytes]:
    """Yield the file one byte per code unit, its structure (ASCII) as it is, so that rows are found in any encoding.

    The unit at position n stands at byte `skip + n * width`. RefusedFileError `binary_file` at a NUL character.
    """
    for block in _narrow(_without_bom(blocks, begin.skip), begin):
        if 0 in block:
            raise RefusedFileError("binary_file", kind="NUL")
        yield block


def _without_bom(blocks: Iterable[bytes], skip: int) -> Iterator[bytes]:
    walk = iter(blocks)
    yield next(walk, b"")[skip:]
    yield from walk


def _narrow(blocks: Iterable[bytes], begin: Start) -> Iterator[bytes]:
    if begin.width == 1:
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(begin.encoding)("replace")
    for block in blocks:
        yield _ASTRAL.sub("??", decoder.decode(block)).encode("latin-1", "replace")
    yield _ASTRAL.sub("??", decoder.decode(b"", final=True)).encode("latin-1", "replace")


def text(raw: bytes, encoding: str) -> str:
    """Return the characters of a piece of the file."""
    return raw.decode(encoding, "replace" if encoding.startswith("utf-16") else "strict")
