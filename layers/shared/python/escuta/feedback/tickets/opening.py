"""From an answer to its tickets: one for each rule, once, with the alerts that it wants."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from escuta import clock, ids, table
from escuta.directory import managers
from escuta.directory.model import Manager
from escuta.feedback import facts, logic
from escuta.feedback.model import Alert, Response, ResponseState, Ticket, TicketRule
from escuta.feedback.tickets import alerting, finding, history, keeping, knowing, owning, rulebook, ruling, settling
from escuta.feedback.tickets.keeping import Line


class Opened(NamedTuple):
    """A ticket and the alerts that were stored with it."""

    ticket: Ticket
    alerts: tuple[Alert, ...]


def follow_up(response: Response) -> tuple[Opened, ...]:
    """Open the tickets that this response wants, one for each rule, each with an alert per manager and channel.

    A ticket and its alerts are one transaction. Told twice, or after a correction, it returns what is stored: the id
    follows from the response and the rule, and the rules are those that were in force when the response was received.
    What replaces a tap takes over its tickets. The response as it is now decides, not the copy that was passed: images
    of a stream come late and out of order. ConflictError when it changed at this very moment; its new image will come.
    """
    current = table.find(Response, response.key(), consistent=True)
    if current is None or current.state is not ResponseState.FINAL:
        return ()
    book = rulebook.in_force(current.received_at)
    taken = _taken_over(current) if current.replaces else {}
    rules = [rule for rule in wanting(book.rules, current) if rule.id not in taken]
    return (*taken.values(), *(_opened(current, rules, book.version) if rules else ()))


def wanting(rules: Sequence[TicketRule], response: Response) -> list[TicketRule]:
    """Return those of these rules under which a response falls."""
    known = knowing.of(response, ruling.wanted(rules, response))
    return [rule for rule in rules if ruling.opens(rule, response, known)]


def identity(response: str, rule: str) -> str:
    """Return the id of the ticket that a rule (by its id) opens for a response: the same for ever."""
    return ids.derive("ticket", response, rule)


def _taken_over(current: Response) -> dict[str, Opened]:
    """Return by rule the tickets of the tap that this answer replaced: they are about the same customer, and go on.

    So do those that something else opened: somebody by hand, or an invitation that nobody answered. Nobody is alerted
    again. One that is done with stays as it is.
    """
    taken: dict[str, Opened] = {}
    for ticket in finding.about([current.replaces]):
        name = ticket.rule.partition("@")[0]
        if ticket.emptied or ticket.response not in {current.replaces, current.id}:
            continue
        if ticket.response != current.id and ticket.state.is_done:
            continue
        if ticket.response != current.id:
            line = Line("replaced", f"{ticket.score} > {current.score}")
            ticket = keeping.store(ticket, about(ticket, current), line)  # noqa: PLW2901 - as it is stored now
        if ticket.id == identity(current.replaces, name):
            taken[name] = Opened(ticket, ())
    return taken


def about(ticket: Ticket, response: Response) -> Ticket:
    """Return a ticket about what the person really sent; a priority that somebody gave it stays."""
    said = {
        "score": response.score,
        "score_class": response.score_class,
        "comment": response.comment,
        "language": response.language,
    }
    rule = rulebook.rule_of(ticket)
    if rule and ticket.priority is ruling.priority(rule, ticket.score):
        said["priority"] = ruling.priority(rule, response.score)
    return ticket.changed(response=response.id, **said)


def _opened(current: Response, rules: Sequence[TicketRule], version: int) -> Iterable[Opened]:
    """Yield the tickets of these rules. What is stored already costs one batch, and is not decided anew."""
    people = managers.answering_for(current.segment_path)
    keys = [Ticket.at(identity(current.id, rule.id)) for rule in rules]
    stored = table.find_many(Ticket, keys, consistent=True)
    made: _Made | None = None
    for key, rule in zip(keys, rules, strict=True):
        if known := stored.get(key):
            yield _known(known, alerts_of(known, people, rule))
        else:
            made = made or _made(current)
            yield _stored(current, _ticket(made, rule, version), people, rule)


class _Made(NamedTuple):
    """What is the same of all tickets of a response."""

    response: Response
    repeated: int
    key_customer: bool


def _made(response: Response) -> _Made:
    settings = settling.settings()
    keys = settings.key_customers
    known = knowing.of(response, frozenset(facts.fields(keys))) if keys else {}
    repeated = history.unhappy_before(response, settings.repeat_days)
    return _Made(response, repeated, keys is not None and logic.holds(keys, known))


def _stored(current: Response, ticket: Ticket, people: Sequence[Manager], rule: TicketRule) -> Opened:
    ticket = ticket.changed(owner=owning.choose(ticket, people, rule))
    alerts = alerts_of(ticket, people, rule)
    line = Line("opened", ticket.rule, {"rule_name": rule.name})
    creations = [table.Create(alert) for alert in alerts]
    try:
        stored = keeping.store(None, ticket, line, keeping.PRODUCT, *creations, table.Unchanged(current))
    except table.CancelledError as error:
        found = stored_before(error)
        if found is None:
            raise
        return _known(found, alerts)
    return Opened(stored, tuple(alert.changed(rev=1) for alert in alerts))


def stored_before(error: table.CancelledError) -> Ticket | None:
    """Return the ticket that somebody else stored before; None when something else stood in the way."""
    return next((refusal.found for refusal in error.refused if isinstance(refusal.found, Ticket)), None)


def _known(ticket: Ticket, alerts: Sequence[Alert]) -> Opened:
    found = table.find_many(Alert, (alert.key() for alert in alerts), consistent=True)
    return Opened(ticket, tuple(found.values()))


def alerts_of(ticket: Ticket, people: Sequence[Manager], rule: TicketRule) -> tuple[Alert, ...]:
    """Return the alerts about a new ticket: to who answers for its place, and to its owner, who may be another."""
    if ticket.owner and all(one.id != ticket.owner for one in people):
        people = (*people, managers.get(ticket.owner))
    return alerting.wanted(ticket, people, "opened", note=rule.alert)


def _ticket(made: _Made, rule: TicketRule, version: int) -> Ticket:
    response, now = made.response, clock.now()
    return Ticket(
        id=identity(response.id, rule.id),
        response=response.id,
        rule=f"{rule.id}@{version}",
        rule_name=rule.name,
        rule_promise=rule.promise,
        survey=response.survey,
        segment=response.segment,
        segment_path=response.segment_path,
        origin_segment=response.segment,
        timezone=response.timezone,
        product=response.product,
        priority=ruling.priority(rule, response.score),
        tags=rule.tags,
        score=response.score,
        score_class=response.score_class,
        comment=response.comment,
        contact=response.contact,
        contact_name=response.contact_name,
        language=response.language,
        repeated=made.repeated,
        key_customer=made.key_customer,
        opened_at=now,
        since=now,
    )
