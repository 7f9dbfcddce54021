"""What became of a row of a file of segments, managers or products, said in the one way of saying it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from escuta.directory.model import RowOutcome, RowResult
from escuta.errors import EscutaError

if TYPE_CHECKING:
    from escuta.directory.rows import Thing


def told(thing: "Thing", outcome: RowOutcome, code: str = "", *, column: str = "", **details: str) -> RowResult:
    """Return the result of a row; what was odd about one that was taken in stays with it."""
    return RowResult(
        row=thing.row,
        line=thing.line,
        outcome=outcome,
        column=column,
        code=code or thing.flag,
        details=details,
        original=tuple(thing.original),
    )


def refused(thing: "Thing", error: EscutaError, columns: Mapping[str, str]) -> RowResult:
    """Return the rejection of a row for what the directory says against it; `columns` is field -> title."""
    details = {"limit" if name == "most" else name: str(value) for name, value in error.details.items()}
    field = details.pop("field", "")
    return told(thing, RowOutcome.REJECTED, error.code, column=columns.get(field, field), **details)


def marked(created_by: str, updated_by: str, mark: str, *, changes: bool) -> RowOutcome:
    """Return what a row is called that wants no more, or still wants a change, of something with these two marks.

    The marks make a row that is taken in again after a crash say again what it said at first.
    """
    if created_by == mark:
        return RowOutcome.ACCEPTED
    return RowOutcome.UPDATED if changes or updated_by == mark else RowOutcome.DUPLICATE
