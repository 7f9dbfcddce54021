"""Sending what waits in an outbox: claimed first, with one attempt, and once more where nobody knows what became of it.

A manager is better told twice than never; after that it stays `unknown`. A refusal that may pass leaves it pending.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import TypeVar

from escuta import clock
from escuta.feedback.model import AlertState, Leaving
from escuta.outreach.messages import Lost, Refused

PATIENCE = timedelta(minutes=1)  # what is younger and pending is still on its way through the queue
LEASE = timedelta(minutes=2)  # longer than the function may run: after it, the sender is dead

L = TypeVar("L", bound=Leaving)


def forgotten(some: Iterable[L], patience: timedelta = PATIENCE, lease: timedelta = LEASE) -> Iterator[L]:
    """Yield those that nobody is about to send: pending for a while, or claimed by a sender that died."""
    now = clock.now()
    for each in some:
        since, most = (each.claimed_at, lease) if each.claimed_at else (each.created_at, patience)
        if each.waits and since + most <= now:
            yield each


def wanted(found: L, lease: timedelta = LEASE) -> L | None:
    """Return it as it should be stored before anything else happens; None: leave it alone."""
    now = clock.now()
    match found.state:
        case AlertState.PENDING:
            return found.changed(state=AlertState.CLAIMED, claimed_at=now)
        case AlertState.CLAIMED if found.claimed_at and found.claimed_at + lease <= now:
            if found.resent:
                return found.changed(state=AlertState.UNKNOWN, reason="sender_died")
            return found.changed(claimed_at=now, resent=True)
        case _:
            return None


def sent(claimed: L, send: Callable[[], str]) -> L:
    """Send it and return it with what became of it, still to be stored; `send` returns what the provider calls it."""
    try:
        message = send()
    except Refused as refusal:
        state = AlertState.PENDING if refusal.retry else AlertState.REJECTED
        return claimed.changed(state=state, reason=refusal.code, claimed_at=None)
    except Lost:
        state = AlertState.UNKNOWN if claimed.resent else AlertState.PENDING
        return claimed.changed(state=state, reason="reply_lost", claimed_at=None, resent=True)
    return claimed.changed(state=AlertState.SENT, reason="", message_id=message, sent_at=clock.now())
