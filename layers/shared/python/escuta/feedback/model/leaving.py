"""Messages to people who work here, kept in an outbox until they have left."""

from datetime import datetime
from enum import StrEnum

from escuta.feedback.model.survey import Feedback


class AlertState(StrEnum):
    """What became of a message. `unknown`: the provider's answer was lost. `silent`: there was nothing to say."""

    PENDING = "pending"
    CLAIMED = "claimed"
    SENT = "sent"
    UNKNOWN = "unknown"
    REJECTED = "rejected"
    SILENT = "silent"


class Leaving(Feedback):
    """The intent to tell somebody something. The id follows from what it is about, so that it is told once."""

    id: str
    state: AlertState = AlertState.PENDING
    reason: str = ""
    message_id: str = ""
    resent: bool = False  # what became of the first message is not known, so there was or will be one more
    created_at: datetime
    claimed_at: datetime | None = None
    sent_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Tell whether it has not left, so that a sweep should find it."""
        return self.state in {AlertState.PENDING, AlertState.CLAIMED}
