"""The drivers are tested too: a driver that lets everything pass would make every other test worthless."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import boto3
import pytest

from escuta import queues, table
from escuta.config import settings
from escuta.directory.model import Product
from escuta.entity import Key, Table
from escuta.errors import UnavailableError
from tests.kit import factories, faults, guard, stream, world
from tests.kit.faults import Crash, Fault
from tests.kit.queue import Queue
from tests.kit.stream import Stream

pytestmark = pytest.mark.usefixtures("aws", "noon")
LAMP = Product(code="lamp", name="Lamp")


def nothing() -> None:
    """Prepare an empty world."""


def store_once() -> None:
    if table.find(Product, LAMP.key()) is None:
        table.create(LAMP)


def store_another_every_time() -> None:
    table.create(Product(code=f"lamp-{table.count(Table.DIRECTORY, 'products', index='g1')}", name="Lamp"))


def test_giving_up_after_a_fault_is_found_out() -> None:
    found = faults.survey_of_faults(
        nothing, store_once, recover=nothing, faults=(Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.THROTTLE)
    )

    assert [line.partition(": directory/product#lamp/product: expected")[0] for line in found] == [
        "throttle at call 0 dynamodb.GetItem",
        "crash before at call 1 dynamodb.PutItem",
        "throttle at call 1 dynamodb.PutItem",
    ]


def test_a_scenario_that_may_be_repeated_survives_every_fault() -> None:
    with faults.recording() as calls:
        store_once()

    assert [str(call) for call in calls] == ["call 0 dynamodb.GetItem", "call 1 dynamodb.PutItem"]
    assert faults.survey_of_faults(nothing, store_once) == []


def test_a_scenario_that_may_not_be_repeated_is_found_out() -> None:
    again = faults.survey_of_faults(nothing, store_another_every_time, faults=(Fault.LOST_REPLY,))

    assert [line.partition(": directory/product#lamp-1")[0] for line in again] == [
        "no fault, but done again",
        "lost reply at call 1 dynamodb.PutItem",
    ]


def test_a_crash_cannot_be_swallowed() -> None:
    with faults.injected(0, Fault.CRASH_BEFORE), pytest.raises(Crash):
        queues.each({"Records": [{"messageId": "1", "body": "{}"}]}, lambda _: store_once())


def test_a_lost_reply_happened_and_a_throttle_did_not() -> None:
    def submit() -> None:
        table.transact(table.Create(LAMP))

    for fault, there in ((Fault.LOST_REPLY, True), (Fault.CLOSED, True), (Fault.THROTTLED_TRANSACTION, False)):
        world.fresh()
        with faults.injected(0, fault), pytest.raises(UnavailableError):
            submit()
        assert (table.find(Product, LAMP.key()) is not None) is there


def test_a_transaction_conflict_is_tried_again_in_place() -> None:
    with faults.injected(0, Fault.CONFLICT) as calls:
        table.transact(table.Create(LAMP))

    assert [call.operation for call in calls] == ["TransactWriteItems"] * 2


def test_a_snapshot_sees_rows_but_neither_moments_nor_sub_counters() -> None:
    table.create(factories.response())
    for sub, number in (("0", 2), ("3", 1)):
        table.transact(
            table.Create(Product(code=sub, name="guard")),
            table.Add(Table.FEEDBACK, Key("counter#x", f"2026-03-10#{sub}"), {"n": number, "ver": 1}),
        )

    seen = world.snapshot()

    assert seen["feedback", "counter#x", "2026-03-10"] == {"n": 3}
    assert seen["feedback", "response#first", "response"]["data"]["received_at"] == "<moment>"
    assert world.difference(seen, seen) == ""
    assert "counter#x" in world.difference(seen, {})


class Handler:
    """A stream handler that keeps what it got, and fails as told: sequence numbers, or None for a raise."""

    def __init__(self, *failures: Any) -> None:
        self.failures = list(failures)
        self.seen: list[list[str]] = []

    def __call__(self, event: dict[str, Any], _context: Any) -> dict[str, Any]:
        numbers = [each["dynamodb"]["SequenceNumber"] for each in event["Records"]]
        self.seen.append(numbers)
        failure = self.failures.pop(0) if self.failures else []
        if failure is None:
            raise UnavailableError("store_unavailable")
        return {"batchItemFailures": [{"itemIdentifier": numbers[place]} for place in failure]}


def answers(count: int) -> Iterator[Any]:
    return (factories.response(f"answer-{n}") for n in range(count))


NUMBERS = [str(10**21 - 3 + n) for n in range(6)]


def test_the_stream_delivers_in_order_across_a_longer_sequence_number() -> None:
    handler = Handler()
    feed = Stream(handler, batch=4)
    feed.write(*answers(6))

    feed.run()

    assert handler.seen == [NUMBERS[:4], NUMBERS[4:]]
    assert [len(number) for number in NUMBERS] == [21, 21, 21, 22, 22, 22]


def test_a_partial_failure_comes_again_from_the_lowest_number_done_or_not() -> None:
    handler = Handler([4, 2])
    feed = Stream(handler)
    feed.write(*answers(6))

    feed.run()

    assert handler.seen == [NUMBERS, NUMBERS[2:]]


def test_a_raised_error_splits_the_batch() -> None:
    handler = Handler(None)
    feed = Stream(handler)
    feed.write(*answers(6))

    feed.run()

    assert handler.seen == [NUMBERS, NUMBERS[:3], NUMBERS[3:]]


def test_what_never_works_goes_to_the_destination_with_its_payload_and_the_rest_goes_on() -> None:
    def handler(event: dict[str, Any], _context: Any) -> None:
        if any(each["dynamodb"]["SequenceNumber"] == NUMBERS[2] for each in event["Records"]):
            raise UnavailableError("store_unavailable")

    feed = Stream(handler, retries=3)
    feed.write(*answers(6))

    feed.run()

    assert [each.condition for each in feed.discarded] == ["RetryAttemptsExhausted"]
    (lost,) = feed.discarded[0].records
    assert lost["dynamodb"]["NewImage"]["pk"] == {"S": "response#answer-2"}


def test_a_crash_is_a_failure_of_the_function_and_everything_comes_again() -> None:
    seen = []

    def handler(event: dict[str, Any], _context: Any) -> None:
        seen.append(len(event["Records"]))
        if len(seen) == 1:
            raise Crash

    feed = Stream(handler, bisect=False)
    feed.write(*answers(3))

    feed.run()

    assert seen == [3, 3]


def test_what_was_taken_may_come_again_with_other_edges() -> None:
    handler = Handler()
    feed = Stream(handler, batch=3, ragged=True, again=0.5, seed=1)
    feed.write(*answers(6))

    feed.run()

    seen = [number for batch in handler.seen for number in batch]
    assert set(seen) == set(NUMBERS)
    assert len(seen) > 6


def test_the_filter_lets_only_its_kinds_pass_and_never_a_removal() -> None:
    handler = Handler()
    feed = Stream(handler)
    feed.write(factories.ticket(), factories.response())
    feed.put(stream.record(None, factories.response()))

    feed.run()

    assert handler.seen == [[NUMBERS[1]]]


def test_the_queue_gives_back_only_the_failed_message_and_buries_it_in_the_end() -> None:
    seen = []

    def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
        def work(body: Any) -> None:
            seen.append(body["who"])
            if body["who"] == "Bruno":
                raise UnavailableError("store_unavailable")

        return queues.each(event, work)

    queue = Queue("load", handler, max_receives=3)
    queues.send(settings().load_queue, ({"who": name} for name in ("Ana", "Bruno", "Clara")), delay=60)
    queue.run()

    assert seen == ["Ana", "Bruno", "Clara", "Bruno", "Bruno"]
    assert queue.dead == [{"who": "Bruno"}]
    queue.replay()
    assert queue.waiting() == [{"who": "Bruno"}]


def test_the_queue_may_deliver_a_message_twice_and_its_own_calls_are_not_the_scenarios() -> None:
    seen: list[str] = []
    queue = Queue("alert", lambda event, _: seen.extend(each["body"] for each in event["Records"]), again=0.5, seed=3)
    queue.send(*range(8))

    with faults.recording() as calls:
        queue.run()

    assert set(seen) == set("01234567")
    assert len(seen) > 8
    assert calls == []


@pytest.mark.parametrize(
    ("expression", "refused"),
    [
        ("ADD #n :one", True),
        ("SET #n = #n + :one", True),
        ("SET seen = if_not_exists(seen, :zero) + :one", True),
        ("SET #n = :one, added = :more", False),
    ],
)
def test_an_addition_is_known_by_its_expression(expression: str, refused: bool) -> None:  # noqa: FBT001 - a row of the table
    expected: AbstractContextManager[Any] = (
        pytest.raises(AssertionError, match="without a guard") if refused else nullcontext()
    )

    with expected:
        guard.refuse("UpdateItem", {"UpdateExpression": expression})
    guard.refuse("UpdateItem", {"UpdateExpression": expression, "ConditionExpression": "rev = :read"})


def test_an_addition_that_nothing_guards_is_refused_in_the_whole_suite() -> None:
    with pytest.raises(AssertionError, match="UpdateItem adds to a number without a guard"):
        boto3.client("dynamodb").update_item(
            TableName="escuta-feedback",
            Key={"pk": {"S": "counter#x"}, "sk": {"S": "2026-03-10#0"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )


def test_a_transaction_of_additions_alone_is_refused_and_one_with_a_guard_is_not() -> None:
    add = table.Add(Table.FEEDBACK, Key("counter#x", "2026-03-10#0"), {"n": 1})

    with pytest.raises(AssertionError, match="without a guard"):
        table.transact(add)
    with guard.down():
        table.transact(add)
    table.transact(table.Create(LAMP), add)

    assert world.snapshot()["feedback", "counter#x", "2026-03-10"] == {"n": 2}
