"""When a person was asked and has answered: what the rests between two invitations are counted from."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from pydantic import model_validator

from escuta.entity import Key, Value
from escuta.outreach.model.base import Outreach
from escuta.outreach.model.message import Channel

REMEMBERED = timedelta(days=365)  # as long as the longest rule
MOST_REMEMBERED = 60  # the newest, of a survey and of a channel each: more than any rule counts, and a small row
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class Asking(Value):
    """One invitation of a person, over one channel or several."""

    at: datetime  # when the message goes out, or went out
    survey: str = ""  # "": nobody wrote down which, so it counts as any
    channels: tuple[Channel, ...] = ()  # (): likewise
    owner: str = ""  # deployment and person that claimed it


class Reply(Value):
    """One answer of a person."""

    at: datetime
    survey: str


T = TypeVar("T", Asking, Reply)


class LastAsked(Outreach):
    """When a person was invited: claimed in the same transaction as the invitation.

    Kept per contact and per address, since one address may stand in two contacts. Answers are kept per contact.
    """

    kind = "last_asked"

    contact: str  # id, or `address#` and the hash of an address
    askings: tuple[Asking, ...] = ()
    replies: tuple[Reply, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _of_old(cls, data: Any) -> Any:
        """Read a row that holds the last two invitations alone, as each did once."""
        if not isinstance(data, Mapping) or "at_time" not in data:
            return data
        owned = ((data.get("before"), ""), (data["at_time"], data.get("invitation", "")))
        found = [Asking.model_validate({"at": at, "owner": owner}) for at, owner in owned if at]
        return {**data, "askings": [one for one in found if one.at > _NEVER]}

    @staticmethod
    def at(contact: str) -> Key:
        """Return the key of the person's rest period."""
        return Key(f"contact#{contact}", "last_asked")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.contact)

    def asked(self, asking: Asking, now: datetime) -> "LastAsked":
        """Return the row with one more invitation, and without what no rule can ask for any more."""
        recent = sorted((*self.askings, asking), key=lambda one: one.at)
        return self.changed(askings=_recent(recent, now, lambda one: (f"survey#{one.survey}", *one.channels)))

    def replied(self, reply: Reply, now: datetime) -> "LastAsked":
        """Return the row with one more answer; the same row when it has that already."""
        if reply in self.replies:
            return self
        recent = sorted((*self.replies, reply), key=lambda one: one.at)
        return self.changed(replies=_recent(recent, now, lambda one: (f"survey#{one.survey}",)))

    def released(self, owner: str, channel: Channel | None = None) -> "LastAsked":
        """Return the row without what this owner claimed; without one of its channels alone when it is named."""
        if all(one.owner != owner for one in self.askings):
            return self
        left = []
        for one in self.askings:
            if one.owner != owner:
                left.append(one)
            elif channel and (channels := tuple(each for each in one.channels if each is not channel)):
                left.append(one.changed(channels=channels))
        return self.changed(askings=tuple(left))


def _recent(some: Sequence[T], now: datetime, kinds: Callable[[T], Iterable[str]]) -> tuple[T, ...]:
    """Return what a rule can still ask for: a rule counts everything, one survey, or one channel."""
    kept: list[T] = []
    seen = Counter[str]()
    for one in reversed(some):
        if one.at > now - REMEMBERED and any(seen[kind] < MOST_REMEMBERED for kind in kinds(one)):
            kept.append(one)
            seen.update(kinds(one))
    return tuple(reversed(kept))


class Quota(Outreach):
    """How many people a deployment has asked, where it may ask only so many. Never falls."""

    kind = "quota"

    deployment: str
    taken: int = 0

    @staticmethod
    def at(deployment: str) -> Key:
        """Return the key of a deployment's quota."""
        return Key(f"deployment#{deployment}", "quota")

    def key(self) -> Key:
        """Return the primary key, in the partition of the deployment."""
        return self.at(self.deployment)
