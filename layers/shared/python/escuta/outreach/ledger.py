"""The ledger: how an invitation, or a reminder of one, moves from state to state. One set of verbs for both.

Between `queued` and a sent message stands a claim, which only one worker gets. After it the message may have left, so
a message goes back to `queued` only on a definite refusal.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple

from escuta import clock, ids, table
from escuta.entity import Entity, Key
from escuta.errors import ConflictError, NotFoundError, UnavailableError
from escuta.outreach import brake, funnels, invitations, rest, suppression
from escuta.outreach.model import (
    CaseMessage,
    Channel,
    Deployment,
    Halt,
    Invitation,
    InvitationState,
    Reminder,
    Suppression,
)

LEASE = timedelta(seconds=60)
RESOLVED = timedelta(minutes=15)  # until then the mail service tells of whatever left
_ACTIONS = 100  # what DynamoDB takes in one transaction

# An event moves a message only upwards: duplicates and late events change nothing.
RANK: dict[InvitationState, int] = {
    InvitationState.QUEUED: 0,
    InvitationState.CLAIMED: 1,
    InvitationState.UNKNOWN: 2,
    InvitationState.EXPORTED: 3,
    InvitationState.SENT: 3,
    InvitationState.DELIVERED: 4,
    InvitationState.BOUNCED: 5,
    InvitationState.REJECTED: 5,
    InvitationState.COMPLAINED: 6,
    InvitationState.COMPLETED: 7,
    InvitationState.DEFERRED: 9,
    InvitationState.SUPPRESSED: 9,
    InvitationState.CANCELLED: 9,
    InvitationState.EXPIRED: 9,
}
_IN_DOUBT = frozenset({InvitationState.CLAIMED, InvitationState.UNKNOWN})

Message = Invitation | Reminder | CaseMessage
Place = tuple[str, str, str]  # table, pk, sk


class Claim(NamedTuple):
    """A message as it will be claimed, and what must hold for that: nothing at these keys, these as they were read."""

    message: Message
    channel: Channel
    closing: tuple[Key, ...]
    unchanged: tuple[Entity, ...]

    def places(self) -> Iterator[Place]:
        """Yield all that the claim depends on."""
        yield from (_place(type(each), each.key()) for each in (self.message, *self.unchanged))
        yield from (_place(Suppression, key) for key in self.closing)
        yield _place(Halt, Halt.at(self.channel))


class Mark(NamedTuple):
    """What became of a claimed message. `queued`: nothing left, by the provider's own word."""

    claimed: Message
    state: InvitationState
    reason: str = ""
    message_id: str = ""
    beside: tuple[table.Action, ...] = ()  # what is stored in the same transaction


def claiming(
    message: Message,
    invitation: Invitation,
    deployment: Deployment,
    others: Iterable[Invitation] = (),
    *,
    name: str = "",
) -> Claim:
    """Return the claim of a queued message: the address open, its channel not stopped, the deployment as it was read.

    For a reminder also its invitation, and `others`, those over another channel. An answer is a change of one of them:
    who answers in this very moment is not reminded. `name` tells this try from any other of the message; those who
    are claimed together may share it.
    """
    now = clock.now()
    claimed = _with(
        message,
        state=InvitationState.CLAIMED,
        claim=name or ids.new(),
        reason="",
        attempts=message.attempts + 1,
        claimed_at=now,
        lease_until=now + LEASE,
    )
    address = suppression.address_hash(invitation.channel, invitation.address)
    unchanged = (invitation, *others, deployment) if isinstance(message, Reminder) else (deployment,)
    return Claim(claimed, invitation.channel, Suppression.closing(address, invitation.survey), unchanged)


def claim(claims: Sequence[Claim]) -> list[Message | Suppression | None]:
    """Take these messages for sending, in one transaction; without those in whose way something stands.

    Of each the claimed copy; the suppression that stands in the way; or None when something moved and must be read
    again.
    """
    found: dict[int, Message | Suppression | None] = {}
    left = dict(enumerate(claims))
    while left:
        refused = _taken(list(left.values()))
        for number, each in tuple(left.items()):
            there = [refused[place] for place in each.places() if place in refused]
            if there:
                found[number] = next((one for one in there if isinstance(one, Suppression)), None)
                del left[number]
        if not refused:
            found |= {number: _with(each.message, rev=each.message.rev + 1) for number, each in left.items()}
            break
    return [found[number] for number in range(len(claims))]


def _taken(claims: Sequence[Claim]) -> dict[Place, Entity | None]:
    """Claim all of these; return what stood in the way of which condition. {}: they are ours."""
    try:
        table.transact(*_conditions(claims))
    except table.CancelledError as error:
        return {_place_of(refused.action): refused.found for refused in error.refused}
    except UnavailableError:
        first = claims[0].message
        found = table.find(type(first), first.key(), consistent=True)
        if found is None or found.claim != first.claim:
            raise
    return {}  # whatever was lost was only the answer


def _conditions(claims: Sequence[Claim]) -> list[table.Action]:
    """Return the actions of a claim, each row once: whatever is claimed is thereby as it was read."""
    actions: dict[Place, table.Action] = {}
    for each in claims:
        actions[_place(type(each.message), each.message.key())] = _stored(each.message)
    for each in claims:
        for key in each.closing:
            actions.setdefault(_place(Suppression, key), table.Absent(Suppression, key))
        halt = Halt.at(each.channel)
        actions.setdefault(_place(Halt, halt), table.Absent(Halt, halt))
        for entity in each.unchanged:
            actions.setdefault(_place(type(entity), entity.key()), table.Unchanged(entity))
    return list(actions.values())


