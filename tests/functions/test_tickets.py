"""The life of a ticket, from the answer to its closing."""

from datetime import timedelta

import pytest

from escuta import clock, table
from escuta.directory import managers
from escuta.errors import ConflictError, InvalidError, NotFoundError, TooLargeError
from escuta.feedback import tickets
from escuta.feedback.model import Alert, Call, ResponseState, Standing, Ticket, TicketState
from escuta.feedback.tickets import Actor
from tests.conftest import NOON
from tests.kit.factories import PATH, response, segment
from tests.kit.faults import recording

pytestmark = pytest.mark.usefixtures("aws", "noon", "hierarchy")
SANTOS = (*PATH[:2], "santos")
NEW, OPEN, WAITING, RESOLVED, CLOSED, REOPENED = TicketState
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
        CLOSED: [],
    }
    for step in ways[state]:
        ticket = tickets.move(ticket.id, step, who=Actor(name="Bruno"), rev=ticket.rev)
    if state is CLOSED:
        ticket = tickets.close(ticket.id, ("Fila",), "Ligamos", who=Actor(name="Bruno"), rev=ticket.rev)
    return ticket


def test_a_ticket_holds_what_its_manager_must_know() -> None:
    bruno = managers.create("Bruno", "bruno@aurora.example", language="pt-BR", segments=["sudeste"])

    ticket = opened(score=3, comment="Fila", contact="c1", contact_name="Ana", language="es")

    assert tickets.get(ticket.id) == ticket
    assert (ticket.response, ticket.rule, ticket.survey) == ("angry", "detractor@1", "visit")
    assert (ticket.segment, ticket.segment_path, ticket.origin_segment) == ("paulista", PATH, "paulista")
    assert (ticket.owner, ticket.state, ticket.priority) == (bruno.id, NEW, "high")
    assert (ticket.score, ticket.comment, ticket.contact, ticket.contact_name) == (3, "Fila", "c1", "Ana")
    assert ticket.due_at - ticket.opened_at == timedelta(hours=48)
    assert [(line.what, line.text) for line in ticket.log] == [("opened", "detractor@1")]


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

    assert len(found[1]) == 98


def test_an_answer_that_is_not_stored_opens_nothing() -> None:
    assert tickets.follow_up(response("erased", score=0)) == ()


ALLOWED = {
    (NEW, OPEN),
    (NEW, RESOLVED),
    (OPEN, WAITING),
    (OPEN, RESOLVED),
    (WAITING, OPEN),
    (WAITING, RESOLVED),
    (RESOLVED, OPEN),
    (CLOSED, OPEN),
}
MOVES = [(origin, target) for origin in TicketState for target in (NEW, OPEN, WAITING, RESOLVED)]


@pytest.mark.parametrize(("origin", "target"), [move for move in MOVES if move in ALLOWED])
def test_a_move_that_makes_sense_is_made_and_logged(origin: TicketState, target: TicketState) -> None:
    ticket = in_state(origin)

    moved = tickets.move(ticket.id, target, who=Actor(name="Carla"), rev=ticket.rev)

    assert moved == tickets.get(ticket.id)
    assert (moved.state, moved.rev) == (target, ticket.rev + 1)
    assert moved.log[:-1] == ticket.log
    assert (moved.log[-1].who, moved.log[-1].text) == ("Carla", target)
    assert moved.log[-1].what == ("reopened" if origin in {RESOLVED, CLOSED} else "moved")


@pytest.mark.parametrize(("origin", "target"), [move for move in MOVES if move not in ALLOWED])
def test_a_move_that_makes_none_is_refused_by_name(origin: TicketState, target: TicketState) -> None:
    ticket = in_state(origin)

    with pytest.raises(ConflictError, match="ticket_cannot_move") as refusal:
        tickets.move(ticket.id, target, who=Actor(name="Carla"), rev=ticket.rev)

    assert refusal.value.details == {"origin": origin, "target": target}
    assert tickets.get(ticket.id) == ticket


