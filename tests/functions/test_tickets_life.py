"""Anything that people may do with tickets, in any order, against a model that knows nothing of how it is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from escuta import clock, table
from escuta.directory.model import Role
from escuta.errors import EscutaError
from escuta.feedback import tickets
from escuta.feedback.model import Priority, Ticket, TicketActivity, TicketSettings, TicketState
from escuta.feedback.tickets import Actor, Patch, life, linking
from tests.conftest import NOON
from tests.kit import factories, world

pytestmark = pytest.mark.usefixtures("aws", "noon")

WAYS = {
    "new": "open waiting resolved closed",
    "open": "waiting resolved closed",
    "waiting": "open resolved closed",
    "resolved": "reopened closed",
    "closed": "reopened",
    "reopened": "open waiting resolved closed",
}
DEMANDS: dict[str, tuple[str, ...]] = {"resolved": ("action",), "closed": ("root_causes", "action")}
NOT_OF_A_MANAGER = {("new", "closed"), ("open", "closed"), ("closed", "reopened")}
ADMIN = Actor(id="user:root", name="Root", role=Role.ADMIN)
ANA = Actor(id="user:ana", name="Ana", manager="ana", role=Role.MANAGER)
NAMES = ("first", "second")
RANKS = ("low", "normal", "high", "urgent")


def decided() -> TicketSettings:
    moves = {
        TicketState(origin): frozenset(TicketState(to) for to in ways.split() if (origin, to) not in NOT_OF_A_MANAGER)
        for origin, ways in WAYS.items()
    }
    demands: Any = {TicketState(state): frozenset(names) for state, names in DEMANDS.items()}
    return TicketSettings(moves={Role.MANAGER: moves}, demands=demands)


@dataclass
class Model:
    """What a ticket should be."""

    state: str = "new"
    rev: int = 1
    priority: str = "normal"
    tags: tuple[str, ...] = ()
    root_causes: tuple[str, ...] = ()
    action: str = ""
    reopened: int = 0
    responded: bool = False
    merged_into: str = ""
    merged: tuple[str, ...] = ()
    spent: dict[str, int] = field(default_factory=dict)
    minutes: int = 0  # in this state so far

    def enter(self, state: str) -> None:
        self.spent[self.state] = self.spent.get(self.state, 0) + self.minutes
        self.state, self.minutes, self.rev = state, 0, self.rev + 1


class Life(RuleBasedStateMachine):
    """Two tickets and what people do with them."""

    def __init__(self) -> None:
        super().__init__()
        world.fresh()
        self.now = NOON
        self.models = {name: Model() for name in NAMES}
        self.logs: dict[str, list[TicketActivity]] = {}
        table.put(decided())
        for name in NAMES:
            ticket = factories.ticket(name, opened_at=NOON, since=NOON)
            with clock.at(self.now):
                tickets.store(None, ticket, tickets.Line("opened"))

    @contextmanager
    def expecting(self, code: str) -> Iterator[None]:
        """Expect this refusal, "": none."""
        with clock.at(self.now):
            met = ""
            try:
                yield
            except EscutaError as error:
                met = error.code
            assert met == code

    @rule(minutes=st.integers(1, 600))
    def wait(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        for model in self.models.values():
            model.minutes += minutes

    @rule(
        name=st.sampled_from(NAMES),
        who=st.sampled_from([ADMIN, ANA]),
        state=st.sampled_from(list(WAYS)),
        causes=st.sampled_from([(), ("queue",), ("queue", "price")]),
        action=st.sampled_from(["", "called"]),
    )
    def move(self, name: str, who: Actor, state: str, causes: tuple[str, ...], action: str) -> None:
        model = self.models[name]
        given: dict[str, Any] = {"state": state}
        given |= {"root_causes": causes} if causes else {}
        given |= {"action": action} if action else {}
        code = self.refusal(model, who, state, causes, action)
        with self.expecting(code):
            tickets.change(name, Patch.model_validate(given), who=who, rev=model.rev)
        if code:
            return
        if model.state == "closed":
            model.root_causes, model.action = (), ""
        model.root_causes, model.action = causes or model.root_causes, action or model.action
        model.reopened += state == "reopened"
        model.responded = True
        model.enter(state)

    def refusal(self, model: Model, who: Actor, state: str, causes: tuple[str, ...], action: str) -> str:
        if model.merged_into:
            return "ticket_merged"
        if state not in WAYS[model.state].split():
            return "ticket_cannot_move"
        if who is ANA and (model.state, state) in NOT_OF_A_MANAGER:
            return "ticket_move_forbidden"
        there = {"root_causes": causes or model.root_causes, "action": action or model.action}
        return "" if all(there[name] for name in DEMANDS.get(state, ())) else "required"

    @rule(name=st.sampled_from(NAMES), priority=st.sampled_from(RANKS), tags=st.sampled_from([(), ("vip",)]))
    def label(self, name: str, priority: str, tags: tuple[str, ...]) -> None:
        model = self.models[name]
        with self.expecting("ticket_merged" if model.merged_into else ""):
            tickets.change(name, Patch(priority=Priority(priority), tags=tags), who=ANA, rev=model.rev)
        if not model.merged_into:
            model.rev += (model.priority, model.tags) != (priority, tags)
            model.priority, model.tags = priority, tags

    @rule(name=st.sampled_from(NAMES))
    def comment(self, name: str) -> None:
        model = self.models[name]
        with self.expecting("ticket_merged" if model.merged_into else ""):
            tickets.comment(name, "Liguei", who=ANA, rev=model.rev)
        model.rev += not model.merged_into

    @rule(name=st.sampled_from(NAMES), behind=st.integers(1, 3))
    def come_late(self, name: str, behind: int) -> None:
        with self.expecting("stale"):
            tickets.comment(name, "Tarde", who=ANA, rev=self.models[name].rev - behind)

    @precondition(lambda self: max(model.rev for model in self.models.values()) > 3)  # there is a life before
    @rule(who=st.sampled_from([ADMIN, ANA]), names=st.permutations(NAMES))
    def merge(self, who: Actor, names: list[str]) -> None:
        name, into = names
        model, there = self.models[name], self.models[into]
        code = self.merging(model, there, who) if not model.merged_into else ""
        with self.expecting(code):
            linking.merge(name, into, who=who, rev=model.rev)
        if code or model.merged_into:
            return
        model.merged_into, there.merged = into, (name,)
        there.priority = max(there.priority, model.priority, key=RANKS.index)
        there.rev += 1
        if model.state == "closed":
            model.rev += 1
        else:
            model.enter("closed")

    def merging(self, model: Model, there: Model, who: Actor) -> str:
        if there.merged_into:
            return "ticket_merged"
        if there.state in {"resolved", "closed"}:
            return "ticket_merge_done"
        return "ticket_move_forbidden" if who is ANA and (model.state, "closed") in NOT_OF_A_MANAGER else ""

    @invariant()
    def every_ticket_is_as_it_should_be(self) -> None:
        for name, model in self.models.items():
            ticket = tickets.get(name)
            assert seen(ticket) == wanted(model)
            for state, minutes in model.spent.items():
                moves = ticket.rev  # each may cost a second, since the clock of a test goes on
                assert abs(ticket.spent[TicketState(state)] - minutes * 60) <= moves

    @invariant()
    def a_log_only_grows_by_a_line_for_each_revision(self) -> None:
        for name, model in self.models.items():
            log = list(tickets.whole_log(name))
            assert [line.number for line in log] == list(range(1, model.rev + 1))
            before = self.logs.get(name, [])
            assert log[: len(before)] == before
            self.logs[name] = log


def seen(ticket: Ticket) -> dict[str, Any]:
    same = ("rev", "priority", "tags", "root_causes", "action", "reopened", "merged_into", "merged")
    return {
        "state": str(ticket.state),
        "spent": {str(state) for state in ticket.spent},
        "responded": ticket.first_response_at is not None,
        "closed": ticket.closed_at is not None,
        "resolved": ticket.resolved_at is not None,
        **{name: getattr(ticket, name) for name in same},
    }


def wanted(model: Model) -> dict[str, Any]:
    same = ("state", "rev", "priority", "tags", "root_causes", "action", "reopened", "merged_into", "merged")
    return {
        "spent": set(model.spent),
        "responded": model.responded,
        "closed": model.state == "closed",
        "resolved": model.state in {"resolved", "closed"},
        **{name: getattr(model, name) for name in same},
    }


def lived(examples: int, steps: int) -> None:
    found = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Life, settings=found)


def test_tickets_live_as_the_model_says() -> None:
    lived(30, 25)


def test_a_life_that_forgets_how_long_a_ticket_waited_before_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    original = life.moved

    def forgetful(current: Ticket, state: TicketState) -> Ticket:
        return original(current.changed(spent={}), state)

    monkeypatch.setattr(life, "moved", forgetful)

    with pytest.raises(AssertionError):
        lived(30, 25)
