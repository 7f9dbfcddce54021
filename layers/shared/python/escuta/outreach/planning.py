"""Planning: one decision per person, and in one transaction the invitations, the rests and the quota."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import islice
from typing import NamedTuple

from escuta import clock, queues, table
from escuta.config import settings
from escuta.directory.model import Contact, Transaction
from escuta.entity import Key
from escuta.errors import ConflictError, UnavailableError
from escuta.outreach import alarms, audience, deployments, eligibility, funnels, inviting, rest, resting, rules
from escuta.outreach.audience import Sought
from escuta.outreach.eligibility import Decision, Defer, Person, Send, Terms
from escuta.outreach.model import (
    Asking,
    Channel,
    Deployment,
    DeploymentState,
    Due,
    Invitation,
    InvitationState,
    LastAsked,
    Quota,
    Strategy,
)
from escuta.outreach.resting import History
from escuta.outreach.subjects import Facts, Subject, closed, facts_of, occasion_of, product_of, quota_of
from escuta.outreach.subjects import find as subjects

__all__ = [
    "Facts",
    "Subject",
    "again",
    "ask",
    "caught_up",
    "decide",
    "facts_of",
    "is_late",
    "plan",
    "rests",
    "subjects",
    "would",
]

_TOGETHER = 100  # people read at once
_ACTIONS = 90  # of one transaction, which holds 100: the people of it are stored together, and counted
LATE = timedelta(minutes=10)  # after its time a message is decided anew: a rest counts from when it leaves


class _Stood(Enum):
    """What became of people that were to be stored together."""

    STORED = auto()
    MOVED = auto()  # somebody asked one of them meanwhile: nothing was stored
    QUOTA = auto()  # another part of the deployment took of the quota meanwhile: nothing was stored


_QUEUED = InvitationState.QUEUED
_NOWHERE = Key("", "")
_TRIES = {_Stood.STORED: 1, _Stood.MOVED: 5, _Stood.QUOTA: 30}  # in a row; the quota is one row for all parts


class _Plan(NamedTuple):
    """What is to be stored of one person."""

    subject: Subject
    made: tuple[Invitation, ...]
    rests: Mapping[str, LastAsked]
    places: int  # of the quota that are taken; below 0: given back
    before: Invitation | None = None  # the row that one of those made takes the place of

    @property
    def actions(self) -> tuple[table.Action, ...]:
        stored = (table.Save(one) if one.rev else table.Create(one) for one in self.made)
        return (*stored, *map(rest.claim, self.rests.values()))

    @property
    def moves(self) -> tuple[funnels.Move, ...]:
        """What becomes of which row."""
        return tuple((self.before if self.before and self.before.id == one.id else None, one) for one in self.made)


def plan(deployment: str, part: int, cursor: str = "") -> None:
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
    times = {one.link_key: one.send_at for one in waiting if one.send_at and one.send_at > clock.now()}
    alarms.put([Due(link_key=name, due_at=moment) for name, moment in times.items()])
    now = [alarms.message(one.link_key) for one in waiting if one.link_key not in times]
    queues.send(settings().deliver_queue, now)


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
    actions, written, rows = 1, set[str](), set[funnels.Row]()
    for subject in left:
        planned = _planned(deployment, subject, facts, subject.when(deployment))
        actions, rows = actions + len(planned.actions), rows | funnels.difference(planned.moves).keys()
        full = actions + len(rows) > _ACTIONS
        if group and (full or subject.place in facts.invited or written & planned.rests.keys()):
            break
        group.append(planned)
        written |= planned.rests.keys()
        facts = _after(facts, [planned])
    return group


def _planned(deployment: Deployment, subject: Subject, facts: Facts, at: datetime) -> _Plan:
    """Decide on somebody, and say what is to be stored."""
    decision = decide(deployment, subject, facts, at)
    made = tuple(inviting.made(deployment, subject, decision, at))
    begun = rests(deployment, subject, decision, facts, at)
    return _Plan(subject, made, begun, places=int(bool(begun)))


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
    if not isinstance(decision, Send) or deployment.restless:
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
    if quota and (places := _places(group)):
        quota = quota.changed(taken=quota.taken + places, rev=quota.rev + 1)
    return facts._replace(last_asked={**facts.last_asked, **rows}, quota=quota)


def _places(group: Sequence[_Plan]) -> int:
    return sum(planned.places for planned in group)


def _stored(group: Sequence[_Plan], facts: Facts) -> _Stood:
    """Store these people together, or nothing of them."""
    taken: list[Quota] = []
    if facts.quota and (places := _places(group)):
        taken.append(facts.quota.changed(taken=facts.quota.taken + places))
    actions = [action for planned in group for action in planned.actions]
    counted = funnels.adds(move for planned in group for move in planned.moves)
    try:
        table.transact(*actions, *counted, *(table.Save(one) if one.rev else table.Create(one) for one in taken))
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
    history = History() if deployment.restless else resting.joined(rows, without=own)
    person = Person(contact, closed(contact, facts), history, _known(subject, facts))
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
    subject = _subjects([invitation]).get(invitation.link_key)
    if subject is None:
        return _over(invitation, InvitationState.CANCELLED, "erased")
    planned = _alone(deployment, subject, invitation)
    if planned is None:
        return False
    _announce(planned.made)
    return True


def is_late(invitation: Invitation) -> bool:
    """Tell whether a message does not leave when it was to, as far as a rest is concerned: some time ago, or later."""
    return invitation.sooner or clock.now() - (invitation.send_at or invitation.created_at) > LATE


def caught_up(late: Sequence[Invitation], deployment: Deployment) -> list[Invitation]:
    """Decide anew on queued people whose messages are late; return those that go out at once, as they are stored now.

    After a pause or behind a long queue somebody else may have asked them, and their rest begins now. Whoever is not
    returned was put off or left out, or has moved and must be read again.
    """
    about = _subjects(late)
    some = [one for one in late if one.link_key in about]
    for one in late:
        if one.link_key not in about:
            _over(one, InvitationState.CANCELLED, "erased")
    facts = facts_of(deployment, list(about.values()))
    group = [_anew(deployment, about[one.link_key], facts, one) for one in some]
    rows = [name for planned in group for name in planned.rests]
    counted = funnels.difference(move for planned in group for move in planned.moves)
    actions = sum(len(planned.actions) for planned in group) + len(counted)
    fits = actions < _ACTIONS and len(set(rows)) == len(rows)
    if not fits or _kept(group, facts) is not _Stood.STORED:
        group = [planned for one in some if (planned := _alone(deployment, about[one.link_key], one))]
    known = {one.link_key for one in some}
    going = [one for planned in group for one in planned.made if one.state is _QUEUED and one.link_key in known]
    _announce([one for planned in group for one in planned.made if one not in going])
    return [one.changed(rev=one.rev + 1) for one in going]


def _alone(deployment: Deployment, subject: Subject, invitation: Invitation) -> _Plan | None:
    """Decide anew on one, and store it; None when something moved."""
    facts = facts_of(deployment, [subject])
    planned = _anew(deployment, subject, facts, invitation)
    return planned if _kept([planned], facts) is _Stood.STORED else None


def _kept(group: Sequence[_Plan], facts: Facts) -> _Stood:
    """Store those who were decided on anew; alarms first, of what no message names: another channel."""
    new = [one for planned in group for one in planned.made if not one.rev and one.state is _QUEUED]
    alarms.put([Due(link_key=one.link_key, due_at=one.send_at or clock.now()) for one in new])
    return _stored(group, facts)


def _subjects(some: Sequence[Invitation]) -> dict[str, Subject]:
    """Return whom invitations are about, by the key of the link; nobody who is not there any more, nor whose visit is.

    That is, where each visit is asked about apart.
    """
    people = table.find_many(Contact, [Contact.at(one.contact) for one in some if one.contact], consistent=True)
    keys = {one.link_key: Transaction.at(one.contact, one.transaction) for one in some if one.transaction}
    visits = table.find_many(Transaction, keys.values(), consistent=True)
    found = {}
    for one in some:
        contact, visit = people.get(Contact.at(one.contact)), visits.get(keys.get(one.link_key, _NOWHERE))
        if contact and (visit or not one.apart or not one.transaction):
            told = one.apart or one.occasion  # whoever told of the visit, or asked for this, may have said it
            language = one.language if told else ""
            found[one.link_key] = Subject(contact, visit, one.apart, language, occasion=occasion_of(one))
    return found


def _ended(invitation: Invitation, deployment: Deployment) -> tuple[InvitationState, str] | None:
    """Return how somebody ends whom nobody decides on any more."""
    if deployment.state is DeploymentState.CANCELLED:
        return InvitationState.CANCELLED, "deployment_cancelled"
    if invitation.expires_at <= clock.now():
        return InvitationState.EXPIRED, "expired"
    return None


def _over(invitation: Invitation, state: InvitationState, reason: str) -> bool:
    after = invitation.changed(state=state, send_at=None, reason=reason, details={})
    try:
        table.transact(table.Save(after), *funnels.adds([(invitation, after)]))
    except ConflictError:
        return False
    return True


def _anew(deployment: Deployment, subject: Subject, facts: Facts, invitation: Invitation) -> _Plan:
    """Decide on somebody who was put off or is late, over whatever channel is best by now.

    Who has an invitation over another channel, too, is decided on over this one alone.
    """
    late = invitation.state is _QUEUED
    at = clock.now() if late else subject.when(deployment)
    others = [one for one in facts.invited.get(subject.place, ()) if one.id != invitation.id]
    over = deployment.changed(strategy=Strategy(invitation.channel.value)) if others else _like(invitation, deployment)
    counted = facts._replace(quota=None) if late else facts  # who is late has taken a place already
    decision = decide(over, subject, counted, at, before=invitation.expires_at)
    ended = rest.ended(invitation, others, facts.last_asked) if late else {}
    if not isinstance(decision, Send):
        state = InvitationState.DEFERRED if isinstance(decision, Defer) else InvitationState.SUPPRESSED
        until = decision.until if isinstance(decision, Defer) else None
        same = invitation.changed(state=state, send_at=until, reason=decision.reason, details=decision.evidence)
        return _Plan(subject, (same,), ended, -int(late and not others), invitation)
    lives = ("expires_at",) if invitation.resent else ()  # a link that was out before ends when it was to
    names = ("rev", "created_at", "reached", "attempts", "resent", *lives)
    kept = {name: getattr(invitation, name) for name in names}
    made = [
        one.changed(**kept, send_at=at).risen() if one.id == invitation.id else one
        for one in inviting.made(over, subject, decision, at)
    ]
    if all(one.id != invitation.id for one in made):
        made.append(invitation.changed(state=InvitationState.CANCELLED, send_at=None, reason="other_channel"))
    begun = rests(over, subject, decision, facts, at)
    return _Plan(subject, tuple(made), {**ended, **begun}, int(not late), invitation)


def _like(invitation: Invitation, deployment: Deployment) -> Deployment:
    """Return the deployment with the channel first over which a person was to be asked about an occasion."""
    if not invitation.occasion:
        return deployment
    return deployment.changed(
        strategy=Strategy.PREFER_SMS if invitation.channel is Channel.SMS else Strategy.PREFER_EMAIL
    )
