"""The zip that a workbook is: looked at before anything is read from it, and read in small steps under a budget.

Nothing is ever unpacked to a disk, and no name in it is ever taken for a path.
"""

import stat
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from escuta.directory.budget import within_budget
from escuta.directory.decoding import RefusedFileError

EXPANDED_LIMIT = 100 << 20
MEMBERS_LIMIT = 200
_STEP = 1 << 16
_DIRECTORY = 1 << 20  # bytes of the list of members, and of anything else that is read at once
_OTHERS = (
    ("xl/workbook.bin", "XLSB"),
    ("content.xml", "ODS"),
    ("index/document.iwa", "Numbers"),
    ("index.zip", "Numbers"),
    ("word/document.xml", "DOCX"),
    ("ppt/presentation.xml", "PPTX"),
)


class _Bounded:
    """A file that nobody can make be read in one great piece: the list of members says itself how long it is."""

    def __init__(self, file: IO[bytes]) -> None:
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if size > _DIRECTORY:
            raise RefusedFileError("workbook_too_many_parts", limit=MEMBERS_LIMIT)
        return self._file.read(size)


class Archive:
    """The members of a zip that passed."""

    def __init__(self, zipped: ZipFile) -> None:
        """Look at all members, then read each once. RefusedFileError says what is wrong."""
        self._zipped = zipped
        members = zipped.infolist()
        _refuse_others({member.filename.lower() for member in members})
        _check(members)
        self._members = {member.filename.lower(): member for member in members}
        for name in self._members:
            for _ in self.blocks(name):
                pass

    def size(self, name: str) -> int:
        """Return the bytes of a member, unpacked; 0 when there is none of this name."""
        member = self._members.get(name.lower())
        return member.file_size if member else 0

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield a member in small blocks. RefusedFileError `workbook_damaged` when it is not as it was packed."""
        member = self._members.get(name.lower())
        if member is None:
            raise RefusedFileError("workbook_damaged")
        given = 0
        try:
            with self._zipped.open(member) as file:
                while block := file.read(_STEP):
                    given += len(block)
                    within_budget(member.compress_size, given, EXPANDED_LIMIT)
                    yield block
        except (BadZipFile, EOFError, NotImplementedError, zlib.error) as error:
            raise RefusedFileError("workbook_damaged") from error
        if given != member.file_size:
            raise RefusedFileError("workbook_damaged")


@contextmanager
def opened(blocks: Iterable[bytes]) -> Iterator[Archive]:
    """Open the zip that these blocks are: on disk, since its list of members stands at its end."""
    with tempfile.TemporaryFile() as file:
        size = 0
        for block in blocks:
            size += file.write(block)
            within_budget(size, size, EXPANDED_LIMIT)
        try:
            zipped = ZipFile(_Bounded(file))
        except (BadZipFile, ValueError, NotImplementedError) as error:
            raise RefusedFileError("workbook_damaged") from error
        with zipped:
            yield Archive(zipped)


def _refuse_others(names: set[str]) -> None:
    """Refuse a zip that holds no workbook, by the name of what it is."""
    if "[content_types].xml" in names and any(name.endswith("workbook.xml") for name in names):
        return
    kind = next((kind for name, kind in _OTHERS if name in names), "")
    if kind:
        raise RefusedFileError("binary_file", kind=kind)
    raise RefusedFileError("zip_archive")


def _check(members: list[ZipInfo]) -> None:
    if len(members) > MEMBERS_LIMIT:
        raise RefusedFileError("workbook_too_many_parts", limit=MEMBERS_LIMIT)
    if any(member.flag_bits & 1 for member in members):
        raise RefusedFileError("file_encrypted")
    if len({member.filename.lower() for member in members}) < len(members) or any(map(_is_odd, members)):
        raise RefusedFileError("workbook_unsafe")
    for member in members:
        within_budget(member.compress_size, member.file_size, EXPANDED_LIMIT)
    whole = sum(member.file_size for member in members)
    within_budget(whole, whole, EXPANDED_LIMIT)


def _is_odd(member: ZipInfo) -> bool:
    """Tell whether a member is a link, packed in no usual way, or named to stand outside of the archive."""
    name = member.orig_filename.replace("\\", "/")
    return (
        stat.S_ISLNK(member.external_attr >> 16)
        or member.compress_type not in {ZIP_STORED, ZIP_DEFLATED}
        or name.startswith("/")
        or "\0" in name
        or ":" in name
        or ".." in name.split("/")
    )