@pytest.mark.parametrize("origin", [NEW, OPEN, WAITING, RESOLVED])
def test_closing_keeps_why_and_what_was_done(origin: TicketState) -> None:
    ticket = in_state(origin)

    with clock.at(LATER):
        closed = tickets.close(
            ticket.id, " Caixa quebrado ", "Ligamos e pedimos desculpas", who=Actor(name="Bruno"), rev=ticket.rev
        )

    assert closed == tickets.get(ticket.id)
    assert (closed.state, closed.root_cause, closed.action) == (
        CLOSED,
        "Caixa quebrado",
        "Ligamos e pedimos desculpas",
    )
    assert closed.closed_at is not None
    assert timedelta() <= closed.closed_at - LATER < timedelta(minutes=1)
    assert (closed.log[-1].what, closed.log[-1].text) == ("closed", "Caixa quebrado\nLigamos e pedimos desculpas")


@pytest.mark.parametrize(
    ("root_cause", "action", "field"),
    [("", "Ligamos", "root_cause"), (" \n", "", "root_cause"), ("Fila", " ", "action")],
)
def test_closing_without_a_reason_is_refused_and_names_the_field(root_cause: str, action: str, field: str) -> None:
    ticket = opened()

    with pytest.raises(InvalidError, match="required") as refusal:
        tickets.close(ticket.id, root_cause, action, who=Actor(name="Bruno"), rev=1)

    assert refusal.value.details == {"field": field}
    assert tickets.get(ticket.id) == ticket


def test_a_ticket_is_not_closed_by_moving_it() -> None:
    ticket = opened()

    with pytest.raises(InvalidError, match="required") as refusal:
        tickets.move(ticket.id, CLOSED, who=Actor(name="Bruno"), rev=1)

    assert refusal.value.details == {"field": "root_cause"}


def test_closing_twice_is_refused() -> None:
    closed = in_state(CLOSED)

    with pytest.raises(ConflictError, match="ticket_cannot_move"):
        tickets.close(closed.id, ("Fila",), "Ligamos", who=Actor(name="Bruno"), rev=closed.rev)


def test_reopening_asks_for_a_new_reason_and_gives_new_time_and_the_log_keeps_the_old() -> None:
    closed = in_state(CLOSED)

    with clock.at(NOON + timedelta(days=9)):
        again = tickets.move(closed.id, OPEN, who=Actor(name="Bruno"), rev=closed.rev)

    assert (again.root_cause, again.action, again.closed_at) == ("", "", None)
    assert timedelta() <= again.due_at - (NOON + timedelta(days=11)) < timedelta(minutes=1)
    assert ("closed", "Fila\nLigamos") in [(line.what, line.text) for line in again.log]


def test_whoever_read_an_old_copy_changes_nothing() -> None:
    ticket = opened()
    taken = tickets.move(ticket.id, OPEN, who=Actor(name="Ana"), rev=1)

    with pytest.raises(ConflictError, match="stale"):
        tickets.move(ticket.id, RESOLVED, who=Actor(name="Bruno"), rev=1)
    with pytest.raises(ConflictError, match="stale"):
        tickets.close(ticket.id, ("Fila",), "Ligamos", who=Actor(name="Bruno"), rev=1)
    with pytest.raises(ConflictError, match="stale"):
        tickets.comment(ticket.id, "Oi", who=Actor(name="Bruno"), rev=1)
    with pytest.raises(ConflictError, match="stale"):
        tickets.transfer(ticket.id, "santos", who=Actor(name="Bruno"), rev=1)

    assert tickets.get(ticket.id) == taken


def test_the_log_only_grows() -> None:
    ticket = opened()
    bruno = managers.create("Bruno", "bruno@aurora.example", language="pt-BR")

    ticket = tickets.comment(ticket.id, " Ligar às 15h ", who=Actor(name="Ana"), rev=1)
    ticket = tickets.assign(ticket.id, bruno.id, who=Actor(name="Ana"), rev=2)

    assert ticket == tickets.get(ticket.id)
    assert ticket.owner == bruno.id
    assert [(line.who, line.what, line.text) for line in ticket.log] == [
        ("", "opened", "detractor@1"),
        ("Ana", "commented", "Ligar às 15h"),
        ("Ana", "assigned", "Bruno"),
    ]


