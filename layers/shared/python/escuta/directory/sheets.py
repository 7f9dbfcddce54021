"""The rows of a workbook: the values of the first visible sheet as text, and what is wrong with a cell."""

import re
from collections.abc import Iterable, Iterator, MutableMapping, Sequence
from datetime import datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from xml.sax.xmlreader import AttributesImpl  # as a type  # nosec B406

from escuta.directory import archive, workbook
from escuta.directory.canonical import Row, spelled
from escuta.directory.decoding import RefusedFileError
from escuta.directory.header import COLUMN_LIMIT
from escuta.directory.workbook import Handler, Sheet

_ROWS = 1_048_576
_EXACT = 15  # digits of a number that a spreadsheet program keeps
_LETTERS = re.compile("[A-Za-z]{1,3}")
_ZEROS = re.compile("0+")
_BOOLEANS = {"0": "false", "1": "true", "false": "false", "true": "true"}
_HALF = timedelta(microseconds=500_000)


def rows(blocks: Iterable[bytes], notes: MutableMapping[str, str], decimal: str = "") -> Iterator[Row]:
    """Yield the rows that hold anything, each with its number in the sheet; `notes` gets the sheet's name.

    Values only: a formula gives what the program last computed for it. RefusedFileError says why there is no reading
    the workbook.
    """
    with archive.opened(blocks) as opened:
        sheet = workbook.first_visible(opened)
        notes["sheet"] = sheet.name
        reading = _Reading(sheet, decimal)
        for _ in workbook.parse(opened.blocks(sheet.part), reading):
            yield from reading.rows()
        yield from reading.rows()


class _Reading(Handler):
    """Make rows of the elements of a sheet."""

    def __init__(self, sheet: Sheet, decimal: str) -> None:
        super().__init__("v", "t")
        self._values = _Values(sheet, decimal)
        self._done: list[Row] = []
        self._row = self._column = self._style = 0
        self._type = ""
        self._formula = False
        self._cells: dict[int, str] = {}
        self._faults: list[tuple[str, int]] = []

    def rows(self) -> Sequence[Row]:
        """Return the rows that are complete, once."""
        done, self._done = self._done, []
        return done

    def begin(self, name: str, attrs: AttributesImpl) -> None:
        if name == "c":
            self._column = _column(attrs.get("r", "").rstrip("0123456789")) or self._column + 1
            self._type, self._style, self._formula = attrs.get("t", "n"), int(attrs.get("s", "0")), False
            self.taken()
        elif name == "f":
            self._formula = True
        elif name == "row":
            self._row = int(attrs.get("r") or self._row + 1)
            self._column = 0
            if not 0 < self._row <= _ROWS:
                raise RefusedFileError("workbook_damaged")

    def end(self, name: str) -> None:
        if name == "c":
            written = self.taken()
            if written or self._formula:
                self._note(*self._values.text(self._type, self._style, written))
        elif name == "row":
            if self._cells:
                self._done.append(self._finished())
        elif name == "sheetData":
            self.over = True

    def _note(self, text: str, fault: str) -> None:
        if not (text or fault):
            return
        if self._column > COLUMN_LIMIT:
            raise RefusedFileError("too_many_columns", count=self._column, limit=COLUMN_LIMIT)
        self._cells[self._column] = text
        if fault:
            self._faults.append((fault, self._column))

    def _finished(self) -> Row:
        cells = [self._cells.get(column, "") for column in range(1, max(self._cells) + 1)]
        row = Row(self._row, cells, tuple(self._faults))
        self._cells, self._faults = {}, []
        return row


class _Values:
    """The text of a cell's value, and the code of what is wrong with it."""

    def __init__(self, sheet: Sheet, decimal: str) -> None:
        from openpyxl.styles.numbers import is_date_format, is_timedelta_format  # noqa: PLC0415 - see workbook
        from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH  # noqa: PLC0415 - as above

        self._strings = sheet.strings
        self._decimal = decimal
        self._epoch = MAC_EPOCH if sheet.epoch_1904 else WINDOWS_EPOCH
        self._dates = frozenset(style for style, code in enumerate(sheet.formats) if is_date_format(code))
        self._spans = frozenset(style for style, code in enumerate(sheet.formats) if is_timedelta_format(code))
        self._zeros = {style: len(code) for style, code in enumerate(sheet.formats) if _ZEROS.fullmatch(code)}

    def text(self, kind: str, style: int, written: str) -> tuple[str, str]:
        if kind == "s":
            return self._shared(written), ""
        if kind == "n":
            return self._number(written.strip(), style) if written else ("", "formula_unsaved")
        if kind == "b":
            return _BOOLEANS.get(written.strip(), ""), ""
        return written, "cell_error" if kind == "e" else ""

    def _shared(self, written: str) -> str:
        try:
            place = int(written or 0)
            return self._strings[place if place >= 0 else len(self._strings)]
        except IndexError as error:
            raise RefusedFileError("workbook_damaged") from error

    def _number(self, written: str, style: int) -> tuple[str, str]:
        if style in self._dates:
            return self._date(written, timespan=style in self._spans)
        if written.isascii() and written.isdigit() and len(written) <= _EXACT:
            return written.zfill(self._zeros.get(style, 0)), ""
        try:
            text = number(written)
        except (ValueError, ArithmeticError):
            return written, "cell_error"
        digits = text.lstrip("-")
        if digits.isdigit():
            return text.zfill(self._zeros.get(style, 0)), "digits_lost" if len(digits) > _EXACT else ""
        return spelled(text, self._decimal), ""

    def _date(self, written: str, *, timespan: bool) -> tuple[str, str]:
        from openpyxl.utils.datetime import from_excel  # noqa: PLC0415 - as above

        try:
            return _iso(from_excel(float(written), self._epoch, timedelta=timespan)), ""
        except (ValueError, ArithmeticError):
            return written, "cell_error"


def number(written: str) -> str:
    """Return a number without exponent, with no decimals where it has none, and no more digits than are kept.

    ValueError or ArithmeticError for what is no number.
    """
    value = float(written)
    if value.is_integer():
        return str(int(value))
    return f"{Decimal(f'{value:.{_EXACT}g}'):f}"


def _iso(value: datetime | time | timedelta) -> str:
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
    if isinstance(value, time):
        return value.isoformat("seconds")
    moment = (value + _HALF).replace(microsecond=0)
    return moment.date().isoformat() if moment.time() == time() else moment.isoformat()


@lru_cache(maxsize=1024)
def _column(letters: str) -> int:
    """Return the number of a column, counted from 1; 0 when these are no letters of one."""
    if not _LETTERS.fullmatch(letters):
        return 0
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - ord("A") + 1
    return column
