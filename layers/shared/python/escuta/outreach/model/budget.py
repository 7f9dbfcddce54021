"""How many messages may leave now: the bucket of a channel, its daily quota, and what holds it back.

The numbers of a bucket are what nobody may exceed however many workers take from it at once: the row is stored under
the revision that was read, so that of two takers one takes again. Pure.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import NamedTuple, Self

from pydantic import Field

from escuta.entity import Key
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.message import Channel

FILLED = 0.9  # of the account's rate: the rest is for mail to staff, and for clocks that differ
BURST_SECONDS = 2  # how much of an idle time may be made up for
LEAST_SHARE = 1 / 16  # of the rate, however often the provider asks to slow down
SHARE_A_MINUTE = 0.1  # comes back of what was taken off
SAME_THROTTLE = timedelta(seconds=5)  # workers that are told so at once were told once
SKEW = timedelta(minutes=1)  # between the clocks of two workers; what is further off is a clock that is wrong
LONGEST_WAIT = 900  # seconds that a queue can hold a message back
HELD_WAIT = 300  # while somebody must act, or a day must pass
_HOUR = 3600  # seconds
FRESH = timedelta(hours=1)  # how long the account's own figures count
SANDBOX = (1.0, 200)  # a second and a day: what an SES account has until more is granted
SNS_RATE = 20.0  # SMS a second, the quota that SNS begins with


class Brake(StrEnum):
    """Whether a channel sends. Only a person lets a stopped one go on."""

    RUNNING = "running"
    SLOW = "slow"
    STOPPED = "stopped"


class Grant(NamedTuple):
    """How many messages may go out now; for the others, when to ask again (in seconds), and why."""

    granted: int
    wait: int = 0
    reason: str = ""


class Budget(Outreach):
    """What one channel may still send."""

    kind = "budget"

    channel: Channel
    rate: float  # a second, as the account has it
    per_day: int | None = None  # within any 24 hours; None: no such quota
    sent_last_day: int = 0  # as the account counted it...
    told_at: datetime | None = None  # ...at this moment
    given: int = 0  # since then
    enabled: bool = True  # the provider lets the account send
    used_up_at: datetime | None = None  # the provider refused for the quota
    hours: dict[str, int] = Field(default_factory=dict)  # given, by the hour since 1970: our own count of the last day
    tokens: float
    at: datetime  # up to when the bucket is filled
    booked_until: datetime | None = None  # whoever was sent away was told to come back one after the other
    share: float = 1.0  # of the rate, since the provider asked to slow down
    slowed_at: datetime | None = None
    brake: Brake = Brake.RUNNING
    reason: str = ""  # why the brake is on: `bounces` or `complaints`
    braked_at: datetime | None = None
    counts_from: datetime | None = None  # messages before this are not judged any more: somebody let it go on

    @staticmethod
    def place(channel: Channel) -> Key:
        """Return the key of a channel's bucket."""
        return Key(f"budget#{channel}", "budget")

    @classmethod
    def fresh(cls, channel: Channel, now: datetime) -> Self:
        """Return the bucket of an account of which nothing is known yet."""
        rate, per_day = SANDBOX if channel is Channel.EMAIL else (SNS_RATE, None)
        return cls(channel=channel, rate=rate, per_day=per_day, tokens=capacity(rate * FILLED), at=now)

    def key(self) -> Key:
        """Return the primary key."""
        return self.place(self.channel)

    def filled(self, now: datetime) -> float:
        """Return the messages a second that the bucket is filled with now."""
        slow = 0.5 if self.brake is Brake.SLOW else 1.0
        return self.rate * FILLED * slow * self.share_at(now)

    def share_at(self, now: datetime) -> float:
        """Return which part of the rate is left after throttling: it comes back by a step a minute."""
        if self.slowed_at is None or self.slowed_at - now > SKEW:
            return 1.0
        minutes = max(0, int((now - self.slowed_at).total_seconds() // 60))
        return min(1.0, self.share + SHARE_A_MINUTE * minutes)

    def tokens_at(self, now: datetime) -> float:
        """Return how many messages could leave at once."""
        return self.filled_up(now).tokens

    def left(self, now: datetime) -> int | None:
        """Return what is left of the daily quota; None when there is none."""
        if self.per_day is None:
            return None
        if self._is_used_up(now):
            return 0
        return max(0, self.per_day - self.used(now))

    def used(self, now: datetime) -> int:
        """Return what went out within a day: as the account counts, if it told so lately, else as given here."""
        return self.sent_last_day + self.given if self._is_told(now) else sum(self._own(now).values())

    def frees_at(self, now: datetime) -> datetime | None:
        """Return when the first of the last day's messages drop out of it, as far as they are known here.

        An estimate: the account may send by other ways than this product.
        """
        first = min(map(int, self._own(now)), default=None)
        hours = 24 if self._is_told(now) else 25  # as our own count has it, an hour goes as a whole
        return datetime.fromtimestamp((first + hours) * _HOUR, UTC) if first else None

    def held(self, now: datetime) -> str:
        """Return why nothing at all goes out; "" when something may."""
        if self.brake is Brake.STOPPED:
            return f"brake_{self.reason}"
        if not self.enabled:
            return "sending_paused"
        return "quota" if self.left(now) == 0 else ""

    def taken(self, wanted: int, now: datetime) -> tuple[Self, Grant]:
        """Return the bucket without what it grants to somebody who wants so many, and the grant.

        Over any time, granted <= filled rate x that time + capacity, by the latest clock of those who ask.
        """
        reason = self.held(now)
        if reason:
            return self, Grant(0, self._held_wait(reason, now), reason)
        ready, left = self.filled_up(now), self.left(now)
        granted = min(wanted, int(ready.tokens + 1e-9), wanted if left is None else left)
        if granted == wanted:
            return ready.without(granted, now), Grant(granted)
        until, wait = ready.booked(wanted - granted, now)
        after = ready.without(granted, now).changed(booked_until=until)
        return after, Grant(granted, wait, "rate")

    def throttled(self, now: datetime) -> Self:
        """Return the bucket of half the rate, after the provider asked to slow down; empty, so that all pause."""
        if self.slowed_at is not None and abs(now - self.slowed_at) < SAME_THROTTLE:
            return self
        return self.changed(share=max(LEAST_SHARE, self.share_at(now) / 2), slowed_at=now, tokens=0.0)

    def told(self, rate: float, per_day: int | None, sent: int, now: datetime, *, enabled: bool) -> Self:
        """Return the bucket with what the account says of itself."""
        known = self.filled_up(now)
        return known.changed(
            rate=rate,
            per_day=per_day,
            sent_last_day=sent,
            given=0,
            told_at=now,
            enabled=enabled,
            used_up_at=None if per_day is None or sent < per_day else known.used_up_at,
        )

    def braked(self, brake: Brake, reason: str, now: datetime) -> Self:
        """Return the bucket with the brake in this state; the one it is in already changes nothing."""
        if (self.brake, self.reason) == (brake, reason):
            return self
        return self.filled_up(now).changed(brake=brake, reason=reason, braked_at=now)

    def filled_up(self, now: datetime) -> Self:
        """Fill the bucket up to now. A clock that is behind fills nothing; one that was far ahead loses its lead."""
        if self.at - now > SKEW:
            return self.changed(tokens=0.0, at=now, booked_until=None)
        passed = max(0.0, (now - self.at).total_seconds())
        rate = self.filled(now)
        return self.changed(tokens=min(capacity(rate), self.tokens + rate * passed), at=max(self.at, now))

    def without(self, granted: int, now: datetime) -> Self:
        """Return the bucket without so many messages, which are noted in their hour."""
        if not granted:
            return self
        hours = self._own(now)
        hours[_hour(now)] = hours.get(_hour(now), 0) + granted
        return self.changed(tokens=max(0.0, self.tokens - granted), given=self.given + granted, hours=hours)

    def booked(self, missing: int, now: datetime) -> tuple[datetime, int]:
        """Send whoever gets too little behind those who were sent away before, lest all come back at once.

        Nobody waits for more than the bucket holds, in whole messages: what flows over meanwhile would be lost.
        """
        turn = max(now, min(self.booked_until or now, now + timedelta(seconds=LONGEST_WAIT)))
        rate = self.filled(now)
        until = turn + timedelta(seconds=min(missing, int(capacity(rate))) / rate)
        return until, max(1, min(LONGEST_WAIT, ceil((until - now).total_seconds())))

    def _held_wait(self, reason: str, now: datetime) -> int:
        frees = self.frees_at(now) if reason == "quota" else None
        seconds = int((frees - now).total_seconds()) if frees else HELD_WAIT
        return max(HELD_WAIT, min(LONGEST_WAIT, seconds))

    def _own(self, now: datetime) -> dict[str, int]:
        """Return what was given in each hour that has a moment within the last day."""
        oldest = int(_hour(now)) - 24
        return {hour: count for hour, count in self.hours.items() if int(hour) >= oldest}

    def _is_told(self, now: datetime) -> bool:
        return self.told_at is not None and abs(now - self.told_at) < FRESH

    def _is_used_up(self, now: datetime) -> bool:
        return self.used_up_at is not None and abs(now - self.used_up_at) < timedelta(seconds=LONGEST_WAIT)


def capacity(rate: float) -> float:
    """Return how many messages a bucket of this rate holds: one at least, or nothing would ever leave."""
    return max(1.0, rate * BURST_SECONDS)


def _hour(moment: datetime) -> str:
    """Return the hour as a number since 1970: the row stays below what one write unit takes."""
    return str(int(moment.timestamp()) // _HOUR)
