"""Reading folded days while everything happens at once (faults 2D, 3.3): a figure by folds is the figure by counters.

Answers come late into days that are over and folded, are corrected, move and return; records come twice and out of
order; folding runs between the calls of counting, and counting between the calls of folding; both fail and crash; the
counters are spread wider. Whenever it is quiet every place is read, by folds and by counters.
`STORM=20x20000 pytest tests/functions/test_folding_storm.py` runs twenty seeds of twenty thousand.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from escuta import clock, table
from escuta.errors import EscutaError
from escuta.feedback import metrics
from escuta.feedback.metrics import days, folding, folds, rows, settling
from escuta.feedback.metrics.rows import Days, Span
from escuta.feedback.model import Spread
from metering import app
from tests.functions.test_metering_storm import DAYS, disordered, empty, history, wanted
from tests.kit import faults, recount
from tests.kit.factories import SURVEY
from tests.kit.stream import Context, event

pytestmark = pytest.mark.usefixtures("aws", "noon")
SEEDS, EVENTS, BATCH, SOME = 1, 160, 10, 8  # some: places that are folded, and read, at once
FIRST, LAST = "2026-02-20", "2026-04-02"
MOMENTS = tuple(  # nothing is over; one day may be folded; all may; March is over
    datetime(2026, *moment, tzinfo=UTC) for moment in ((3, 10, 15), (3, 10, 16), (3, 12, 16), (4, 2, 9))
)
FAILURES = (faults.Crash, EscutaError, ClientError, BotoCoreError)  # the next run goes on
CALLS = ("BatchGetItem", "Query", "PutItem", "TransactWriteItems")


class _World:
    """A history on its way, and what disturbs it."""

    def __init__(self, seed: int, events: int) -> None:
        self.random = Random(seed)  # noqa: S311 - repeatable disorder, not a secret
        records, now = history(self.random, events)
        table.put_many(each.changed(rev=each.rev - 1) for each in now)
        self.places = sorted({place for each in now for place in metrics.contribution(each).places})
        self.left = disordered(self.random, [*records, *self.random.sample(records, events // 4)])
        self.busy = False

    def count(self) -> None:
        batch, self.left = self.left[:BATCH], self.left[BATCH:]
        with suppress(*FAILURES):
            app.handler(event(batch), Context())

    def fold(self) -> list[str]:
        places = self.random.sample(self.places, SOME)
        with suppress(*FAILURES):
            settling.settle(SURVEY, self.random.choice(DAYS), places)
        return places

    def meanwhile(self, _parameters: Mapping[str, Any]) -> None:
        """Count or fold between two calls of whoever is at it."""
        if not self.busy and self.random.random() < 0.1:
            self.busy = True
            self.random.choice((self.count, self.fold))()
            self.busy = False

    @contextmanager
    def disturbed(self) -> Iterator[None]:
        with ExitStack() as stack:
            for call in CALLS:
                stack.enter_context(faults.failing(call, self.meanwhile))
            stack.enter_context(faults.storm(0.02, self.random.randrange(1_000_000)))
            yield


def differing(places: Sequence[str]) -> list[str]:
    """Return the places whose figures by folds are not those by counters: by day, or by month where there is one."""
    true = rows.read(SURVEY, {place: [(FIRST, LAST)] for place in places})
    read = metrics.tallies(SURVEY, places, FIRST, LAST)
    summed = metrics.tallies(SURVEY, places, FIRST, LAST, months=True)
    return [
        place
        for place in places
        if read[place] != true[place] or sum(summed[place].values(), Counter()) != sum(true[place].values(), Counter())
    ]


def weather(seed: int, events: int) -> Iterator[str]:
    """Run a history; yield what is read wrong, whenever it is."""
    under_way = _World(seed, events)
    for turn, moment in enumerate(MOMENTS):
        until = len(under_way.left) * (len(MOMENTS) - 1 - turn) // len(MOMENTS)
        with clock.at(moment):
            table.put(Spread(survey=SURVEY, rows=4 << turn))
            while len(under_way.left) > until:
                with under_way.disturbed():
                    under_way.count()
                    places = under_way.fold()
                yield from differing(places)
    yield from at_last(under_way)


def at_last(under_way: _World) -> list[str]:
    """Heal what was lost, read everything, fold everything, read it again."""
    with clock.at(MOMENTS[-1]):
        for day in DAYS:
            metrics.sweep(SURVEY, day)
        found = differing(under_way.places)
        for day in DAYS:
            settling.settle(SURVEY, day, under_way.places)
        held = folds.held(SURVEY, under_way.places, FIRST, LAST, months=True)
        assert all("2026-03" in known for known in held.values())
        return found + differing(under_way.places)


def test_whatever_is_read_by_folds_is_what_the_counters_say() -> None:
    seeds, events = wanted(SEEDS, EVENTS)
    for seed in seeds:
        empty()
        assert list(weather(seed, events)) == [], seed
        assert recount.counted() == recount.recounted()


class Hasty(folding.Month):
    """Reads the counters first and the marks afterwards."""

    def __init__(self, survey: str, month: str, places: Sequence[str], last: str) -> None:
        every = days.of_month(month)
        self.early = rows.read(survey, {place: [(every[0], every[-1])] for place in places})
        super().__init__(survey, month, places, last)

    def read(self, spans: Mapping[str, Sequence[Span]]) -> Mapping[str, Days]:
        return {place: self.early[place] for place in spans}


def test_a_fold_under_marks_that_were_read_after_its_counters_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "Month", Hasty)
    empty()

    assert any(weather(0, EVENTS))


def test_a_writer_that_marks_nothing_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(days, "mark", lambda *_: ())
    empty()

    assert any(weather(0, EVENTS))
