"""From the change to the bus and the webhooks: every event arrives, and one that arrives twice bears one id."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError

from escuta import clock, events, table
from escuta.errors import EscutaError, UnavailableError
from escuta.events import DeploymentData, DomainEvent, EventType, bus, replays
from publish import app
from tests.conftest import NOON, forget
from tests.kit import faults, telling, world
from tests.kit.guard import EVERY_CALL
from tests.kit.queue import Queue
from tests.kit.stream import Context, Stream, event, record
from ticketing import app as ticketing

pytestmark = pytest.mark.usefixtures("aws", "noon")


def paused(name: str, **fields: Any) -> DomainEvent:
    data = DeploymentData(deployment=name, name="Março", survey="visit", state="paused", **fields)
    return events.made(EventType.DEPLOYMENT_PAUSED, data, name, 3, subject=f"deployment/{name}", revision=3)


def stored(*names: str) -> list[DomainEvent]:
    some = [paused(name) for name in names]
    for each in some:
        events.tell(each)
    return [each.changed(rev=1) for each in some]


def queue() -> Queue:
    return Queue("event", app.handler)


def arrived() -> list[str]:
    return [each["detail"]["id"] for each in telling.heard()]


@contextmanager
def refusing(name: str, times: int) -> Iterator[None]:
    """Let the bus refuse one event for some calls, as it does when it is busy: the others of the call are taken."""
    original, left = vars(BaseClient)[EVERY_CALL], [times]

    def call(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        if operation != "PutEvents" or not left[0]:
            return original(self, operation, params)
        entries = params["Entries"]
        bad = [json.loads(entry["Detail"])["id"] == name for entry in entries]
        left[0] -= any(bad)
        taken = [entry for entry, is_bad in zip(entries, bad, strict=True) if not is_bad]
        results = iter(original(self, operation, {"Entries": taken})["Entries"] if taken else ())
        refusal = {"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"}
        return {"FailedEntryCount": sum(bad), "Entries": [refusal if is_bad else next(results) for is_bad in bad]}

    with patch.object(BaseClient, EVERY_CALL, call):
        yield


def test_the_stream_queues_what_happened_and_the_queue_puts_it_on_the_bus() -> None:
    telling.listen()
    (told,) = stored("march")

    Stream(ticketing.handler).replay([record(told)])
    queue().run()

    (heard,) = telling.heard()
    assert (heard["source"], heard["detail-type"]) == ("escuta", "deployment.paused")
    assert heard["detail"] == events.envelope(told)
    assert heard["detail"]["data"]["deployment"] == "march"


def test_what_an_erasure_took_the_person_out_of_is_not_told_again() -> None:
    (told,) = stored("march")

    Stream(ticketing.handler).replay([record(told.changed(rev=2), told)])

    assert queue().waiting() == []


def test_a_queue_that_takes_nothing_leaves_the_whole_batch_to_the_stream() -> None:
    told = [record(each, number=10**21 + place) for place, each in enumerate(stored("march", "april"))]
    refused = faults.failing("SendMessageBatch", lambda _: faults.throttled("sqs", "SendMessageBatch"))

    with refused, pytest.raises(UnavailableError, match="queue_unavailable"):
        ticketing.handler(event(told), Context())
    ticketing.handler(event(told), Context())

    assert len(queue().waiting()) == 2


def test_a_message_about_what_is_no_longer_kept_is_done() -> None:
    telling.listen()
    waiting = queue()
    waiting.send({"event": "gone"})

    waiting.run()

    assert (arrived(), waiting.dead) == ([], [])


def test_what_the_bus_refuses_comes_again_alone() -> None:
    telling.listen()
    names = [each.id for each in stored("march", "april", "may")]
    waiting = queue()
    waiting.send(*({"event": name} for name in names))

    with refusing(names[1], times=2):
        waiting.run()

    assert sorted(arrived()) == sorted(names)
    assert waiting.invocations == 3


def test_what_the_bus_never_takes_waits_with_the_dead_letters_and_is_put_there_by_a_redrive() -> None:
    telling.listen()
    (name,) = [each.id for each in stored("march")]
    waiting = queue()
    waiting.send({"event": name})

    with refusing(name, times=5):
        waiting.run()
    kept = list(waiting.dead)
    waiting.replay()
    waiting.run()

    assert kept == [{"event": name}]
    assert arrived() == [name]


def test_no_call_bears_more_than_ten_events_or_a_quarter_of_a_megabyte() -> None:
    sizes: list[tuple[int, int]] = []

    def look(params: dict[str, Any]) -> None:
        entries = params["Entries"]
        sizes.append((len(entries), sum(len(entry["Detail"].encode()) for entry in entries)))

    small = [paused(f"d{number}") for number in range(11)]
    large = [paused(f"l{number}", reason="ã" * 50_000) for number in range(4)]
    with faults.failing("PutEvents", look):
        assert bus.put([*small, *large]) == frozenset()

    assert [count for count, _ in sizes] == [10, 3, 2]
    assert max(size for _, size in sizes) <= 256 * 1024


Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


def swept(handler: Handler) -> list[str]:
    """Publish an event with each fault at each call; return after which of them one was lost."""
    heard: set[str] = set()

    def prepare() -> None:
        forget()  # which webhooks there are is remembered for a while
        telling.listen()
        heard.clear()
        Queue("event", handler).send(*({"event": each.id} for each in stored("march")))

    waiting: list[Queue] = []

    def act() -> None:
        waiting[:] = [Queue("event", handler, max_receives=9)]
        waiting[0].run()

    def recover() -> None:
        waiting[0].run()

    def view() -> world.Snapshot:
        heard.update(arrived())
        return {("bus", name, ""): {} for name in heard}

    return faults.survey_of_faults(prepare, act, recover=recover, view=view)


def test_no_event_is_lost_whatever_breaks_on_its_way_to_the_bus() -> None:
    assert swept(app.handler) == []


def test_the_sweep_finds_a_publisher_that_takes_for_done_what_it_could_not_do() -> None:
    def careless(message: dict[str, Any], context: Any) -> dict[str, Any]:
        with suppress(ClientError, BotoCoreError, EscutaError):
            app.handler(message, context)
        return {"batchItemFailures": []}

    assert any("PutEvents" in line for line in swept(careless))


def test_a_replay_puts_the_events_of_a_period_and_a_type_on_the_bus_under_their_ids() -> None:
    telling.listen()
    names = []
    for minutes in (0, 10, 20):
        with clock.at(NOON + timedelta(minutes=minutes)):
            names += [each.id for each in stored(f"d{minutes}")]
    with clock.at(NOON + timedelta(hours=1)):
        first, before = NOON + timedelta(minutes=5), NOON + timedelta(minutes=20)
        begun = replays.start("r1", first, before, [EventType.DEPLOYMENT_PAUSED], webhook="", who="user:ana")
        replays.start("r2", first, before, [EventType.TICKET_OPENED], webhook="", who="user:ana")
        queue().run()

        assert replays.start("r1", first, before, begun.types, webhook="", who="user:ana").queued == 1
        queue().run()
    details = [each["detail"] for each in telling.heard()]
    assert [(each["id"], each["replay"]) for each in details] == [(names[1], "r1")]
    assert replays.get("r2").queued == 0


def test_a_long_replay_goes_on_message_by_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "_TOGETHER", 2)
    telling.listen()
    names = {each.id for each in stored("a", "b", "c", "d", "e")}
    with clock.at(NOON + timedelta(hours=1)):
        replays.start("r1", NOON - timedelta(hours=1), NOON + timedelta(hours=1), [], webhook="", who="user:ana")
        queue().run()

    done = replays.get("r1")
    assert (done.queued, done.finished_at is not None) == (5, True)
    assert set(arrived()) == names


def test_a_replay_of_all_that_is_kept_tells_what_is_still_kept_when_its_turn_comes() -> None:
    telling.listen()
    (event,) = stored("march")
    with clock.at(NOON + timedelta(days=29)):
        replays.start("r1", NOON - timedelta(days=2), NOON + timedelta(days=1), [], webhook="", who="user:ana")
    with clock.at(NOON + timedelta(days=29, minutes=5)):  # by then the store keeps less than when it was ordered
        queue().run()

    assert set(arrived()) == {event.id}
    assert replays.get("r1").finished_at is not None


def test_whoever_dies_in_a_replay_leaves_nothing_out() -> None:
    heard: set[str] = set()

    def prepare() -> None:
        telling.listen()
        heard.clear()
        stored("march")
        with clock.at(NOON + timedelta(hours=1)):
            replays.start("r1", NOON - timedelta(hours=1), NOON + timedelta(hours=1), [], webhook="", who="user:ana")

    def act() -> None:
        with clock.at(NOON + timedelta(hours=1)):
            waiting = Queue("event", app.handler, max_receives=9)
            waiting.run()

    def view() -> world.Snapshot:
        heard.update(arrived())
        found = table.load(replays.EventReplay, replays.EventReplay.at("r1"))
        return {("bus", name, ""): {} for name in heard} | {("replay", "", ""): {"over": found.finished_at is not None}}

    def only_writes(call: faults.Call) -> bool:
        return not call.operation.startswith(faults.READS)

    assert faults.survey_of_faults(prepare, act, view=view, at=only_writes) == []


def test_an_error_of_the_domain_is_no_reason_to_lose_a_message() -> None:
    (name,) = [each.id for each in stored("march")]

    def unavailable(_: Any) -> None:
        raise EscutaError("store_unavailable")

    with patch.object(events, "of", unavailable), pytest.raises(EscutaError):
        app.handler({"Records": [{"messageId": "1", "body": json.dumps({"event": name})}]}, Context())
