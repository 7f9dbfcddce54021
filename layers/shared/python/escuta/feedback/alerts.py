"""Alerts: telling a manager about a ticket, by e-mail or SMS, from the outbox that the ticket was stored with."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from escuta import clock, measured, observe, queues, table
from escuta.config import settings
from escuta.directory.model import AlertChannel, Manager
from escuta.errors import ConflictError
from escuta.feedback import leaving, telling, tickets
from escuta.feedback.model import Alert, AlertState, Ticket, TicketState
from escuta.feedback.telling import Told
from escuta.feedback.tickets import alerting, settling
from escuta.measured import Measure
from escuta.outreach import messages, times
from escuta.outreach.model import Calendar

_ALWAYS = frozenset({"answered", "watching", "mentioned"})
_NOT_SENT = frozenset({AlertState.REJECTED, AlertState.UNKNOWN})


def queue(alerts: Iterable[Alert]) -> None:
    """Ask for the sending of these. Asking twice is harmless: the one who claims an alert sends it."""
    queues.send(settings().alert_queue, ({"alert": alert.id} for alert in alerts))


def forgotten() -> Iterator[Alert]:
    """Yield the alerts that nobody is about to send: pending for a while, or claimed by a sender that died."""
    cursor, now = None, clock.now()
    while True:
        page = table.query(Alert, "alerts", index="g1", limit=200, cursor=cursor)
        yield from (each for each in leaving.forgotten(page.items) if each.not_before is None or each.not_before <= now)
        cursor = page.next
        if cursor is None:
            return


def deliver(alert: str) -> Alert:
    """Send an alert if it waits, and return what became of it; what is left pending, the sweep comes back to."""
    found = table.load(Alert, Alert.at(alert), consistent=True)
    wanted = leaving.wanted(found)
    if wanted is None:
        return found
    if found.not_before is not None and clock.now() < found.not_before:
        return found
    ticket = tickets.get(found.ticket)
    with observe.following(ticket.correlation_id):
        done = _delivered(found, wanted, ticket)
        said = {"alert": done.id, "ticket": ticket.id, "state": done.state, "reason": done.reason}
        observe.logger().info("alert", extra=said)
    return done


def _delivered(found: Alert, wanted: Alert, ticket: Ticket) -> Alert:
    if held := _held(found, wanted, ticket):
        return table.save(held)
    words = telling.told(wanted, ticket)
    try:
        claimed = table.save(wanted)
    except ConflictError:
        return found  # somebody else claimed it first
    done = leaving.sent(claimed, lambda: _send(claimed, words))
    if done.state in _NOT_SENT:
        measured.count(Measure.ALERTS_NOT_SENT)
        said = {"alert": done.id, "ticket": ticket.id, "reason": done.reason}
        observe.logger().error("alert not sent", extra=said)
    return table.save(done)


def _held(found: Alert, wanted: Alert, ticket: Ticket) -> Alert | None:
    """Return an alert as it is stored instead of being sent: nobody needs it, nobody knows, or not at this hour."""
    if why := _dropped(found, ticket):
        return found.changed(state=AlertState.REJECTED, reason=why)
    if wanted.state is AlertState.UNKNOWN:
        return wanted
    until = _quiet_until(found, ticket)
    return found.changed(not_before=until) if until else None


def _dropped(alert: Alert, ticket: Ticket) -> str:
    """Return why nobody needs to be told any more; "" when they do.

    What the customer wrote, and what somebody asked to be told of, leaves whatever became of the ticket.
    """
    if ticket.emptied is not None:
        return "ticket_erased"
    manager = table.find(Manager, Manager.at(alert.manager), consistent=True)
    if manager is not None and manager.retired_at is not None:
        return "manager_retired"  # meanwhile: what waited for the morning tells nobody outside of a customer
    if ticket.state.is_done and alert.why not in _ALWAYS:
        return "ticket_closed" if ticket.state is TicketState.CLOSED else "ticket_resolved"
    return ""


def _quiet_until(alert: Alert, ticket: Ticket) -> datetime | None:
    """Return until when the hours are quiet at the ticket's place; None: it may leave now. A mail wakes nobody."""
    if alert.channel != AlertChannel.SMS or alerting.urgent(ticket):
        return None
    said = settling.settings()
    calendar = Calendar(quiet_from=said.quiet_from, quiet_to=said.quiet_to)
    now = clock.now()
    until = times.allowed(now, ticket.timezone, calendar)
    return until if until > now else None


def _send(alert: Alert, words: Told) -> str:
    if alert.channel == AlertChannel.SMS:
        return messages.send_sms(alert.address, telling.sms(words))
    return messages.send_email(telling.email(alert, words))
