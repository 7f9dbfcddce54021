"""What is due about a ticket: a reminder, overdue, and up the hierarchy; late, twice, together, after its closing."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from escuta import clock, ids, table
from escuta.directory import managers
from escuta.entity import Table
from escuta.errors import ConflictError
from escuta.feedback import alerts, service_hours, tickets
from escuta.feedback.model import (
    Alert,
    Opening,
    Priority,
    Promise,
    ServiceHoursDraft,
    Ticket,
    TicketActivity,
    TicketSettings,
    TicketState,
    TicketTimer,
)
from escuta.feedback.tickets import Actor, Line, due, keeping, settling, timing
from escuta.outreach.model.sending import Weekday
from tests.conftest import NOON
from tests.kit import factories, world
from tests.kit.factories import PATH, segment
from tests.kit.faults import Fault, recording, survey_of_faults, untouched
from tests.kit.queue import Queue
from tests.kit.stream import Context
from ticketing import alert, sweep

pytestmark = pytest.mark.usefixtures("aws", "noon")
BRUNO = Actor(name="Bruno", id="bruno", manager="bruno")
HOUR = timedelta(hours=1)


def company(levels: int = 3) -> dict[str, str]:
    """Put up a store, its region and the company, each with a manager, and return who they are by their place."""
    for depth in range(1, len(PATH) + 1):
        table.create(segment(*PATH[:depth]))
    names = ("Ana", "Bruno", "Carla")
    return {
        managers.create(name, f"{name.lower()}@aurora.example", language="en", segments=[code]).id: name
        for name, code in list(zip(names, reversed(PATH), strict=True))[:levels]
    }


def opened(name: str = "angry", **fields: Any) -> Ticket:
    owner = fields.pop("owner", None)
    owner = managers.answering_for(PATH)[0].id if owner is None else owner
    return keeping.store(None, factories.ticket(name, opened_at=clock.now(), owner=owner, **fields), Line("opened"))


def told() -> Counter[tuple[str, str]]:
    """Return who has an alert and why."""
    return Counter((alert.address.partition("@")[0], alert.why) for alert in everything(Alert))


def everything(cls: type[Any]) -> list[Any]:
    rows = [item for item in world.scan(Table.FEEDBACK) if item.get("kind") == {"S": cls.kind}]
    return [table.from_image(row) for row in rows]


def hours(seconds: int | None) -> int:
    assert seconds is not None
    return round(seconds / 3600)


def swept(after: float, times: int = 1) -> None:
    with clock.at(NOON + after * HOUR):
        for _ in range(times):
            list(due.take())


def log(ticket: Ticket) -> list[str]:
    return [line.what for line in keeping.whole_log(ticket.id)]


def test_somebody_is_reminded_told_and_then_those_above_level_by_level_each_once() -> None:
    company()
    ticket = opened(first_response_at=NOON)

    for hour in range(0, 120, 2):
        swept(hour + 0.01, times=2)

    assert log(ticket) == ["opened", "reminded", "escalated", "escalated"]
    assert told() == {
        ("ana", "due_soon"): 1,
        ("ana", "overdue"): 1,
        ("bruno", "escalated"): 1,
        ("carla", "escalated"): 1,
    }
    now = keeping.get(ticket.id)
    assert (now.overdue, now.late, now.escalated, now.escalated_to) == (True, True, 2, PATH[0])
    assert everything(TicketTimer) == []


def test_nothing_happens_before_its_time_and_all_of_it_happens_at_its_time() -> None:
    company()
    ticket = opened(first_response_at=NOON)

    swept(43.99)
    assert log(ticket) == ["opened"]
    swept(44.01)
    assert log(ticket) == ["opened", "reminded"]
    swept(47.99)
    assert log(ticket) == ["opened", "reminded"]
    swept(48.01)
    assert log(ticket) == ["opened", "reminded", "escalated"]


def test_a_customer_whom_nobody_answers_is_spoken_of_before_the_ticket_is_due() -> None:
    company()
    ticket = opened()

    swept(24.01, times=2)

    assert (log(ticket), told()) == (["opened", "unanswered"], {("ana", "unanswered"): 1})
    now = keeping.get(ticket.id)
    assert (now.overdue, now.respond_late, now.late) == (True, True, False)
    with clock.at(NOON + 25 * HOUR):
        moved = tickets.move(ticket.id, TicketState.OPEN, who=BRUNO, rev=now.rev)
    assert (moved.overdue, moved.respond_late, hours(moved.respond_seconds)) == (False, True, 25)
    assert timing.responded_in_time(moved) is False


def test_d17_a_sweep_that_comes_days_late_tells_the_level_that_is_due_now_and_nobody_twice() -> None:
    company()
    ticket = opened()

    swept(24 * 9, times=3)

    assert log(ticket) == ["opened", "escalated"]
    assert told() == {("ana", "overdue"): 1, ("carla", "escalated"): 1}


@pytest.mark.parametrize("state", [TicketState.RESOLVED, TicketState.CLOSED, TicketState.WAITING])
def test_d17_nothing_is_due_about_a_ticket_that_nobody_has_to_do_anything_about(state: TicketState) -> None:
    company()
    ticket = opened()
    with clock.at(NOON + HOUR):
        done = (
            tickets.close(ticket.id, ("Fila",), "Ligamos", who=BRUNO, rev=1)
            if state is TicketState.CLOSED
            else tickets.move(ticket.id, state, who=BRUNO, rev=1)
        )

    swept(24 * 30)

    assert keeping.get(ticket.id).rev == done.rev
    assert ("ana", "overdue") not in told()
    assert everything(TicketTimer) == []


def test_d17_a_timer_that_an_index_still_shows_after_the_closing_is_taken_away_and_tells_nobody() -> None:
    company()
    ticket = opened()
    stale = everything(TicketTimer)
    with clock.at(NOON + HOUR):
        tickets.close(ticket.id, ("Fila",), "Ligamos", who=BRUNO, rev=1)
    table.put_many(stale)
    before = told()

    swept(24 * 30, times=2)

    assert (told(), everything(TicketTimer), log(ticket)) == (before, [], ["opened", "closed"])


def test_sweeps_that_overlap_make_one_change() -> None:
    company()
    ticket = opened()
    with clock.at(NOON + 25 * HOUR):
        by = due.run()
        due.act(ticket, by)
        with pytest.raises(ConflictError, match="stale"):
            due.act(ticket, by)

    assert told() == {("ana", "unanswered"): 1}


def test_the_oldest_come_first_and_what_a_run_leaves_the_next_one_takes() -> None:
    company()
    for number in range(5):
        with clock.at(NOON + number * HOUR):
            opened(f"t{number}")

    with clock.at(NOON + 40 * HOUR):
        assert len(list(due.take(2))) == 2
        first = {line.ticket for line in everything(TicketActivity) if line.what == "unanswered"}
        list(due.take(2))
        list(due.take(2))

    assert first == {"t0", "t1"}
    assert told() == {("ana", "unanswered"): 5}


def test_a_run_reads_what_many_tickets_share_once() -> None:
    company()
    for number in range(10):
        opened(f"t{number}")

    with clock.at(NOON + 49 * HOUR), recording() as calls:
        list(due.take())

    made = Counter(call.operation for call in calls)
    assert made["TransactWriteItems"] == 10
    assert made.total() <= 10 + 20


def test_a_ticket_that_nobody_owns_is_told_to_who_answers_for_its_place() -> None:
    company()
    opened(owner="")

    swept(24.01)

    assert told() == {("ana", "unanswered"): 1}


def test_levels_without_managers_are_passed_over_and_at_the_root_it_ends() -> None:
    for depth in range(1, len(PATH) + 1):
        table.create(segment(*PATH[:depth]))
    managers.create("Carla", "carla@aurora.example", language="en", segments=[PATH[0]])
    ticket = opened(owner="", first_response_at=NOON)

    swept(49)
    swept(24 * 9)

    now = keeping.get(ticket.id)
    assert (now.escalated_to, told()) == (PATH[0], {("carla", "overdue"): 1})
    assert everything(TicketTimer) == []


def test_a_ticket_that_was_taken_up_again_has_a_promise_and_levels_of_its_own() -> None:
    company()
    ticket = opened(first_response_at=NOON)
    swept(49)
    with clock.at(NOON + 50 * HOUR):
        now = tickets.move(ticket.id, TicketState.RESOLVED, who=BRUNO, rev=keeping.get(ticket.id).rev)
        assert (timing.in_time(now), now.overdue, hours(now.resolve_seconds)) == (False, False, 50)
    with clock.at(NOON + 60 * HOUR):
        again = tickets.move(ticket.id, TicketState.REOPENED, who=BRUNO, rev=now.rev)

    assert hours(int((again.due_at - NOON).total_seconds())) == 60 + 48
    assert (again.escalated, again.reminded, again.breached, again.resolve_seconds) == (0, False, False, None)
    swept(60 + 47)
    swept(60 + 49)
    assert log(ticket)[-2:] == ["reminded", "escalated"]
    assert told()["bruno", "escalated"] == 2


def test_settings_decide_when_somebody_is_reminded_and_how_far_it_goes_up() -> None:
    company()
    promises = {Priority.NORMAL: Promise(resolve=60)}
    settling.put(TicketSettings(promises=promises, remind_before=0, escalate_after=(30,)))
    ticket = opened()

    swept(0.99)
    swept(1.01)
    swept(1.51)
    swept(100)

    assert log(ticket) == ["opened", "overdue", "escalated"]
    assert told() == {("ana", "overdue"): 1, ("bruno", "escalated"): 1}


def test_the_night_in_which_the_clocks_change_is_counted_as_long_as_it_was() -> None:
    company()
    night = (Opening(opens="22:00", closes="06:00"),)
    service_hours.put(PATH[1], ServiceHoursDraft(week=dict.fromkeys(Weekday, night)), rev=0)
    settling.put(
        TicketSettings(promises={Priority.NORMAL: Promise(resolve=600)}, remind_before=240, escalate_after=(0, 120))
    )
    begun = datetime(2026, 3, 28, 19, tzinfo=UTC)  # 20:00 in Madrid, where the clocks skip an hour at 2:00
    with clock.at(begun):
        ticket = opened(timezone="Europe/Madrid")

    for half_hour in range(90):
        with clock.at(begun + half_hour * HOUR / 2 + timedelta(minutes=1)):
            list(due.take())

    told_at = [
        (line.what, f"{line.happened_at.astimezone(ZoneInfo('Europe/Madrid')):%a %H:%M}")
        for line in keeping.whole_log(ticket.id)
    ]
    assert told_at == [
        ("opened", "Sat 20:00"),
        ("reminded", "Sun 05:01"),  # seven hours that night, four before its ten are over
        ("escalated", "Mon 01:01"),
        ("escalated", "Mon 03:01"),
    ]


def test_where_nothing_is_promised_nothing_is_due() -> None:
    company()
    settling.put(TicketSettings(promises={}))
    ticket = opened()

    assert everything(TicketTimer) == []
    swept(24 * 400)
    assert log(ticket) == ["opened"]
    assert timing.in_time(keeping.get(ticket.id)) is None


def test_the_function_sends_what_it_found_due() -> None:
    company()
    opened()
    queue = Queue("alert", alert.handler)

    with clock.at(NOON + 25 * HOUR):
        sweep.handler({}, Context())
        queue.run()

    assert [(each.why, each.state) for each in everything(Alert)] == [("unanswered", "sent")]


def scene() -> None:
    company()
    opened("one", first_response_at=NOON)
    opened("two", first_response_at=NOON)


def sweeps() -> None:
    with clock.at(NOON + 49 * HOUR):
        alerts.queue(due.take())


def outcome() -> world.Snapshot:
    with untouched():
        return {("told", who, why): {"times": times} for (who, why), times in told().items()}


CALLS = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.THROTTLE, Fault.LOST_REPLY)


def test_a_sweep_that_dies_anywhere_and_runs_again_has_told_everybody_once() -> None:
    assert survey_of_faults(scene, sweeps, faults=CALLS) == []


def test_a_sweep_that_is_not_guarded_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def unguarded(before: Ticket, after: Ticket, _line: Line, _who: Actor, *beside: table.Create) -> None:
        table.put_many(each.entity.changed(id=ids.new()) for each in beside)
        table.put_many([after.changed(rev=before.rev + 1)])

    monkeypatch.setattr(keeping, "store", unguarded)

    def alone() -> None:
        company()
        table.put_many([timed := timing.kept(None, factories.ticket(first_response_at=NOON, rev=1))])
        table.put_many([TicketTimer(ticket=timed.id, moment=timing.moment(timed) or NOON, rev=1)])

    found = survey_of_faults(alone, sweeps, view=outcome, faults=(Fault.CRASH_AFTER,))

    assert any("'times': 2" in line for line in found)
