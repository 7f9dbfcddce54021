"""Who gets a ticket: of those who answer for a place, by language and by how much they have."""

from collections.abc import Sequence

from escuta import table
from escuta.directory.model import Manager
from escuta.feedback.model import OwnerWay, Ticket, TicketRule
from escuta.feedback.tickets import counts


def choose(ticket: Ticket, people: Sequence[Manager], rule: TicketRule | None = None) -> str:
    """Return the id of the manager who gets a ticket; "" when nobody answers for its place.

    Those who speak the customer's language go before the others. The counters are read once for all of them; two
    tickets that are opened at once may go to the same person.
    """
    if rule and rule.way is OwnerWay.MANAGER and (fixed := _fixed(people, rule.manager)):
        return fixed
    able = [one for one in people if ticket.language in (one.language, *one.languages)] or people
    if len(able) <= 1:
        return able[0].id if able else ""
    loads = counts.loads(one.id for one in able)
    by = "given" if rule and rule.way is OwnerWay.ROUND_ROBIN else "open"
    return min(able, key=lambda one: (getattr(loads[one.id], by), one.id)).id


def _fixed(people: Sequence[Manager], manager: str) -> str:
    found = next((one for one in people if one.id == manager), None) or table.find(Manager, Manager.at(manager))
    return found.id if found and found.retired_at is None else ""
