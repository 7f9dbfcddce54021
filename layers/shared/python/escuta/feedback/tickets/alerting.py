"""Which alerts a change of a ticket wants: they are stored with the change, and leave afterwards."""

from collections.abc import Iterable

from escuta import clock, ids
from escuta.directory.model import AlertChannel, Manager
from escuta.feedback.model import Alert, Ticket
from escuta.observe import logger

MOST = 80  # a transaction takes 100 actions: the change of the ticket, what follows from it, and these


def wanted(ticket: Ticket, people: Iterable[Manager], why: str, *occasion: str | int) -> tuple[Alert, ...]:
    """Return an alert for each of these people and each of their channels.

    `occasion` is part of their identity: the same thing is told again on another occasion alone.
    """
    alerts = tuple(
        Alert(
            id=ids.derive("alert", ticket.id, manager.id, channel, why, *occasion),
            ticket=ticket.id,
            manager=manager.id,
            channel=channel,
            address=manager.email if channel is AlertChannel.EMAIL else manager.phone,
            language=manager.language,
            why=why,
            created_at=clock.now(),
        )
        for manager in people
        for channel in manager.channels
    )
    if len(alerts) > MOST:
        logger().warning("too many to alert", extra={"ticket": ticket.id, "alerts": len(alerts), "sent": MOST})
    return alerts[:MOST]
