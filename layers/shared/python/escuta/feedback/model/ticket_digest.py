"""What waits for a manager who does not want to be told of every ticket at once: one mail a day."""

from datetime import date, timedelta

from escuta.entity import Key
from escuta.feedback.model.leaving import Leaving


class TicketDigest(Leaving):
    """The tickets of a manager's places on one morning. `id` = H(manager, day). It names tickets, and no customer."""

    kind = "ticket_digest"

    manager: str
    day: date  # on the clock of the manager's first place
    address: str = ""  # where it went
    language: str = ""
    fresh: int = 0  # opened within the day before
    open: int = 0
    overdue: int = 0
    more: bool = False  # there are more than were counted
    tickets: tuple[str, ...] = ()  # those that it names, the most urgent first

    @staticmethod
    def at(digest: str) -> Key:
        """Return the key of the digest with this id."""
        return Key(f"ticket_digest#{digest}", "ticket_digest")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List what has not left."""
        return (Key("ticket_digests", f"{self.created_at.isoformat()}#{self.id}") if self.waits else None), None

    def ttl(self) -> int:
        """Return when DynamoDB may delete the row: its day does not come back."""
        return int((self.created_at + timedelta(days=30)).timestamp())
