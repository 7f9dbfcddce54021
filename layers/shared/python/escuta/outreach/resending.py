"""Writing once more to those of a deployment to whom no message arrived: same invitation, same link, new attempt.

Nobody comes back who has answered, opted out, was asked by somebody else meanwhile, or whose time is over: each is
decided on anew, as planning does, and with the invitation the rest begins again in one transaction. `unknown` may have
arrived after all: it is sent again only because a person said so, and who that was is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from escuta import clock, ids, queues, table
from escuta.config import settings
from escuta.directory.model import Contact, Transaction
from escuta.entity import Table
from escuta.errors import ConflictError, InvalidError
from escuta.outreach import alarms, deployments, eligibility, funnels, invitations, inviting, planning, rest
from escuta.outreach.eligibility import Send
from escuta.outreach.model import Deployment, DeploymentState, Due, Invitation, InvitationState, LastAsked, Resend
from escuta.outreach.subjects import Facts, Subject, closed, occasion_of

FAILED = (
    InvitationState.REJECTED,
    InvitationState.BOUNCED,
    InvitationState.SUPPRESSED,
    InvitationState.UNKNOWN,
)
# what another template, or what is known by now, puts right
MENDED = frozenset({"field_blank", "sms_too_long", "template_invalid"})
_PAGE = 50


class _Again(NamedTuple):
    """One person who is written to once more, and what is stored for it."""

    invitation: Invitation
    actions: tuple[table.Action, ...]


def start(deployment: Deployment, states: Sequence[InvitationState], *, by: str, name: str = "") -> Resend:
    """Begin to write once more to those in these states. ConflictError for a deployment that was cancelled."""
    if deployment.state is DeploymentState.CANCELLED:
        raise ConflictError("deployment_over")
    if not states or not set(states) <= set(FAILED):
        raise InvalidError("value_not_allowed", field="states", allowed=", ".join(FAILED))
    wanted = tuple(dict.fromkeys(states))
    made = Resend(id=name or ids.new(), deployment=deployment.id, states=wanted, created_at=clock.now(), created_by=by)
    stored = table.create(made)
    queues.send(settings().plan_queue, [{"job": "resend", "deployment": deployment.id, "resend": stored.id}])
    return stored


def get(deployment: str, resend: str) -> Resend:
    """Return a resend as it is now; NotFoundError when there is none."""
    return table.load(Resend, Resend.at(deployment, resend), consistent=True)


def listing(deployment: str) -> tuple[Resend, ...]:
    """Return the resends of a deployment, the newest first: somebody asked for each, so they are few."""
    found = table.query(Resend, Resend.at(deployment, "").pk, prefix="resend#", consistent=True).items
    return tuple(sorted(found, key=lambda one: one.created_at, reverse=True))


def queued(resend: Resend) -> int:
    """Return how many people it has queued: counted with each of them, so exact whatever comes twice."""
    return table.numbers_of(Table.OUTREACH, [resend.counter]).get(resend.counter, {}).get("queued", 0)


def work(deployment: str, resend: str, *, state: int = 0, cursor: str = "") -> None:
    """Queue the next of those who failed; a page that comes twice finds them queued already."""
    found, asked = deployments.get(deployment), get(deployment, resend)
    if found.state is DeploymentState.CANCELLED:
        return
    page = invitations.listing(deployment, asked.states[state], limit=_PAGE, cursor=cursor or None)
    _queue(found, asked, page.items)
    following = {"job": "resend", "deployment": deployment, "resend": resend, "state": state}
    if page.next:
        queues.send(settings().plan_queue, [{**following, "cursor": page.next}])
    elif state + 1 < len(asked.states):
        queues.send(settings().plan_queue, [{**following, "state": state + 1}])
    elif asked.finished_at is None:
        with suppress(ConflictError):  # the same page, done by another worker
            table.save(asked.changed(finished_at=clock.now()))


def _queue(deployment: Deployment, asked: Resend, listed: Sequence[Invitation]) -> None:
    """Set the alarms first: whoever is queued is then sent, whatever happens here afterwards."""
    subjects = _subjects(listed)
    facts = planning.facts_of(deployment, list(subjects.values()))._replace(quota=None)  # they are counted in already
    for listed_one in listed:
        subject = subjects.get(listed_one.link_key)
        again = _again(deployment, asked, listed_one, subject, facts) if subject else None
        if again is None:
            continue
        at = again.invitation.send_at
        alarms.put([Due(link_key=again.invitation.link_key, due_at=at or clock.now())])
        try:
            table.transact(*again.actions)
        except table.CancelledError:
            continue  # it moved, or somebody asked this person meanwhile: no longer ours to send
        facts = facts._replace(last_asked={**facts.last_asked, **_rested(again)})
        if at is None:
            queues.send(settings().deliver_queue, [alarms.message(again.invitation.link_key)])


def _subjects(listed: Sequence[Invitation]) -> dict[str, Subject]:
    """Return whom these invitations are about, by the key of the invitation; nobody who is not there any more."""
    people = table.find_many(Contact, [Contact.at(one.contact) for one in listed if one.contact], consistent=True)
    keys = [Transaction.at(one.contact, one.transaction) for one in listed if one.transaction]
    visits = table.find_many(Transaction, keys, consistent=True)
    return {
        one.link_key: Subject(
            contact,
            visits.get(Transaction.at(one.contact, one.transaction)),
            one.apart,
            occasion=occasion_of(one),
        )
        for one in listed
        if (contact := people.get(Contact.at(one.contact)))
    }


def _again(deployment: Deployment, asked: Resend, listed: Invitation, subject: Subject, facts: Facts) -> _Again | None:
    """Return what is stored of somebody who is written to once more; None: nobody does."""
    family = facts.invited.get(subject.place, ())
    now = next((one for one in family if one.link_key == listed.link_key), None)
    if now is None or not _failed(now, asked) or any(_is_answered(one) for one in family):
        return None
    at = subject.when(deployment)
    if now.expires_at <= at or not isinstance(planning.decide(deployment, subject, facts, at), Send):
        return None
    decision = Send(channels=(now.channel,))
    address = eligibility.addresses(subject.contact).get(now.channel, "")
    if not address or now.channel in closed(subject.contact, facts) or _is_dead(now, address):
        return None
    (fresh,) = inviting.made(deployment, subject, decision, at)
    names = ("rev", "created_at", "expires_at", "reached", "attempts", "language", "rules")
    wanted = fresh.changed(**{name: getattr(now, name) for name in names}, resent=asked.id).risen()
    rests = planning.rests(deployment, subject, decision, facts, at)
    counted = table.Add(Table.OUTREACH, asked.counter, {"queued": 1})
    more = funnels.adds([(now, wanted)])
    return _Again(wanted, (table.Save(wanted), *map(rest.claim, rests.values()), counted, *more))


def _failed(invitation: Invitation, asked: Resend) -> bool:
    """Tell whether no message arrived, as far as anybody knows, and none was sent since this resend was asked for.

    Of two resends that were asked for at once the second one finds what the first one has just sent: it is left alone.
    """
    if invitation.state not in asked.states or invitation.resent == asked.id or invitation.revoked_at:
        return False
    if invitation.claimed_at is not None and invitation.claimed_at > asked.created_at:
        return False
    return invitation.state is not InvitationState.SUPPRESSED or invitation.reason in MENDED


def _is_answered(invitation: Invitation) -> bool:
    return bool(invitation.response or invitation.tapped) or invitation.state is InvitationState.COMPLETED


def _is_dead(invitation: Invitation, address: str) -> bool:
    """Tell whether the address is still the one that does not exist."""
    return invitation.reason == "permanent_bounce" and invitation.address == address


def _rested(again: _Again) -> Mapping[str, LastAsked]:
    found: Iterator[LastAsked] = (
        action.entity
        for action in again.actions
        if isinstance(action, table.Create | table.Save) and isinstance(action.entity, LastAsked)
    )
    return {row.contact: row.changed(rev=row.rev + 1) for row in found}
