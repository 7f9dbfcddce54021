"""Devices in stores: when each was last heard of, and what it still holds."""

from datetime import timedelta
from typing import Annotated

from pydantic import ConfigDict, Field

from escuta import clock, table
from escuta.entity import Value
from escuta.feedback import links
from escuta.feedback.links import Door
from escuta.feedback.model import Seen, StoreToken

SELDOM = timedelta(minutes=2)  # a sign of life that follows sooner is not written

Held = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]


class Sign(Value):
    """What a device tells of itself: answers that wait for the network, and answers that were not taken."""

    model_config = ConfigDict(extra="forbid")

    waiting: Held = 0
    aside: Held = 0


def heard(token: str, sign: Sign) -> None:
    """Note that the device behind a store link is alive. Refuses a link that is closed as `links.opened` does."""
    source = links.find(Door.STORE, token)
    now = clock.now()
    with links.speaking(source):
        links.admit(source, now)
    if not isinstance(source, StoreToken):  # pragma: no cover - the door opens nothing else
        return
    known = table.find(Seen, Seen.at(source.token_key))
    if known is None or now - known.at_time >= SELDOM:
        table.put(Seen(token_key=source.token_key, at_time=now, waiting=sign.waiting, aside=sign.aside))
