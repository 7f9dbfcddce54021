"""The life of a ticket, from the answer to its closing."""

from datetime import timedelta

import pytest

from escuta import clock, table
from escuta.directory import managers
from escuta.errors import ConflictError, InvalidError, NotFoundError, TooLargeError
from escuta.feedback import tickets
from escuta.feedback.model import Alert, Call, ResponseState, Standing, Ticket, TicketActivity, TicketState
from escuta.feedback.tickets import Actor, Patch, patching
from tests.conftest import NOON
from tests.kit.factories import PATH, response, segment
from tests.kit.faults import recording

pytestmark = pytest.mark.usefixtures("aws", "noon", "hierarchy")
SANTOS = (*PATH[:2], "santos")
NEW, OPEN, WAITING, RESOLVED, CLOSED, REOPENED = TicketState
ANA, CARLA = Actor(id="user:ana", name="Ana"), Actor(id="user:carla", name="Carla")
BRUNO = Actor(id="user:bruno", name="Bruno")
LATER = NOON + timedelta(hours=3)


@pytest.fixture
def hierarchy(aws: None) -> None:  # noqa: ARG001 - the tables come first
    for path in [PATH[:1], PATH[:2], PATH, SANTOS]:
        table.create(segment(*path))


def opened(name: str = "angry", score: int = 2, **fields: object) -> Ticket:
    (found,) = tickets.follow_up(table.create(response(name, score=score, **fields)))
    return found.ticket


def in_state(state: TicketState) -> Ticket:
    ticket = opened()
    ways: dict[TicketState, list[TicketState]] = {
        NEW: [],
        OPEN: [OPEN],
        WAITING: [OPEN, WAITING],
        RESOLVED: [RESOLVED],
        CLOSED: [CLOSED],
        REOPENED: [RESOLVED, REOPENED],
    }
    for step in ways[state]:
        ticket = brought(ticket, step)
    return ticket


def brought(ticket: Ticket, state: TicketState) -> Ticket:
    """Let Bruno bring a ticket to a state, saying what it demands."""
    if state is CLOSED:
        return tickets.close(ticket.id, ("Fila",), "Ligamos", who=BRUNO, rev=ticket.rev)
    return tickets.move(ticket.id, state, who=BRUNO, rev=ticket.rev)


def log(ticket: Ticket) -> list[tuple[str, str, str]]:
    return [(line.who, line.what, line.text) for line in tickets.whole_log(ticket.id)]


def test_a_ticket_holds_what_its_manager_must_know() -> None:
    bruno = managers.create("Bruno", "bruno@aurora.example", language="pt-BR", segments=["sudeste"])

    ticket = opened(score=3, comment="Fila", contact="c1", contact_name="Ana", language="es")

    assert tickets.get(ticket.id) == ticket
    assert (ticket.response, ticket.rule, ticket.survey) == ("angry", "detractor@1", "visit")
    assert (ticket.segment, ticket.segment_path, ticket.origin_segment) == ("paulista", PATH, "paulista")
    assert (ticket.owner, ticket.state, ticket.priority) == (bruno.id, NEW, "high")
    assert (ticket.score, ticket.comment, ticket.contact, ticket.contact_name) == (3, "Fila", "c1", "Ana")
    assert ticket.due_at - ticket.opened_at == timedelta(hours=48)
    ((_, what, _),) = log(ticket)
    assert what == "opened"


def test_there_is_one_alert_for_each_manager_and_channel() -> None:
    managers.create("Ana", "ana@aurora.example", language="en", segments=["paulista"])
    managers.create(
        "Bruno",
        "bruno@aurora.example",
        language="es",
        phone="+5511912345678",
        channels=["email", "sms"],  # type: ignore[list-item] # as they come from the API
        segments=["paulista"],
    )

    (found,) = tickets.follow_up(table.create(response("angry", score=0)))

    assert {(alert.address, alert.channel, alert.language, alert.ticket) for alert in found[1]} == {
        ("ana@aurora.example", "email", "en", found[0].id),
        ("bruno@aurora.example", "email", "es", found[0].id),
        ("+5511912345678", "sms", "es", found[0].id),
    }
    assert all(table.load(Alert, alert.key()) == alert for alert in found[1])


def test_tickets_spread_over_the_managers_of_a_place() -> None:
    people = {
        managers.create(name, f"{name}@aurora.example", language="en", segments=["paulista"]).id
        for name in ("ana", "bruno", "carla")
    }

    owners = [opened(f"angry {number}").owner for number in range(30)]

    assert set(owners) == people


def test_more_people_than_a_transaction_takes_still_get_one_ticket() -> None:
    for number in range(110):
        managers.create(f"M{number}", f"m{number}@aurora.example", language="en", segments=["paulista"])

    (found,) = tickets.follow_up(table.create(response("angry", score=0)))

    assert len(found[1]) == 40


