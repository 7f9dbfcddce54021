"""Delivering what a batch names: read together, written, claimed in groups, sent side by side, marked in groups.

Work that must wait goes back as a new message with a delay, so that waiting never counts as a failed try.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from escuta import clock, ids
from escuta.errors import UnavailableError
from escuta.observe import logger
from escuta.outreach import affording, alarms, drafting, ledger, planning, posting
from escuta.outreach.drafting import Draft, Job, SurveyOf
from escuta.outreach.model import InvitationState, Suppression
from escuta.outreach.posting import Office, Post, Posted
from escuta.outreach.waiting import Desk, Spot, spot_of

MOST = 77  # actions of the transaction that claims a group, 25 invitations of one deployment: a hundred are allowed
LONG = timedelta(seconds=25)  # what a batch did not get to by then goes back: the function must not be cut off
_TRIES = 5
_ACTIONS = 3  # of the claim of an invitation: itself, and two keys that would close its address


def deliver_all(told: Sequence[dict[str, Any]], survey_of: SurveyOf) -> list[dict[str, Any]]:
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


def _deliver(spots: Sequence[Spot], desk: Desk, survey_of: SurveyOf) -> None:
    jobs = affording.granted(drafting.ready(spots, desk, survey_of), desk)
    if jobs:
        with ThreadPoolExecutor(posting.AT_ONCE) as pool:
            _send(jobs, desk, survey_of, Office(pool))


def _send(jobs: Sequence[Job], desk: Desk, survey_of: SurveyOf, office: Office) -> None:
    """Send group by group: while one is on its way the next is written and claimed, so that no sender waits."""
    begun = clock.now()
    flying: list[Future[Posted]] = []
    for group in _groups(jobs):
        if clock.now() - begun > LONG:
            for job in group:
                desk.later(job.spot, 1)
            continue
        drafts = affording.below_ceilings(drafting.drafts(drafting.anew(group, desk), desk, survey_of), desk)
        alarms.put([draft.next for draft in drafts if draft.next])  # before what they rely on goes out
        before, flying = flying, office.send(_claimed(drafts, desk))
        _landed(before, desk)
    _landed(flying, desk)


def _groups(jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
    """Cut jobs into groups, each of which one transaction can claim."""
    group: list[Job] = []
    named: set[str] = set()  # deployments and channels, each of which is held against the stored one
    weight = 0
    for job in jobs:
        own = _ACTIONS + (1 + len(job.others) if job.number else 0)
        held = {job.invitation.deployment, job.invitation.channel}
        if weight + own + len(named | held) > MOST:
            yield group
            group, named, weight = [], set(), 0
        group.append(job)
        named |= held
        weight += own
    if group:
        yield group


def _claimed(group: Sequence[Draft], desk: Desk) -> list[Post]:
    """Claim a group; whatever cannot be had is settled, or read again."""
    late = [draft for draft in group if not draft.job.number and planning.is_late(draft.job.invitation)]
    desk.again += [draft.job.spot for draft in late]  # writing took so long that their rest would begin too early
    group = [draft for draft in group if draft not in late]
    if not group:
        return []
    name = ids.new()
    claims = [
        ledger.claiming(draft.job.message, draft.job.invitation, draft.deployment, draft.job.others, name=name)
        for draft in group
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
