"""What stands in an export: for each kind of thing its columns, and its rows a page at a time."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from escuta import table
from escuta.feedback.exported import answered, audited, directory, followed, invited
from escuta.feedback.exported.columns import Column, Field, Sheet, Type, sheet
from escuta.feedback.model import Export, ExportKind

__all__ = ["Field", "Sheet", "Type", "page", "sheet_of"]

_COLUMNS: Mapping[ExportKind, Callable[[Export], Iterable[Column]]] = {
    ExportKind.SEGMENTS: lambda _: (*directory.SEGMENT, *directory.attributes()),
    ExportKind.MANAGERS: lambda _: directory.MANAGER,
    ExportKind.PRODUCTS: lambda _: directory.PRODUCT,
    ExportKind.CONTACTS: lambda export: (*directory.CONTACT, *directory.customs("custom", export)),
    ExportKind.TRANSACTIONS: lambda export: (*directory.TRANSACTION, *directory.customs("visit", export)),
    ExportKind.SUPPRESSIONS: lambda _: directory.SUPPRESSION,
    ExportKind.LINKS: lambda export: (*invited.LINK, *directory.customs("custom", export, invited.whose)),
    ExportKind.RESPONSES: answered.columns,
    ExportKind.INVITATIONS: lambda _: invited.INVITATION,
    ExportKind.TICKETS: followed.columns,
    ExportKind.AUDIT: lambda _: audited.ENTRY,
}
_READ: Mapping[ExportKind, Callable[[Export], table.Page[Any]]] = {
    **{ExportKind(name): read for name, read in directory.READ.items()},
    ExportKind.LINKS: invited.links,
    ExportKind.RESPONSES: answered.page,
    ExportKind.INVITATIONS: invited.asked,
    ExportKind.TICKETS: followed.page,
    ExportKind.AUDIT: audited.page,
}


def sheet_of(export: Export) -> Sheet:
    """Return the columns of an export: as they are now, or as they were when it began."""
    found = sheet(_COLUMNS[export.what](export))
    return found.only(export.columns) if export.columns else found


def page(export: Export) -> table.Page[Any]:
    """Return the things that follow the export's cursor; the sheet tells them."""
    return _READ[export.what](export)