def _place(cls: type[Entity], key: Key) -> Place:
    return cls.table, key.pk, key.sk


def _place_of(action: table.Action) -> Place:
    match action:
        case table.Create(entity) | table.Save(entity) | table.Unchanged(entity):
            return _place(type(entity), entity.key())
        case table.Absent(cls, key) | table.Remove(cls, key):
            return _place(cls, key)
        case table.Add(owner, key):
            return owner, key.pk, key.sk


def _stored(message: Message) -> table.Action:
    return table.Save(message) if message.rev else table.Create(message)


def mark(marks: Sequence[Mark]) -> None:
    """Say what became of claimed messages, in one transaction; one by one what moved meanwhile, or was refused.

    What an event told meanwhile stands. UnavailableError when some could not be marked: their lease ends, and nobody
    knows of them until an event tells.
    """
    together = [each for each in marks if each.state is not InvitationState.REJECTED]
    alone = [each for each in marks if each.state is InvitationState.REJECTED]
    for some, actions in _fitting(together):
        try:
            table.transact(*actions)
        except (ConflictError, UnavailableError):
            alone = [*some, *alone]
    failed: list[UnavailableError] = []
    for each in alone:
        try:
            _mark(each)
        except UnavailableError as error:  # the others are marked first
            failed.append(error)
    if failed:
        raise failed[0]


def _fitting(marks: Sequence[Mark]) -> Iterator[tuple[Sequence[Mark], Sequence[table.Action]]]:
    """Cut marks so that one transaction takes each part: people of many places count at many counters."""
    actions = list(_marked(marks))
    if len(marks) > 1 and len(actions) > _ACTIONS:
        half = len(marks) // 2
        yield from (*_fitting(marks[:half]), *_fitting(marks[half:]))
    elif marks:
        yield marks, actions


def _marked(marks: Sequence[Mark]) -> Iterator[table.Action]:
    left: defaultdict[Channel, Counter[str]] = defaultdict(Counter)
    moves: list[funnels.Move] = []
    for each in marks:
        after = _after(each.claimed, each)
        yield table.Save(after)
        yield from each.beside
        moves += _moves(each.claimed, after)
        if each.claimed.sent_at is None and after.sent_at is not None:
            left[after.channel][after.deployment] += 1
    for channel, deployments in left.items():
        yield from brake.departed(channel, deployments)
    yield from funnels.adds(moves)


def _moves(before: Message, after: Message) -> Iterator[funnels.Move]:
    """Yield what moved, of what is counted; a message about a ticket belongs to no deployment."""
    if not isinstance(before, CaseMessage) and not isinstance(after, CaseMessage):
        yield before, after


def _mark(marked: Mark) -> None:
    claimed = marked.claimed
    found = table.find(type(claimed), claimed.key(), consistent=True)
    if found is None:
        return  # erased meanwhile, with the person

    def beside(before: Message, after: Message) -> Iterator[table.Action]:
        yield from marked.beside
        yield from funnels.adds(_moves(before, after))
        if before.sent_at is None and after.sent_at is not None:
            yield from brake.departed(after.channel, {after.deployment: 1})
        if after.state is InvitationState.REJECTED and isinstance(before, Invitation):
            yield from rest.release(before, invitations.sibling(before))

    with suppress(NotFoundError):  # erased meanwhile
        table.change(found, lambda now: _after(now, marked), beside=beside)


def _after(now: Message, marked: Mark) -> Message:
    """Return a message as it is once it is known what became of it; nothing of a claim that is not this one."""
    if now.claim != marked.claimed.claim:
        return now
    if marked.state is not InvitationState.QUEUED:
        return _moved(now, marked.state, marked.reason, marked.message_id)
    if now.state not in _IN_DOUBT:
        return now
    return _with(now, state=InvitationState.QUEUED, reason=marked.reason, lease_until=None)


def settle(message: Message, state: InvitationState, reason: str, **details: str) -> bool:
    """Close a message that is not sent, and give the rest back; False when it moved and must be read again."""
    closed = message.changed(state=state, reason=reason, details=details, lease_until=None)
    released = rest.release(message, invitations.sibling(message)) if isinstance(message, Invitation) else ()
    try:
        table.transact(_stored(closed), *released, *funnels.adds(_moves(message, closed)))
    except table.CancelledError:
        return False
    return True


def lapse(message: Message) -> bool:
    """Say that nobody knows whether a claimed message left; False when it moved meanwhile."""
    after = message.changed(state=InvitationState.UNKNOWN, reason="lease_over", lease_until=None)
    try:
        table.transact(table.Save(after), *funnels.adds(_moves(message, after)))
    except ConflictError:
        return False
    return True


def _moved(found: Message, state: InvitationState, reason: str, message_id: str) -> Message:
    left = RANK[state] >= RANK[InvitationState.SENT] and state is not InvitationState.REJECTED
    known = {
        "message_id": found.message_id or message_id,
        "sent_at": found.sent_at or (clock.now() if left else None),
    }
    moved = {} if RANK[state] <= RANK[found.state] else {"state": state, "reason": reason, "lease_until": None}
    after = _with(found, **known, **moved)
    return after.risen() if isinstance(after, Invitation) else after


def _with(message: Message, **fields: Any) -> Message:
    """Return a copy without looking at its fields again, which are our own: that is most of what a copy costs."""
    return message.model_copy(update=fields)


def is_ambiguous(message: Message) -> bool:
    """Tell whether nobody knows if a message left, and no event is to be expected any more that would tell."""
    since = message.claimed_at
    return message.state is InvitationState.UNKNOWN and (since is None or since + RESOLVED <= clock.now())
