"""Counting under every fault at every AWS call, and the two wrong ways of counting under the same faults."""

from collections.abc import Callable

import pytest

from escuta import table
from escuta.feedback.metrics import spreading
from escuta.feedback.model import Origin, ResponseState, Standing
from metering import app
from tests.functions import miscounting
from tests.kit import faults, recount, world
from tests.kit.factories import SURVEY, response
from tests.kit.faults import Call, Fault
from tests.kit.stream import Handler, Record, Stream, record

pytestmark = pytest.mark.usefixtures("aws", "noon")
ANA, BRUNO, CLARA = (
    response(name, score, segment_path=("aurora", "paulista"), **fields)
    for name, score, fields in (
        ("ana", 9, {}),
        ("bruno", 3, {"origin": Origin.TAPPED}),
        ("clara", 7, {"standing": Standing.SUSPECT}),
    )
)
NOW = (
    ANA.changed(rev=2, score=2, score_class="detractor", answers={"nps": 2}),
    BRUNO.changed(rev=2, segment="gramado", segment_path=("aurora", "gramado"), day="2026-03-11", standing="flagged"),
    CLARA.changed(rev=2, state=ResponseState.DELETED),
)


def answers_and_corrections() -> list[Record]:
    """Return the stream of three answers, of which one is corrected, one moves store and day, and one is deleted."""
    before = (ANA, BRUNO, CLARA)
    return [*(record(each) for each in before), *(record(new, old) for new, old in zip(NOW, before, strict=True))]


def store_what_is_true() -> None:
    spreading.rows(SURVEY)  # a warm function knows it
    for each in NOW:
        table.put(each.changed(rev=1))


def reading(handler: Handler) -> Callable[[], None]:
    def read() -> None:
        feed = Stream(handler, batch=4)
        feed.put(*answers_and_corrections())
        feed.run()
        assert feed.discarded == []

    return read


def counters() -> world.Snapshot:
    return {("feedback", *key): dict(numbers) for key, numbers in recount.counted().items()}


def nothing() -> None:
    """Leave it to the stream, which delivers once more by itself. No sweep helps."""


def test_every_counter_is_right_after_any_fault_at_any_call() -> None:
    """D1, D2, D4, D5: two batches, the second with corrections of what the first brought."""
    found = faults.survey_of_faults(store_what_is_true, reading(app.handler), recover=nothing, view=counters)

    assert found == []
    assert recount.counted() == recount.recounted()


def test_what_is_counted_is_only_read_when_it_comes_again() -> None:
    store_what_is_true()
    reading(app.handler)()

    with faults.recording() as calls:
        reading(app.handler)()

    assert [call.operation for call in calls if call.service == "dynamodb"] == ["BatchGetItem"] * 2
    assert recount.counted() == recount.recounted()


@pytest.mark.parametrize("wrong", [miscounting.bare_add, miscounting.marker_then_add])
def test_the_wrong_ways_count_right_only_when_nothing_goes_wrong(wrong: Handler) -> None:
    store_what_is_true()

    reading(wrong)()

    assert recount.counted() == recount.recounted()


def findings(wrong: Handler, *kinds: Fault) -> set[str]:
    """Return the faults at an addition that a wrong way does not survive."""

    def at(call: Call) -> bool:
        return call.operation == "UpdateItem" and call.number == 7

    found = faults.survey_of_faults(
        store_what_is_true, reading(wrong), recover=nothing, view=counters, faults=kinds, at=at
    )
    return {line.partition(" at ")[0] for line in found}


def test_a_bare_add_counts_twice_and_is_found_out() -> None:
    assert findings(miscounting.bare_add, Fault.LOST_REPLY, Fault.REPEATED, Fault.CRASH_BEFORE) == {
        "lost reply",
        "repeated",
        "crash before",
    }


def test_a_marker_before_the_add_loses_counts_and_is_found_out() -> None:
    assert findings(miscounting.marker_then_add, Fault.CRASH_BEFORE, Fault.REPEATED, Fault.THROTTLE) == {
        "crash before",
        "repeated",
        "throttle",
    }
