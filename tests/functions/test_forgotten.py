"""The list of who is not to come back: whole, cheap to ask, and giving nobody away."""

from datetime import timedelta

import pytest

from escuta import clock, secrets
from escuta.directory import forgotten
from escuta.entity import Table
from tests.conftest import NOON
from tests.kit import factories, faults, world

pytestmark = pytest.mark.usefixtures("aws", "noon")


def test_somebody_forgotten_is_known_by_any_mark_however_it_is_spelled() -> None:
    assert forgotten.remember(NOON, "C-77", "Ana@Mail.example", "+5511987654321") == 3

    assert forgotten.is_forgotten(external_id="C-77")
    assert forgotten.is_forgotten(email="ana@mail.EXAMPLE")
    assert forgotten.is_forgotten(external_id="C-78", phone="+5511987654321")
    assert not forgotten.is_forgotten(external_id="c-77")
    assert not forgotten.is_forgotten(external_id="Ana@Mail.example")
    assert not forgotten.is_forgotten("C-78", "bruno@mail.example", "+5511900000000")
    assert not forgotten.is_forgotten()


def test_the_list_says_nothing_of_whom_it_keeps_out() -> None:
    forgotten.remember(NOON, "C-77", "ana@mail.example", "+5511987654321")

    kept = str(world.scan(Table.DIRECTORY))
    assert [word for word in ("C-77", "ana@mail", "mail.example", "987654321") if word in kept] == []


def test_asking_again_costs_one_read_while_nobody_is_added() -> None:
    forgotten.remember(NOON, "", "ana@mail.example", "")
    forgotten.known()

    with faults.recording() as calls:
        known = forgotten.known()
        assert [known.holds(email=f"{number}@mail.example") for number in range(500)] == [False] * 500
    assert [call.operation for call in calls] == ["GetItem"]


def test_who_is_added_by_somebody_else_is_known_at_the_next_chunk() -> None:
    before = forgotten.known()
    forgotten.remember(NOON, "", "ana@mail.example", "")
    after = forgotten.known()
    forgotten.remember(NOON, "", "bruno@mail.example", "")

    assert not before.holds(email="ana@mail.example")
    assert after.holds(email="ana@mail.example")
    assert forgotten.known().holds(email="bruno@mail.example")


def test_forgetting_twice_writes_nothing_and_a_later_time_is_kept() -> None:
    forgotten.remember(NOON, "", "ana@mail.example", "")
    before = world.snapshot()

    assert forgotten.remember(NOON, "", "ana@mail.example", "") == 0
    assert world.snapshot() == before
    with clock.at(NOON + timedelta(days=1)):
        forgotten.remember(NOON + timedelta(days=1), "C-1", "ana@mail.example", "")
    assert forgotten.known().since("", "ana@mail.example", "") == NOON + timedelta(days=1)


def test_two_who_are_forgotten_at_the_same_moment_are_both_kept_out() -> None:
    def bruno() -> None:
        forgotten.remember(NOON, "", "bruno@mail.example", "")

    done: list[bool] = []

    def meanwhile(_: object) -> None:
        if not done:
            done.append(True)
            bruno()

    with faults.failing("TransactWriteItems", meanwhile):
        forgotten.remember(NOON, "", "ana@mail.example", "")

    known = forgotten.known()
    assert known.holds(email="ana@mail.example")
    assert known.holds(email="bruno@mail.example")


def test_a_fault_anywhere_leaves_the_person_forgotten() -> None:
    def cold() -> None:
        secrets.link_secret()

    found = faults.survey_of_faults(cold, lambda: forgotten.remember(NOON, "C-77", "ana@mail.example", ""))

    assert found == []


def test_who_shares_an_address_with_somebody_erased_and_is_known_by_a_number_of_their_own_is_not_kept_out() -> None:
    forgotten.remember(NOON, "C-77", "familia@mail.example", "+5511987654321")
    bruno = factories.contact("Bruno", external_id="C-78", email="familia@mail.example")
    ana = factories.contact("Ana", external_id="C-77")

    known = forgotten.known()
    assert not known.keeps_out(bruno, "C-78", "familia@mail.example", "")
    assert known.keeps_out(None, "C-79", "familia@mail.example", "")  # nobody can tell: it may be Ana's new number
    assert known.keeps_out(factories.contact("Ana"), "", "familia@mail.example", "")
    assert known.keeps_out(ana, "", "other@mail.example", "")  # still stored: her erasure has just begun


def test_an_address_alone_that_was_forgotten_is_nobody_elses() -> None:
    forgotten.remember(NOON, "C-77", "familia@mail.example", "")
    forgotten.remember(NOON, "", "familia@mail.example", "")
    bruno = factories.contact("Bruno", external_id="C-78", email="familia@mail.example")

    assert forgotten.known().keeps_out(bruno, "C-78", "familia@mail.example", "")
