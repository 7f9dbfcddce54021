"""Counting under everything at once, many times over, repeatable by its seed (faults P6, D1-D5, D9, D13, D14).

As it stands it runs few seeds of few events. `STORM=20x20000 pytest tests/functions/test_metering_storm.py` runs twenty
seeds of twenty thousand.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from escuta import table
from escuta.directory.model import Product
from escuta.feedback import metrics
from escuta.feedback.model import Origin, Response, ResponseState, Standing
from metering import app
from tests.conftest import NOON, forget
from tests.functions import miscounting
from tests.kit import faults, recount, world
from tests.kit.factories import SURVEY, response, score_class
from tests.kit.stream import Context, Handler, Record, Stream, event, record

pytestmark = pytest.mark.usefixtures("aws", "noon")
SEEDS, EVENTS = 5, 1_200
LOST = 0.01  # of the records
DAYS = ("2026-03-09", "2026-03-10", "2026-03-11")
STORES = tuple(("aurora", region, f"{region}-{number}") for region in ("sul", "norte") for number in range(4))
COMMENTS = (
    "",
    "",
    "Ótimo atendimento",
    "A entrega atrasou, péssimo!",
    "Too expensive",
    "Preço bom, mas a fila é longa",
)
REASONS = ((), ("price",), ("price", "queue"))
PLANS = tuple(f"plan {number}" for number in range(70))  # more than a dimension takes; most have one of the first


def history(random: Random, events: int) -> tuple[list[Record], list[Response]]:
    """Return the records of answers that come, are corrected, move, are deleted and return; and what they are now."""
    now: list[Response] = []
    records = []
    for number in range(events):
        if number == events - 1 or not now or random.random() < 0.4:
            now.append(_arrived(random, f"answer-{number}"))
            records.append(record(now[-1]))
        else:
            place = random.randrange(len(now))
            before, now[place] = now[place], _changed(random, now[place])
            records.append(record(now[place], before))
    return records, now


def _arrived(random: Random, name: str) -> Response:
    score = random.randrange(11)
    return response(
        name,
        score,
        answers={"nps": score, "reasons": random.choice(REASONS)},
        segment_path=random.choice(STORES),
        day=random.choices(DAYS, (1, 18, 1))[0],
        channel=random.choice(("email", "sms")),
        product=random.choice(("", "lamp", "sofa", "gone")),
        facets={"hidden.plan": PLANS[int(len(PLANS) * random.random() ** 9)]},
        comment=random.choice(COMMENTS),
        sent_at=random.choice((None, NOON - timedelta(minutes=random.randrange(30_000)))),
        origin=random.choice(list(Origin)),
        standing=random.choice((Standing.COUNTED, Standing.COUNTED, Standing.FLAGGED)),
    )


def _changed(random: Random, before: Response) -> Response:
    """Return a later revision: a correction, a move, a tombstone, a return; into the figures or out of them."""
    score = random.randrange(11)
    path = random.choice(STORES)
    changes: tuple[dict[str, Any], ...] = (
        {"score": score, "score_class": score_class(score), "answers": {**before.answers, "nps": score}},
        {"segment": path[-1], "segment_path": path},
        {"day": random.choices(DAYS, (1, 18, 1))[0]},
        {"state": ResponseState.DELETED},
        {"state": ResponseState.FINAL},
        {"comment": random.choice(COMMENTS)},
        {"standing": random.choice(list(Standing))},
    )
    return before.changed(rev=before.rev + 1, **random.choice(changes))


def disordered(random: Random, records: list[Record]) -> list[Record]:
    """Return the records with their order broken nearby, one record's as well: as redrives and shard splits do."""
    places = [(place + random.uniform(0, 60), place) for place in range(len(records))]
    return [records[place] for _, place in sorted(places)]


@contextmanager
def rivals(random: Random, records: list[Record]) -> Iterator[None]:
    """Let another worker count some of the same records, now and then, between what a worker reads and writes."""
    busy: list[bool] = []

    def meanwhile(_parameters: dict[str, Any]) -> None:
        if not busy and random.random() < 0.05:
            busy.append(True)
            start = random.randrange(len(records))
            app.handler(event(records[start : start + 30]), Context())
            busy.clear()

    with faults.failing("TransactWriteItems", meanwhile):
        yield


def weather(seed: int, events: int) -> Stream:
    """Run a history through the handler: lost records, redelivery, ragged batches, shards, rivals, failing calls."""
    random = Random(seed)  # noqa: S311 - repeatable disorder, not a secret
    records, now = history(random, events)
    table.put_many(each.changed(rev=each.rev - 1) for each in now)
    lost = {number for number in range(events) if random.random() < LOST} | {events - 1}
    left = [each for number, each in enumerate(records) if number not in lost]
    feed = Stream(app.handler, shards=3, ragged=True, again=0.1, retries=6, seed=seed)
    feed.put(*disordered(random, left))
    with rivals(random, left), faults.storm(0.06, seed) as injected:
        feed.run()
    assert len(injected) > events // 400  # it was a storm
    return feed


def wanted(usual: int = SEEDS, least: int = EVENTS) -> tuple[range, int]:
    """Return the seeds, and how many events each has. `10x20000+5`: ten seeds from the fifth on."""
    number, _, rest = os.environ.get("STORM", f"{usual}x{least}").partition("x")
    events, _, first = rest.partition("+")
    start = int(first or 0)
    return range(start, start + int(number)), int(events)


def empty() -> None:
    world.fresh()
    forget()
    table.put_many((Product(code="lamp", name="Lamp", group="Light"), Product(code="sofa", name="Sofa", group="Home")))


def test_after_any_weather_and_one_sweep_every_counter_is_what_a_recount_says() -> None:
    seeds, events = wanted()
    for seed in seeds:
        empty()
        feed = weather(seed, events)
        assert recount.counted() != recount.recounted()  # the last record was lost

        behind = sum(metrics.sweep(SURVEY, day) for day in DAYS)

        true = recount.recounted()
        assert behind > 0
        assert recount.counted() == true, seed
        assert all(count > 0 for numbers in recount.counted().values() for count in numbers.values())  # D14
        assert [metrics.reconcile(SURVEY, day).total for day in DAYS] == [0, 0, 0]
        feed.replay([each for shard in feed.shards for each in shard][: events // 4])  # a redrive
        assert recount.counted() == true, seed


def mild(handler: Handler, *, failing: float) -> Stream:
    """Run a history through a handler with nothing lost and nothing out of order; batches come again."""
    random = Random(1)  # noqa: S311 - repeatable disorder, not a secret
    records, now = history(random, 40)
    table.put_many(each.changed(rev=each.rev - 1) for each in now)
    feed = Stream(handler, batch=10, again=0.25, seed=2)
    feed.put(*records)
    with faults.storm(failing, 1):
        feed.run()
    return feed


def test_the_right_way_is_right_in_mild_weather_without_any_sweep() -> None:
    mild(app.handler, failing=0.02)

    assert recount.counted() == recount.recounted()


@pytest.mark.parametrize("wrong", [miscounting.bare_add, miscounting.marker_then_add, miscounting.add_then_marker])
def test_the_wrong_ways_are_wrong_even_in_mild_weather(wrong: Handler) -> None:
    """Nothing lost, nothing out of order: only batches that come again, and one call in fifty that fails."""
    mild(wrong, failing=0.02)

    assert recount.counted() != recount.recounted()
