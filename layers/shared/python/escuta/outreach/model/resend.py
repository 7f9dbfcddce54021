"""Resends: somebody has those of a deployment written to once more to whom no message arrived."""

from datetime import datetime

from escuta.entity import Key
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.invitation import InvitationState


class Resend(Outreach):
    """One more attempt for some of a deployment, by whom and when."""

    kind = "resend"

    id: str
    deployment: str
    states: tuple[InvitationState, ...]
    created_at: datetime
    created_by: str
    finished_at: datetime | None = None  # everybody was looked at; the messages may still be on their way

    @staticmethod
    def at(deployment: str, resend: str) -> Key:
        """Return the key of this resend."""
        return Key(f"deployment#{deployment}", f"resend#{resend}")

    def key(self) -> Key:
        """Return the primary key, in the partition of the deployment."""
        return self.at(self.deployment, self.id)

    @property
    def counter(self) -> Key:
        """Return the key of the row that counts whom it queued."""
        return Key(f"deployment#{self.deployment}", f"resent#{self.id}")
