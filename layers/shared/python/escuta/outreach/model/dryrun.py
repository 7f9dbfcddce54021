"""Dry runs: what a deployment would do, counted page by page, and nothing of it done."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from escuta.entity import Key, Value
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.deployment import Deployment
from escuta.outreach.model.message import Channel

KEPT_DAYS = 7
NOT_ASKED = -1  # planning would not ask: nothing rests, and nothing is taken from the quota


class Fate(Value):
    """What becomes of a person, as far as it is counted: whoever shares all of this is one figure."""

    outcome: str  # send, defer, skip
    reason: str = ""
    channels: tuple[Channel, ...] = ()  # over which the person is written to
    first: bool = True  # with the canary
    parts: int = 0  # of SMS
    cost: Decimal | None = Decimal()  # of the messages of one person; None: nobody knows


class Counted(Value):
    """How many people share a fate, and when the first and the last of them are written to."""

    fate: Fate
    people: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


class Met(NamedTuple):
    """One person of a page; short, since there is one for everybody."""

    contact: str  # the beginning of the id
    addresses: tuple[str, ...]  # the beginnings of the hashes of those that rest from now on
    fate: int  # number of a fate of the page
    otherwise: int = NOT_ASKED  # its number, if somebody who shares an address was asked before


class Shown(Value):
    """One of the first people of a fate. The letter is written when somebody looks."""

    contact: str
    transaction: str = ""
    at: datetime | None = None
    fate: int = 0  # number of a fate of the page, or of the outcome


class DryRunPage(Outreach):
    """What would become of the people of one page. Its key follows from the page: the same page again replaces it."""

    kind = "dry_run_page"

    run: str
    part: int
    number: int
    batch: int = 0  # of the page
    fates: tuple[Counted, ...] = ()
    met: tuple[Met, ...] = ()
    shown: tuple[Shown, ...] = ()
    expires: int

    def key(self) -> Key:
        """Return the primary key, in the partition of the dry run."""
        return Key(f"dry_run#{self.run}", f"page#{self.part:06d}#{self.number:06d}#{self.batch:06d}")

    def ttl(self) -> int:
        """Return when it may go."""
        return self.expires


class DryRun(Outreach):
    """A deployment that is tried out. What came of it is summed once, when all pages are there."""

    kind = "dry_run"

    id: str
    deployment: Deployment  # as it would be
    created_at: datetime
    created_by: str = ""
    finished_at: datetime | None = None
    fates: tuple[Counted, ...] = ()
    shown: tuple[Shown, ...] = ()
    expires: int

    @staticmethod
    def at(run: str) -> Key:
        """Return the key of the dry run with this id."""
        return Key(f"dry_run#{run}", "dry_run")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List dry runs by time."""
        return Key("dry_runs", f"{self.created_at.isoformat()}#{self.id}"), None

    def ttl(self) -> int:
        """Return when it may go."""
        return self.expires
