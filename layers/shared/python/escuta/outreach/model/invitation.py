"""Invitations: one person asked once over one channel, and reminded."""

from datetime import datetime
from enum import StrEnum
from typing import Self
from zlib import crc32

from pydantic import Field

from escuta.entity import Key
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.message import Channel

INVITATION_SHARDS = 4


class InvitationState(StrEnum):
    """Where an invitation is. `suppressed` and `deferred` were never sent and say why in `reason`."""

    QUEUED = "queued"
    DEFERRED = "deferred"
    SUPPRESSED = "suppressed"
    CLAIMED = "claimed"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"  # the provider's answer was lost; never sent again blindly
    REJECTED = "rejected"
    EXPORTED = "exported"  # a link that was handed out and never sent by this product


class Step(StrEnum):
    """How far an invitation ever came, in this order. Whoever came to one of these came through those before it."""

    MADE = "made"  # decided on, and put off or left out: of the response funnel it is none yet
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    STARTED = "started"  # the person began to answer: something half filled in was kept
    COMPLETED = "completed"

    @property
    def rank(self) -> int:
        """Return its place in the order."""
        return _ORDER[self]


_ORDER = {step: rank for rank, step in enumerate(Step)}
_STEPS: dict[InvitationState, Step] = {
    InvitationState.QUEUED: Step.QUEUED,
    InvitationState.CLAIMED: Step.QUEUED,
    InvitationState.UNKNOWN: Step.QUEUED,
    InvitationState.REJECTED: Step.QUEUED,  # by the provider: nothing left
    InvitationState.EXPORTED: Step.SENT,
    InvitationState.SENT: Step.SENT,
    InvitationState.BOUNCED: Step.SENT,
    InvitationState.DELIVERED: Step.DELIVERED,
    InvitationState.COMPLAINED: Step.DELIVERED,
    InvitationState.COMPLETED: Step.COMPLETED,
}


class Invitation(Outreach):
    """One person asked once over one channel. `id` = H(deployment, contact, channel); the row is keyed by its link."""

    kind = "invitation"

    id: str
    link_key: str  # SHA-256 of the link's token
    deployment: str
    survey: str
    contact: str  # "" once the person was erased
    segment: str
    segment_path: tuple[str, ...]
    timezone: str
    zone: str = ""  # the person's own time zone, where it is another than the segment's
    product: str = ""
    transaction: str = ""  # the visit that it asks about
    visit: dict[str, str] = Field(default_factory=dict)  # what its message may say of it: reference, date, amount...
    apart: bool = False  # asked once for each visit: the visit is part of the identity
    occasion: str = ""  # what it asks about where that is no visit, once for each: `{ticket}#{how often reopened}`
    rules: str = ""  # `{id}@{version}#{route}` that decided it; "": a deployment that a person started
    channel: Channel
    address: str  # e-mail or E.164 number
    language: str
    first_name: str = ""
    name: str = ""
    custom: dict[str, str] = Field(default_factory=dict)
    state: InvitationState
    reached: Step | None = None  # only ever rises, whatever the state does; None: from before steps were counted
    tallied: str = ""  # `{state}/{reached}` up to which transactions counted it; since then its stream does
    reason: str = ""
    details: dict[str, str] = Field(default_factory=dict)  # evidence of the reason, such as the end of the rest
    attempts: int = 0
    claim: str = ""  # who claimed it: tells a lost reply of one's own claim from the claim of another
    claimed_at: datetime | None = None
    lease_until: datetime | None = None
    message_id: str = ""
    response: str = ""  # submission id
    resent: str = ""  # id of the resend that queued it once more
    tapped: str = ""  # id of the response that a score in the message became; an answer that is sent replaces it
    created_at: datetime
    send_at: datetime | None = None  # not before; None: at once
    sooner: bool = False  # it goes out before the moment that its rest is counted from: so it is decided anew then
    sent_at: datetime | None = None
    opened_at: datetime | None = None  # the first opening that was told, by a person or a machine: a note, no state
    heard: tuple[str, ...] = ()  # what was told of it that counts against the sender, each once: bounce, complaint
    answered_at: datetime | None = None
    expires_at: datetime
    revoked_at: datetime | None = None

    @property
    def about(self) -> str:
        """Return what is part of its identity beside who was asked: a visit, or an occasion."""
        return self.transaction if self.apart else self.occasion

    @property
    def step(self) -> Step:
        """Return how far it came, as far as its state and its times tell."""
        sent = Step.MADE if self.sent_at is None else Step.SENT
        return max(sent, _STEPS.get(self.state, Step.MADE), self.reached or Step.MADE, key=_ORDER.__getitem__)

    def risen(self, step: Step = Step.MADE) -> Self:
        """Return it with `reached` as far as it has come, at least to this step; as it is when nothing rises.

        Whatever moves an invitation forward stores this, beside `funnels.adds`. One that is not counted stays so.
        """
        if self.reached is None:
            return self
        furthest = max(self.step, step, key=_ORDER.__getitem__)
        return self if furthest is self.reached else self.model_copy(update={"reached": furthest})

    @classmethod
    def keyed(cls, key: Key, index: tuple[Key | None, Key | None]) -> dict[str, str]:
        """Return what the keys say: the link, and of the indexes the deployment, the state, the id and the person."""
        told = {"link_key": key.pk.partition("#")[2]}
        listed, person = index
        if listed is not None:
            told["deployment"] = listed.pk.partition("#")[2].rpartition("#")[0]
            told["state"], _, told["id"] = listed.sk.partition("#")
        if person is not None:
            told["contact"] = person.pk.partition("#")[2]
        return told

    def follow(self) -> str | None:
        """Let the stream find those that it counts."""
        return self.kind if self.tallied else None

    @staticmethod
    def at(link_key: str) -> Key:
        """Return the key of the invitation behind a link."""
        return Key(f"invitation#{link_key}", "invitation")

    @staticmethod
    def shards(deployment: str) -> tuple[str, ...]:
        """Return the index partitions over which a deployment's invitations are spread."""
        return tuple(f"invitations#{deployment}#{shard}" for shard in range(INVITATION_SHARDS))

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.link_key)

    def index(self) -> tuple[Key | None, Key | None]:
        """List a deployment's invitations by state, and a person's by time."""
        shard = crc32(self.id.encode()) % INVITATION_SHARDS
        return (
            Key(f"invitations#{self.deployment}#{shard}", f"{self.state}#{self.id}"),
            Key(f"contact#{self.contact}", f"{self.created_at.isoformat()}#{self.id}") if self.contact else None,
        )


