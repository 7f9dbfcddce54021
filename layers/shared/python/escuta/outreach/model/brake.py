"""When sending must slow down or stop, before the mail service stops it for good. Pure.

SES puts an account under review at 5 % hard bounces or 0.1 % complaints and pauses it at 10 % or 0.5 %. The brake
stops at 4 % and 0.08 %, and slows down at half of that.

A rate says something only of enough messages: of fewer than 100, or by fewer than five bounces, nothing stops. A list
of which one address in a hundred is dead has five dead ones in a hundred once in three hundred times. Complaints are
rare: two slow down, three stop. Mail that one in five thousand complains of has three in a thousand messages once in a
thousand times.
"""

from datetime import datetime
from typing import Self

from escuta.entity import Key, Value
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.budget import Brake
from escuta.outreach.model.message import Channel

MOST_BOUNCED = 0.04  # of what was sent
MOST_COMPLAINED = 0.0008
SLOW_AT = 0.5  # of either limit
LEAST_SENT = 100
LEAST_BOUNCED = 5
LEAST_COMPLAINED = {Brake.SLOW: 2, Brake.STOPPED: 3}


class Counts(Value):
    """What became of the messages of a time. Only hard bounces count."""

    sent: int = 0
    bounced: int = 0
    complained: int = 0

    def __add__(self, other: Self) -> "Counts":
        """Return both together."""
        return Counts(
            sent=self.sent + other.sent,
            bounced=self.bounced + other.bounced,
            complained=self.complained + other.complained,
        )

    @property
    def bounce_rate(self) -> float:
        """Return which part of the messages bounced for good."""
        return self.bounced / self.sent if self.sent else 0.0

    @property
    def complaint_rate(self) -> float:
        """Return which part of the messages somebody called spam."""
        return self.complained / self.sent if self.sent else 0.0

    def over(self, brake: Brake) -> str:
        """Return why this state of the brake is called for: `bounces`, `complaints`, or ""."""
        share = SLOW_AT if brake is Brake.SLOW else 1.0
        if self.sent < LEAST_SENT:
            return ""
        if self.bounced >= LEAST_BOUNCED and self.bounce_rate >= MOST_BOUNCED * share:
            return "bounces"
        if self.complained >= LEAST_COMPLAINED[brake] and self.complaint_rate >= MOST_COMPLAINED * share:
            return "complaints"
        return ""


def judged(*windows: Counts) -> tuple[Brake, str]:
    """Return what these windows together call for: the worst of them, and why."""
    for brake in (Brake.STOPPED, Brake.SLOW):
        for window in windows:
            reason = window.over(brake)
            if reason:
                return brake, reason
    return Brake.RUNNING, ""


class BrakeResumed(Outreach):
    """Somebody let a stopped channel go on: who, why, and what stood there. Kept."""

    kind = "brake_resumed"

    channel: Channel
    at_time: datetime
    by: str
    why: str
    reason: str  # why it had stopped
    hour: Counts
    day: Counts

    def key(self) -> Key:
        """Return the primary key, beside the bucket."""
        return Key(f"budget#{self.channel}", f"resumed#{self.at_time.isoformat()}")


class BrakeStopped(Outreach):
    """Somebody stopped a channel by hand: who, and why. Kept."""

    kind = "brake_stopped"

    channel: Channel
    at_time: datetime
    by: str
    why: str

    def key(self) -> Key:
        """Return the primary key, beside the bucket."""
        return Key(f"budget#{self.channel}", f"stopped#{self.at_time.isoformat()}")


class Halt(Outreach):
    """A channel is stopped by hand: as long as this row is there, nothing of it is claimed."""

    kind = "halt"

    channel: Channel

    @staticmethod
    def at(channel: Channel) -> Key:
        """Return the key of a channel's halt, beside the bucket."""
        return Key(f"budget#{channel}", "halt")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.channel)


class Braked(Outreach):
    """A deployment was paused by its own rate. Its messages from before are not judged again once it goes on."""

    kind = "braked"

    deployment: str
    channel: Channel
    at_time: datetime
    reason: str
    counts: Counts

    @staticmethod
    def place(deployment: str, channel: Channel) -> Key:
        """Return the key, beside the deployment."""
        return Key(f"deployment#{deployment}", f"braked#{channel}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.place(self.deployment, self.channel)
