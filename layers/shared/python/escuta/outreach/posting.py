"""Sending claimed messages side by side, each with one attempt, and what became of each."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from typing import NamedTuple

from escuta import clock, table
from escuta.observe import logger
from escuta.outreach import budgets, deployments, ledger, messages, receipts, suppression
from escuta.outreach.ledger import Mark, Message
from escuta.outreach.messages import Email, Refused
from escuta.outreach.model import Channel, Invitation, InvitationState, Reminder

_MARGIN = timedelta(seconds=messages.CONNECT_SECONDS + messages.READ_SECONDS + 5)  # of the lease, to send and mark
AT_ONCE = 10  # messages on their way at the same time
_RATES: Mapping[str, Callable[[Channel], None]] = {"throttled": budgets.throttled, "quota": budgets.used_up}


class Post(NamedTuple):
    """A claimed message, and where it goes."""

    claimed: Message
    invitation: Invitation
    letter: Email | str


class Posted(NamedTuple):
    """What became of a message. Without a mark something unforeseen happened: its lease ends, and nobody knows."""

    post: Post
    mark: Mark | None
    refused: Refused | None = None


class Office:
    """Where a worker sends from: so many messages side by side, none any more once the provider said stop."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        """`pool` does the sending: botocore's clients may be used by many at once."""
        self._pool = pool
        self._stop: Refused | None = None

    def send(self, posts: Sequence[Post]) -> list[Future[Posted]]:
        """Begin to send these, and return at once."""
        for channel in {post.invitation.channel for post in posts}:
            messages.ready(channel)
        return [self._pool.submit(copy_context().run, self._sent, post) for post in posts]

    def _sent(self, post: Post) -> Posted:
        if self._stop is not None:
            return Posted(post, Mark(post.claimed, InvitationState.QUEUED, self._stop.code))
        if post.claimed.lease_until is None or post.claimed.lease_until < clock.now() + _MARGIN:
            return Posted(post, Mark(post.claimed, InvitationState.QUEUED))  # others would soon take it for lost
        try:
            message_id = _once(post)
        except Refused as refused:
            if refused.stops_the_run:
                self._stop = refused
            state = InvitationState.QUEUED if refused.retry else InvitationState.REJECTED
            return Posted(post, Mark(post.claimed, state, refused.code), refused)
        except messages.Lost:
            return Posted(post, Mark(post.claimed, InvitationState.UNKNOWN, "answer_lost"))
        except Exception:  # noqa: BLE001 - one message that cannot be sent must not leave the others of a group in doubt
            logger().exception("message not sent", extra={"invitation": post.invitation.id})
            return Posted(post, None)
        return Posted(post, Mark(post.claimed, InvitationState.SENT, "", message_id, _pointer(post, message_id)))


def _once(post: Post) -> str:
    """Send with one attempt, tagged with all that an event must find it by; return the provider's id of the message."""
    if isinstance(post.letter, Email):
        tags = {**post.letter.tags, "attempt": str(post.claimed.attempts)}
        return messages.send_email(post.letter.model_copy(update={"tags": tags}))
    return messages.send_sms(post.invitation.address, post.letter)


def _pointer(post: Post, message_id: str) -> tuple[table.Action, ...]:
    """Return what the receipt of an SMS needs, which bears no tags."""
    if post.invitation.channel is not Channel.SMS:
        return ()
    number = post.claimed.number if isinstance(post.claimed, Reminder) else 0
    return (receipts.pointer(Channel.SMS, message_id, post.invitation.link_key, number),)


def note(posted: Sequence[Posted]) -> None:
    """Mark what left, or may have; then heed what was refused, and say so of each message.

    That is said whatever becomes of heeding it: nothing left, and when the lease ends nobody would know that any more.
    """
    ledger.mark([each.mark for each in posted if each.mark and each.refused is None])
    try:
        _heed([(each.post.invitation, each.refused) for each in posted if each.refused])
    finally:
        ledger.mark([each.mark for each in posted if each.mark and each.refused is not None])


def _heed(refusals: Sequence[tuple[Invitation, Refused]]) -> None:
    """Do what refusals ask for beyond their messages: close addresses, slow down, wait for the quota, hold back."""
    for invitation, refused in refusals:
        if refused.code == "opted_out":
            whom = suppression.Whom(invitation.contact, invitation.segment_path)
            suppression.add(invitation.channel, invitation.address, "stop", whom=whom)
    codes = {(refused.code, invitation.channel) for invitation, refused in refusals}
    for code, channel in sorted(codes):
        if code in _RATES:
            _RATES[code](channel)
    stopped = {
        invitation.deployment: refused.code
        for invitation, refused in refusals
        if refused.stops_the_run and refused.code not in _RATES
    }
    for deployment, reason in stopped.items():
        logger().error("deployment paused", extra={"deployment": deployment, "reason": reason})
        deployments.pause(deployment, reason)
