"""Requests are counted in leases: what a caller may make in a minute, over all functions, whatever fails."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from escuta import clock, table
from escuta.directory import access
from escuta.directory.access import rates
from escuta.directory.model import Allowance, Scope
from escuta.errors import EscutaError
from tests.functions.callers import ask
from tests.kit import world
from tests.kit.faults import Crash, failing, injected, recording, throttled

pytestmark = pytest.mark.usefixtures("aws", "noon")
CALLER = "key:0123456789abcdef"


class Functions:
    """Warm functions beside each other, each with a memory of its own."""

    def __init__(self, count: int) -> None:
        """Start with nothing in memory."""
        self.memories: list[dict[str, rates._Lease]] = [{} for _ in range(count)]

    def take(self, number: int, limit: int, caller: str = CALLER) -> bool:
        """Let one of them serve a request."""
        memory = rates._leases()  # noqa: SLF001 - what a process remembers
        memory.clear()
        memory.update(self.memories[number])
        passed = rates.take(caller, limit).passed
        self.memories[number] = dict(memory)
        return passed


@contextmanager
def writes() -> Iterator[list[str]]:
    """Yield the writes made inside the block, once it is over."""
    found: list[str] = []
    with recording() as calls:
        yield found
    found.extend(call.operation for call in calls if call.operation in {"PutItem", "TransactWriteItems"})


def limited(rate: int) -> str:
    return access.issue("ERP", [Scope.CONTACTS_READ], rate=rate)[0]


def test_every_answer_says_how_many_requests_are_left() -> None:
    text = limited(30)

    first, second, refused = (
        ask("GET", path, text) for path in ("/v1/custom-fields", "/v1/custom-fields", "/v1/surveys")
    )

    assert refused.status == 403
    assert all(0 < int(answer.headers["RateLimit-Reset"]) <= 60 for answer in (first, second, refused))
    said = [
        {
            name: value
            for name, value in answer.headers.items()
            if name.startswith("RateLimit") and not name.endswith("Reset")
        }
        for answer in (first, second, refused)
    ]
    assert said == [
        {
            "RateLimit-Policy": "30;w=60",
            "RateLimit-Limit": "30",
            "RateLimit-Remaining": str(left),
        }
        for left in (29, 28, 27)
    ]


def test_beyond_its_rate_a_key_waits_and_others_do_not(noon: datetime) -> None:  # A8
    busy, other = limited(3), limited(3)

    answers = [ask("GET", "/v1/custom-fields", busy) for _ in range(5)]

    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[3].code == "rate_limited"
    assert 0 < int(answers[3].headers["Retry-After"]) <= 60
    assert answers[3].headers["RateLimit-Remaining"] == "0"
    assert ask("GET", "/v1/custom-fields", other).status == 200
    with clock.at(noon + timedelta(seconds=61)):
        assert ask("GET", "/v1/custom-fields", busy).status == 200


def test_ten_thousand_creations_in_a_minute_end_at_the_rate() -> None:  # A8
    functions = Functions(3)

    with writes() as written:
        passed = sum(functions.take(number % 3, 1200) for number in range(10_000))

    assert passed == 1200
    assert len(written) < 80  # also those that came too late


def test_most_requests_of_a_busy_caller_cost_no_write() -> None:
    functions = Functions(1)

    with writes() as written:
        assert all(functions.take(0, 1200) for _ in range(1000))

    assert len(written) == 14


def test_what_one_function_holds_back_is_little_beside_what_it_served() -> None:
    functions = Functions(10)
    for _ in range(70):  # two of them have most to do
        assert functions.take(0, 1200)
        assert functions.take(1, 1200)

    for number in range(2, 10):
        assert functions.take(number, 1200)

    row = table.load(Allowance, Allowance.at(CALLER))
    served = 2 * 70 + 8
    assert row.taken - served <= served // 2 + 4 * 10


def test_a_low_rate_is_not_eaten_up_by_functions_that_hold_some_of_it_back() -> None:
    functions = Functions(50)

    assert [functions.take(number, 40) for number in range(41)] == [True] * 40 + [False]
    assert all(functions.take(number, 1200, "key:0123456789abcdee") for number in range(50))


def test_who_never_gets_a_word_in_passes_once_and_is_not_let_off_counting() -> None:
    refused = ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "PutItem")
    assert rates.take(CALLER, 3).passed
    rates.forget()

    with recording(), failing("PutItem", lambda _: refused):
        assert rates.take(CALLER, 3).passed

    assert [rates.take(CALLER, 3).passed for _ in range(3)] == [True, True, False]


def test_a_function_that_is_refused_asks_the_store_no_more_until_the_minute_is_over(noon: datetime) -> None:
    functions = Functions(1)
    assert [functions.take(0, 2) for _ in range(3)] == [True, True, False]

    with recording() as calls:
        assert not any(functions.take(0, 2) for _ in range(100))
    assert calls == []
    with clock.at(noon + timedelta(seconds=61)):
        assert functions.take(0, 2)


def test_a_higher_rate_holds_at_once() -> None:
    functions = Functions(2)
    assert [functions.take(0, 2) for _ in range(3)] == [True, True, False]

    assert [functions.take(1, 5) for _ in range(3)] == [True, True, True]
    assert functions.take(0, 5) is False  # the other one has taken the rest
    assert functions.take(0, 9)


def test_clocks_that_are_not_quite_the_same_share_one_minute(noon: datetime) -> None:
    functions = Functions(2)
    with clock.at(noon + timedelta(seconds=2)):
        assert functions.take(0, 1)

    with clock.at(noon):
        assert not functions.take(1, 1)


def test_a_clock_that_was_far_ahead_holds_nobody_up(noon: datetime) -> None:
    functions = Functions(1)
    with clock.at(noon + timedelta(days=1)):
        assert functions.take(0, 1)

    assert functions.take(0, 1)


def test_while_nothing_can_be_counted_all_requests_pass_and_few_ask(noon: datetime) -> None:  # A11
    functions, asked = Functions(1), []

    def down(parameters: dict[str, object]) -> Exception:
        asked.append(parameters)
        return throttled("dynamodb", "GetItem")

    with failing("GetItem", down):
        assert all(functions.take(0, 2) for _ in range(50))
    assert len(asked) == 1
    with clock.at(noon + timedelta(seconds=6)):
        assert [functions.take(0, 2) for _ in range(3)] == [True, True, False]


def test_a_memory_does_not_grow_with_the_callers() -> None:
    functions = Functions(1)
    for number in range(1100):
        functions.memories[0][f"key:{number}"] = rates._Lease(clock.now())  # noqa: SLF001 - as if they had asked
    functions.take(0, 2)

    assert len(functions.memories[0]) == 1


def attempts(take: Callable[[Functions, int], bool]) -> int:
    """Let two functions in turn take more than there is; return how often they could, though one of them may die."""
    functions, passed = Functions(2), 0
    for number in range(9):
        try:
            passed += take(functions, number % 2)
        except Crash:
            functions.memories[number % 2] = {}  # a new one starts
        except (EscutaError, ClientError, BotoCoreError):
            passed = -99  # a request failed for being counted
    return passed


def sweep(take: Callable[[Functions, int], bool]) -> list[str]:
    """Return the faults after which more passed than may, or a request failed."""
    world.fresh()
    with recording() as calls:
        assert attempts(take) == 5
    found = []
    for call in calls:
        for fault in call.faults():
            world.fresh()
            with injected(call.number, fault):
                passed = attempts(take)
            if not 0 <= passed <= most(fault.value):
                found.append(f"{fault} at {call}: {passed}")
    return found


def most(fault: str) -> int:
    """Return how many may pass: 5, unless the store did not answer one of them, which then does not count."""
    return 5 if fault.startswith("crash") else 9


def by_lease(functions: Functions, number: int) -> bool:
    return functions.take(number, 5)


def by_portion_unguarded(functions: Functions, number: int) -> bool:
    """Count what this function knows of, and write over what others have counted, as one would at first."""
    memory = functions.memories[number]
    known = memory.get(CALLER) or rates._Lease(clock.now())  # noqa: SLF001 - what a process remembers
    row = known.row or Allowance(caller=CALLER, began_at=clock.now(), taken=0, used_at=clock.now())
    if row.taken >= 5:
        return False
    memory[CALLER] = rates._Lease(clock.now(), row.changed(taken=row.taken + 1))  # noqa: SLF001 - as above
    table.put(row.changed(taken=row.taken + 1))
    return True


def test_no_more_pass_than_may_whichever_call_fails_and_none_fails_for_being_counted() -> None:
    assert sweep(by_lease) == []


def test_the_sweep_catches_leases_that_nothing_guards() -> None:
    world.fresh()

    assert attempts(by_portion_unguarded) > 5


def test_a_request_passes_when_others_are_always_faster() -> None:
    faster = ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "PutItem")
    assert rates.take("key:other", 1).passed

    with recording(), failing("PutItem", lambda _: faster):
        assert rates.take("key:other", 5).passed


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/nothing", 404), ("PUT", "/v1/keys", 405), ("GET", "/v1/custom-fields/", 404)],
)
def test_what_leads_nowhere_counts_too(method: str, path: str, status: int) -> None:
    text = limited(30)
    ask("GET", "/v1/custom-fields", text)

    answer = ask(method, path, text)

    assert (answer.status, answer.headers["RateLimit-Remaining"]) == (status, "28")
