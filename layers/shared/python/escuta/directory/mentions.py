"""Whether a row of a file, an object or any text names one person: by id, e-mail address or telephone number.

Never by the name alone: others are called the same.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

from pydantic import ConfigDict

from escuta.config import settings
from escuta.directory import addresses, contacts
from escuta.directory.model import Contact, DropFile, RowResult
from escuta.entity import Value
from escuta.errors import InvalidError

ERASED = "erased"
_LAST = 8  # digits of a number that are looked for before it is read
_OVERLAP = 400  # bytes of a block that are looked at again with the next one
_SHORTEST = 5  # characters of an external id that is looked for where no column says what a cell is
_GAP = rb"[\s().\-/]{0,3}"


class Person(Value):
    """Whom everything is looked for."""

    model_config = ConfigDict(frozen=True, extra="ignore", ignored_types=(cached_property,))

    contact: str
    external_id: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Every contact that the person may be: the one that is known, and those that an address alone would make."""
        found = (self.contact, contacts.identity("", self.email, ""), contacts.identity("", "", self.phone))
        return tuple(dict.fromkeys(each for each in found if each))

    @cached_property
    def _email(self) -> "re.Pattern[str] | None":
        return re.compile(rf"(?<![\w.+-]){re.escape(self.email)}(?![\w-]|\.\w)", re.IGNORECASE) if self.email else None

    @cached_property
    def _bytes(self) -> "re.Pattern[bytes]":
        """What a text of any encoding of ASCII's letters holds when it names the person."""
        email = re.escape(self.email.encode())
        parts = [re.escape(each.encode()) for each in self.ids]
        parts += [rb"(?<![\w.+-])" + email + rb"(?![\w-]|\.\w)"] if email else []
        parts += [_GAP.join(bytes([digit]) for digit in self._digits[-_LAST:].encode())] if self.phone else []
        own = re.escape(self.external_id.encode())
        if own:
            parts.append(rb"(?<!\w)" + own + rb"(?!\w)" if len(self.external_id) >= _SHORTEST else b'"' + own + b'"')
        return re.compile(b"|".join(parts), re.IGNORECASE)

    @property
    def _digits(self) -> str:
        return _digits(self.phone)

    def in_text(self, text: str) -> bool:
        """Tell whether a text names the person, as JSON, CSV or plain words."""
        return self._bytes.search(text.encode()) is not None

    def in_blocks(self, blocks: Iterable[bytes]) -> bool:
        """Tell whether an object that is no archive names the person; UTF-16 is read as ASCII with gaps."""
        held = b""
        for block in blocks:
            held += block.replace(b"\0", b"")
            if self._bytes.search(held):
                return True
            held = held[-_OVERLAP:]
        return False

    def in_row(self, file: DropFile, result: RowResult) -> bool:
        """Tell whether a row of a file is about the person, or names them where it was refused."""
        if result.contact:
            return result.contact in self.ids
        fields = [file.mapping.get(name, "") for name in file.header]
        return self.in_cells(fields, result.original)

    def is_of_another(self, file: DropFile, result: RowResult) -> bool:
        """Tell whether a row names the person but speaks of somebody else: by another external id, at the same address.

        It goes with the person, whose address it holds; it is not theirs to read.
        """
        if result.contact:
            return result.contact not in self.ids
        fields = (file.mapping.get(name, "") for name in file.header)
        said = (cell.strip() for field, cell in zip(fields, result.original, strict=False) if field == "external_id")
        return any(number != self.external_id for number in said if number)

    def in_cells(self, fields: Sequence[str], cells: Sequence[str]) -> bool:
        """Tell whether cells name the person; an external id counts in its own column alone."""
        padded = [*fields, *[""] * max(0, len(cells) - len(fields))]
        return any(self._in_cell(field, cell) for field, cell in zip(padded, cells, strict=False))

    def _in_cell(self, field: str, cell: str) -> bool:
        if field == "external_id" and self.external_id and cell.strip() == self.external_id:
            return True
        return bool(self._email and self._email.search(cell)) or (bool(self.phone) and self._is_phone(cell))

    def _is_phone(self, cell: str) -> bool:
        if self._digits[-_LAST:] not in _digits(cell):
            return False
        try:
            return addresses.phone(cell, settings().country) == self.phone
        except InvalidError:
            return self._digits[-_LAST:] in _digits(cell)


def person(contact: Contact) -> Person:
    """Return what a contact is looked for by."""
    return Person(
        **{name: getattr(contact, name) for name in Person.model_fields if name != "contact"}, contact=contact.id
    )


def blank(result: RowResult) -> RowResult:
    """Return a row's result without whom it was about: the sums of its file stay, and its reason says that it is gone.

    What was wrong with it is no longer told, since the words of a reason may repeat a cell.
    """
    empty: dict[str, Any] = {"contact": "", "transaction": "", "column": "", "details": {}}
    return result.changed(**empty, code=ERASED if result.code else "", original=tuple("" for _ in result.original))


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
