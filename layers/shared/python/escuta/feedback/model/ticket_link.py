"""Links that open one ticket for one manager, without an account."""

from datetime import datetime, timedelta

from escuta.entity import Key
from escuta.feedback.model.survey import Feedback

_KEPT = timedelta(days=30)  # after its end a link still says that it is over, and no longer that nobody knows it


class TicketLink(Feedback):
    """What a link out of an alert opens. The token is derived, and its hash is all that is kept of it."""

    kind = "ticket_link"

    id: str  # H(ticket, manager, occasion)
    token_key: str
    ticket: str
    manager: str
    occasion: str  # what the manager was told: `opened`, `overdue.2`
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    revoked_by: str = ""

    @staticmethod
    def at(token_key: str) -> Key:
        """Return the key of the link whose token has this hash."""
        return Key(f"ticket_link#{token_key}", "ticket_link")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.token_key)

    @staticmethod
    def about(ticket: str) -> str:
        """Return the index partition of the links to a ticket."""
        return f"ticket_links#{ticket}"

    def index(self) -> tuple[Key | None, Key | None]:
        """List the links to a ticket."""
        return Key(self.about(self.ticket), f"{self.created_at.isoformat()}#{self.id}"), None

    def ttl(self) -> int | None:
        """Let DynamoDB forget the link a while after its end."""
        return int((self.expires_at + _KEPT).timestamp())
