"""Replacing a store link while AWS is at its worst: one works at any moment, and a repeated call makes no third."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from escuta import clock, ids, table
from escuta.errors import ConflictError, EscutaError
from escuta.feedback import tokens
from escuta.feedback.model import StoreToken
from tests.conftest import NOON, forget
from tests.functions.respondents import open_survey
from tests.kit import world
from tests.kit.faults import Call, Crash, Fault, injected, recording, survey_of_faults

pytestmark = pytest.mark.usefixtures("aws", "noon")


def stand() -> None:
    forget()
    open_survey()
    first = ids.token_key(tokens.token_of("counter", 1))
    table.put(StoreToken(id="counter", token_key=first, survey="visit", segment="sp-01", created_at=NOON))


def writes(call: Call) -> bool:
    return call.operation in {"TransactWriteItems", "PutItem"}


def faults_of(rotate: Callable[[], object], fault: Fault) -> list[str]:
    """Return what this one fault at a write leaves behind."""
    return survey_of_faults(stand, rotate, faults=(fault,), at=writes)


def working() -> list[int]:
    found = (tokens.find(tokens.token_of("counter", turn)) for turn in range(1, 5))
    return [stored.turn for stored in found if stored and stored.revoked_at is None]


def test_a_rotation_happens_once_whatever_fails() -> None:
    assert survey_of_faults(stand, lambda: tokens.rotate("counter", 1)) == []


def test_one_link_works_at_any_moment() -> None:
    stand()
    with recording() as calls:
        tokens.rotate("counter", 1)
    for call in filter(writes, calls):
        for fault in call.faults():
            world.fresh()
            stand()
            with injected(call.number, fault), suppress(Crash, EscutaError, ClientError, BotoCoreError):
                tokens.rotate("counter", 1)
            assert len(working()) == 1, f"{fault} at {call}"


def test_of_two_that_rotate_at_the_same_moment_both_get_the_same_link() -> None:
    stand()
    current = tokens.get("counter")

    first, second = tokens.rotate("counter", 1), tokens._turned(current)  # noqa: SLF001 - what the slower one read before

    assert second == first[1]
    assert working() == [2]


def revoke_then_create() -> None:
    """Replace a link by two writes, as one would at first."""
    current = tokens.get("counter")
    table.save(current.changed(revoked_at=clock.now(), replaced=True))
    tokens_key = ids.token_key(tokens.token_of("counter", current.turn + 1))
    table.create(current.changed(turn=current.turn + 1, token_key=tokens_key, rev=0, revoked_at=None, replaced=False))


def rotate_whatever_is_there() -> None:
    """Replace a link without saying which one, so that a repeated call replaces the new one too."""
    tokens.rotate("counter", tokens.get("counter").turn)


@pytest.mark.parametrize(
    ("careless", "caught"),
    [(revoke_then_create, Fault.CRASH_AFTER), (rotate_whatever_is_there, Fault.LOST_REPLY)],
    ids=["two writes", "no turn"],
)
def test_the_search_for_faults_catches_a_careless_rotation(careless: Callable[[], None], caught: Fault) -> None:
    found = faults_of(careless, caught)

    assert [problem for problem in found if problem.startswith(str(caught))] != []


def test_a_change_that_was_made_meanwhile_is_not_overwritten() -> None:
    stand()
    current = tokens.get("counter")
    tokens.change(current, label="Caixa 9")

    with pytest.raises(ConflictError, match="stale"):
        tokens._turned(current)  # noqa: SLF001 - what the slower one read before
    assert working() == [1]


def test_the_new_turn_keeps_what_the_token_is(noon: datetime) -> None:
    stand()
    tokens.change(tokens.get("counter"), label="Caixa 9", quota=5, ends_at=noon.replace(year=2027))

    text, stored = tokens.rotate("counter", 1)

    assert (stored.label, stored.quota, stored.ends_at, stored.created_at) == (
        "Caixa 9",
        5,
        noon.replace(year=2027),
        NOON,
    )
    assert tokens.find(text) == stored
