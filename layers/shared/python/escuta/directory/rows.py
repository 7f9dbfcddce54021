"""One row of a file: checked field by field, and either a person or a rejection that says where and why.

The checks run tens of thousands of times a second, so the usual row takes the short way through each of them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from escuta import i18n
from escuta.directory import addresses, contacts
from escuta.directory.header import OWN_COLUMN, fold
from escuta.directory.model import CustomField, DropFile, Folder, RowOutcome, RowResult, Segment
from escuta.errors import InvalidError

_SHOWN = 80
_LIMITS = {
    "external_id": 128,
    "name": 200,
    "surname": 200,
    "consent": 200,
    "product": 128,
    "product_name": 200,
    "product_group": 200,
}
_CUSTOM_LIMIT = 16_000  # characters of all custom fields together; an item of the table holds 400 KB
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_CONTROL_IN_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]+")  # custom fields keep tabs and line ends
_EXACT = frozenset({"external_id", "email", "phone", "segment", "language", "timezone"})
_FORMULA = re.compile(r"'[=+\-@\t\r]")
_LANGUAGES = {
    **dict.fromkeys(("portugues", "portuguesbrasil", "portuguesdobrasil", "portuguese", "ptbr"), "pt-BR"),
    **dict.fromkeys(("ingles", "english"), "en"),
    **dict.fromkeys(("espanhol", "espanol", "castellano", "spanish"), "es"),
}


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
        folder: Folder,  # noqa: ARG002
        segments: Mapping[str, Segment],
        country: str,
        custom: Mapping[str, CustomField],  # noqa: ARG002
    ) -> None:
        """Find out once which cell holds which field, and what reads it."""
        header, mapping = file.header, file.mapping
        readers: dict[str, Callable[[str], str]] = {
            "email": addresses.email,
            "phone": partial(addresses.phone, country=country),
            "segment": self._known_segment,
            "language": language,
            "timezone": timezone,
            **{field: partial(_short, limit=limit) for field, limit in _LIMITS.items()},
        }
        self._header = header
        self._segments = segments
        self._fields = [
            (place, name, mapping[name], readers[mapping[name]]) for place, name in enumerate(header) if name in mapping
        ]
        self._custom = [
            (place, name)
            for place, name in enumerate(header)
            if name and name not in mapping and not name.startswith(OWN_COLUMN)
        ]

    def check(self, row: int, line: int, cells: list[str], *, flag: str = "") -> Person | Thing | RowResult:
        """Return what this row says, or its rejection."""
        try:
            said = self._said(self._clean(cells))
        except InvalidError as error:
            return rejected(row, line, cells, error)
        contact = contacts.identity(said.get("external_id", ""), said.get("email", ""), said.get("phone", ""))
        return Person(row, line, contact, said, cells, flag)

    def _clean(self, cells: list[str]) -> list[str]:
        """Return as many cells as there are columns, without control characters and our own formula guard."""
        width = len(self._header)
        if len(cells) != width:
            cells = _fitted(cells, width)
        whole = "".join(cells)
        if not whole.isprintable():
            cells = self._without_controls(cells)
        if "'" in whole:
            cells = [cell[1:] if _FORMULA.match(cell) else cell for cell in cells]
        return cells

    def _without_controls(self, cells: list[str]) -> list[str]:
        cells = list(cells)
        for place, _ in self._custom:
            cells[place] = _CONTROL_IN_TEXT.sub("", cells[place])
        for place, column, field, _ in self._fields:
            text = cells[place].strip()
            if field in _EXACT and _CONTROL.search(text):
                raise InvalidError("control_character", column=column)
            cells[place] = _CONTROL.sub(" ", text)
        return cells

    def _said(self, cells: list[str]) -> dict[str, Any]:
        said: dict[str, Any] = {}
        for place, column, field, read in self._fields:
            text = cells[place].strip()
            if text:
                try:
                    said[field] = read(text)
                except InvalidError as error:
                    error.details["column"] = column
                    raise
        if "surname" in said:
            said["name"] = f"{said.get('name', '')} {said.pop('surname')}".strip()
        self._demand(said)
        if self._custom:
            said["custom"] = self._customs(cells)
        return said

    def _demand(self, said: Mapping[str, str]) -> None:
        if not (said.get("external_id") or said.get("email") or said.get("phone")):
            raise InvalidError("no_identity")
        if "segment" not in said:
            column = next(name for _, name, field, _ in self._fields if field == "segment")
            raise InvalidError("segment_missing", column=column)

    def _customs(self, cells: Sequence[str]) -> dict[str, str]:
        custom = {name: text for place, name in self._custom if (text := cells[place].strip())}
        if sum(map(len, custom.values())) > _CUSTOM_LIMIT:
            raise InvalidError("custom_too_large", limit=_CUSTOM_LIMIT)
        return custom

    def _known_segment(self, text: str) -> str:
        code = segment_code(text)
        if code not in self._segments:
            raise InvalidError("segment_unknown", value=text[:_SHOWN])
        return code


def segment_code(cell: str) -> str:
    """Return the code that a cell means: codes are in lower case."""
    return cell.strip().lower()


def _fitted(cells: list[str], width: int) -> list[str]:
    """Drop empty cells after the last column; anything else than one cell per column is InvalidError `ragged`."""
    cells = list(cells)
    actual = len(cells)
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if len(cells) != width:
        raise InvalidError("ragged", expected=width, actual=actual)
    return cells


def _short(text: str, limit: int) -> str:
    if len(text) > limit:
        raise InvalidError("too_long", limit=limit)
    return text


@lru_cache(maxsize=256)
def language(text: str) -> str:
    """Return ours of the languages for a tag or a name: `pt-BR`, `en_US`, `Espanhol`."""
    found = _LANGUAGES.get(fold(text)) or i18n.match(text)
    if found is None:
        raise InvalidError("language_unknown", value=text[:_SHOWN])
    return found


@lru_cache(maxsize=256)
def timezone(text: str) -> str:
    """Return a time zone's IANA name as given, if there is such a zone."""
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: the name of a folder, such as "America"
        raise InvalidError("timezone_unknown", value=text[:_SHOWN]) from error


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
