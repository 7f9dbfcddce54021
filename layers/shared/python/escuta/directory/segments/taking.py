"""Segments that a file names: made, changed, moved and retired, with what became of every row."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from escuta.directory.model import RowResult

if TYPE_CHECKING:
    from escuta.directory.rows import Thing


def take_in(
    things: Sequence["Thing"], *, source: str, dry_run: bool = False, columns: Mapping[str, str] = MappingProxyType({})
) -> list[RowResult]:
    """Return what became of each row, in order. The same `source` again says the same again and writes nothing.

    `columns` is field -> title of the column in the file, for what a rejection names.
    """
    raise NotImplementedError
