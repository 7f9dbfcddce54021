"""What a ticket promises, and by when: its clocks follow from what changes about it, wherever that is stored.

Two clocks run in the business hours of the ticket's place: until the customer has heard from somebody, and until it is
resolved. Waiting stops both. Time that was used counts when a promise changes with the priority; what is left goes
along to another place, and is counted by its hours from then on. Taking a ticket up again promises anew.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from escuta import clock, table
from escuta.feedback import service_hours
from escuta.feedback.model import FAR, Promise, Ticket, TicketSettings, TicketState, TicketTimer
from escuta.feedback.tickets import hours, settling
from escuta.feedback.tickets.hours import Calendar

MINUTE = 60


class Place(NamedTuple):
    """By which hours, and on which clock, the time of a ticket is counted."""

    calendar: Calendar
    zone: str

    def add(self, start: datetime, seconds: int) -> datetime:
        """Return the instant so many business seconds later, or earlier."""
        return hours.add(start, seconds, self.calendar, self.zone)

    def between(self, start: datetime, end: datetime) -> int:
        """Return the business seconds from one instant to the other."""
        return hours.between(start, end, self.calendar, self.zone)


class _Left(NamedTuple):
    """Business seconds that are left of both promises; negative: over by so much; None: no clock."""

    respond: int | None
    resolve: int | None


def place(ticket: Ticket) -> Place:
    """Return by what the time of a ticket is counted now."""
    (calendar,) = service_hours.holding(ticket.segment_path)
    return Place(calendar, ticket.timezone)


def kept(before: Ticket | None, after: Ticket) -> Ticket:
    """Return a changed or new ticket with its clocks as they follow from the change; to be stored so.

    Settings and hours are read only where a clock is begun, stopped or set.
    """
    now = clock.now() if before else after.opened_at  # a promise is counted from the opening, to the millisecond
    if after.emptied:
        return after.changed(left=None, respond_left=None, overdue=False)
    if before is not None and _same(before, after):
        return after if after.late or not _over(before, now) else after.changed(late=True)
    then, there = service_hours.holding((before or after).segment_path, after.segment_path)
    places = Place(then, (before or after).timezone), Place(there, after.timezone)
    return settled(before, after, now, settling.settings(), *places)


def settled(
    before: Ticket | None, after: Ticket, now: datetime, settings: TicketSettings, then: Place, there: Place
) -> Ticket:
    """Return the same of a change that touches a clock, counted by the hours `then` and `there`. Pure."""
    if before is None:
        changed, left = _anew(after, settings)
        return _set(changed, left, there, settings, now)
    left = _left(before, then, now)
    late = after.late or _over(before, now)
    changed = after.changed(late=late, **_heard(before, after, left, then, now))
    if changed.state.is_done:
        return _ended(before, changed, left, then, now)
    if before.state.is_done:
        changed, left = _anew(changed, settings)
    elif changed.priority is not before.priority:
        changed, left = _promised_again(before, changed, left, settings, then.between(before.opened_at, now))
    if changed.first_response_at is not None:
        left = left._replace(respond=None)
    if changed.state is TicketState.WAITING:
        return changed.changed(left=left.resolve, respond_left=left.respond, overdue=False)
    return _set(changed, left, there, settings, now)


def promised(ticket: Ticket, settings: TicketSettings) -> Promise:
    """Return the shortest of what is promised in such a case, each of both times by itself: a rule only shortens."""
    said = (
        ticket.rule_promise,
        settings.promises.get(ticket.priority),
        settings.repeat_promise if ticket.repeated else None,
        settings.key_promise if ticket.key_customer else None,
    )
    some = [promise for promise in said if promise]
    return Promise(respond=_least(each.respond for each in some), resolve=_least(each.resolve for each in some))


def moment(ticket: Ticket | None) -> datetime | None:
    """Return when something is due about a ticket next; None: nothing is, as long as nobody changes it."""
    if ticket is None or ticket.emptied or not _runs(ticket):
        return None
    due = (
        None if ticket.reminded else ticket.remind_at,
        None if ticket.respond_late or ticket.first_response_at else ticket.respond_due_at,
        None if ticket.breached or ticket.due_at >= FAR else ticket.due_at,
        ticket.escalate_at,
    )
    return min((each for each in due if each), default=None)


def timer(before: Ticket | None, after: Ticket) -> tuple[table.Action, ...]:
    """Return what keeps the one timer of a ticket where it belongs; for the transaction that stores the change."""
    old, new = moment(before), moment(after)
    if old == new:
        return ()
    gone = (table.Remove(TicketTimer, TicketTimer.at(after.id, old)),) if old else ()
    come = (table.Create(TicketTimer(ticket=after.id, moment=new)),) if new else ()
    return (*gone, *come)


def in_time(ticket: Ticket) -> bool | None:
    """Tell whether a ticket was resolved within what was promised; None: nothing was, or nobody knows yet."""
    if ticket.late:
        return False
    return True if ticket.state.is_done and ticket.due_at < FAR else None


def responded_in_time(ticket: Ticket) -> bool | None:
    """Tell whether the customer heard from somebody within what was promised; None: nothing was, or not known yet."""
    if ticket.respond_late:
        return False
    return True if ticket.first_response_at and ticket.respond_due_at else None


def escalation(due_at: datetime, settings: TicketSettings, levels: int, where: Place) -> datetime | None:
    """Return when a ticket goes up the hierarchy once more, having gone up so many levels; None: never again."""
    if due_at >= FAR or levels >= len(settings.escalate_after):
        return None
    return where.add(due_at, settings.escalate_after[levels] * MINUTE)


def _runs(ticket: Ticket) -> bool:
    return ticket.state is not TicketState.WAITING and not ticket.state.is_done


def _same(before: Ticket, after: Ticket) -> bool:
    """Tell whether no clock is touched."""
    return (before.state.is_done, before.state is TicketState.WAITING, before.priority, before.segment_path) == (
        after.state.is_done,
        after.state is TicketState.WAITING,
        after.priority,
        after.segment_path,
    ) and (before.first_response_at is None) == (after.first_response_at is None)


def _over(ticket: Ticket, now: datetime) -> bool:
    """Tell whether a ticket whose clock runs is over its due time."""
    return _runs(ticket) and now > ticket.due_at


def _left(ticket: Ticket, where: Place, now: datetime) -> _Left:
    if ticket.state.is_done:
        return _Left(None, None)
    if ticket.state is TicketState.WAITING:
        return _Left(ticket.respond_left, ticket.left)
    answered = ticket.respond_due_at is None or ticket.first_response_at is not None
    respond = None if answered or not ticket.respond_due_at else where.between(now, ticket.respond_due_at)
    return _Left(respond, where.between(now, ticket.due_at) if ticket.due_at < FAR else None)


def _heard(before: Ticket, after: Ticket, left: _Left, where: Place, now: datetime) -> dict[str, Any]:
    """Return what a first response leaves behind."""
    if after.first_response_at is None or before.first_response_at is not None:
        return {}
    if left.respond is None or not before.promise.respond:
        return {"respond_seconds": where.between(before.opened_at, now)}
    due = before.respond_due_at
    over = left.respond < 0 or (_runs(before) and due is not None and now > due)
    return {
        "respond_seconds": before.promise.respond * MINUTE - left.respond,
        "respond_late": before.respond_late or over,
    }


def _ended(before: Ticket, after: Ticket, left: _Left, where: Place, now: datetime) -> Ticket:
    """Return a ticket that nobody has to do anything about: both clocks are at their end."""
    if before.state.is_done:
        return after
    minutes = before.promise.resolve
    if minutes and left.resolve is not None:
        used = minutes * MINUTE - left.resolve
    else:  # nothing was promised, so that nothing stood still either
        used = where.between(before.opened_at, now)
    late = after.late or (left.resolve is not None and left.resolve < 0)
    return after.changed(resolve_seconds=used, late=late, left=None, respond_left=None, overdue=False, escalate_at=None)


def _anew(ticket: Ticket, settings: TicketSettings) -> tuple[Ticket, _Left]:
    """Return a ticket with a promise as if it had been opened now, and all of its time."""
    promise = promised(ticket, settings)
    fresh: dict[str, Any] = {"reminded": False, "breached": False, "overdue": False, "escalated": 0, "escalated_to": ""}
    changed = ticket.changed(promise=promise, resolve_seconds=None, **fresh)
    return changed, _Left(promise.respond * MINUTE or None, promise.resolve * MINUTE or None)


def _promised_again(
    before: Ticket, after: Ticket, left: _Left, settings: TicketSettings, passed: int
) -> tuple[Ticket, _Left]:
    """Return a ticket with the promise of its new priority, of which the time that was used is gone."""
    old, new = before.promise, promised(after, settings)

    def rest(minutes: int, before_minutes: int, still: int | None) -> int | None:
        used = passed if still is None or not before_minutes else before_minutes * MINUTE - still
        return minutes * MINUTE - used if minutes else None

    return after.changed(promise=new), _Left(
        rest(new.respond, old.respond, left.respond), rest(new.resolve, old.resolve, left.resolve)
    )


def _set(ticket: Ticket, left: _Left, where: Place, settings: TicketSettings, now: datetime) -> Ticket:
    """Return a ticket whose clocks run from now on, with so much left."""
    due = FAR if left.resolve is None else where.add(now, left.resolve)
    heard = ticket.respond_due_at if ticket.first_response_at else None
    respond = heard if left.respond is None else where.add(now, left.respond)
    remind = where.add(due, -settings.remind_before * MINUTE) if due < FAR and settings.remind_before else None
    breached = ticket.breached and due <= now
    waits = ticket.first_response_at is None and respond is not None
    unanswered = ticket.respond_late and (not waits or (respond is not None and respond <= now))
    told = ticket.escalated_to in ("", *ticket.segment_path)
    levels = ticket.escalated if told else 0
    return ticket.changed(
        left=None,
        respond_left=None,
        due_at=due,
        respond_due_at=respond,
        remind_at=remind if remind and remind > now else None,
        reminded=ticket.reminded and not (remind and remind > now and due > ticket.due_at),
        breached=breached,
        respond_late=unanswered,
        overdue=breached or (unanswered and waits),
        escalated=levels,
        escalated_to=ticket.escalated_to if told else "",
        escalate_at=escalation(due, settings, levels, where),
    )


def _least(minutes: Iterable[int]) -> int:
    """Return the least that is promised at all; 0: nothing is."""
    return min((each for each in minutes if each), default=0)
