"""What stands in an export: for each kind of thing its columns, and its rows a page at a time.

The titles are those that the intake understands, so that what was exported can be corrected and dropped again.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from escuta import i18n, table
from escuta.directory import custom_fields, segments
from escuta.directory.canonical import spelled
from escuta.directory.model import Contact, FieldType, Manager, Product, Segment, Transaction
from escuta.entity import Entity
from escuta.feedback.model import Export, ExportKind
from escuta.outreach.model import Suppression

_PACKAGE = "escuta.feedback"
_PAGE = 500
_LOOKS = 40  # index partitions that one page may look into without finding anybody
T = TypeVar("T", bound=Entity)
Cells = list[str]
Get = Callable[[Any], Any]


class Page(NamedTuple):
    """Some rows, and where the next ones begin; None: there are no more."""

    rows: list[Cells]
    next: str | None


class _Column(NamedTuple):
    """A column: the code of its title (or the title itself where it has no words), and what stands in it."""

    title: str
    get: Get
    worded: bool = True


def _plain(*fields: str) -> tuple[_Column, ...]:
    return tuple(_Column(field, attrgetter(field)) for field in fields)


_RETIRED = (_Column("retired", lambda thing: thing.retired_at is not None), *_plain("retired_at"))
_SEGMENT = (
    *_plain("code", "name", "parent", "external_reference", "address", "city", "state", "country", "postal_code"),
    *_plain("timezone"),
    *_RETIRED,
)
_MANAGER = (
    *_plain("name", "email", "phone", "language", "languages", "channels", "segments", "external_reference"),
    *_RETIRED,
)
_PRODUCT = (
    _Column("product", lambda product: product.code),
    _Column("product_name", lambda product: product.name),
    _Column("product_group", lambda product: product.group),
    _Column("merged_into", lambda product: product.merged_into),
)
_CONTACT = _plain(
    *("external_id", "name", "email", "phone", "language", "timezone", "segment", "product", "consent", "consent_at"),
    *("last_visit_at", "created_at", "updated_at"),
)
_TRANSACTION = _plain("reference", "occurred_at", "segment", "product", "amount", "currency", "contact", "created_at")
_SUPPRESSION = (
    _Column("address_hash", lambda entry: entry.address_hash),
    *_plain("channel", "reason"),
    _Column("survey", lambda entry: entry.scope),
    *_plain("created_at"),
)


def titles(export: Export) -> Cells:
    """Return the titles of the columns, in the language of the export."""
    return [
        i18n.say(_PACKAGE, export.language, f"export.{column.title}") if column.worded else column.title
        for column in _columns(export)
    ]


def page(export: Export) -> Page:
    """Return the rows that follow the export's cursor."""
    found = _READ[export.what](export)
    columns = _columns(export)
    return Page([[_text(column.get(thing)) for column in columns] for thing in found.items], found.next)


def _columns(export: Export) -> tuple[_Column, ...]:
    match export.what:
        case ExportKind.SEGMENTS:
            return (*_SEGMENT, *_attributes())
        case ExportKind.MANAGERS:
            return _MANAGER
        case ExportKind.PRODUCTS:
            return _PRODUCT
        case ExportKind.CONTACTS:
            return (*_CONTACT, *_customs("custom"))
        case ExportKind.TRANSACTIONS:
            return (*_TRANSACTION, *_customs("visit"))
        case ExportKind.SUPPRESSIONS:
            return _SUPPRESSION


def _attributes() -> tuple[_Column, ...]:
    names = sorted({name for segment in segments.all() for name in segment.attributes})
    return tuple(_Column(f"attribute.{name}", _entry("attributes", name), worded=False) for name in names)


def _customs(prefix: str) -> tuple[_Column, ...]:
    """Return a column for each custom field that is defined, and one that holds all others as JSON."""
    known = custom_fields.all()
    names = sorted(known)
    defined = (
        _Column(f"{prefix}.{name}", _number(name) if known[name].type is FieldType.NUMBER else _entry("custom", name))
        for name in names
    )
    plain = tuple(column._replace(worded=False) for column in defined)
    return (*plain, _Column("other_fields", lambda thing: _others(thing.custom, names)))


def _entry(field: str, name: str) -> Get:
    return lambda thing: getattr(thing, field).get(name)


def _number(name: str) -> Get:
    """Write a number so that the intake reads it in one way: `1.234` might be a thousand, `1.2340` is none."""
    return lambda thing: spelled(thing.custom.get(name, ""), "")


def _others(custom: Mapping[str, str], names: Iterable[str]) -> str:
    others = {name: value for name, value in custom.items() if name not in set(names)}
    return json.dumps(others, ensure_ascii=False, sort_keys=True) if others else ""


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat()
        case tuple():
            return ", ".join(str(one) for one in value)
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _in_order(cls: type[T], pk: str) -> Callable[[Export], table.Page[T]]:
    def read(export: Export) -> table.Page[T]:
        return table.query(cls, pk, index="g1", limit=_PAGE, cursor=export.cursor or None)

    return read


def _segments(export: Export) -> table.Page[Segment]:
    """Return all segments at once: they are few, and kept in memory anyway."""
    return table.Page(tuple(_inside(export)))


def _managers(export: Export) -> table.Page[Manager]:
    found = _in_order(Manager, "managers")(export)
    if not export.segments:
        return found
    inside = {segment.code for segment in _inside(export)}
    seen = tuple(manager for manager in found.items if manager.segments and inside.issuperset(manager.segments))
    return table.Page(seen, found.next)


def _spread(cls: type[T], shards: Callable[[str], Sequence[str]]) -> Callable[[Export], table.Page[T]]:
    """Read what is kept for each segment, in the order of the hierarchy. The cursor is `{segment}|{its cursor}`."""

    def read(export: Export) -> table.Page[T]:
        code, _, within = export.cursor.partition("|")
        codes = [segment.code for segment in _inside(export)]
        start = codes.index(code) if code in codes else 0
        for place in codes[start : start + _LOOKS]:
            found = table.query_spread(cls, shards(place), index="g1", limit=_PAGE, cursor=within or None)
            following = codes[codes.index(place) + 1 : codes.index(place) + 2]
            onward = f"{place}|{found.next}" if found.next else f"{following[0]}|" if following else None
            if found.items or onward is None:
                return table.Page(found.items, onward)
            within = ""
        return table.Page((), f"{codes[start + _LOOKS]}|" if start + _LOOKS < len(codes) else None)

    return read


def _suppressions(export: Export) -> table.Page[Suppression]:
    return table.query_spread(Suppression, Suppression.shards(), index="g1", limit=_PAGE, cursor=export.cursor or None)


def _inside(export: Export) -> list[Segment]:
    roots = set(export.segments)
    return [segment for segment in segments.all() if not roots or roots.intersection(segment.path)]


_READ: Mapping[ExportKind, Callable[[Export], table.Page[Any]]] = {
    ExportKind.SEGMENTS: _segments,
    ExportKind.MANAGERS: _managers,
    ExportKind.PRODUCTS: _in_order(Product, "products"),
    ExportKind.CONTACTS: _spread(Contact, Contact.shards),
    ExportKind.TRANSACTIONS: _spread(Transaction, Transaction.shards),
    ExportKind.SUPPRESSIONS: _suppressions,
}