def test_an_answer_that_is_not_stored_opens_nothing() -> None:
    assert tickets.follow_up(response("erased", score=0)) == ()


ALLOWED = {
    NEW: {OPEN, WAITING, RESOLVED, CLOSED},
    OPEN: {WAITING, RESOLVED, CLOSED},
    WAITING: {OPEN, RESOLVED, CLOSED},
    RESOLVED: {REOPENED, CLOSED},
    CLOSED: {REOPENED},
    REOPENED: {OPEN, WAITING, RESOLVED, CLOSED},
}


@pytest.mark.parametrize("origin", TicketState)
def test_a_ticket_goes_where_it_makes_sense_and_nowhere_else(origin: TicketState) -> None:
    ticket = in_state(origin)
    for target in set(TicketState) - ALLOWED[origin]:
        with pytest.raises(ConflictError, match="ticket_cannot_move") as refusal:
            brought(ticket, target)
        assert refusal.value.details == {"origin": origin, "target": target}
    assert tickets.get(ticket.id) == ticket

    for target in ALLOWED[origin]:
        planned = patching.plan(ticket, filled(target), BRUNO, patching.ruled())
        assert planned.change.after.state is target


def filled(state: TicketState) -> Patch:
    return Patch(state=state, root_causes=("Fila",), action="Ligamos") if state is CLOSED else Patch(state=state)


@pytest.mark.parametrize(
    ("origin", "target", "what"), [(NEW, OPEN, "moved"), (RESOLVED, REOPENED, "reopened"), (WAITING, CLOSED, "closed")]
)
def test_a_move_is_one_line_of_the_log_that_says_from_where_to_where(
    origin: TicketState, target: TicketState, what: str
) -> None:
    ticket = in_state(origin)
    before = log(ticket)

    moved = brought(ticket, target)

    assert moved == tickets.get(ticket.id)
    assert (moved.state, moved.rev) == (target, ticket.rev + 1)
    *older, last = tickets.whole_log(ticket.id)
    assert len(older) == len(before)
    assert (last.number, last.who, last.by, last.what) == (moved.rev, "Bruno", "user:bruno", what)
    assert (last.details["state_was"], last.details["state"]) == (origin, target)


@pytest.mark.parametrize("origin", [NEW, WAITING, RESOLVED])
def test_closing_keeps_why_and_what_was_done(origin: TicketState) -> None:
    ticket = in_state(origin)

    with clock.at(LATER):
        closed = tickets.close(
            ticket.id, (" Caixa quebrado ",), "Ligamos e pedimos desculpas", who=BRUNO, rev=ticket.rev
        )

    assert closed == tickets.get(ticket.id)
    assert (closed.state, closed.root_causes, closed.action) == (
        CLOSED,
        ("Caixa quebrado",),
        "Ligamos e pedimos desculpas",
    )
    assert closed.closed_at is not None
    assert timedelta() <= closed.closed_at - LATER < timedelta(minutes=1)
    last = list(tickets.whole_log(ticket.id))[-1]
    assert (last.what, last.text, last.details["root_causes"]) == (
        "closed",
        "Ligamos e pedimos desculpas",
        "Caixa quebrado",
    )


@pytest.mark.parametrize(
    ("root_causes", "action", "field"),
    [((), "Ligamos", "root_causes"), ((" \n",), "", "root_causes"), (("Fila",), " ", "action")],
)
def test_closing_without_a_reason_is_refused_and_names_the_field(
    root_causes: tuple[str, ...], action: str, field: str
) -> None:
    ticket = opened()

    with pytest.raises(InvalidError, match="required") as refusal:
        tickets.close(ticket.id, root_causes, action, who=BRUNO, rev=1)

    assert refusal.value.details == {"field": field}
    assert tickets.get(ticket.id) == ticket


def test_a_ticket_is_not_closed_by_moving_it_alone() -> None:
    ticket = opened()

    with pytest.raises(InvalidError, match="required") as refusal:
        tickets.move(ticket.id, CLOSED, who=BRUNO, rev=1)

    assert refusal.value.details == {"field": "root_causes"}


def test_closing_twice_is_refused() -> None:
    closed = in_state(CLOSED)

    with pytest.raises(ConflictError, match="ticket_cannot_move"):
        tickets.close(closed.id, ("Fila",), "Ligamos", who=BRUNO, rev=closed.rev)


