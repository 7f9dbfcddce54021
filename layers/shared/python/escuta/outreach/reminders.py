"""Reminders as they are stored: an invitation sent once more. They move from state to state as invitations do."""

from collections.abc import Mapping

from escuta import table
from escuta.outreach.model import Invitation, Reminder


def of(link_key: str) -> Mapping[int, Reminder]:
    """Return the reminders of the invitation behind a link, by number, as they are now."""
    found = table.query(Reminder, Invitation.at(link_key).pk, prefix="reminder#", consistent=True)
    return {reminder.number: reminder for reminder in found.items}
