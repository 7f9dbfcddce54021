"""When something is due about a ticket next. One row for each ticket whose clock runs."""

from datetime import datetime
from zlib import crc32

from escuta.entity import Key
from escuta.feedback.model.survey import Feedback

SHARDS = 4


class TicketTimer(Feedback):
    """Stands at its own moment: it changes hands with the ticket, in the transaction that the ticket's `rev` guards."""

    kind = "ticket_timer"

    ticket: str
    moment: datetime

    @staticmethod
    def at(ticket: str, moment: datetime) -> Key:
        """Return the key, in the partition of the ticket.

        A release by which tickets have other moments than before takes another prefix: what an older one left at a
        moment would be in the way of a timer that comes to the same moment.
        """
        return Key(f"ticket#{ticket}", f"timer#{moment.isoformat()}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.ticket, self.moment)

    @staticmethod
    def due(shard: int) -> str:
        """Return one of the index partitions of what is due."""
        return f"ticket_timers#{shard}"

    def index(self) -> tuple[Key | None, Key | None]:
        """List by time, spread so that no partition takes all."""
        place = f"{self.moment.isoformat()}#{self.ticket}"
        return Key(self.due(crc32(self.ticket.encode()) % SHARDS), place), None
