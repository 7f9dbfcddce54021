"""How many invitations and reminders of a deployment are in each state, counted as they move.

As of the funnel, what a message counts for follows from its row alone, and whoever stores a row in place of another
adds the difference in the same transaction. A message is claimed and let go of again within seconds, by groups whose
claims must not be in each other's way: so a claim counts nothing. A claimed invitation counts as queued, and a reminder
at all only once it is known what became of it. Those few are looked up where somebody asks.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from escuta import table
from escuta.entity import Table
from escuta.outreach.model import Invitation, InvitationState, Reminder

Message = Invitation | Reminder
_UNDER_WAY = (InvitationState.QUEUED, InvitationState.CLAIMED)


class Standing(NamedTuple):
    """Where a message counts."""

    deployment: str
    kind: str
    state: InvitationState


def difference(moves: Iterable[tuple[Message | None, Message]]) -> dict[tuple[str, str], dict[str, int]]:
    """Return by how much these messages change which counters: by partition and part. Pure."""
    found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for before, after in moves:
        for message, number in ((before, -1), (after, 1)):
            if message is not None and (where := _standing(message)):
                found[partition(where.deployment), where.kind][where.state] += number
    moved = {row: {state: number for state, number in states.items() if number} for row, states in found.items()}
    return {row: states for row, states in moved.items() if states}


def _standing(message: Message) -> Standing | None:
    if isinstance(message, Reminder):
        counts = message.state not in _UNDER_WAY
        return Standing(message.deployment, message.kind, message.state) if counts else None
    if message.reached is None:  # from before steps were counted
        return None
    state = InvitationState.QUEUED if message.state in _UNDER_WAY else message.state
    return Standing(message.deployment, message.kind, state)


def partition(deployment: str) -> str:
    """Return where the counters of a deployment are, those of its invitations and those of its reminders."""
    return f"states#{deployment}"


def invited(deployment: str) -> Counter[InvitationState]:
    """Return how many invitations are in each state."""
    counted = _counted(deployment, Invitation.kind)
    claimed = _looked_up(Invitation.shards(deployment), InvitationState.CLAIMED) if counted[_UNDER_WAY[0]] else 0
    claimed = min(claimed, counted[InvitationState.QUEUED])  # an index is behind
    counted[InvitationState.QUEUED] -= claimed
    counted[InvitationState.CLAIMED] = claimed
    return counted


def reminded(deployment: str) -> Counter[InvitationState]:
    """Return how many reminders are in each state."""
    counted = _counted(deployment, Reminder.kind)
    for state in _UNDER_WAY:
        counted[state] = _looked_up(Reminder.shards(deployment), state)
    return counted


def _counted(deployment: str, kind: str) -> Counter[InvitationState]:
    found: Counter[InvitationState] = Counter()
    for _, states in table.numbers(Table.OUTREACH, partition(deployment), between=(f"{kind}#", f"{kind}#~")):
        found.update({InvitationState(state): number for state, number in states.items()})
    return found


def _looked_up(shards: Iterable[str], state: InvitationState) -> int:
    return sum(table.count(Table.OUTREACH, shard, prefix=f"{state}#", index="g1") for shard in shards)
