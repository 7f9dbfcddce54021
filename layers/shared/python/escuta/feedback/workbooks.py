"""Rows of text as an XLSX workbook, in bounded memory. Every cell is text: no spreadsheet takes one for a formula."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryFile
from typing import IO

_LONGEST = 32_767  # characters of a cell, as UTF-16 counts them
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # what XML 1.0 cannot hold


@contextmanager
def made(rows: Iterable[Sequence[str]], title: str) -> Iterator[IO[bytes]]:
    """Yield the workbook as a file to read from. The first row is the titles, and stays in view."""
    from openpyxl import Workbook  # noqa: PLC0415 - slow to import, and most runs write no workbook
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above
    from openpyxl.styles import Font  # noqa: PLC0415 - as above

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for number, row in enumerate(rows):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, value=_cut(_UNFIT.sub("", text)))
            cell.data_type = "s"
            if not number:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    with TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        yield file


def _cut(text: str) -> str:
    """Return what a cell may hold; of more it is seen that something is left out."""
    if len(text) <= _LONGEST // 2 or len(wide := text.encode("utf-16-le")) <= 2 * _LONGEST:
        return text
    return wide[: 2 * (_LONGEST - 1)].decode("utf-16-le", errors="ignore") + "…"
