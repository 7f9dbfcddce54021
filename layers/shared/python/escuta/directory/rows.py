"""One row of a file: checked field by field, and either what it says or a rejection that says where and why.

The checks run tens of thousands of times a second: one look at the whole row tells whether any cell needs more than
its own reader.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from escuta.config import settings
from escuta.directory import contacts, dates, lines, values
from escuta.directory.columns import Column, columns, segment_code
from escuta.directory.header import IDENTITY
from escuta.directory.model import (
    CustomField,
    DropFile,
    FileKind,
    Folder,
    RowOutcome,
    RowResult,
    Segment,
)
from escuta.errors import InvalidError

_SHOWN = 80
_CUSTOM_LIMIT = 16_000  # characters of all custom fields together; an item of the table holds 400 KB
_CONTROL_IN_TEXT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]+"
)  # custom fields keep tabs and line ends
_FORMULA = re.compile(r"' *[=+\-@\t\r\n]")  # as `reports.inert` guards it
_ADULT = 18
_VISIT = ("reference", "occurred_at", "amount", "currency")
_AHEAD = timedelta(days=1)  # a clock in another zone, or one that is wrong by some hours
_BIRTHS = {"DD/MM/YYYY": ("DD/MM/YY",), "MM/DD/YYYY": ("MM/DD/YY",)}
_BOTH_BIRTHS = ("DD/MM/YY", "MM/DD/YY")


class Person(NamedTuple):
    """A row that passed: whom it speaks of, and what it says."""

    row: int
    line: int
    contact: str
    said: dict[str, Any]
    original: Sequence[str]
    flag: str = ""  # something odd that was accepted
    visit: dict[str, Any] | None = None  # reference, occurred_at, amount, currency, custom; None: the row names none
    skip: str = ""  # why the row is right and yet not to be taken in: `under_age`


class Thing(NamedTuple):
    """A row that passed, of a file of segments, managers, products or suppressions: what it says."""

    row: int
    line: int
    said: dict[str, Any]  # canonical values of the cells that say something
    original: Sequence[str]
    flag: str = ""


class Rows:
    """The checks of one file: its columns, the segments there are, the country of bare numbers, the custom fields."""

    def __init__(
        self,
        file: DropFile,
        folder: Folder,
        segments: Mapping[str, Segment],
        country: str,
        custom: Mapping[str, CustomField],
    ) -> None:
        """Find out once which cell holds which field, and what reads it."""
        self._columns = columns(file, folder, country, custom)
        self._width = len(file.header)
        limits = [column.limit for column in self._columns if column.limit]
        self._harmless = min(limits, default=_CUSTOM_LIMIT)
        finish = _People(file, folder, segments, self._columns) if folder.file_kind is FileKind.CONTACTS else None
        self._finish = finish or _Things(folder.file_kind, self._columns)

    def check(self, row: int, line: int, cells: list[str], *, flag: str = "") -> Person | Thing | RowResult:
        """Return what this row says, or its rejection."""
        column = ""
        said: dict[str, Any] = {}
        try:
            clean = cells if len(cells) == self._width else _fitted(cells, self._width)
            whole = "".join(clean)
            if len(whole) > self._harmless or "'" in whole or not whole.isprintable():
                clean = self._clean(clean)
            for place, column, field, read in self._columns:  # noqa: B007 - what is wrong is wrong with this column
                if text := clean[place].strip():
                    said[field] = read(text) if read else text
            column = ""
            return self._finish(row, line, said, cells, flag)
        except InvalidError as error:
            if column:
                error.details["column"] = column
            return rejected(row, line, cells, error)

    def _clean(self, cells: Sequence[str]) -> list[str]:
        """Return the cells without control characters and our own formula guard; InvalidError for what is too long."""
        cells = list(cells)
        for column in self._columns:
            text = cells[column.place]
            if not text.isprintable():
                text = _without_controls(text, column)
            if _FORMULA.match(text):
                text = text[1:]
            if column.limit and len(text.strip()) > column.limit:
                raise InvalidError("too_long", column=column.name, limit=column.limit)
            cells[column.place] = text
        if sum(len(cells[column.place]) for column in self._columns if column.is_open) > _CUSTOM_LIMIT:
            raise InvalidError("custom_too_large", limit=_CUSTOM_LIMIT)
        return cells


class _People:
    """What the fields of a row of people mean together."""

    def __init__(
        self, file: DropFile, folder: Folder, segments: Mapping[str, Segment], read_columns: Sequence[Column]
    ) -> None:
        self._segments = segments
        self._spelled = {code: segment for code, segment in segments.items() if not segment.retired_at}
        self._segment = folder.segment
        self._zone = folder.timezone
        self._decimal = folder.decimal
        self._today = file.received_at.date()
        self._latest = file.received_at + _AHEAD
        self._names = {column.field: column.name for column in read_columns}
        self._formats = {column.field: file.date_formats.get(column.name, "") for column in read_columns}
        self._more = not set(self._names) <= {*IDENTITY, "name", "segment", "language", "timezone"}
        self._aged = not {"birth_date", "under_age"}.isdisjoint(self._names)
        self._visits = not set(_VISIT).isdisjoint(self._names)
        self._open = {head for head in ("custom.", "visit.") if any(name.startswith(head) for name in self._names)}

    def __call__(self, row: int, line: int, said: dict[str, Any], cells: Sequence[str], flag: str) -> Person:
        contact = contacts.identity(said.get("external_id", ""), said.get("email", ""), said.get("phone", ""))
        if not contact:
            raise InvalidError("no_identity")
        segment = self._spelled.get(said.get("segment", self._segment)) or self._known_segment(said)
        said["segment"] = segment.code
        if not self._more:
            return Person(row, line, contact, said, cells, flag)
        if "surname" in said:
            said["name"] = f"{said.get('name', '')} {said.pop('surname')}".strip()
        if "consent_at" in said:
            said["consent_at"] = self._moment("consent_at", said["consent_at"], segment)
        skip, odd = self._skip(said) if self._aged else ("", "")
        visit = self._visit(said, segment) if self._visits else {}
        if "custom." in self._open and (custom := _open(said, "custom.")):
            said["custom"] = custom
        if visit and not ("reference" in visit or "occurred_at" in visit):
            return Person(row, line, contact, said, cells, flag or odd or "visit_unnamed", None, skip)
        return Person(row, line, contact, said, cells, flag or odd, visit or None, skip)

    def _known_segment(self, said: Mapping[str, Any]) -> Segment:
        """Return the segment of a row whose cell is not the code itself; InvalidError when there is none."""
        text = said.get("segment", self._segment)
        column = self._names.get("segment", "")
        if not text:
            raise InvalidError("segment_missing", column=column)
        segment = self._segments.get(segment_code(text))
        if segment is None:
            raise InvalidError("segment_unknown", column=column, value=text[:_SHOWN])
        if segment.retired_at:
            raise InvalidError("segment_retired", column=column, value=text[:_SHOWN])
        self._spelled[text] = segment
        return segment

    def _visit(self, said: dict[str, Any], segment: Segment) -> dict[str, Any]:
        """Take what a row says of a visit out of what it says of the person."""
        visit: dict[str, Any] = {field: said.pop(field) for field in _VISIT if field in said}
        if "occurred_at" in visit:
            visit["occurred_at"] = self._moment("occurred_at", visit["occurred_at"], segment)
        if "amount" in visit:
            self._price(visit)
        if "visit." in self._open and (custom := _open(said, "visit.")):
            visit["custom"] = custom
        return visit

    def _price(self, visit: dict[str, Any]) -> None:
        """Read the amount of a visit; its sign names the currency where no column does."""
        text, column, currency = visit["amount"], self._names["amount"], visit.get("currency", "")
        try:
            visit["amount"], sign = values.amount(text, self._decimal)
        except InvalidError as error:
            error.details["column"] = column
            raise
        if sign and currency and sign != currency:
            raise InvalidError("currency_conflict", column=column, value=text[:_SHOWN], currency=currency)
        if sign:
            visit["currency"] = sign

    def _moment(self, field: str, text: str, segment: Segment) -> datetime:
        """Return a moment of the past; InvalidError with its column. A day ahead is a matter of zones and clocks."""
        zone = self._zone or segment.timezone or settings().timezone
        try:
            found = dates.moment(text, self._formats[field], zone)
        except InvalidError as error:
            error.details["column"] = self._names[field]
            raise
        if found > self._latest:
            raise InvalidError("date_future", column=self._names[field], value=text[:_SHOWN])
        return found

    def _skip(self, said: dict[str, Any]) -> tuple[str, str]:
        """Return why the person is not to be taken in, and what is odd. The date of birth itself is not kept."""
        minor = said.pop("under_age", False)
        born = said.pop("birth_date", "")
        if not born or minor:
            return ("under_age" if minor else ""), ""
        days = _births(born, self._formats["birth_date"], self._today)
        if not days:
            return "", "birth_date_unread"
        return ("under_age" if any(_age(day, self._today) < _ADULT for day in days) else ""), ""


class _Things:
    """What the fields of a row mean together, in the files that are not of people."""

    def __init__(self, kind: FileKind, read_columns: Sequence[Column]) -> None:
        self._kind = kind
        self._names = {column.field: column.name for column in read_columns}
        self._needed = {FileKind.MANAGERS: "email", FileKind.SUPPRESSIONS: ""}.get(kind, "code")

    def __call__(self, row: int, line: int, said: dict[str, Any], cells: Sequence[str], flag: str) -> Thing:
        if self._needed and self._needed not in said:
            raise InvalidError("value_missing", column=self._names[self._needed], field=self._needed)
        if self._kind is FileKind.SUPPRESSIONS:
            if not ("email" in said or "phone" in said):
                raise InvalidError("no_address")
            said.setdefault("reason", "unsubscribe")
        if "active" in said:
            said["retired"] = said.pop("active") or said.get("retired", False)
        if "surname" in said:
            said["name"] = f"{said.get('name', '')} {said.pop('surname')}".strip()
        if attributes := _open(said, "attribute."):
            said["attributes"] = attributes
        return Thing(row, line, said, cells, flag)


def rejected(row: int, line: int, cells: Sequence[str], error: InvalidError) -> RowResult:
    """Return the result of a row that cannot be loaded: the column, the reason, and the row as it was."""
    details = {name: str(value) for name, value in error.details.items()}
    return RowResult(
        row=row,
        line=line,
        outcome=RowOutcome.REJECTED,
        column=details.pop("column", ""),
        code=error.code,
        details=details,
        original=tuple(cells),
    )


def _fitted(cells: Sequence[str], width: int) -> list[str]:
    """Drop empty cells after the last column; anything else than one cell per column is InvalidError `ragged`."""
    cells = list(cells)
    actual = len(cells)
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) != width:
        raise InvalidError("ragged", expected=width, actual=actual)
    return cells


def _without_controls(text: str, column: Column) -> str:
    if column.is_open:
        return _CONTROL_IN_TEXT.sub("", text)
    text = text.strip()
    if column.is_exact and lines.CONTROL.search(text):
        raise InvalidError("control_character", column=column.name)
    return lines.one(text)


def _open(said: dict[str, Any], head: str) -> dict[str, str]:
    """Take the fields that the organisation made up out of a row, by their own names."""
    return {field[len(head) :]: said.pop(field) for field in [name for name in said if name.startswith(head)]}


def _births(text: str, form: str, today: date) -> list[date]:
    """Return the days of birth that a cell may mean; a two-digit year is of the last hundred years."""
    found = []
    for each in _BIRTHS.get(form.partition(" ")[0], _BOTH_BIRTHS):
        try:
            day = dates.read(text, each).date()
        except InvalidError:
            continue
        if day > today and str(day.year) not in text:
            day = day.replace(year=day.year - 100)
        if day <= today:
            found.append(day)
    return found


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
