"""Deployments: whom a sending addresses, and how far it is."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from escuta.entity import Key, Value
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.message import Strategy
from escuta.outreach.model.ruleset import When
from escuta.outreach.model.sending import Calendar, Reminders, SendTime


class AudienceKind(StrEnum):
    """Whom a deployment addresses."""

    ALL = "all"
    SEGMENTS = "segments"  # with their subtrees
    PRODUCTS = "products"  # who has to do with one of these products or groups
    CONTACTS = "contacts"  # an explicit list
    FILE = "file"  # the people of a loaded file
    TOLD = "told"  # visits that the API tells one by one: it never ends


class DeploymentState(StrEnum):
    """How far a deployment is. `finished` is computed from the invitations, never set by a cursor."""

    PLANNING = "planning"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class Canary(Value):
    """A share of the people that is asked first; the others follow some hours later, unless a brake stops it all."""

    percent: int = Field(ge=1, le=50)
    hours: int = Field(default=24, ge=1, le=168)


class DeploymentDraft(Value):
    """What somebody decides about a sending."""

    name: str
    survey: str
    strategy: Strategy
    audience: AudienceKind
    segments: tuple[str, ...] = ()
    products: tuple[str, ...] = ()  # codes of products
    groups: tuple[str, ...] = ()  # of products
    contacts: tuple[str, ...] = ()
    file: str = ""
    where: When = ()  # of the audience only those of whom all of this holds
    most: int = Field(default=0, ge=0, le=10_000_000)  # people that are asked at most; 0: all
    expires_after_days: int = Field(default=30, ge=1, le=365)
    sender_name: str = ""  # "" : the organisation
    template: str = ""  # name of the survey's templates; "": those without a name
    send: SendTime = SendTime()
    calendar: Calendar | None = None  # None: that of the organisation
    canary: Canary | None = None
    remind: Reminders = Reminders()
    reply_to: str = ""  # an address, or `manager`: of the segment; "": as the organisation has set


class Deployment(Outreach, DeploymentDraft):
    """One sending of a survey to an audience."""

    kind = "deployment"

    id: str
    state: DeploymentState = DeploymentState.PLANNING
    parts: int = 0  # how many plan messages the audience was cut into
    done_parts: tuple[int, ...] = ()
    spread: tuple[str, ...] = ()  # codes of the segments a deployment to segments was cut into, when it started
    reason: str = ""  # why it was paused, when no person did
    paused_at: datetime | None = None
    paused_by: str = ""  # who paused it; "": what `reason` says
    rules: str = ""  # `{id}@{version}` of the rules that caused it; "": a person did
    route: str = ""  # name of the route; of a file it takes the rows that fall under it
    drafted: str = ""  # hash of what was asked for, which may be changed since
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


class PlannedPart(Outreach):
    """A part of the audience has been planned: the set of these rows says how far planning is, however often."""

    kind = "planned_part"

    deployment: str
    part: int

    def key(self) -> Key:
        """Return the primary key, in the partition of the deployment."""
        return Key(f"deployment#{self.deployment}", f"part#{self.part:06d}")