def test_reopening_asks_for_a_new_reason_and_gives_new_time_and_the_log_keeps_the_old() -> None:
    closed = in_state(CLOSED)

    with clock.at(NOON + timedelta(days=9)):
        again = tickets.move(closed.id, REOPENED, who=BRUNO, rev=closed.rev)

    assert (again.root_causes, again.action, again.closed_at, again.resolved_at) == ((), "", None, None)
    assert again.reopened == 1
    assert timedelta() <= again.due_at - (NOON + timedelta(days=11)) < timedelta(minutes=1)
    assert ("Bruno", "closed", "Ligamos") in log(again)
    last = list(tickets.whole_log(again.id))[-1]
    assert (last.details["root_causes_was"], last.details["action_was"]) == ("Fila", "Ligamos")


def test_what_was_resolved_and_never_closed_keeps_its_reasons_when_it_is_taken_up_again() -> None:
    ticket = opened()
    said = Patch(state=RESOLVED, root_causes=("Fila",), action="Ligamos")
    resolved = tickets.change(ticket.id, said, who=BRUNO, rev=1)

    again = tickets.move(resolved.id, REOPENED, who=BRUNO, rev=2)

    assert (again.root_causes, again.action, again.resolved_at) == (("Fila",), "Ligamos", None)


def test_whoever_read_an_old_copy_changes_nothing() -> None:
    ticket = opened()
    taken = tickets.move(ticket.id, OPEN, who=ANA, rev=1)

    with pytest.raises(ConflictError, match="stale"):
        tickets.move(ticket.id, RESOLVED, who=BRUNO, rev=1)
    with pytest.raises(ConflictError, match="stale"):
        tickets.close(ticket.id, ("Fila",), "Ligamos", who=BRUNO, rev=1)
    with pytest.raises(ConflictError, match="stale"):
        tickets.comment(ticket.id, "Oi", who=BRUNO, rev=1)
    with pytest.raises(ConflictError, match="stale"):
        tickets.transfer(ticket.id, "santos", who=BRUNO, rev=1)

    assert tickets.get(ticket.id) == taken


def test_the_log_only_grows() -> None:
    ticket = opened()
    bruno = managers.create("Bruno", "bruno@aurora.example", language="pt-BR")

    ticket = tickets.comment(ticket.id, " Ligar às 15h ", who=ANA, rev=1)
    ticket = tickets.assign(ticket.id, bruno.id, who=ANA, rev=2)

    assert ticket == tickets.get(ticket.id)
    assert ticket.owner == bruno.id
    assert log(ticket)[1:] == [("Ana", "noted", "Ligar às 15h"), ("Ana", "assigned", "")]
    assert [line.number for line in tickets.whole_log(ticket.id)] == [1, 2, 3]
    newest = tickets.log(ticket.id, limit=1).items[0]
    assert newest.details == {"owner": bruno.id, "owner_was": "", "owner_name": "Bruno"}


@pytest.mark.parametrize(("text", "code"), [(" ", "required"), ("x" * 4001, "too_long")])
def test_a_comment_says_something_and_not_everything(text: str, code: str) -> None:
    ticket = opened()

    with pytest.raises(InvalidError, match=code):
        tickets.comment(ticket.id, text, who=ANA, rev=1)


def test_a_ticket_that_would_outgrow_the_store_is_refused_before_it_does() -> None:
    ticket = opened()

    with pytest.raises(TooLargeError, match="ticket_too_large"):
        tickets.store(ticket, ticket.changed(comment="é" * 150_001), tickets.Line("changed"))

    assert tickets.get(ticket.id) == ticket


def test_a_log_is_as_long_as_it_takes() -> None:
    ticket = opened()
    for number in range(2, 252):
        table.create(TicketActivity(ticket=ticket.id, number=number, happened_at=NOON, what="noted"))

    assert [line.number for line in tickets.whole_log(ticket.id)] == list(range(1, 252))
    assert [line.number for line in tickets.since(ticket.id, 249)] == [250, 251]


def test_a_transfer_keeps_the_origin_and_alerts_the_managers_there() -> None:
    ana = managers.create("Ana", "ana@aurora.example", language="pt-BR", segments=["paulista"])
    bruno = managers.create("Bruno", "bruno@aurora.example", language="en", segments=["santos"])
    ticket = opened()

    there = tickets.transfer(ticket.id, "santos", who=ANA, rev=1)
    back = tickets.transfer(ticket.id, "paulista", who=BRUNO, rev=2)

    assert (ticket.owner, there.owner, back.owner) == (ana.id, bruno.id, ana.id)
    assert (there.segment, there.segment_path, there.origin_segment) == ("santos", SANTOS, "paulista")
    assert back == tickets.get(ticket.id)
    waiting = table.query(Alert, "alerts", index="g1").items
    assert sorted(alert.manager for alert in waiting) == sorted([ana.id, bruno.id, ana.id])
    _, *handed = tickets.whole_log(back.id)
    moves = [(line.details["segment_was"], line.details["segment"]) for line in handed]
    assert moves == [("paulista", "santos"), ("santos", "paulista")]


