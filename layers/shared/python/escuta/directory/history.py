"""The visits and purchases of one person, the newest first."""

from escuta import table
from escuta.directory.merging import moment
from escuta.directory.model import Transaction


def of(contact: str) -> tuple[Transaction, ...]:
    """Return all visits of a person, the newest first.

    They stand in the person's own partition, by id: all are read, and put into order here.
    """
    partition, _ = Transaction.at(contact, "")
    visits = table.query(Transaction, partition, prefix="transaction#").items
    return tuple(sorted(visits, key=place, reverse=True))


def place(visit: Transaction) -> str:
    """Return where a visit stands in that order, as text: greater is newer."""
    return f"{moment(visit.occurred_at)}#{visit.id}"
