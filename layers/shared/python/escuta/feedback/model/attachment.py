"""A file that somebody announced for a ticket, until it is looked at."""

from datetime import datetime

from escuta.entity import Key
from escuta.feedback.model.survey import Feedback


class Announcement(Feedback):
    """Where a file is to be put. It goes with the confirmation, which makes an attachment of the file."""

    kind = "attachment_announced"

    ticket: str
    id: str
    name: str
    content_type: str
    size: int  # bytes
    created_at: datetime

    @staticmethod
    def at(ticket: str, attachment: str) -> Key:
        """Return the key, in the partition of the ticket."""
        return Key(f"ticket#{ticket}", f"announced#{attachment}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.ticket, self.id)

    @staticmethod
    def new(ticket: str, attachment: str) -> str:
        """Return the key of the object that the link puts there: nobody is shown what is there."""
        return f"new/{ticket}/{attachment}"

    @staticmethod
    def kept(ticket: str, attachment: str) -> str:
        """Return the key of the object that is kept, which no link ever wrote."""
        return f"kept/{ticket}/{attachment}"

    @property
    def put_at(self) -> str:
        """Return where the link puts this one."""
        return self.new(self.ticket, self.id)

    @property
    def kept_at(self) -> str:
        """Return where this one is kept."""
        return self.kept(self.ticket, self.id)