@pytest.mark.parametrize(("target", "code"), [("atlantis", "segment_unknown"), ("paulista", "segment_same")])
def test_a_transfer_to_nowhere_is_refused(target: str, code: str) -> None:
    ticket = opened()

    with pytest.raises(InvalidError, match=code):
        tickets.transfer(ticket.id, target, who=ANA, rev=1)

    assert tickets.get(ticket.id) == ticket


def test_what_is_open_is_found_from_any_level_the_soonest_due_first() -> None:
    with clock.at(NOON + timedelta(hours=2)):
        second = opened("second", segment="paulista")
    first = opened("first", segment="santos", segment_path=SANTOS)
    closed = opened("third")
    tickets.close(closed.id, ("Fila",), "Ligamos", who=ANA, rev=1)

    assert tickets.open_under(PATH[:1]) == (first, second)
    assert tickets.open_under(PATH) == (second,)
    assert tickets.open_under(SANTOS) == (first,)
    assert tickets.open_under(("aur",)) == ()
    assert [len(tickets.open_upto(path, 10)) for path in (PATH[:1], PATH[:2], PATH, ("aur",))] == [2, 2, 1, 0]


def test_a_segment_lists_its_own_tickets_by_state() -> None:
    made = []
    for number, name in enumerate(("first", "second", "third")):
        with clock.at(NOON + timedelta(seconds=number)):
            made.append(opened(name))
    first, second, third = made
    opened("elsewhere", segment="santos", segment_path=SANTOS)
    tickets.move(second.id, OPEN, who=ANA, rev=1)

    assert {each.id for each in tickets.listing("paulista").items} == {first.id, second.id, third.id}
    assert [each.id for each in tickets.listing("paulista", state=OPEN).items] == [second.id]
    page = tickets.listing("paulista", state=NEW, limit=1)
    assert [each.id for each in page.items] + [
        each.id for each in tickets.listing("paulista", state=NEW, cursor=page.next).items
    ] == [first.id, third.id]


def test_an_unknown_ticket_is_named() -> None:
    with pytest.raises(NotFoundError, match="ticket_not_found"):
        tickets.get("nothing")


def test_the_subtree_of_a_region_costs_one_query() -> None:
    opened()

    with recording() as calls:
        tickets.open_under(PATH[:1])

    assert [call.operation for call in calls] == ["Query"]


CALL = Call(at=NOON, phone="+5511987654321")


@pytest.mark.parametrize("score", [None, 1, 7, 10])
def test_whoever_asks_to_be_called_gets_a_ticket_whatever_the_score(score: int | None) -> None:
    found = tickets.follow_up(table.create(response("call", score=score, call=CALL)))

    (called,) = [each.ticket for each in found if each.ticket.rule == "call_me@1"]
    assert called.priority == "high"
    assert timedelta() <= called.due_at - called.opened_at - timedelta(hours=24) < timedelta(minutes=1)
    assert [each.ticket.rule for each in found if each.ticket != called] == (["detractor@1"] if score == 1 else [])


def test_asking_twice_opens_one_ticket_to_call() -> None:
    stored = table.create(response("call", score=9, call=CALL))

    first, again = tickets.follow_up(stored), tickets.follow_up(table.save(stored.changed(comment="Bis")))

    assert first == again


@pytest.mark.parametrize("standing", [Standing.SUSPECT, Standing.FLAGGED, Standing.EXCLUDED])
def test_a_bad_score_that_is_not_counted_opens_no_ticket(standing: Standing) -> None:
    stored = table.create(response("robot", score=0, standing=standing))

    assert tickets.follow_up(stored) == ()
    counted = table.save(stored.changed(standing=Standing.COUNTED))
    assert [found.ticket.rule for found in tickets.follow_up(counted)] == ["detractor@1"]


def test_a_request_to_be_called_is_heard_even_from_an_answer_that_is_not_counted() -> None:
    found = tickets.follow_up(table.create(response("call", score=0, standing=Standing.SUSPECT, call=CALL)))

    assert [each.ticket.rule for each in found] == ["call_me@1"]


def test_a_deleted_answer_calls_nobody() -> None:
    gone = table.create(response("gone", score=0, call=CALL, state=ResponseState.DELETED))

    assert tickets.follow_up(gone) == ()


def test_a_request_that_is_taken_up_again_is_due_within_a_day() -> None:
    (found,) = tickets.follow_up(table.create(response("call", score=9, call=CALL)))
    closed = tickets.close(found.ticket.id, ("Dúvida",), "Ligamos", who=BRUNO, rev=1)

    with clock.at(LATER):
        assert tickets.move(closed.id, REOPENED, who=BRUNO, rev=closed.rev).due_at - LATER < timedelta(
            hours=24, seconds=9
        )