class FunnelMark(Outreach):
    """What is counted in the funnel of an invitation that the stream counts: nothing of the person."""

    kind = "funnel_mark"

    link_key: str
    state: InvitationState
    reached: Step
    segment_path: tuple[str, ...]

    @classmethod
    def of(cls, invitation: Invitation) -> Self:
        """Return the mark of an invitation that is counted as it is."""
        return cls(
            link_key=invitation.link_key,
            state=invitation.state,
            reached=invitation.reached or invitation.step,
            segment_path=invitation.segment_path,
        )

    @staticmethod
    def at(link_key: str) -> Key:
        """Return the key of the mark of the invitation behind a link."""
        return Key(f"invitation#{link_key}", "funnel_mark")

    @classmethod
    def keyed(cls, key: Key, index: tuple[Key | None, Key | None]) -> dict[str, str]:  # noqa: ARG003 - it is in none
        """Return what the key says: the link."""
        return {"link_key": key.pk.partition("#")[2]}

    def key(self) -> Key:
        """Return the primary key, in the partition of the invitation."""
        return self.at(self.link_key)


class Reminder(Outreach):
    """An invitation that is sent once more, with the same link. Its states are those of an invitation."""

    kind = "reminder"

    link_key: str
    number: int  # 1 is the first
    channel: Channel = Channel.EMAIL  # of the invitation
    deployment: str
    state: InvitationState
    reason: str = ""
    details: dict[str, str] = Field(default_factory=dict)
    attempts: int = 0
    claim: str = ""  # as of an invitation
    claimed_at: datetime | None = None  # the next one counts its days from here
    lease_until: datetime | None = None
    message_id: str = ""
    due_at: datetime
    sent_at: datetime | None = None
    heard: tuple[str, ...] = ()  # as of an invitation

    @staticmethod
    def at(link_key: str, number: int) -> Key:
        """Return the key of a reminder of the invitation behind a link."""
        return Key(f"invitation#{link_key}", f"reminder#{number}")

    @staticmethod
    def shards(deployment: str) -> tuple[str, ...]:
        """Return the index partitions over which a deployment's reminders are spread."""
        return tuple(f"reminders#{deployment}#{shard}" for shard in range(INVITATION_SHARDS))

    def key(self) -> Key:
        """Return the primary key, in the partition of the invitation."""
        return self.at(self.link_key, self.number)

    def index(self) -> tuple[Key | None, Key | None]:
        """List a deployment's reminders by state."""
        shard = self.shards(self.deployment)[crc32(self.link_key.encode()) % INVITATION_SHARDS]
        return Key(shard, f"{self.state}#{self.link_key}#{self.number}"), None
