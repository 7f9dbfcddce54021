"""Who gets a ticket."""

from collections.abc import Iterable

from escuta import ids
from escuta.directory.model import Manager


def choose(ticket: str, people: Iterable[Manager]) -> str:
    """Return the id of the manager who gets a ticket; "" when there is none."""
    return min((manager.id for manager in people), key=lambda manager: ids.derive(ticket, manager), default="")
