"""Tickets, counted as their rows say, whatever goes wrong while they are stored."""

import json
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from escuta import clock, table
from escuta.directory import managers, segments
from escuta.entity import Entity, Table
from escuta.errors import EscutaError, TooLargeError
from escuta.feedback import blanking, tickets
from escuta.feedback.model import Alert, Emptied, Gesture, Priority, Ticket, TicketState
from escuta.feedback.tickets import Actor, Line, causes_again, counts, resettling
from tests.conftest import NOON
from tests.functions.respondents import logging_all
from tests.kit import factories, ticket_counts, world
from tests.kit.faults import Crash, recording, storm

pytestmark = pytest.mark.usefixtures("aws", "noon")

BRUNO = Actor(name="Bruno", id="bruno")
PLACES = {
    "poa": ("aurora", "sul", "poa"),
    "curitiba": ("aurora", "sul", "curitiba"),
    "manaus": ("aurora", "norte", "manaus"),
}
TODAY = "2026-03-10"
E = TypeVar("E", bound=Entity)


def found() -> None:
    """Make the places: two in the south, one in the north."""
    segments.create("aurora", "Aurora", timezone="America/Sao_Paulo")
    for code, parent in (
        ("sul", "aurora"),
        ("norte", "aurora"),
        ("poa", "sul"),
        ("curitiba", "sul"),
        ("manaus", "norte"),
    ):
        segments.create(code, code.title(), parent)


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found()


def opened(name: str = "first", place: str = "poa", **fields: object) -> Ticket:
    path = PLACES[place]
    own = {"segment": place, "segment_path": path, "origin_segment": place, "timezone": "America/Sao_Paulo"}
    return tickets.store(None, factories.ticket(name, **{**own, **fields}), Line("opened"))


def erase(ticket: Ticket) -> None:
    """Empty a ticket, as an erasure does."""
    tickets.store(ticket, blanking.ticket(ticket, Emptied.ERASED), Line("erased"))


def standing(*path: str) -> dict[str, int]:
    """Return what is counted at a place now; every counter must be what the rows say, whatever came before."""
    assert ticket_counts.problems() == []
    return dict(sum(counts.standing(path).values(), Counter()))


def became(place: str = "aurora", day: str = TODAY) -> dict[str, int]:
    assert ticket_counts.problems() == []
    return dict(counts.tallies("visit", [place], day, day)[place].get(day, {}))


def test_a_ticket_counts_at_its_place_and_all_above_it_and_one_read_tells_of_all_places_of_a_page() -> None:
    opened("first", owner="carla", priority=Priority.HIGH)
    opened("second", "curitiba")
    opened("third", "manaus")

    assert standing("aurora") == {"state.new": 3, "priority.high": 1, "priority.normal": 2, "unassigned": 2}
    with recording() as calls:
        below = counts.standing_below("aurora")
    assert len(calls) == counts.SHARDS
    assert {code: found["visit"]["state.new"] for code, found in below.items()} == {"sul": 2, "norte": 1}


def test_what_becomes_of_a_ticket_is_counted_on_the_day_of_its_place_on_which_it_does() -> None:
    ticket = opened()
    with clock.at(datetime.fromisoformat("2026-03-11T02:30:00+00:00")):  # half past eleven in the evening
        ticket = tickets.move(ticket.id, TicketState.OPEN, who=BRUNO, rev=ticket.rev)
    with clock.at(NOON + timedelta(hours=23)):
        gesture = Gesture(amount="25.50", currency="BRL")
        ticket = tickets.close(ticket.id, ("fila", "Uma frase"), "Ligamos", gesture, who=BRUNO, rev=ticket.rev)

    assert became("poa") == {"opened": 1, "answered": 1, "answered_in_time": 1, "wait.720": 1, "bwait.720": 1}
    closed = became("poa", "2026-03-11")
    assert {name: number for name, number in closed.items() if not name.startswith(("seconds", "in."))} == {
        "ended": 1,
        "closed": 1,
        "in_time": 1,
        "took.1440": 1,
        "btook.1440": 1,
        "caused": 1,
        "cause.fila": 1,
        "cause.*": 1,
        "gestures": 1,
        "cost.BRL": 2550,
    }
    assert (closed["seconds.new"], closed["in.new.720"], closed["in.open.720"]) == (
        41_400,
        1,
        0 + closed["in.open.720"],
    )


