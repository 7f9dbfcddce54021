"""Columns: the same thing told twice, as cells of text for people and as typed values for programs."""

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, NamedTuple

from escuta import i18n

_PACKAGE = "escuta.feedback"
_NO_NAME = re.compile(r"[^a-z0-9]+")
Get = Callable[[Any], Any]


class Type(StrEnum):
    """What stands in a column where values have types. Amounts are text: no digit of theirs is lost."""

    TEXT = "text"
    INT = "int"
    BOOL = "bool"
    TIME = "time"  # in UTC
    DAY = "day"  # of a calendar, without a time zone
    TEXTS = "texts"


class Column(NamedTuple):
    """A column: the code of its title (or the title itself where it has no words), and what stands in it.

    `name` is what programs know it by, and never changes; `shown` is what people read where that is something else.
    """

    title: str
    get: Get
    type: Type = Type.TEXT
    worded: bool = True
    name: str = ""
    shown: Get | None = None

    def heading(self, language: str) -> str:
        """Return the title in this language."""
        return i18n.say(_PACKAGE, language, f"export.{self.title}") if self.worded else self.title

    def cell(self, thing: Any) -> str:
        """Return what stands here as text."""
        return as_text((self.shown or self.get)(thing))

    def value(self, thing: Any) -> Any:
        """Return what stands here as JSON has it; None where there is nothing."""
        return _VALUES[self.type](self.get(thing))


class Field(NamedTuple):
    """What a program has to know of a column."""

    name: str
    type: Type


class Sheet(NamedTuple):
    """The columns of an export."""

    columns: tuple[Column, ...]

    def titles(self, language: str) -> list[str]:
        """Return the titles of the columns."""
        return [column.heading(language) for column in self.columns]

    def cells(self, thing: Any) -> list[str]:
        """Return a row for people."""
        return [column.cell(thing) for column in self.columns]

    def record(self, thing: Any) -> dict[str, Any]:
        """Return a row for programs; a moment is ISO 8601 in UTC."""
        return {column.name: column.value(thing) for column in self.columns}

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def fields(self) -> tuple[Field, ...]:
        """Return names and types."""
        return tuple(Field(column.name, column.type) for column in self.columns)

    def only(self, names: tuple[str, ...]) -> "Sheet":
        """Return the columns of these names, in their order; one that there is no more stays, and is empty."""
        known = {column.name: column for column in self.columns}
        return Sheet(tuple(known.get(name) or _gone(name) for name in names))


def sheet(columns: Iterable[Column]) -> Sheet:
    """Return columns, each with a name of its own: `attribute.área m2` becomes `attribute_rea_m2`."""
    return Sheet(tuple(_named(columns)))


def _named(columns: Iterable[Column]) -> Iterator[Column]:
    seen: set[str] = set()
    for column in columns:
        wanted = name = column.name or _NO_NAME.sub("_", column.title.lower()).strip("_") or "column"
        number = 1
        while name in seen:
            number += 1
            name = f"{wanted}_{number}"
        seen.add(name)
        yield column._replace(name=name)


def _gone(name: str) -> Column:
    return Column(name, lambda _: None, worded=False, name=name)


def plain(*fields: str, kind: Type = Type.TEXT, of: str = "") -> tuple[Column, ...]:
    """Return columns that hold the fields of these names, of the thing itself or of its part `of`."""
    return tuple(Column(field, attrgetter(f"{of}.{field}" if of else field), kind) for field in fields)


def times(*fields: str, of: str = "") -> tuple[Column, ...]:
    """Return columns that hold moments."""
    return plain(*fields, kind=Type.TIME, of=of)


def as_text(value: Any) -> str:
    """Return a value as people read it."""
    match value:
        case None:
            return ""
        case datetime() | date():
            return value.isoformat()
        case tuple() | list():
            return ", ".join(str(one) for one in value)
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _moment(value: datetime | None) -> str | None:
    return None if value is None else value.astimezone(UTC).isoformat(timespec="milliseconds")


_VALUES: dict[Type, Callable[[Any], Any]] = {
    Type.TEXT: lambda value: as_text(value) or None,
    Type.INT: lambda value: None if value is None else int(value),
    Type.BOOL: lambda value: None if value is None else bool(value),
    Type.TIME: _moment,
    Type.DAY: lambda value: str(value) if value else None,
    Type.TEXTS: lambda value: [str(one) for one in value or ()],
}
