"""A change, a merging, a change of many tickets, with one fault at every call: each happens once and is told once."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from escuta.errors import ConflictError
from escuta.feedback import tickets
from escuta.feedback.tickets import Actor, Patch, bulk, keeping, linking
from escuta.feedback.tickets.bulk import Item, Wanted
from escuta.feedback.tickets.patching import Planned
from tests.conftest import forget
from tests.kit import factories, world
from tests.kit.faults import Fault, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")

ANA = Actor(id="user:ana", name="Ana")
FAULTS = (Fault.CRASH_AFTER, Fault.LOST_REPLY, Fault.THROTTLE, Fault.CONFLICT)
NAMES = ("first", "second")
PATCH = Patch.model_validate({"state": "open", "priority": "urgent", "comment": "Vou ligar"})


def stand() -> None:
    forget()
    for name in NAMES:
        keeping.store(None, factories.ticket(name), tickets.Line("opened"))


def view() -> world.Snapshot:
    """Return what is there of the tickets, with their logs; how many seconds something took is the clock's business."""
    timed = ("spent", "respond_seconds", "resolve_seconds")
    rows = world.snapshot(ignore=timed)
    return {key: row for key, row in rows.items() if key[1].startswith(("ticket#", "open_tickets", "manager_load"))}


def faults_of(act: Callable[[], object]) -> list[str]:
    return survey_of_faults(stand, act, view=view, faults=FAULTS)


def change() -> None:
    """Change the ticket that was read at its first revision, as a program does that asks again until it is told."""
    with suppress(ConflictError):
        tickets.change("first", PATCH, who=ANA, rev=1)


def merge() -> None:
    linking.merge("first", "second", who=ANA, rev=1)


def change_many() -> None:
    items = [Item(id=name) for name in NAMES]
    list(bulk.change(items, Wanted.model_validate({"priority": "urgent"}), who=ANA, may_see=lambda _: True))


@pytest.mark.parametrize("act", [change, merge, change_many])
def test_whatever_fails_it_happens_once(act: Callable[[], None]) -> None:
    assert faults_of(act) == []


def test_the_sweep_finds_a_change_that_does_not_mind_what_was_read() -> None:
    def mindless() -> None:
        tickets.change("first", Patch(comment="Vou ligar"), who=ANA, rev=tickets.get("first").rev)

    assert faults_of(mindless) != []


def test_the_sweep_finds_a_merging_in_two_steps() -> None:
    def in_two_steps() -> None:
        current = tickets.get("first")
        if not current.merged_into:
            ended = current.changed(merged_into="second")
            keeping.store(current, ended, tickets.Line("merged"), ANA)
            there = tickets.get("second")
            keeping.store(there, there.changed(merged=("first",)), tickets.Line("joined"), ANA)

    assert faults_of(in_two_steps) != []


def test_the_sweep_finds_a_change_of_many_that_writes_a_line_for_what_is_so_already(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bulk, "_patch", lambda _ticket, wanted: Patch(priority=wanted.priority))
    monkeypatch.setattr(Planned, "is_nothing", False)

    assert faults_of(change_many) != []
