"""Counting under everything at once, many times over, repeatable by its seed (faults P6, D1-D5, D9, D13, D14)."""

from random import Random
from typing import Any

import pytest

from escuta import table
from escuta.feedback import metrics
from escuta.feedback.model import Origin, Response, ResponseState, Standing
from metering import app
from tests.functions import miscounting
from tests.kit import faults, recount
from tests.kit.factories import SURVEY, response, score_class
from tests.kit.stream import Handler, Record, Stream, record

pytestmark = pytest.mark.usefixtures("aws", "noon")
DAYS = ("2026-03-09", "2026-03-10", "2026-03-11")
STORES = (("aurora", "sul", "gramado"), ("aurora", "sul", "batel"), ("aurora", "norte", "belem"))


def history(random: Random, *, answers: int, events: int) -> tuple[list[Record], list[Response]]:
    """Return the records of answers that come, are corrected, move, are deleted and return; and what they are now."""
    now: dict[str, Response] = {}
    records = []
    for number in range(events):
        arrives = number < answers or number == events - 1  # the last record is one that counts
        name = f"answer-{number}" if arrives else random.choice(sorted(now))
        before = now.get(name)
        now[name] = after = _arrived(random, name) if before is None else _changed(random, before)
        records.append(record(after, before))
    return records, list(now.values())


def _arrived(random: Random, name: str) -> Response:
    return response(
        name,
        random.randrange(11),
        segment_path=random.choice(STORES),
        day=random.choice(DAYS),
        origin=random.choice(list(Origin)),
        standing=random.choice((Standing.COUNTED, Standing.COUNTED, Standing.FLAGGED)),
    )


def _changed(random: Random, before: Response) -> Response:
    score = random.randrange(11)
    path = random.choice(STORES)
    changes: tuple[dict[str, Any], ...] = (
        {"score": score, "score_class": score_class(score), "answers": {"nps": score}},
        {"segment": path[-1], "segment_path": path},
        {"day": random.choice(DAYS)},
        {"state": ResponseState.DELETED},
        {"state": ResponseState.FINAL},
        {"comment": "Mudei de ideia"},
        {"standing": random.choice(list(Standing))},
    )
    return before.changed(rev=before.rev + 1, **random.choice(changes))


def disordered(random: Random, records: list[Record]) -> list[Record]:
    """Return the records with their order broken nearby, one record's as well: as redrives and shard splits do."""
    places = [(place + random.uniform(0, 12), each) for place, each in enumerate(records)]
    return [each for _, each in sorted(places, key=lambda pair: pair[0])]


def weather(seed: int) -> Stream:
    """Run a history through the handler: lost records, redelivery, ragged batches, shards, failing calls."""
    random = Random(seed)  # noqa: S311 - repeatable disorder, not a secret
    records, now = history(random, answers=24, events=60)
    table.put_many(each.changed(rev=each.rev - 1) for each in now)
    lost = {each["eventID"] for each in (records[-1], *random.sample(records, 1))}
    feed = Stream(app.handler, shards=3, batch=15, ragged=True, again=0.25, retries=6, seed=seed)
    feed.put(*(each for each in disordered(random, records) if each["eventID"] not in lost))
    with faults.storm(0.3, seed) as injected:
        feed.run()
    assert len(injected) > 2
    return feed


@pytest.mark.parametrize("seed", range(3))
def test_after_any_weather_and_one_sweep_every_counter_is_what_a_recount_says(seed: int) -> None:
    feed = weather(seed)
    assert recount.counted() != recount.recounted()  # the last record was lost

    behind = sum(metrics.sweep(SURVEY, day) for day in DAYS)

    assert 0 < behind < 25
    assert recount.counted() == recount.recounted()
    assert all(number > 0 for numbers in recount.counted().values() for number in numbers.values())  # D14
    assert [metrics.reconcile(SURVEY, day).total for day in DAYS] == [0, 0, 0]
    feed.replay([each for shard in feed.shards for each in shard])
    assert recount.counted() == recount.recounted()


@pytest.mark.parametrize("wrong", [miscounting.bare_add, miscounting.marker_then_add])
def test_the_wrong_ways_are_wrong_even_in_mild_weather(wrong: Handler) -> None:
    """Nothing lost, nothing out of order: only batches that come again, and one call in fifty that fails."""
    random = Random(1)  # noqa: S311 - repeatable disorder, not a secret
    records, now = history(random, answers=15, events=30)
    table.put_many(each.changed(rev=each.rev - 1) for each in now)
    feed = Stream(wrong, batch=10, again=0.25, seed=1)
    feed.put(*records)

    with faults.storm(0.02, 1):
        feed.run()

    assert recount.counted() != recount.recounted()
