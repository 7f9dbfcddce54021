"""How what a provider tells moves a message: forward only, so that duplicates and disorder end where order would.

Of two things that are told of one message the graver one stands. What counts against the sender is counted once, in the
transaction that notes it, whatever state the message is in by then.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from escuta import clock, table
from escuta.errors import ConflictError, NotFoundError, UnavailableError
from escuta.outreach import brake, funnels, lookouts
from escuta.outreach.ledger import RANK
from escuta.outreach.model import CaseMessage, Channel, Invitation, InvitationState, Reminder, Step

BOUNCE, COMPLAINT = "bounce", "complaint"
_SENT = RANK[InvitationState.SENT]
_REFUSED = frozenset({InvitationState.BOUNCED, InvitationState.REJECTED})
# Of two reasons why one message did not arrive, the later one here says more.
_GRAVITY = (
    *("undetermined_bounce", "transient_bounce", "phone_unreachable", "message_rejected", "carrier_spam"),
    *("carrier_blocked", "country_not_allowed", "address_invalid", "opted_out", "content_refused", "permanent_bounce"),
)

_TOGETHER = 20  # invitations that are moved by one transaction
_ACTIONS = 100  # what DynamoDB takes in one

Message = Invitation | Reminder | CaseMessage


class Arrived(NamedTuple):
    """What was told of an invitation, and counts against nobody: it was sent, or it came."""

    link_key: str
    state: InvitationState
    message_id: str


def find(link_key: str, reminder: int) -> Message | None:
    """Return the invitation behind a link, or one of its reminders, or a message about a ticket, as it is now."""
    if CaseMessage.names(link_key):
        return table.find(CaseMessage, CaseMessage.at(link_key, reminder), consistent=True)
    if reminder:
        return table.find(Reminder, Reminder.at(link_key, reminder), consistent=True)
    return table.find(Invitation, Invitation.at(link_key), consistent=True)


def advance(
    link_key: str,
    reminder: int,
    state: InvitationState,
    *,
    reason: str = "",
    message_id: str = "",
    heard: str = "",
    attempt: int = 0,
) -> bool:
    """Move what a link and a number name forward. False: there is no such message, or no more.

    `heard` is what counts against the sender, `attempt` the one that is told of; 0: nobody said. UnavailableError when
    others kept changing it.
    """
    found = find(link_key, reminder)
    if found is None:
        return False
    counted = []

    def beside(before: Message, after: Message) -> Iterator[table.Action]:
        sent = before.sent_at is None and after.sent_at is not None
        bounced = BOUNCE in after.heard and BOUNCE not in before.heard
        complained = COMPLAINT in after.heard and COMPLAINT not in before.heard
        if sent or bounced or complained:
            yield from brake.counted(
                found.channel,
                sent=int(sent),
                bounced=int(bounced),
                complained=int(complained),
                deployment=found.deployment,
                sent_at=before.sent_at,
            )
        if not isinstance(before, CaseMessage) and not isinstance(after, CaseMessage):
            yield from funnels.adds([(before, after)])
        counted.append(bounced or complained)

    try:
        table.change(found, lambda now: _risen(_moved(now, state, reason, message_id, heard, attempt)), beside=beside)
    except NotFoundError:  # erased meanwhile
        return False
    if any(counted):
        brake.check(found.channel, found.deployment)
    return True


def advance_together(arrived: Sequence[Arrived]) -> None:
    """Move invitations forward of which nothing is told that counts against anybody, some in each transaction.

    Nothing depends on it: whoever tells of them tells of each alone afterwards, and finds it done, unless somebody else
    was moving one of them or the store would not. One by one they would add to the same counters, each in the way of
    the others.
    """
    walk = iter(dict.fromkeys(arrived))
    while some := list(islice(walk, _TOGETHER)):
        with suppress(ConflictError, UnavailableError):
            _advanced(some)


def _advanced(some: Sequence[Arrived]) -> None:
    found = table.find_many(Invitation, [Invitation.at(one.link_key) for one in some], consistent=True)
    after = dict(found)
    for link_key, state, message_id in some:
        if key := next(iter({Invitation.at(link_key)} & found.keys()), None):
            moved = _risen(_moved(after[key], state, "", message_id, "", 0))
            after[key] = moved if isinstance(moved, Invitation) else after[key]
    moves = [(found[key], after[key]) for key in found if after[key] != found[key]]
    left: defaultdict[Channel, Counter[str]] = defaultdict(Counter)
    for before, moved in moves:
        if before.sent_at is None and moved.sent_at is not None:
            left[moved.channel][moved.deployment] += 1
    departed = (action for channel, sent in left.items() for action in brake.departed(channel, sent))
    actions = [*(table.Save(moved) for _, moved in moves), *departed, *funnels.adds(moves)]
    if len(moves) > 1 and len(actions) <= _ACTIONS:
        table.transact(*actions)


def _risen(message: Message) -> Message:
    return message.risen() if isinstance(message, Invitation) else message


def _moved(found: Message, state: InvitationState, reason: str, message_id: str, heard: str, attempt: int) -> Message:
    """Return the message after this was told."""
    if state in _REFUSED and _is_former(attempt, found):
        return found.changed(heard=tuple(sorted({*found.heard, heard} - {""})))
    told = {*found.heard, heard} - {""}
    left = RANK[state] >= _SENT and state is not InvitationState.REJECTED
    known = found.changed(
        message_id=found.message_id or message_id,
        heard=tuple(sorted(told)),
        sent_at=found.sent_at or (clock.now() if left else None),
    )
    if not _is_graver(state, reason, found):
        return known
    return known.changed(state=state, reason=reason, lease_until=None)


def _is_former(attempt: int, found: Message) -> bool:
    """Tell whether this is about an attempt before the one that somebody asked for because it had failed."""
    if not attempt or not isinstance(found, Invitation) or not found.resent:
        return False
    return attempt < found.attempts or found.state is InvitationState.QUEUED


def _is_graver(state: InvitationState, reason: str, found: Message) -> bool:
    if {state, found.state} <= _REFUSED:
        return _gravity(reason) > _gravity(found.reason)
    return RANK[state] > RANK[found.state]


def _gravity(reason: str) -> int:
    return _GRAVITY.index(reason) if reason in _GRAVITY else -1


def opened(link_key: str, at: datetime) -> bool:
    """Note the first opening of an invitation or of its reminders. False: there is no such invitation."""

    def noted(now: Invitation) -> Invitation:
        return now.changed(opened_at=min(at, now.opened_at or at))

    found = table.find(Invitation, Invitation.at(link_key), consistent=True)
    if found is None:
        return False
    if found.opened_at is None:
        lookouts.note(link_key, begun=found.step is Step.STARTED)
    try:
        table.change(found, noted)
    except NotFoundError:
        return False
    return True
