"""What reads the cells of each field of each kind of file."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from escuta.config import settings
from escuta.directory import addresses, dates, values
from escuta.directory.model import CustomField, DropFile, FileKind, Folder
from escuta.errors import InvalidError

Reader = Callable[[str], Any]

_SHOWN = 80
_LONGEST = 200
_LIMITS = {"external_id": 128, "product": 128, "code": 128, "reference": 128, "postal_code": 20, "survey": 64}
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_SEPARATED = re.compile(r"[,;|\s]+")
# Fields whose text is shown and searched, not compared: a control character in one becomes a space.
_WORDS = frozenset(
    {"name", "surname", "product_name", "product_group", "group", "address", "city", "state", "postal_code"}
)
_OPEN = ("custom.", "visit.", "attribute.")


class Column(NamedTuple):
    """A column that is read: where it stands, what it is called, which field it is, what reads its cells."""

    place: int
    name: str
    field: str
    read: Reader | None  # None: the text is the value

    @property
    def is_open(self) -> bool:
        """Tell whether the organisation made the field up: its texts keep tabs and line ends."""
        return self.field.startswith(_OPEN)

    @property
    def is_exact(self) -> bool:
        """Tell whether a control character makes the value another one, so that it is refused."""
        return not self.is_open and self.field not in _WORDS

    @property
    def limit(self) -> int:
        """Return how many characters a text may have; 0 when what reads it knows."""
        return 0 if self.read or self.is_open else _LIMITS.get(self.field, _LONGEST)


def columns(file: DropFile, folder: Folder, country: str, custom: Mapping[str, CustomField]) -> list[Column]:
    """Return the columns of a file that say something, in their order."""
    own = Own(file, folder, custom)
    readers = _readers(folder.file_kind, country)
    found = []
    for place, name in enumerate(file.header):
        field = file.mapping.get(name, "")
        if field:
            read = own.reader(name, field) if field.startswith(("custom.", "visit.")) else readers.get(field)
            found.append(Column(place, name, field, read))
    return found


class Own:
    """How the custom fields of a file are read."""

    def __init__(self, file: DropFile, folder: Folder, custom: Mapping[str, CustomField]) -> None:
        """Keep the definitions, and how the file writes numbers and dates."""
        self._formats = file.date_formats
        self._custom = custom
        self._decimal = folder.decimal
        self._zone = folder.timezone
        self._form = dates.declared(folder.date_format, counted=False)

    def reader(self, column: str, field: str) -> Reader | None:
        """Return what reads a custom field; None for one without a definition, which is text.

        A time without a zone is of the folder's, else of the organisation's: a custom field is no visit to a segment.
        """
        definition = self._custom.get(field.partition(".")[2])
        if definition is None:
            return None
        zone = self._zone or settings().timezone
        form = self._formats.get(column, "") or self._form
        return partial(values.read, definition, decimal=self._decimal, form=form, zone=zone)


def _readers(kind: FileKind, country: str) -> Mapping[str, Reader]:
    """Return field -> what reads it. Dates, amounts and the segment of a visit are read where the row is whole."""
    people: dict[str, Reader] = {
        "email": addresses.email,
        "phone": addresses.phones(country),
        "language": values.language,
        "timezone": values.timezone,
    }
    if kind is FileKind.CONTACTS:
        return {**people, "consent": values.consent, "under_age": values.boolean, "currency": values.currency}
    if kind is FileKind.SEGMENTS:
        place: dict[str, Reader] = {
            "code": code,
            "parent": code,
            "timezone": values.timezone,
            "country": values.country,
        }
        return {**place, "retired": values.retired, "active": values.retired_by_status}
    if kind is FileKind.MANAGERS:
        manager: dict[str, Reader] = {"languages": values.languages, "channels": values.channels, "segments": codes}
        return {**people, **manager, "retired": values.retired, "active": values.retired_by_status}
    if kind is FileKind.SUPPRESSIONS:
        return {**people, "reason": values.reason}
    return {}


def segment_code(cell: str) -> str:
    """Return the code that a cell means: codes are in lower case."""
    return cell.strip().lower()


def code(text: str) -> str:
    """Return the code of a segment; InvalidError for what can be none."""
    found = segment_code(text)
    if not _CODE.fullmatch(found):
        raise InvalidError("segment_code_invalid", value=text[:_SHOWN])
    return found


def codes(text: str) -> tuple[str, ...]:
    """Return the codes that a cell lists, each once; commas, semicolons, bars and spaces stand between them."""
    return tuple(dict.fromkeys(code(part) for part in _SEPARATED.split(text.strip(" ,;|")) if part))
