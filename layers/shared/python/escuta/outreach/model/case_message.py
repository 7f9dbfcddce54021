"""What somebody of ours writes to a customer about a ticket: one message, with the states of an invitation."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from escuta.entity import Key
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.invitation import InvitationState
from escuta.outreach.model.message import Channel

_PREFIX = "case#"


class CaseMessage(Outreach):
    """A message about a ticket. Its words stand in the line of the ticket's log that has its number."""

    kind = "case_message"
    deployment: ClassVar[str] = ""  # it belongs to no sending

    ticket: str
    number: int  # of the line
    channel: Channel
    address: str  # e-mail or E.164 number
    name: str = ""  # of the customer
    language: str = ""
    timezone: str = "UTC"
    signed: str = ""  # first name of who wrote it; "": a program
    manager: str = ""  # id, of who wrote it
    state: InvitationState = InvitationState.QUEUED
    reason: str = ""
    details: dict[str, str] = Field(default_factory=dict)
    attempts: int = 0
    claim: str = ""  # as of an invitation
    claimed_at: datetime | None = None
    lease_until: datetime | None = None
    message_id: str = ""
    created_at: datetime
    sent_at: datetime | None = None
    heard: tuple[str, ...] = ()  # as of an invitation

    @property
    def link_key(self) -> str:
        """Return what stands for its ticket where messages are named by the key of a link."""
        return self.of(self.ticket)

    @staticmethod
    def of(ticket: str) -> str:
        """Return the partition of the messages about a ticket."""
        return f"{_PREFIX}{ticket}"

    @staticmethod
    def names(link_key: str) -> bool:
        """Tell whether what stands in place of a link's key names messages about a ticket."""
        return link_key.startswith(_PREFIX)

    @staticmethod
    def at(partition: str, number: int) -> Key:
        """Return the key of a message, in the partition of its ticket."""
        return Key(partition, f"message#{number:08d}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.link_key, self.number)