@pytest.mark.parametrize(("text", "code"), [(" ", "required"), ("x" * 4001, "too_long")])
def test_a_comment_says_something_and_not_everything(text: str, code: str) -> None:
    ticket = opened()

    with pytest.raises(InvalidError, match=code):
        tickets.comment(ticket.id, text, who=Actor(name="Ana"), rev=1)


def test_a_ticket_that_would_outgrow_the_store_is_refused_before_it_does() -> None:
    ticket = opened()

    with pytest.raises(TooLargeError, match="ticket_too_large"):  # noqa: PT012 - it takes many to fill one
        for rev in range(1, 200):
            tickets.comment(ticket.id, "é" * 4000, who=Actor(name="Ana"), rev=rev)

    assert len(tickets.get(ticket.id).log) == 38


def test_a_transfer_keeps_the_origin_and_alerts_the_managers_there() -> None:
    ana = managers.create("Ana", "ana@aurora.example", language="pt-BR", segments=["paulista"])
    bruno = managers.create("Bruno", "bruno@aurora.example", language="en", segments=["santos"])
    ticket = opened()

    there = tickets.transfer(ticket.id, "santos", who=Actor(name="Ana"), rev=1)
    back = tickets.transfer(ticket.id, "paulista", who=Actor(name="Bruno"), rev=2)

    assert (ticket.owner, there.owner, back.owner) == (ana.id, bruno.id, ana.id)
    assert (there.segment, there.segment_path, there.origin_segment) == ("santos", SANTOS, "paulista")
    assert back == tickets.get(ticket.id)
    waiting = table.query(Alert, "alerts", index="g1").items
    assert sorted(alert.manager for alert in waiting) == sorted([ana.id, bruno.id, ana.id])
    assert [line.text for line in back.log[1:]] == ["paulista > santos", "santos > paulista"]


@pytest.mark.parametrize(("target", "code"), [("atlantis", "segment_unknown"), ("paulista", "segment_same")])
def test_a_transfer_to_nowhere_is_refused(target: str, code: str) -> None:
    ticket = opened()

    with pytest.raises(InvalidError, match=code):
        tickets.transfer(ticket.id, target, who=Actor(name="Ana"), rev=1)

    assert tickets.get(ticket.id) == ticket


def test_what_is_open_is_found_from_any_level_the_soonest_due_first() -> None:
    with clock.at(NOON + timedelta(hours=2)):
        second = opened("second", segment="paulista")
    first = opened("first", segment="santos", segment_path=SANTOS)
    closed = opened("third")
    tickets.close(closed.id, ("Fila",), "Ligamos", who=Actor(name="Ana"), rev=1)

    assert tickets.open_under(PATH[:1]) == (first, second)
    assert tickets.open_under(PATH) == (second,)
    assert tickets.open_under(SANTOS) == (first,)
    assert tickets.open_under(("aur",)) == ()
    assert [tickets.open_count(path) for path in (PATH[:1], PATH[:2], PATH, ("aur",))] == [2, 2, 1, 0]


def test_a_segment_lists_its_own_tickets_by_state() -> None:
    made = []
    for number, name in enumerate(("first", "second", "third")):
        with clock.at(NOON + timedelta(seconds=number)):
            made.append(opened(name))
    first, second, third = made
    opened("elsewhere", segment="santos", segment_path=SANTOS)
    tickets.move(second.id, OPEN, who=Actor(name="Ana"), rev=1)

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
    assert (called.priority, called.due_at - called.opened_at) == ("high", timedelta(hours=24))
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
    closed = tickets.close(found.ticket.id, ("Dúvida",), "Ligamos", who=Actor(name="Bruno"), rev=1)

    with clock.at(LATER):
        assert tickets.move(closed.id, OPEN, who=Actor(name="Bruno"), rev=closed.rev).due_at - LATER < timedelta(
            hours=24, seconds=9
        )