def test_what_is_taken_up_again_is_not_closed_and_was_done_on_its_first_day_all_the_same() -> None:
    ticket = opened()
    ticket = tickets.close(ticket.id, ("fila",), "Ligamos", who=BRUNO, rev=ticket.rev)
    with clock.at(NOON + timedelta(days=2)):
        ticket = tickets.move(ticket.id, TicketState.REOPENED, who=BRUNO, rev=ticket.rev)

    day = became("poa")
    assert (day["ended"], day["reopened"], day.get("closed", 0)) == (1, 1, 0)
    assert standing("aurora") == {"state.reopened": 1, "priority.normal": 1, "unassigned": 1}


def test_what_goes_on_in_another_ticket_is_opened_and_never_closed() -> None:
    first, second = opened("first", owner="carla"), opened("second", owner="carla")
    merged = tickets.moved(first, TicketState.CLOSED).changed(merged_into=second.id)
    tickets.store(first, merged, Line("merged"), BRUNO)

    assert became() == {"opened": 2, "merged": 1}
    assert standing("aurora") == {"state.new": 1, "priority.normal": 1}
    assert counts.loads(["carla", "bruno"]) == {"carla": (1, 1), "bruno": (0, 0)}


@pytest.mark.parametrize("closed", [False, True])
def test_an_erasure_keeps_what_was_counted_and_closes_nothing_in_the_figures(*, closed: bool) -> None:
    ticket = opened(recovered=True)
    if closed:
        ticket = tickets.close(ticket.id, ("fila",), "Ligamos", who=BRUNO, rev=ticket.rev)
    before = became("poa")
    with clock.at(NOON + timedelta(days=3)):
        erase(ticket)

    kept = became("poa")
    assert {name: number for name, number in kept.items() if not name.startswith("cause")} == {
        name: number for name, number in before.items() if not name.startswith("cause")
    }
    assert became("poa", "2026-03-13") == {}
    assert standing("aurora") == {"state.closed": 1}


def test_tickets_that_wait_follow_their_store_to_another_region_and_closed_ones_stay_counted_where_they_were() -> None:
    first, done = opened("first"), opened("done")
    opened("other", "curitiba")
    tickets.close(done.id, ("fila",), "Ligamos", who=BRUNO, rev=done.rev)
    segments.move(segments.get("poa"), "norte")

    assert [resettling.resettle(), resettling.resettle()] == [1, 0]

    assert tickets.get(first.id).segment_path == ("aurora", "norte", "poa")
    assert [each.id for each in tickets.open_under(("aurora", "norte"))] == ["first"]
    assert standing("aurora", "norte") == {"state.new": 1, "priority.normal": 1, "unassigned": 1}
    assert standing("aurora", "sul") == {"state.new": 1, "priority.normal": 1, "unassigned": 1, "state.closed": 1}
    segments.move(segments.get("poa"), "sul")
    assert [resettling.resettle(), resettling.resettle()] == [1, 0]
    assert tickets.get(first.id).segment_path == ("aurora", "sul", "poa")


def test_a_move_of_many_is_followed_in_as_many_runs_as_it_takes() -> None:
    for number in range(3):
        opened(f"t{number}")
    segments.move(segments.get("poa"), "norte")

    assert [resettling.resettle(2), resettling.resettle(2), resettling.resettle(2)] == [2, 1, 0]


def stored(cls: type[E]) -> list[E]:
    """Return every stored thing of a kind."""
    items = world.scan(Table.FEEDBACK)
    return [table.from_image(item) for item in items if item.get("kind", {}).get("S") == cls.kind]  # type: ignore[misc]


def deep(root: str) -> tuple[str, ...]:
    """Make eleven levels below the company, one below the other, and return the path of the lowest."""
    path = ["aurora"]
    for level in range(2, 13):
        segments.create(f"{root}{level}", f"{root} {level}", path[-1])
        path.append(f"{root}{level}")
    return tuple(path)


def handed_over(months: int, **fields: object) -> Ticket:
    """Hand a ticket with something to count in each of these months from one end of twelve levels to the other."""
    path, there = deep("a"), deep("b")
    for number in range(45):
        managers.create(f"Gerente {number}", f"g{number}@example.com", language="pt-BR", segments=[there[-1]])
    moments = [NOON - timedelta(days=31 * month) for month in range(months)]
    times: dict[str, object] = dict(zip(("first_response_at", "ended_at", "closed_at"), moments, strict=False))
    place = {"segment": path[-1], "segment_path": path, "origin_segment": path[-1]}
    before = NOON - timedelta(days=31 * months)
    ticket = tickets.store(
        None, factories.ticket("first", **place, opened_at=before, **times, **fields), Line("opened")
    )
    return tickets.transfer(ticket.id, there[-1], who=BRUNO, rev=ticket.rev)


