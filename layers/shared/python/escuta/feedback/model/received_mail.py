"""Mails of customers that were taken in."""

from datetime import datetime, timedelta

from escuta.entity import Key
from escuta.feedback.model.survey import Feedback


class ReceivedMail(Feedback):
    """That a mail of a customer was taken in: the same mail that comes again finds it."""

    kind = "received_mail"

    ticket: str
    mail: str  # hash of its Message-ID
    received_at: datetime

    def key(self) -> Key:
        """Return the primary key, in the partition of the ticket that its address named."""
        return Key(f"ticket#{self.ticket}", f"mail#{self.mail}")

    def ttl(self) -> int | None:
        """Forget it when no server tries again any more."""
        return int((self.received_at + timedelta(days=90)).timestamp())
