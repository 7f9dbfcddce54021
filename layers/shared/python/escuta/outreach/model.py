"""The entities of outreach. Pure: no clock, no table."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from zlib import crc32

from pydantic import Field

from escuta.entity import Entity, Key, Table, Value

INVITATION_SHARDS = 4
TRAP = "none"  # the score of a link in the message that nobody can see: only a machine opens it


class _Outreach(Entity):
    table: ClassVar[Table] = Table.OUTREACH


class Channel(StrEnum):
    """How a message travels."""

    EMAIL = "email"
    SMS = "sms"


class Strategy(StrEnum):
    """Which channels a deployment uses for one person."""

    EMAIL = "email"
    SMS = "sms"
    PREFER_EMAIL = "prefer_email"
    PREFER_SMS = "prefer_sms"
    BOTH = "both"


class Template(_Outreach):
    """The words of an invitation, per survey, channel and language. Merge fields as `{{ first_name }}`."""

    kind = "template"

    survey: str
    channel: Channel
    language: str
    subject: str = ""
    html: str = ""
    text: str

    @staticmethod
    def at(survey: str, channel: Channel, language: str) -> Key:
        """Return the key of a template."""
        return Key(f"templates#{survey}", f"{channel}#{language}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey, self.channel, self.language)


class AudienceKind(StrEnum):
    """Whom a deployment addresses."""

    ALL = "all"
    SEGMENTS = "segments"  # with their subtrees
    CONTACTS = "contacts"  # an explicit list
    FILE = "file"  # the people of a loaded file


class DeploymentState(StrEnum):
    """How far a deployment is. `finished` is computed from the invitations, never set by a cursor."""

    PLANNING = "planning"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class DeploymentDraft(Value):
    """What somebody decides about a sending."""

    name: str
    survey: str
    strategy: Strategy
    audience: AudienceKind
    segments: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    file: str = ""
    expires_after_days: int = Field(default=30, ge=1, le=365)
    sender_name: str = ""  # "" : the organisation


class Deployment(_Outreach, DeploymentDraft):
    """One sending of a survey to an audience."""

    kind = "deployment"

    id: str
    state: DeploymentState = DeploymentState.PLANNING
    parts: int = 0  # how many plan messages the audience was cut into
    done_parts: tuple[int, ...] = ()
    spread: tuple[str, ...] = ()  # codes of the segments a deployment to segments was cut into, when it started
    reason: str = ""  # why it was paused
    created_at: datetime
    created_by: str = ""

    @staticmethod
    def at(deployment: str) -> Key:
        """Return the key of the deployment with this id."""
        return Key(f"deployment#{deployment}", "deployment")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List deployments by time."""
        return Key("deployments", f"{self.created_at.isoformat()}#{self.id}"), None


class PlannedPart(_Outreach):
    """A part of the audience has been planned: the set of these rows says how far planning is, however often."""

    kind = "planned_part"

    deployment: str
    part: int

    def key(self) -> Key:
        """Return the primary key, in the partition of the deployment."""
        return Key(f"deployment#{self.deployment}", f"part#{self.part:06d}")


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


class Invitation(_Outreach):
    """One person asked once over one channel. `id` = H(deployment, contact, channel); the row is keyed by its link."""

    kind = "invitation"

    id: str
    link_key: str  # SHA-256 of the link's token
    deployment: str
    survey: str
    contact: str
    segment: str
    segment_path: tuple[str, ...]
    timezone: str
    product: str = ""
    channel: Channel
    address: str  # e-mail or E.164 number
    language: str
    first_name: str = ""
    name: str = ""
    custom: dict[str, str] = Field(default_factory=dict)
    state: InvitationState
    reason: str = ""
    details: dict[str, str] = Field(default_factory=dict)  # evidence of the reason, such as the end of the rest
    attempts: int = 0
    claim: str = ""  # who claimed it: tells a lost reply of one's own claim from the claim of another
    lease_until: datetime | None = None
    message_id: str = ""
    response: str = ""  # submission id
    tapped: str = ""  # id of the response that a score in the message became; an answer that is sent replaces it
    created_at: datetime
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    expires_at: datetime
    revoked_at: datetime | None = None

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
            Key(f"contact#{self.contact}", f"{self.created_at.isoformat()}#{self.id}"),
        )


UNSUBSCRIBE = "unsubscribe"


class Suppression(_Outreach):
    """An address that must not be written to. Keyed by a keyed hash: the list gives no addresses away.

    What a person said stands apart from what a mail service told, so that taking the first back leaves the second.
    """

    kind = "suppression"

    address_hash: str
    channel: Channel
    reason: str  # unsubscribe, bounce, complaint, stop, manual
    survey: str = ""  # whose message it was that brought it about
    scope: str = ""  # the one survey that is not sent to this address; "" for everything
    created_at: datetime

    @property
    def cause(self) -> str:
        """The reason why an invitation is not sent, as the catalog `outreach` names it."""
        return f"{self.reason}_survey" if self.scope else self.reason

    @staticmethod
    def at(address_hash: str, reason: str = "", scope: str = "") -> Key:
        """Return the key of what closes this address for a reason: to everything, or to one survey."""
        own = UNSUBSCRIBE if reason == UNSUBSCRIBE else "suppression"
        return Key(f"suppression#{address_hash}", f"survey#{scope}" if scope else own)

    @staticmethod
    def closing(address_hash: str, survey: str) -> tuple[Key, ...]:
        """Return every key that closes this address to a survey. Of several, the first is the one that is named."""
        of_survey = (Suppression.at(address_hash, UNSUBSCRIBE, survey),) if survey else ()
        return Suppression.at(address_hash), Suppression.at(address_hash, UNSUBSCRIBE), *of_survey

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.address_hash, self.reason, self.scope)


class LastAsked(_Outreach):
    """When a person was last invited: claimed in the same transaction as the invitation.

    Kept per contact and per address, since one address may stand in two contacts.
    """

    kind = "last_asked"

    contact: str  # id, or `address#` and the hash of an address
    at_time: datetime
    invitation: str
    before: datetime | None = None  # what `at_time` was, for the case that nothing is sent

    @staticmethod
    def at(contact: str) -> Key:
        """Return the key of the person's rest period."""
        return Key(f"contact#{contact}", "last_asked")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.contact)
