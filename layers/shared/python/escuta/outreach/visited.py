"""Which visit a person is asked about: of several in one file the latest, in whatever order they come up."""

from collections.abc import Collection, Mapping
from datetime import datetime

from escuta import table
from escuta.directory.model import Contact, Transaction
from escuta.outreach.audience import Sought


def latest(sought: Collection[Sought], contacts: Mapping[str, Contact]) -> dict[str, Transaction | None]:
    """Return the visit of each of these people; nobody is in it whose later visit of the same file comes up elsewhere.

    Each visit may stand in another part of the file and under another route. So a person who has been there later is
    looked up; the later visit decides, if the same file brought it, whether and what this person is asked.
    """
    keys = [Transaction.at(one.contact, one.transaction) for one in sought if one.transaction]
    visits = table.find_many(Transaction, keys, consistent=True)
    found: dict[str, Transaction | None] = {one.contact: None for one in sought}
    for visit in visits.values():
        before = found.get(visit.contact)
        if before is None or _order(visit) > _order(before):
            found[visit.contact] = visit
    return {name: visit for name, visit in found.items() if not (visit and _overtaken(visit, contacts.get(name)))}


def _order(visit: Transaction) -> tuple[datetime, str]:
    return visit.occurred_at, visit.id


def _overtaken(visit: Transaction, contact: Contact | None) -> bool:
    """Tell whether the file that brought this visit brought a later one of the same person, too."""
    if contact is None or contact.last_visit_at is None or contact.last_visit_at <= visit.occurred_at:
        return False
    others = table.query(Transaction, visit.key().pk, prefix="transaction#", consistent=True).items
    return any(_order(other) > _order(visit) and not _brought(other).isdisjoint(_brought(visit)) for other in others)


def _brought(visit: Transaction) -> set[str]:
    """Return what made this visit known or changed it: of rows of one file the same."""
    return {source.rpartition(".")[0] for source in (visit.created_by, visit.updated_by)} - {""}
