"""The clocks of one ticket through whatever happens to it, against a model that looks at the wall in every minute."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from escuta.feedback.model import (
    FAR,
    Opening,
    Priority,
    Promise,
    ServiceHoursDraft,
    Ticket,
    TicketSettings,
    TicketState,
)
from escuta.feedback.tickets import timing
from escuta.feedback.tickets.timing import Place
from escuta.outreach.model.sending import Weekday
from tests.kit import factories

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SPRING = datetime(2026, 3, 28, 8, tzinfo=UTC)  # the clocks of Madrid change in the night that follows
RULES = TicketSettings(
    promises={
        Priority.NORMAL: Promise(respond=600, resolve=1500),
        Priority.HIGH: Promise(respond=200, resolve=800),
        Priority.LOW: Promise(),
    },
    remind_before=60,
    escalate_after=(0, 120),
)


def place(text: str, zone: str) -> Place:
    opens, _, closes = text.partition("-")
    return Place(ServiceHoursDraft(week=dict.fromkeys(Weekday, (Opening(opens=opens, closes=closes),))), zone)


HERE, THERE = place("22:00-05:30", "Europe/Madrid"), place("09:00-18:30", "Australia/Lord_Howe")


def is_open(at: datetime, where: Place) -> bool:
    wall = at.astimezone(ZoneInfo(where.zone)).time()
    return time(9) <= wall < time(18, 30) if where is THERE else wall >= time(22) or wall < time(5, 30)


class Walk:
    """A ticket, and beside it the seconds that were worked on it, minute by minute."""

    def __init__(self) -> None:
        self.now, self.where = SPRING, HERE
        self.used = 0
        self.answered: int | None = None
        self.ticket = timing.settled(None, factories.ticket(opened_at=SPRING, due_at=FAR), SPRING, RULES, HERE, HERE)

    def wait(self, minutes: int) -> None:
        for _ in range(minutes):
            runs = self.ticket.state is not TicketState.WAITING
            self.used += 60 * (runs and is_open(self.now, self.where))
            self.now += MINUTE

    def change(self, where: Place | None = None, **fields: Any) -> None:
        there = where or self.where
        after = self.ticket.changed(**fields)
        if after.first_response_at and not self.ticket.first_response_at:
            self.answered = self.used
        self.ticket = timing.settled(self.ticket, after, self.now, RULES, self.where, there)
        self.where = there

    def due(self, seconds: int) -> datetime:
        """Return when so many seconds will have been worked if nothing else happens."""
        used, at = self.used, self.now
        while used < seconds:
            used += 60 * is_open(at, self.where)
            at += MINUTE
        return at


STEPS = {
    "wait": lambda walk: walk.change(state=TicketState.WAITING),
    "go on": lambda walk: walk.change(state=TicketState.OPEN),
    "answer": lambda walk: walk.change(first_response_at=walk.ticket.first_response_at or walk.now),
    "raise": lambda walk: walk.change(priority=Priority.HIGH),
    "lower": lambda walk: walk.change(priority=Priority.NORMAL),
    "hand over": lambda walk: walk.change(
        where=THERE if walk.where is HERE else HERE, segment="outra", segment_path=("aurora", str(id(walk.where)))
    ),
    "tag": lambda walk: walk.change(tags=("vip",)),
}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1400), st.sampled_from(sorted(STEPS))), max_size=8))
def test_what_is_due_is_what_was_worked_whatever_happens_on_the_way(steps: list[tuple[int, str]]) -> None:
    walk = Walk()
    for minutes, step in steps:
        walk.wait(minutes)
        STEPS[step](walk)
    STEPS["go on"](walk)
    ticket = walk.ticket
    promised = RULES.promises[ticket.priority]

    assert ticket.promise == promised
    if walk.used < promised.resolve * 60:
        assert ticket.due_at == walk.due(promised.resolve * 60)
    else:
        assert walk.where.between(ticket.due_at, walk.now) == walk.used - promised.resolve * 60
    if walk.answered is not None:
        assert ticket.respond_seconds == walk.answered
    elif walk.used < promised.respond * 60:
        assert ticket.respond_due_at == walk.due(promised.respond * 60)
    walk.change(state=TicketState.RESOLVED)
    assert walk.ticket.resolve_seconds == walk.used
    assert timing.moment(walk.ticket) is None


def opened(**fields: Any) -> Ticket:
    return timing.settled(None, factories.ticket(opened_at=SPRING, **fields), SPRING, RULES, HERE, HERE)


def test_the_shortest_of_all_that_applies_is_promised() -> None:
    rules = RULES.changed(repeat_promise=Promise(respond=30), key_promise=Promise(resolve=90))
    asked: dict[str, dict[str, Any]] = {
        "nothing": {},
        "repeated": {"repeated": 1},
        "both": {"repeated": 2, "key_customer": True},
        "rule": {"rule_promise": Promise(respond=900, resolve=60), "key_customer": True},
        "low": {"priority": Priority.LOW},
    }
    said = {name: timing.promised(factories.ticket(**fields), rules) for name, fields in asked.items()}

    assert {name: (each.respond, each.resolve) for name, each in said.items()} == {
        "nothing": (600, 1500),
        "repeated": (30, 1500),
        "both": (30, 90),
        "rule": (600, 60),
        "low": (0, 0),
    }


def test_a_ticket_that_is_answered_in_time_and_resolved_late_says_both() -> None:
    before = opened()
    assert timing.in_time(before) is timing.responded_in_time(before) is None
    answered = before.changed(first_response_at=SPRING + DAY)
    answered = timing.settled(before, answered, SPRING + DAY, RULES, HERE, HERE)
    done = answered.changed(state=TicketState.RESOLVED)
    done = timing.settled(answered, done, SPRING + 9 * DAY, RULES, HERE, HERE)

    assert (timing.responded_in_time(done), timing.in_time(done)) == (True, False)


def test_a_higher_priority_whose_time_is_used_up_is_due_at_once() -> None:
    before = opened()
    now = before.due_at - 60 * MINUTE

    raised = timing.settled(before, before.changed(priority=Priority.HIGH), now, RULES, HERE, HERE)

    assert raised.due_at < now
    assert not raised.overdue  # a sweep says it, and tells
    assert timing.moment(raised) == raised.respond_due_at


def test_a_lower_priority_that_promises_nothing_takes_the_clock_away() -> None:
    before = opened()

    lowered = timing.settled(before, before.changed(priority=Priority.LOW), SPRING + DAY, RULES, HERE, HERE)

    assert (lowered.due_at, lowered.respond_due_at, timing.moment(lowered)) == (FAR, None, None)


def test_a_ticket_that_waited_while_it_was_over_is_over_by_as_much_afterwards_and_nobody_is_told_again() -> None:
    before = opened(first_response_at=SPRING).changed(breached=True, overdue=True, late=True, escalated=2)
    stopped = before.due_at + 7 * DAY
    waits = timing.settled(before, before.changed(state=TicketState.WAITING), stopped, RULES, HERE, HERE)
    again = timing.settled(waits, waits.changed(state=TicketState.OPEN), stopped + 30 * DAY, RULES, HERE, HERE)

    assert (waits.overdue, timing.moment(waits)) == (False, None)
    assert HERE.between(again.due_at, stopped + 30 * DAY) == HERE.between(before.due_at, stopped)
    assert (again.overdue, again.breached, timing.moment(again)) == (True, True, None)


def test_where_nothing_was_promised_the_whole_time_counts() -> None:
    before = opened(priority=Priority.LOW)
    now = SPRING + DAY

    done = before.changed(state=TicketState.RESOLVED, first_response_at=now)
    done = timing.settled(before, done, now, RULES, HERE, HERE)

    assert (done.respond_seconds, done.resolve_seconds) == (6.5 * 3600, 6.5 * 3600)
    assert timing.in_time(done) is timing.responded_in_time(done) is None
