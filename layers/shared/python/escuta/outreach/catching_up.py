"""Counting in the funnel what became of invitations since their people began to answer, as the stream tells of them.

What is counted of each stands in a `FunnelMark`, which is stored in the transaction that adds the difference: whatever
the stream tells twice, late or out of order, each step counts once. It is read how far an invitation came, and not what
the record says of it: so of many records of one invitation the first counts them all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from escuta import table
from escuta.entity import Key
from escuta.errors import UnavailableError
from escuta.outreach import funnels
from escuta.outreach.model import FunnelMark, Invitation, InvitationState, Step

_TOGETHER = 40  # invitations of one transaction; each may count at counters of its own
_ACTIONS = 100  # what DynamoDB takes in one
_CLASHES = 8  # how often somebody else may be first


class UncountedError(UnavailableError):
    """Not all could be counted: the store would not now, or the time is up. `link_keys` are what is left."""

    def __init__(self, code: str, left: Sequence[str]) -> None:
        """Keep what is left."""
        super().__init__(code, retry_after=1)
        self.link_keys = tuple(left)


def count(link_keys: Iterable[str], *, in_time: Callable[[], bool] = lambda: True) -> None:
    """Count what became of the invitations behind these links. Any order, any number of times, beside anybody else.

    UncountedError names what is left when the store would not, or when `in_time`, asked before every transaction, says
    no.
    """
    left, clashes = list(dict.fromkeys(link_keys)), 0
    while left:
        if not in_time():
            raise UncountedError("out_of_time", left)
        some = left[:_TOGETHER]
        try:
            _count(some)
        except table.CancelledError as clash:  # somebody else counted some of these: read again
            clashes += 1
            if clashes > _CLASHES:
                raise UncountedError(clash.code, left) from clash
        except UnavailableError as refusal:
            raise UncountedError(refusal.code, left) from refusal
        else:
            left, clashes = left[_TOGETHER:], 0


def _count(some: Sequence[str]) -> None:
    """Count these together, or in halves where they count at too many counters."""
    found = table.find_many(Invitation, map(Invitation.at, some), consistent=True)
    marks = table.find_many(FunnelMark, map(FunnelMark.at, some), consistent=True)
    moved = [each for each in found.values() if each.tallied and not _is_counted(each, marks)]
    _write([(each, marks.get(FunnelMark.at(each.link_key))) for each in moved])


def _is_counted(invitation: Invitation, marks: Mapping[Key, FunnelMark]) -> bool:
    mark = marks.get(FunnelMark.at(invitation.link_key))
    return mark is not None and mark == FunnelMark.of(invitation).changed(rev=mark.rev)


def _write(some: Sequence[tuple[Invitation, FunnelMark | None]]) -> None:
    counted = funnels.adds(_move(invitation, mark) for invitation, mark in some)
    saved = [_saved(FunnelMark.of(invitation), mark) for invitation, mark in some]
    if len(some) > 1 and len(saved) + len(counted) > _ACTIONS:
        half = len(some) // 2
        _write(some[:half])
        _write(some[half:])
    elif saved:
        table.transact(*saved, *counted)


def _saved(after: FunnelMark, before: FunnelMark | None) -> table.Action:
    return table.Save(after.changed(rev=before.rev)) if before else table.Create(after)


def _move(invitation: Invitation, mark: FunnelMark | None) -> funnels.Move:
    """Return the invitation as it was counted, and as it is: both as if transactions counted it."""
    if mark is None:
        state, _, reached = invitation.tallied.partition("/")
        path = invitation.segment_path
    else:
        state, reached, path = mark.state, mark.reached, mark.segment_path
    known = {"state": InvitationState(state), "reached": Step(reached), "segment_path": path}
    return invitation.model_copy(update={**known, "tallied": ""}), invitation.model_copy(update={"tallied": ""})
