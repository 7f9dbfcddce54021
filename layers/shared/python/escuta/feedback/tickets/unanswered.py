"""Tickets about invitations that somebody opened or began, and did not answer.

What is opened is noted as long as a rule wants to know (`lookouts`). So many hours later the sweep looks whether the
answer has come; of who began to answer, so many hours after the beginning. A ticket that nobody has taken up when it
comes after all is closed by the answer: there is nothing left to ask for, and if the answer is an unhappy one, it opens
a ticket of its own. One that somebody works on goes on, about the answer.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from escuta import clock, ids, table
from escuta.directory import managers
from escuta.errors import ConflictError, UnavailableError
from escuta.feedback import logic
from escuta.feedback.model import (
    Alert,
    Response,
    ResponseState,
    RuleKind,
    RuleProgress,
    Standing,
    Ticket,
    TicketEdge,
    TicketRule,
    TicketRuleBook,
    TicketState,
)
from escuta.feedback.tickets import (
    finding,
    keeping,
    knowing,
    life,
    opening,
    owning,
    rulebook,
    ruling,
    settling,
)
from escuta.feedback.tickets.history import FOLLOW_UP
from escuta.feedback.tickets.keeping import Line
from escuta.outreach import lookouts
from escuta.outreach.model import Invitation, InvitationState, Step

MOST = 2_000  # invitations that one run of a rule looks at; the next one goes on
MOST_OPENED = 500  # tickets of one run: what is left, the next run opens
MOST_TURNS = 100  # hours, or parts of them
_TRIES = 3
_WAITED_FOR = frozenset(
    {InvitationState.SENT, InvitationState.DELIVERED, InvitationState.EXPORTED, InvitationState.EXPIRED}
)


def sweep(most: int = MOST_OPENED) -> Iterator[Alert]:
    """Open what is due now, and yield the alerts that were stored with it. Two runs at once open nothing twice.

    Of each rule at most its share of so many tickets: none keeps the others waiting.
    """
    book = rulebook.current()
    rules = [rule for rule in book.rules if rule.kind is RuleKind.OPENED_UNANSWERED and rule.active]
    for rule in rules:
        yield from _swept(rule, book, max(1, most // len(rules)))


def answered(response: Response) -> None:
    """Let the tickets that waited for this answer know that it came. Told twice it changes nothing.

    One that is not in the figures is none: a scanner that follows links calls nobody off. It may be counted later.
    """
    if not response.invitation or response.survey == FOLLOW_UP or not rulebook.current().waited:
        return
    for ticket in finding.about([response.invitation]):
        if not ticket.response and not ticket.emptied:
            _answered(ticket, response)


def _answered(ticket: Ticket, response: Response) -> None:
    now = table.find(Response, response.key(), consistent=True)
    if now is None or now.state is not ResponseState.FINAL or now.standing is not Standing.COUNTED:
        return
    told = opening.about(ticket, now)
    if ticket.state is TicketState.NEW:
        keeping.store(ticket, life.moved(told, TicketState.CLOSED), Line("answered"))
    else:
        keeping.store(ticket, told, Line("answer_came"))


def identity(invitation: str, rule: str) -> str:
    """Return the id of the ticket that a rule opens for an invitation: the same for ever."""
    return ids.derive("ticket", invitation, rule)


def _swept(rule: TicketRule, book: TicketRuleBook, most: int) -> Iterator[Alert]:
    until = clock.now() - timedelta(hours=rule.hours)
    progress = _progress(rule, book)
    position, left, turns = progress.position, MOST, 0
    while position < until and left > 0 and turns < MOST_TURNS:
        some = lookouts.told(position, until)
        if some.position <= position:
            break
        due = _open(some.begun if rule.begun else some.link_keys, rule)
        for invitation in due[:most]:
            yield from _opened(invitation, rule, book.version)
        if len(due) > most:  # it is looked at again: those that have a ticket by then are passed over
            break
        most -= len(due)
        left, turns = left - len(some.link_keys), turns + 1
        position = some.position
    _move(progress, position)


def _progress(rule: TicketRule, book: TicketRuleBook) -> RuleProgress:
    """Return how far a rule has come; a new one begins with what is opened from its beginning on."""
    found = table.find(RuleProgress, RuleProgress.at(rule.id), consistent=True)
    return found or RuleProgress(rule=rule.id, position=_begun(rule, book))


def _begun(rule: TicketRule, book: TicketRuleBook) -> datetime:
    """Return when the rule came into force, without a stop since then."""
    begun = clock.now()
    for each in reversed(book.since):
        if not any(one.id == rule.id and one.active for one in rulebook.version(each.version).rules):
            break
        begun = each.at
    return begun


def _move(progress: RuleProgress, position: datetime) -> None:
    moved = progress.changed(position=position)
    if progress.rev and position <= progress.position:
        return
    try:
        if progress.rev:
            table.save(moved)
        else:
            table.create(moved)
    except ConflictError:  # another run was faster; the next one begins where either of them left
        return


def _open(link_keys: Sequence[str], rule: TicketRule) -> list[Invitation]:
    """Return the invitations that a rule opens a ticket for and that have none yet: two batches."""
    found = table.find_many(Invitation, map(Invitation.at, link_keys), consistent=True).values()
    waited = [each for each in found if _is_waited_for(each, rule)]
    keys = {each.id: Ticket.at(identity(each.id, rule.id)) for each in waited}
    stored = table.find_many(Ticket, keys.values(), consistent=True)
    return [each for each in waited if keys[each.id] not in stored]


def _is_waited_for(invitation: Invitation, rule: TicketRule) -> bool:
    if invitation.state not in _WAITED_FOR or invitation.response or not invitation.contact or invitation.revoked_at:
        return False
    if invitation.survey == FOLLOW_UP or (rule.surveys and invitation.survey not in rule.surveys):
        return False
    if rule.begun and invitation.step is not Step.STARTED:
        return False
    known = knowing.of_invitation(invitation, ruling.names([rule]))
    return invitation.step is not Step.COMPLETED and logic.holds(rule.when, known)


def _opened(invitation: Invitation, rule: TicketRule, version: int) -> tuple[Alert, ...]:
    """Open a ticket about an invitation that has no answer; who answers in this very moment is not asked for it."""
    people = managers.answering_for(invitation.segment_path)
    for _ in range(_TRIES):
        ticket = _ticket(invitation, rule, version)
        ticket = ticket.changed(owner=owning.choose(ticket, people, rule))
        alerts = opening.alerts_of(ticket, people, rule)
        edge = TicketEdge(ticket=ticket.id, response=invitation.id, opened_at=ticket.opened_at)
        beside: list[table.Action] = [table.Create(edge), *map(table.Create, alerts), table.Unchanged(invitation)]
        line = Line("opened", ticket.rule, {"rule_name": rule.name})
        try:
            keeping.store(None, ticket, line, keeping.PRODUCT, *beside)
        except table.CancelledError as error:
            if opening.stored_before(error):
                return ()
            now = table.find(Invitation, invitation.key(), consistent=True)
            if now is None or not _is_waited_for(now, rule):
                return ()
            invitation = now
        else:
            return tuple(alert.changed(rev=1) for alert in alerts)
    raise UnavailableError("store_unavailable", retry_after=2)


def _ticket(invitation: Invitation, rule: TicketRule, version: int) -> Ticket:
    now, keys = clock.now(), settling.settings().key_customers
    known = knowing.of_invitation(invitation, ruling.names([rule.changed(when=keys)])) if keys else {}
    return Ticket(
        id=identity(invitation.id, rule.id),
        response="",
        rule=f"{rule.id}@{version}",
        rule_name=rule.name,
        rule_promise=rule.promise,
        survey=invitation.survey,
        segment=invitation.segment,
        segment_path=invitation.segment_path,
        origin_segment=invitation.segment,
        timezone=invitation.timezone,
        product=invitation.product,
        priority=rule.priority,
        tags=rule.tags,
        contact=invitation.contact,
        contact_name=invitation.name,
        language=invitation.language,
        key_customer=keys is not None and logic.holds(keys, known),
        opened_at=now,
        since=now,
    )