def test_who_hears_of_a_change_gives_way_to_the_change_where_very_many_levels_count_it() -> None:
    with logging_all() as lines:
        moved = handed_over(months=1)

    alerted = [alert.manager for alert in stored(Alert)]
    assert moved.segment == "b12"
    assert 15 < len(alerted) < 40
    assert moved.owner in alerted
    assert ticket_counts.problems() == []
    cut = [json.loads(line) for line in lines.getvalue().splitlines() if "too many to alert" in line]
    assert [(each["ticket"], each["alerts"], each["sent"]) for each in cut] == [
        (moved.id, 45, 40),
        (moved.id, 40, len(alerted)),
    ]


def test_what_so_many_levels_count_that_nobody_can_store_it_at_once_is_refused_and_said() -> None:
    with pytest.raises(TooLargeError, match="ticket_levels_many"):
        handed_over(months=3, state=TicketState.CLOSED)

    (ticket,) = stored(Ticket)
    assert (ticket.segment, stored(Alert)) == ("a12", [])


def test_a_cause_came_again_where_another_ticket_of_the_place_had_it_sixty_days_before() -> None:
    before = opened("before")
    with clock.at(NOON - timedelta(days=59)):
        tickets.close(before.id, ("fila", "preco"), "Ligamos", who=BRUNO, rev=before.rev)
    elsewhere = opened("elsewhere", "curitiba")
    tickets.close(elsewhere.id, ("espera",), "Ligamos", who=BRUNO, rev=elsewhere.rev)

    closing = opened("now").changed(root_causes=("fila", "espera"))

    assert causes_again.of(closing) == ("fila",)
    with clock.at(NOON + timedelta(days=2)):
        assert causes_again.of(closing) == ()


def test_what_a_manager_has_is_listed_by_due_time_wherever_it_stands() -> None:
    carla = managers.create("Carla", "carla@example.com", language="pt-BR", segments=["sul"]).id
    first = opened("first", owner=carla)
    opened("other", owner="somebody")
    second = opened("second", "manaus", owner=carla, priority=Priority.URGENT)
    done = opened("done", owner=carla)
    tickets.close(done.id, ("fila",), "Ligamos", who=BRUNO, rev=done.rev)

    assert [each.id for each in tickets.held(carla, most=10)] == [second.id, first.id]
    assert counts.loads([carla]) == {carla: (2, 3)}


def lived(random: Random, alive: list[str]) -> None:
    """Do something that people, sweeps and erasures do; told of a failure, look at the ticket again."""
    name = random.choice(alive)
    ticket = tickets.get(name)
    with suppress(EscutaError):
        match random.randrange(7):
            case 0:
                tickets.move(name, random.choice(list(TicketState)), who=BRUNO, rev=ticket.rev)
            case 1:
                tickets.close(name, ("fila",), "Ligamos", who=BRUNO, rev=ticket.rev)
            case 2:
                tickets.transfer(name, random.choice(list(PLACES)), who=BRUNO, rev=ticket.rev)
            case 3 if ticket.merged_into == "" and not ticket.emptied:
                merged = tickets.moved(ticket, TicketState.CLOSED).changed(merged_into="another")
                tickets.store(ticket, merged, Line("merged"), BRUNO)
            case 4 if not ticket.emptied:
                owned = ticket.changed(owner=random.choice(["carla", ""]), overdue=not ticket.state.is_done)
                tickets.store(ticket, owned, Line("assigned"), BRUNO)
            case 5:
                erase(ticket)
            case 6:
                resettling.resettle(3)


def stormy(seed: int) -> int:
    """Let tickets live through a storm of faults; return how many faults there were."""
    world.fresh()
    found()
    random = Random(seed)  # noqa: S311 - repeatable disorder, not a secret
    with storm(0.08, seed) as faults:
        for number in range(160):
            with suppress(Crash, EscutaError, ClientError, BotoCoreError), clock.at(NOON + timedelta(hours=number)):
                if number % 4 == 0:
                    opened(f"t{number}", random.choice(list(PLACES)), owner=random.choice(["carla", ""]))
                elif number == 83:
                    segments.move(segments.get("poa"), "norte")
                else:
                    lived(random, [f"t{each}" for each in range(0, number, 4)])
    return len(faults)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_counters_are_what_the_tickets_say_after_a_storm(seed: int) -> None:
    assert stormy(seed) > 10

    assert ticket_counts.problems() == []
    assert sum(numbers.get("state.closed", 0) for numbers in ticket_counts.recounted().values()) > 0


def test_tickets_that_are_stored_first_and_counted_afterwards_would_not_be() -> None:
    with ticket_counts.counted_afterwards():
        stormy(1)

    assert ticket_counts.problems() != []
