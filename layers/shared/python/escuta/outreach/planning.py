"""Planning: one decision per person, and in one transaction the invitations, the rests and the quota."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import islice
from typing import NamedTuple

from escuta import clock, queues, table
from escuta.config import settings
from escuta.directory.model import Contact, Transaction
from escuta.errors import ConflictError, UnavailableError
from escuta.outreach import alarms, audience, deployments, eligibility, inviting, rest, resting, rules
from escuta.outreach.audience import Sought
from escuta.outreach.eligibility import Decision, Defer, Person, Send, Terms
from escuta.outreach.model import (
    Asking,
    Deployment,
    DeploymentState,
    Due,
    Invitation,
    InvitationState,
    LastAsked,
    Quota,
    Strategy,
)
from escuta.outreach.subjects import Facts, Subject, closed, facts_of, product_of, quota_of
from escuta.outreach.subjects import find as subjects

__all__ = ["Facts", "Subject", "again", "ask", "decide", "facts_of", "plan", "rests", "subjects", "would"]

_TOGETHER = 100  # people read at once
_ACTIONS = 80  # of one transaction, which holds 100: the people of it are stored together


class _Stood(Enum):
    """What became of people that were to be stored together."""

    STORED = auto()
    MOVED = auto()  # somebody asked one of them meanwhile: nothing was stored
    QUOTA = auto()  # another part of the deployment took of the quota meanwhile: nothing was stored


_TRIES = {_Stood.STORED: 1, _Stood.MOVED: 5, _Stood.QUOTA: 30}  # in a row; the quota is one row for all parts


class _Plan(NamedTuple):
    """What is to be stored of one person."""

    subject: Subject
    made: tuple[Invitation, ...]
    rests: Mapping[str, LastAsked]

    @property
    def actions(self) -> tuple[table.Action, ...]:
        stored = (table.Save(one) if one.rev else table.Create(one) for one in self.made)
        return (*stored, *map(rest.claim, self.rests.values()))


def plan(deployment: str, part: int, cursor: str) -> None:
    """Plan the next people of a part and queue their messages; a repetition finds the same and queues it again."""
    found = deployments.get(deployment)
    if found.state is DeploymentState.CANCELLED:
        return
    reached = audience.page(found, part, cursor)
    ask(found, reached.people)
    if reached.cursor:
        queues.send(settings().plan_queue, [{"deployment": deployment, "part": part, "cursor": reached.cursor}])
    else:
        deployments.part_done(deployment, part)


def ask(deployment: Deployment, sought: Iterable[Sought]) -> list[Invitation]:
    """Decide on these people, store what was decided and have the messages sent.

    Return the invitations, those of an earlier time too: a repetition decides nothing anew and queues the same again.
    """
    made: list[Invitation] = []
    walk = iter(sought)
    while together := list(islice(walk, _TOGETHER)):
        about = audience.keeping(deployment, subjects(together, deployment))
        now = list(_asked(deployment, about))
        _announce(now)
        made += now
    return made


def _announce(made: Sequence[Invitation]) -> None:
    """Set the alarms of what waits for its time, then queue what is to go out now."""
    waiting = [one for one in made if one.state in {InvitationState.QUEUED, InvitationState.DEFERRED}]
    alarms.put([Due(link_key=one.link_key, due_at=one.send_at) for one in waiting if one.send_at])
    queues.send(settings().deliver_queue, [alarms.message(one.link_key) for one in waiting if not one.send_at])


def _asked(deployment: Deployment, about: Sequence[Subject]) -> Iterator[Invitation]:
    """Yield what this deployment made of people before, else what is decided and stored now.

    As many people as one transaction takes are stored together. Where somebody asked one of them meanwhile, nothing of
    it is stored, and they are decided on anew, one by one.
    """
    left, facts = list(about), facts_of(deployment, about)
    alone = tries = 0  # how many of the next people are stored one by one; how often the next one was in vain
    while left:
        if known := facts.invited.get(left[0].place):
            yield from known
            left, alone = left[1:], max(0, alone - 1)
            continue
        group = _group(deployment, left[: 1 if alone else None], facts)
        stood = _stored(group, facts)
        if stood is _Stood.MOVED:
            alone, facts = max(alone, len(group)), facts_of(deployment, left)
        elif stood is _Stood.QUOTA:
            facts = facts._replace(quota=quota_of(deployment))
        else:
            yield from (one for planned in group for one in planned.made)
            left, alone, facts = left[len(group) :], max(0, alone - len(group)), _after(facts, group)
        tries = 0 if stood is _Stood.STORED else tries + 1
        if tries == _TRIES[stood]:
            raise UnavailableError("contact_contended", retry_after=2)


def _group(deployment: Deployment, left: Sequence[Subject], facts: Facts) -> list[_Plan]:
    """Return the plans of the next people, as many as are stored together: no row is written twice."""
    group: list[_Plan] = []
    actions, written = 1, set[str]()
    for subject in left:
        planned = _planned(deployment, subject, facts, subject.when(deployment))
        actions += len(planned.actions)
        if group and (actions > _ACTIONS or subject.place in facts.invited or written & planned.rests.keys()):
            break
        group.append(planned)
        written |= planned.rests.keys()
        facts = _after(facts, [planned])
    return group


def _planned(deployment: Deployment, subject: Subject, facts: Facts, at: datetime) -> _Plan:
    """Decide on somebody, and say what is to be stored."""
    decision = decide(deployment, subject, facts, at)
    made = tuple(inviting.made(deployment, subject, decision, at))
    return _Plan(subject, made, rests(deployment, subject, decision, facts, at))


def would(
    deployment: Deployment, subject: Subject, facts: Facts
) -> tuple[tuple[Invitation, ...], Mapping[str, LastAsked]]:
    """Return the invitations and the rests that would be stored of somebody who is decided on now; nothing is."""
    planned = _planned(deployment, subject, facts, subject.when(deployment))
    return planned.made, planned.rests


def rests(
    deployment: Deployment, subject: Subject, decision: Decision, facts: Facts, at: datetime
) -> Mapping[str, LastAsked]:
    """Return the rests that begin. Where a link goes nobody knows, so every address rests."""
    if not isinstance(decision, Send):
        return {}
    contact = subject.contact
    reached = eligibility.addresses(contact)
    if deployment.strategy is not Strategy.LINK:
        reached = {channel: reached[channel] for channel in decision.channels}
    owner = rest.asking(deployment.id, contact.id, subject.about)
    asking = Asking(at=at, survey=deployment.survey, channels=decision.channels, owner=owner)
    return rest.begun(rest.names(contact.id, reached), facts.last_asked, asking)


def _after(facts: Facts, group: Sequence[_Plan]) -> Facts:
    """Return what is known once these are stored."""
    rows = {
        name: row.model_copy(update={"rev": row.rev + 1}) for planned in group for name, row in planned.rests.items()
    }
    quota = facts.quota
    if quota and (asked := _asked_of(group)):
        quota = quota.changed(taken=quota.taken + asked, rev=quota.rev + 1)
    return facts._replace(last_asked={**facts.last_asked, **rows}, quota=quota)


def _asked_of(group: Sequence[_Plan]) -> int:
    return sum(bool(planned.rests) for planned in group)


def _stored(group: Sequence[_Plan], facts: Facts) -> _Stood:
    """Store these people together, or nothing of them."""
    taken: list[Quota] = []
    if facts.quota and (asked := _asked_of(group)):
        taken.append(facts.quota.changed(taken=facts.quota.taken + asked))
    actions = [action for planned in group for action in planned.actions]
    try:
        table.transact(*actions, *(table.Save(one) if one.rev else table.Create(one) for one in taken))
    except table.CancelledError as error:
        moved = any(refused.action in actions for refused in error.refused)
        return _Stood.MOVED if moved else _Stood.QUOTA
    except table.RejectedError:  # together too large for the store; alone everybody fits
        if len(group) == 1:
            raise
        return _Stood.MOVED
    return _Stood.STORED


def decide(
    deployment: Deployment, subject: Subject, facts: Facts, at: datetime, *, before: datetime | None = None
) -> Decision:
    """Return the decision on one person whose message would go out at `at`.

    `before`: when an invitation that was put off expires; None: it would be made now.
    """
    contact, quota = subject.contact, facts.quota
    reached = rest.names(contact.id, eligibility.addresses(contact))
    rows = [row for name in reached if (row := facts.last_asked.get(name))]
    own = rest.asking(deployment.id, contact.id, subject.about)
    person = Person(contact, closed(contact, facts), resting.joined(rows, without=own), _known(subject, facts))
    expires = before or at + timedelta(days=deployment.expires_after_days)
    full = quota is not None and quota.taken >= deployment.most
    return eligibility.decide(person, Terms(deployment.survey, deployment.strategy, facts.rules, full, expires), at)


def _known(subject: Subject, facts: Facts) -> Mapping[str, str | tuple[str, ...]]:
    """Return what exclusion rules ask about."""
    if not facts.rules.exclude:
        return {}
    group = facts.groups.get(product_of(subject), "")
    return rules.facts_of(subject.contact, subject.visit, subject.segment.path, group)


def again(invitation: Invitation, deployment: Deployment) -> bool:
    """Decide anew on somebody who was put off until now; False when something moved and all must be read again.

    Queued, put off once more until it expires, or left out. One that has another state has nothing to be decided.
    """
    if invitation.state is not InvitationState.DEFERRED:
        return True
    if ended := _ended(invitation, deployment):
        return _over(invitation, *ended)
    subject = _subject(invitation)
    if subject is None:
        return _over(invitation, InvitationState.CANCELLED, "erased")
    facts = facts_of(deployment, [subject])
    planned = _anew(deployment, subject, facts, invitation)
    if _stored([planned], facts) is not _Stood.STORED:
        return False
    _announce(planned.made)
    return True


def _subject(invitation: Invitation) -> Subject | None:
    """Return whom an invitation is about; None when nobody is there any more, or not the visit that it is all about."""
    visit_at = Transaction.at(invitation.contact, invitation.transaction)
    contact, visit = table.find_together((Contact, Contact.at(invitation.contact)), (Transaction, visit_at))
    if not isinstance(contact, Contact) or (invitation.apart and invitation.transaction and visit is None):
        return None
    language = invitation.language if invitation.apart else ""  # whoever told of the visit may have said it
    return Subject(contact, visit if isinstance(visit, Transaction) else None, invitation.apart, language)


def _ended(invitation: Invitation, deployment: Deployment) -> tuple[InvitationState, str] | None:
    """Return how somebody ends whom nobody decides on any more."""
    if deployment.state is DeploymentState.CANCELLED:
        return InvitationState.CANCELLED, "deployment_cancelled"
    if invitation.expires_at <= clock.now():
        return InvitationState.EXPIRED, "expired"
    return None


def _over(invitation: Invitation, state: InvitationState, reason: str) -> bool:
    try:
        table.save(invitation.changed(state=state, send_at=None, reason=reason, details={}))
    except ConflictError:
        return False
    return True


def _anew(deployment: Deployment, subject: Subject, facts: Facts, invitation: Invitation) -> _Plan:
    """Decide on somebody who was put off, over whatever channel is best by now."""
    at = subject.when(deployment)
    decision = decide(deployment, subject, facts, at, before=invitation.expires_at)
    if not isinstance(decision, Send):
        state = InvitationState.DEFERRED if isinstance(decision, Defer) else InvitationState.SUPPRESSED
        until = decision.until if isinstance(decision, Defer) else None
        same = invitation.changed(state=state, send_at=until, reason=decision.reason, details=decision.evidence)
        return _Plan(subject, (same,), {})
    kept = {"rev": invitation.rev, "created_at": invitation.created_at}
    made = [
        one.changed(**kept) if one.id == invitation.id else one
        for one in inviting.made(deployment, subject, decision, at)
    ]
    if all(one.id != invitation.id for one in made):
        made.append(invitation.changed(state=InvitationState.CANCELLED, send_at=None, reason="other_channel"))
    return _Plan(subject, tuple(made), rests(deployment, subject, decision, facts, at))
