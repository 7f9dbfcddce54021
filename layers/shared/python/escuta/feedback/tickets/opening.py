"""From an answer to its tickets: one for each rule, once, with the alerts that it wants."""

from datetime import timedelta
from typing import NamedTuple

from escuta import clock, ids, table
from escuta.directory import managers
from escuta.directory.model import Manager
from escuta.feedback.model import Alert, Response, ResponseState, Ticket
from escuta.feedback.tickets import alerting, keeping, owning
from escuta.feedback.tickets.keeping import Line
from escuta.feedback.tickets.ruling import RULES, Rule


class Opened(NamedTuple):
    """A ticket and the alerts that were stored with it."""

    ticket: Ticket
    alerts: tuple[Alert, ...]


def follow_up(response: Response) -> tuple[Opened, ...]:
    """Open the tickets that this response wants, one for each rule, each with an alert per manager and channel.

    A ticket and its alerts are one transaction. Told twice, or after a correction, it returns what is stored: the id
    follows from the response and the rule. What replaces a tap takes over its tickets. The response as it is now
    decides, not the copy that was passed: images of a stream come late and out of order. ConflictError when it changed
    at this very moment; its new image will come.
    """
    current = table.find(Response, response.key(), consistent=True)
    if current is None or current.state is not ResponseState.FINAL:
        return ()
    taken = _taken_over(current) if current.replaces else {}
    rules = [rule for rule in RULES if rule.opens(current) and rule.id not in taken]
    people = managers.answering_for(current.segment_path) if rules else ()
    return (*taken.values(), *(_open(current, rule, people) for rule in rules))


def identity(response: str, rule: str) -> str:
    """Return the id of the ticket that a rule (by its id) opens for a response: the same for ever."""
    return ids.derive("ticket", response, rule)


def _taken_over(current: Response) -> dict[str, Opened]:
    """Return by rule the tickets of the tap that this answer replaced: they are about the same customer, and go on.

    Nobody is alerted again. One that is done with stays as it is.
    """
    rules = {rule.id: rule for rule in RULES}
    keys = {rule: Ticket.at(identity(current.replaces, rule)) for rule in rules}
    found = table.find_many(Ticket, keys.values(), consistent=True)
    taken: dict[str, Opened] = {}
    for rule, key in keys.items():
        ticket = found.get(key)
        if ticket is None or (ticket.response != current.id and ticket.state.is_done):
            continue
        if ticket.response != current.id:
            line = Line("replaced", f"{ticket.score} > {current.score}")
            ticket = keeping.store(ticket, _about(ticket, current, rules[rule]), line)
        taken[rule] = Opened(ticket, ())
    return taken


def _about(ticket: Ticket, response: Response, rule: Rule) -> Ticket:
    """Return a ticket about what the person really sent."""
    said = {
        "score": response.score,
        "score_class": response.score_class,
        "comment": response.comment,
        "language": response.language,
    }
    return ticket.changed(response=response.id, priority=rule.priority(response), **said)


def _open(current: Response, rule: Rule, people: tuple[Manager, ...]) -> Opened:
    ticket = _opened(current, rule, people)
    alerts = alerting.wanted(ticket, people, "opened")
    line = Line("opened", ticket.rule)
    creations = [table.Create(alert) for alert in alerts]
    try:
        stored = keeping.store(None, ticket, line, keeping.PRODUCT, *creations, table.Unchanged(current))
    except table.CancelledError as error:
        known = next((refusal.found for refusal in error.refused if isinstance(refusal.found, Ticket)), None)
        if known is None:
            raise
        found = table.find_many(Alert, (alert.key() for alert in alerts), consistent=True)
        return Opened(known, tuple(found.values()))
    return Opened(stored, tuple(alert.changed(rev=1) for alert in alerts))


def _opened(response: Response, rule: Rule, people: tuple[Manager, ...]) -> Ticket:
    now = clock.now()
    name = identity(response.id, rule.id)
    return Ticket(
        id=name,
        response=response.id,
        rule=f"{rule.id}@{rule.version}",
        survey=response.survey,
        segment=response.segment,
        segment_path=response.segment_path,
        origin_segment=response.segment,
        timezone=response.timezone,
        product=response.product,
        owner=owning.choose(name, people),
        priority=rule.priority(response),
        score=response.score,
        score_class=response.score_class,
        comment=response.comment,
        contact=response.contact,
        contact_name=response.contact_name,
        language=response.language,
        opened_at=now,
        since=now,
        promise=rule.promise,
        due_at=now + timedelta(minutes=rule.promise.resolve),
    )
