"""One answer to a call, however often it comes under its key."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory import replies
from escuta.directory.model import ReplyPart
from escuta.entity import Table
from escuta.errors import ConflictError, InvalidError, UnavailableError
from tests.conftest import NOON
from tests.kit import world
from tests.kit.faults import Crash

pytestmark = pytest.mark.usefixtures("aws", "noon")


@pytest.fixture
def numbers() -> Iterator[int]:
    return count(1)


def call(numbers: Iterator[int], key: str = "k-1", body: str = "{}", who: str = "ERP") -> Any:
    """Make a call whose answers are told apart by a number."""
    return replies.once("visits", who, key, body, ["ana"], lambda _call, _began: {"number": next(numbers)}).answer


def refuse(error: BaseException) -> Any:
    def work(_call: str, _began: datetime) -> dict[str, Any]:
        raise error

    return replies.once("visits", "ERP", "k-1", "{}", [], work).answer


def test_the_same_call_is_answered_the_same(numbers: Iterator[int]) -> None:
    assert [call(numbers), call(numbers)] == [{"number": 1}, {"number": 1}]


def test_a_key_belongs_to_whoever_used_it(numbers: Iterator[int]) -> None:
    assert [call(numbers), call(numbers, who="CRM")] == [{"number": 1}, {"number": 2}]


def test_another_body_under_the_same_key_is_refused(numbers: Iterator[int]) -> None:
    call(numbers)

    with pytest.raises(InvalidError, match="idempotency_key_reused"):
        call(numbers, body="[]")


def test_two_calls_at_once_are_not_done_twice(numbers: Iterator[int]) -> None:
    def work(_call: str, _began: datetime) -> dict[str, Any]:
        with pytest.raises(ConflictError, match="idempotency_key_busy"):
            call(numbers)
        return {"number": 7}

    assert replies.once("visits", "ERP", "k-1", "{}", [], work).answer == {"number": 7}
    assert call(numbers) == {"number": 7}


def test_a_call_that_died_is_done_again_once_it_cannot_be_running(numbers: Iterator[int]) -> None:
    with pytest.raises(Crash):
        refuse(Crash())

    with clock.at(NOON + timedelta(seconds=29)), pytest.raises(ConflictError, match="idempotency_key_busy"):
        call(numbers)
    with clock.at(NOON + timedelta(seconds=31)):
        assert call(numbers) == {"number": 1}


def test_a_call_done_again_has_the_id_and_the_beginning_of_the_first() -> None:
    seen: list[tuple[str, datetime]] = []

    def work(name: str, began: datetime) -> dict[str, Any]:
        seen.append((name, began))
        raise UnavailableError("store_unavailable")

    for minute in range(2):
        with clock.at(NOON + timedelta(minutes=minute)), pytest.raises(UnavailableError):
            replies.once("visits", "ERP", "k-1", "{}", [], work)

    assert seen[0] == seen[1]


def test_a_call_that_was_refused_may_be_tried_again_at_once(numbers: Iterator[int]) -> None:
    with pytest.raises(UnavailableError):
        refuse(UnavailableError("store_unavailable"))

    assert call(numbers) == {"number": 1}


def test_a_reply_is_kept_for_a_day(numbers: Iterator[int]) -> None:
    call(numbers)

    with clock.at(NOON + timedelta(hours=23, minutes=59)):
        assert call(numbers) == {"number": 1}
    with clock.at(NOON + timedelta(hours=24, minutes=1)):
        assert call(numbers, body="[]") == {"number": 2}
        assert call(numbers, body="[]") == {"number": 2}
    assert {int(row["expires_at"]["N"]) for row in world.scan(Table.DIRECTORY)} == {
        int((NOON + timedelta(hours=24)).timestamp()),
        int((NOON + timedelta(hours=48, minutes=1)).timestamp()),
    }


def test_a_long_reply_is_put_together_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replies, "_PART", 50)
    long = {"items": [str(number) for number in range(200)]}

    answers = [replies.once("visits", "ERP", "k-1", "{}", [], lambda _call, _began: long).answer for _ in range(2)]

    assert answers == [long, long]


def test_a_reply_that_is_forgotten_while_it_is_made_is_not_kept(numbers: Iterator[int]) -> None:
    def work(_call: str, _began: datetime) -> dict[str, Any]:
        (kept,) = replies.listing(limit=2).items
        replies.drop(kept.id)
        return {"number": 9}

    assert replies.once("visits", "ERP", "k-1", "{}", [], work).answer == {"number": 9}
    assert world.scan(Table.DIRECTORY) == []
    assert call(numbers) == {"number": 1}


def test_nothing_of_a_reply_is_left_when_it_is_forgotten(numbers: Iterator[int]) -> None:
    call(numbers)
    (reply,) = replies.listing(limit=10).items

    replies.drop(reply.id)

    assert world.scan(Table.DIRECTORY) == []
    assert table.find(ReplyPart, ReplyPart.at(reply, 0)) is None
