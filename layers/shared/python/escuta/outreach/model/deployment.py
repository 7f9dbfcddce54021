"""Deployments: whom a sending addresses, and how far it is."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field, model_validator

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

    name: str = Field(json_schema_extra={"minLength": 1, "maxLength": 200})
    survey: str = Field(max_length=64)
    strategy: Strategy
    audience: AudienceKind
    segments: tuple[str, ...] = ()
    products: tuple[str, ...] = ()  # codes of products
    groups: tuple[str, ...] = ()  # of products
    contacts: tuple[str, ...] = ()
    file: str = Field(default="", max_length=64)
    where: When = ()  # of the audience only those of whom all of this holds
    most: int = Field(default=0, ge=0, le=10_000_000)  # people that are asked at most; 0: all
    expires_after_days: int = Field(default=30, ge=1, le=365)
    sender_name: str = ""  # "" : the organisation
    template: str = ""  # name of the survey's templates; "": those without a name
    send: SendTime = SendTime()
    calendar: Calendar | None = None  # None: that of the organisation
    canary: Canary | None = None
    remind: Reminders = Reminders()
    reply_to: str = Field(
        default="", json_schema_extra={"maxLength": 254}
    )  # an address, or `manager`: of the segment; "": as the organisation has set


class Deployment(Outreach, DeploymentDraft):
    """One sending of a survey to an audience."""

    kind = "deployment"

    id: str
    state: DeploymentState = DeploymentState.PLANNING
    parts: int = 0  # how many plan messages the audience was cut into
    planned: bool = False  # all parts are
    counted: bool = False  # from its first invitation on, the states are; False: it is from before that
    spread: tuple[str, ...] = ()  # codes of the segments it was cut into, when it started
    apart: str = ""  # names the pieces that hold a long `spread`, or long `contacts`, instead of these
    reason: str = ""  # why it was paused, when no person did
    paused_at: datetime | None = None
    paused_by: str = ""  # who paused it; "": what `reason` says
    rules: str = ""  # `{id}@{version}` of the rules that caused it; "": a person did
    route: str = ""  # name of the route; of a file it takes the rows that fall under it
    restless: bool = False  # no rest holds it back, and it begins none: it asks whether all is well again
    requeued_at: datetime | None = None  # when what is not planned was queued once more by itself
    quiet_since: datetime | None = None  # since when nothing is left to do, as far as a look at it told
    finished_at: datetime | None = None  # when that was told to others, once; a resend goes on all the same
    drafted: str = ""  # hash of what was asked for, which may be changed since
    created_at: datetime
    created_by: str = ""

    @model_validator(mode="before")
    @classmethod
    def _of_old(cls, data: Any) -> Any:
        """Read a row that holds the numbers of its planned parts, as each did once."""
        if not isinstance(data, Mapping) or "done_parts" not in data:
            return data
        return {"planned": len(data["done_parts"]) >= data.get("parts", 0), **data}

    @property
    def is_planned(self) -> bool:
        """Tell whether everybody was decided on, or there is nobody."""
        return self.planned or not self.parts

    @staticmethod
    def at(deployment: str) -> Key:
        """Return the key of the deployment with this id."""
        return Key(f"deployment#{deployment}", "deployment")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List deployments by time, and those of which it is not told yet that they are finished."""
        place = f"{self.created_at.isoformat()}#{self.id}"
        goes_on = self.finished_at is None and self.audience is not AudienceKind.TOLD
        return Key("deployments", place), Key("deployments_going", place) if goes_on else None


class DeploymentPiece(Outreach):
    """A piece of a list that is too long for the row of its deployment, which every claim of a message checks.

    Its key bears a hash of the whole list: of two who start one deployment at once, neither changes the other's pieces.
    """

    kind = "deployment_piece"

    deployment: str
    list_hash: str
    number: int
    items: tuple[str, ...]  # codes of segments, or ids of contacts
    expires: int | None = None  # that of a dry run

    @staticmethod
    def at(deployment: str, list_hash: str, number: int) -> Key:
        """Return the key of a piece, in the partition of the deployment."""
        return Key(f"deployment#{deployment}", f"piece#{list_hash}#{number:04d}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.deployment, self.list_hash, self.number)

    def ttl(self) -> int | None:
        """Return when it may go."""
        return self.expires


class PartGroup(Outreach):
    """Which parts of an audience are planned or counted: a set, so that a part may be noted any number of times."""

    kind = "part_group"

    whole: str  # partition of the deployment, or of the dry run
    number: int
    done: tuple[int, ...] = ()
    expires: int | None = None  # that of a dry run

    @staticmethod
    def at(whole: str, number: int) -> Key:
        """Return the key of a group."""
        return Key(whole, f"parts#{number:04d}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.whole, self.number)

    def ttl(self) -> int | None:
        """Return when it may go."""
        return self.expires
