"""What a batch of messages leaves to do, gathered so that it is done together."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, TypeVar

from escuta import clock, queues
from escuta.config import settings
from escuta.observe import logger
from escuta.outreach import alarms, ledger
from escuta.outreach.ledger import Message
from escuta.outreach.model import Due, Invitation, InvitationState

LONGEST_DELAY = 900  # seconds; what the queue allows
_EARLY = timedelta(minutes=1)

Spot = tuple[str, int]  # the link's key, and the number of the reminder; 0: the invitation itself
T = TypeVar("T")
U = TypeVar("U")


def spot_of(message: Message) -> Spot:
    """Return what the queue calls a message."""
    return message.link_key, 0 if isinstance(message, Invitation) else message.number


class Desk:
    """What waits, what moved and must be read again, and what failed."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.again: list[Spot] = []
        self.failed: list[Spot] = []
        self._later: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        self._alarms: list[Due] = []

    def each(self, things: Iterable[T], work: Callable[[T], U | None], spot: Callable[[T], Spot]) -> list[U]:
        """Return what `work` makes of each thing, where it makes anything. One that fails stops no other."""
        made = []
        for thing in things:
            try:
                found = work(thing)
            except Exception:  # noqa: BLE001 - the queue keeps the message; one bad message must not block the batch
                logger().exception("message failed", extra={"invitation": spot(thing)[0]})
                self.failed.append(spot(thing))
            else:
                made += [] if found is None else [found]
        return made

    def later(self, spot: Spot, seconds: int) -> None:
        """Look again in so many seconds."""
        if seconds > LONGEST_DELAY:
            self.wait(Due(link_key=spot[0], reminder=spot[1], due_at=clock.now() + timedelta(seconds=seconds)))
        else:
            self._later[max(0, seconds)].append(alarms.message(*spot))

    def wait(self, alarm: Due) -> None:
        """Come back when it is time.

        What comes up a moment early, by a clock that is behind, waits in the queue: the alarm that has just rung may
        not be removed yet, and another one at its place would be removed with it.
        """
        left = alarm.due_at - clock.now()
        if left > _EARLY:
            self._alarms.append(alarm)
        else:
            self.later((alarm.link_key, alarm.reminder), max(1, int(left.total_seconds()) + 1))

    def settle(self, message: Message, state: InvitationState, reason: str, **details: str) -> None:
        """Close a message that is not sent."""
        if not ledger.settle(message, state, reason, **details):
            self.again.append(spot_of(message))

    def lapse(self, message: Message) -> None:
        """Give the worker that claimed it until the end of its lease; after that nobody knows."""
        left = (message.lease_until or clock.now()) - clock.now()
        if left > timedelta():
            self.later(spot_of(message), int(left.total_seconds()) + 1)
        elif not ledger.lapse(message):
            self.again.append(spot_of(message))

    def clear(self) -> None:
        """Queue what waits."""
        alarms.put(self._alarms)
        for seconds, bodies in self._later.items():
            queues.send(settings().deliver_queue, bodies, delay=seconds)
