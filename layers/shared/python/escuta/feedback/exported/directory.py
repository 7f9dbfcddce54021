"""Exports of the directory, and of the addresses that are closed.

The titles are those that the intake understands, so that what was exported can be corrected and dropped again.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeVar

from escuta import table
from escuta.directory import custom_fields, segments
from escuta.directory.canonical import spelled
from escuta.directory.model import Contact, FieldType, Manager, Product, Segment, Transaction
from escuta.entity import Entity
from escuta.feedback.exported import walking
from escuta.feedback.exported.columns import Column, Get, Type, plain, times
from escuta.feedback.model import Export
from escuta.outreach.model import Suppression

T = TypeVar("T", bound=Entity)
_RETIRED = (Column("retired", lambda thing: thing.retired_at is not None, Type.BOOL), *times("retired_at"))
SEGMENT = (
    *plain("code", "name", "parent", "external_reference", "address", "city", "state", "country", "postal_code"),
    *plain("timezone"),
    *_RETIRED,
)
MANAGER = (
    *plain("name", "email", "phone", "language"),
    *plain("languages", "channels", "segments", kind=Type.TEXTS),
    *plain("external_reference"),
    *_RETIRED,
)
PRODUCT = (
    Column("product", attrgetter("code")),
    Column("product_name", attrgetter("name")),
    Column("product_group", attrgetter("group")),
    Column("merged_into", attrgetter("merged_into")),
)
CONTACT = (
    *plain("external_id", "name", "email", "phone", "language", "timezone", "segment", "product", "consent"),
    *times("consent_at", "last_visit_at", "created_at", "updated_at"),
)
TRANSACTION = (
    *plain("reference"),
    *times("occurred_at"),
    *plain("segment", "product", "amount", "currency", "contact"),
    *times("created_at"),
)
SUPPRESSION = (
    *plain("address_hash", "channel"),
    Column("reason", attrgetter("told")),
    Column("survey", attrgetter("scope")),
    *times("created_at"),
)


def attributes() -> tuple[Column, ...]:
    """Return a column for each attribute that any segment has."""
    names = sorted({name for segment in segments.all() for name in segment.attributes})
    return tuple(Column(f"attribute.{name}", _entry("attributes", name), worded=False) for name in names)


def customs(prefix: str, export: Export, whose: Callable[[Get], Get] = lambda get: get) -> Iterator[Column]:
    """Yield a column for each custom field that is defined, and one that holds all others as JSON.

    A field that is defined while the export runs stays among the others: its columns are those of its beginning.
    """
    known = custom_fields.all()
    names = sorted(name for name in known if not export.columns or f"{prefix}_{name}" in export.columns)
    for name in names:
        entry = _entry("custom", name)
        shown = _number(name) if known[name].type is FieldType.NUMBER else entry
        title = f"{prefix}.{name}"
        yield Column(title, whose(entry), worded=False, name=f"{prefix}_{name}", shown=whose(shown))
    yield Column("other_fields", whose(lambda thing: _others(thing.custom, frozenset(names))))


def _entry(field: str, name: str) -> Get:
    return lambda thing: getattr(thing, field).get(name)


def _number(name: str) -> Get:
    """Write a number so that the intake reads it in one way: `1.234` might be a thousand, `1.2340` is none."""
    return lambda thing: spelled(thing.custom.get(name, ""), "")


def _others(custom: Mapping[str, str], names: frozenset[str]) -> str:
    others = {name: value for name, value in custom.items() if name not in names}
    return json.dumps(others, ensure_ascii=False, sort_keys=True) if others else ""


def _in_order(cls: type[T], pk: str) -> Callable[[Export], table.Page[T]]:
    def read(export: Export) -> table.Page[T]:
        return table.query(cls, pk, index="g1", limit=walking.PAGE, cursor=export.cursor or None)

    return read


def _segments(export: Export) -> table.Page[Segment]:
    """Return all segments at once: they are few, and kept in memory anyway."""
    return table.Page(tuple(walking.inside(export)))


def _managers(export: Export) -> table.Page[Manager]:
    found = _in_order(Manager, "managers")(export)
    if not export.segments:
        return found
    inside = {segment.code for segment in walking.inside(export)}
    seen = tuple(manager for manager in found.items if manager.segments and inside.issuperset(manager.segments))
    return table.Page(seen, found.next)


def _spread(cls: type[T], shards: Callable[[str], Sequence[str]]) -> Callable[[Export], table.Page[T]]:
    """Read what is kept for each segment, by their codes: these stay, whatever moves in the hierarchy meanwhile."""

    def at(code: str, cursor: str | None) -> table.Page[T]:
        return table.query_spread(cls, shards(code), index="g1", limit=walking.PAGE, cursor=cursor)

    def read(export: Export) -> table.Page[T]:
        return walking.through(sorted(segment.code for segment in walking.inside(export)), export, at)

    return read


def _suppressions(export: Export) -> table.Page[Suppression]:
    return table.query_spread(
        Suppression, Suppression.shards(), index="g1", limit=walking.PAGE, cursor=export.cursor or None
    )


READ: Mapping[str, Callable[[Export], table.Page[Any]]] = {
    "segments": _segments,
    "managers": _managers,
    "products": _in_order(Product, "products"),
    "contacts": _spread(Contact, Contact.shards),
    "transactions": _spread(Transaction, Transaction.shards),
    "suppressions": _suppressions,
}
