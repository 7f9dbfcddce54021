"""After everything else: no grant was missing, nothing waits in a dead-letter queue, no count is off."""

import re
from datetime import UTC, datetime, timedelta

from escuta.feedback import metrics
from tests.e2e.house import SURVEY, House

_REFUSED = re.compile(r"AccessDenied|not authorized to perform|AuthorizationError")
_FAULT = re.compile(r'"level":\s*"(ERROR|CRITICAL)"|Traceback \(most recent call last\)|Task timed out')


def _lines(house: House, pattern: re.Pattern[str]) -> list[str]:
    log = house.running.place.log("emulator").read_text(errors="replace")
    return [line for line in log.splitlines() if pattern.search(line)]


def test_no_grant_was_missing(house: House) -> None:
    assert _lines(house, _REFUSED) == []


def test_no_function_failed(house: House) -> None:
    assert _lines(house, _FAULT) == []


def test_no_dead_letter_queue_holds_anything(house: House) -> None:
    queues = house.running.place.aws("sqs")
    dead = [url for url in queues.list_queues().get("QueueUrls", []) if "Dead" in url]
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    held = {url: queues.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"] for url in dead}

    assert len(dead) >= 4
    assert {url: counts for url, counts in held.items() if set(counts.values()) != {"0"}} == {}


def test_every_count_is_what_a_recount_finds(house: House) -> None:
    today = datetime.now(UTC).date()
    with house.inside():
        drifts = [metrics.reconcile(SURVEY, str(today - timedelta(days=back))) for back in (0, 1)]

    assert [(drift.total, drift.uncounted, drift.wrong, drift.counters) for drift in drifts] == [(0, (), (), {})] * 2
    assert sum(drift.responses for drift in drifts) > 0


def test_nobody_got_the_same_message_twice(house: House) -> None:
    sent = [(message["to"], message["subject"], message["text"]) for message in house.messages()]

    assert sorted(sent) == sorted(set(sent))
