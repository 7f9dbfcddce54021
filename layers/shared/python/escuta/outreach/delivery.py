"""Delivering what a batch names: read together, written, claimed in groups, sent side by side, marked in groups.

Work that must wait goes back as a new message with a delay, so that waiting never counts as a failed try.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from escuta import clock
from escuta.errors import UnavailableError
from escuta.observe import logger
from escuta.outreach import affording, alarms, drafting, ledger, posting
from escuta.outreach.drafting import Draft, Survey
from escuta.outreach.model import InvitationState, Suppression
from escuta.outreach.posting import Office, Post, Posted
from escuta.outreach.waiting import Desk, Spot, spot_of

GROUP = 10  # messages that are claimed and marked together
LONG = timedelta(seconds=25)  # what a batch did not get to by then goes back: the function must not be cut off
_TRIES = 5


def deliver_all(told: Sequence[dict[str, Any]], survey_of: Callable[[str], Survey]) -> list[dict[str, Any]]:
    """Deliver the invitations and reminders that these messages name; return the messages that failed.

    One that came twice finds nothing left to do. Whatever moved while it was looked at is looked at again.
    """
    spots = list(dict.fromkeys((each["invitation"], each.get("reminder", 0)) for each in told))
    failed: list[Spot] = []
    for _ in range(_TRIES):
        desk = Desk()
        _deliver(spots, desk, survey_of)
        desk.clear()
        failed += desk.failed
        spots = list(dict.fromkeys(desk.again))
        if not spots:
            break
    return [alarms.message(*spot) for spot in dict.fromkeys([*failed, *spots])]


def _deliver(spots: Sequence[Spot], desk: Desk, survey_of: Callable[[str], Survey]) -> None:
    drafts = affording.granted(drafting.drafts(spots, desk, survey_of), desk)
    alarms.put([draft.next for draft in drafts if draft.next])  # before what they rely on goes out
    if drafts:
        with ThreadPoolExecutor(posting.AT_ONCE) as pool:
            _send(drafts, desk, Office(pool))


def _send(drafts: Sequence[Draft], desk: Desk, office: Office) -> None:
    """Send group by group: while one is on its way, the next is claimed, so that nobody waits for the store."""
    begun = clock.now()
    flying: list[Future[Posted]] = []
    for group in _groups(drafts):
        if clock.now() - begun > LONG:
            for draft in group:
                desk.later(draft.job.spot, 1)
            continue
        before, flying = flying, office.send(_claimed(group, desk))
        _landed(before, desk)
    _landed(flying, desk)


def _groups(drafts: Sequence[Draft]) -> Iterator[Sequence[Draft]]:
    for first in range(0, len(drafts), GROUP):
        yield drafts[first : first + GROUP]


def _claimed(group: Sequence[Draft], desk: Desk) -> list[Post]:
    """Claim a group; whatever cannot be had is settled, or read again."""
    claims = [
        ledger.claiming(draft.job.message, draft.job.invitation, draft.deployment, draft.others) for draft in group
    ]
    try:
        answers = ledger.claim(claims)
    except UnavailableError:
        logger().exception("group not claimed")
        desk.failed += [draft.job.spot for draft in group]
        return []
    posts = []
    for draft, answer in zip(group, answers, strict=True):
        if answer is None:
            drafting.look_again()
            desk.again.append(draft.job.spot)
        elif isinstance(answer, Suppression):
            desk.settle(draft.job.message, InvitationState.SUPPRESSED, answer.cause)
        else:
            posts.append(Post(answer, draft.job.invitation, draft.letter))
    return posts


def _landed(flying: Sequence[Future[Posted]], desk: Desk) -> None:
    """Wait for a group, and mark what became of it."""
    posted = [each.result() for each in flying]
    try:
        posting.note(posted)
    except UnavailableError:
        logger().exception("group not marked")
        desk.failed += [spot_of(each.post.claimed) for each in posted]
        return
    for each in posted:
        if each.mark is None:
            desk.failed.append(spot_of(each.post.claimed))
        elif each.mark.state is InvitationState.QUEUED:
            desk.later(spot_of(each.post.claimed), 5 * 2 ** min(each.post.claimed.attempts, 7))
