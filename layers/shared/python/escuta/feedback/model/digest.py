"""Digests: what changed in the part of the company that a manager answers for, told when there is something to tell."""

from datetime import date, datetime, timedelta

from escuta.directory.model import Rhythm
from escuta.entity import Key, Value
from escuta.feedback.model.leaving import Leaving


class Finding(Value):
    """One thing that changed beyond chance: a figure of a place, or a topic that more people speak of."""

    survey: str
    survey_name: str
    segment: str
    segment_name: str
    metric: str
    topic: str = ""  # its name; "" : it is about the figure
    topic_id: str = ""  # what it is called in the dictionary, whatever the language
    unit: str  # points, share, mean
    before: float
    now: float
    low: float | None = None  # 95 % interval of `now`
    high: float | None = None
    n: int
    verdict: str  # better, worse, emerging


class Digest(Leaving):
    """What one manager is told about one week or month. `id` = H(manager, rhythm, first day)."""

    kind = "digest"

    manager: str
    rhythm: Rhythm
    first: date
    last: date
    address: str = ""  # where it went
    language: str = ""
    findings: tuple[Finding, ...] = ()

    @staticmethod
    def at(digest: str) -> Key:
        """Return the key of the digest with this id."""
        return Key(f"digest#{digest}", "digest")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List what has not left, and what a manager was told by time."""
        waiting = Key("digests", f"{self.created_at.isoformat()}#{self.id}") if self.waits else None
        return waiting, Key(f"digests#{self.manager}", f"{self.first.isoformat()}#{self.rhythm}")

    def ttl(self) -> int:
        """Return when DynamoDB may delete the row: when the same week of the next year is over."""
        when: datetime = self.created_at
        return int((when + timedelta(days=400)).timestamp())
