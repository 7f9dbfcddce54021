"""How much a dashboard over twelve months reads: `python -m benchmarks.dashboards`.

The counters of a year are made up, month after month, folded by the product as its sweep does, and taken away; those
of the days that are not folded yet stay, in all their sub-counters. Then the dashboard that every survey has is looked
at, with a ranking of products in the place of what reads tickets, comments and two counters for each field of a heat
map; and once as it is, with tickets that were counted and answers that say something. Sizes are those that DynamoDB
counts.
"""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient
from rich.console import Console

from benchmarks.ground import VERSION, standing
from escuta import clock, table
from escuta.directory.model import Product, Segment
from escuta.entity import Table
from escuta.feedback import dashboards, starting
from escuta.feedback.metrics import folding, rows, spreading
from escuta.feedback.model import (
    Choice,
    Grouping,
    Question,
    QuestionKind,
    ScoreClass,
    Span,
    Spread,
    Survey,
    SurveyStatus,
    WidgetKind,
)
from escuta.feedback.periods import Unit
from escuta.feedback.tickets import counts
from tests.kit.factories import response, ticket
from tests.kit.store import Store

MOST = 60_000  # bytes for each widget
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
FIRST = date(2025, 12, 1)
BUSY = (1.1, 1.1, 1.1, 1.1, 1.2, 0.8, 0.6)  # Monday to Sunday
CHILDREN, PRODUCTS, TOPICS = 10, 5, 11
NEWEST, TALKATIVE = 400, 0.4
LEFT_OUT = {WidgetKind.TICKETS, WidgetKind.COMMENTS, WidgetKind.HEATMAP}
Shares = dict[str, float]

_TEXT = VERSION.title
_CHOICES = tuple(Choice(id=f"reason{number}", text=_TEXT) for number in range(6))
ASKED = (
    Question(id="nps", kind=QuestionKind.NPS, text=_TEXT, required=True, benchmark=True),
    Question(id="csat", kind=QuestionKind.CSAT, text=_TEXT),
    Question(id="reason", kind=QuestionKind.CHOICE, text=_TEXT, choices=_CHOICES),
    Question(id="comment", kind=QuestionKind.TEXT, text=_TEXT, voice=True),
)


class _Meter:
    """What was read since it began."""

    def __init__(self) -> None:
        self.pages = self.size = 0

    def note(self, operation: str, answer: dict[str, Any]) -> None:
        """Add one answer."""
        if operation in {"Query", "BatchGetItem", "GetItem"}:
            batches = (item for part in answer.get("Responses", {}).values() for item in part)
            single = [answer["Item"]] if "Item" in answer else []
            self.pages += 1
            self.size += sum(map(_size, [*answer.get("Items", ()), *batches, *single]))


def _size(item: dict[str, Any]) -> int:
    return sum(len(name.encode()) + _width(value) for name, value in item.items())


def _width(value: dict[str, str]) -> int:
    if "N" in value:
        return (len(value["N"].lstrip("-")) + 1) // 2 + 1
    return len(value["S"].encode())


@contextmanager
def _tables() -> Iterator[tuple[Store, _Meter]]:
    store, meter = Store(map(str, Table)), _Meter()

    def call(_client: BaseClient, operation: str, parameters: dict[str, Any]) -> Any:
        answer = store.call(operation, parameters)
        meter.note(operation, answer)
        return answer

    with standing({}), patch.object(BaseClient, "_make_api_call", call):
        yield store, meter


def _company(subs: int, *, whole: bool) -> None:
    """Store what a dashboard needs beside counters."""
    begun = datetime(FIRST.year, FIRST.month, FIRST.day, 12, tzinfo=UTC)
    stores = [
        Segment(code=f"sp-{n:02}", name=f"Loja {n}", parent="aurora", path=("aurora", f"sp-{n:02}"), timezone="UTC")
        for n in range(CHILDREN)
    ]
    table.put_many([Segment(code="aurora", name="Lojas Aurora", path=("aurora",), timezone="UTC"), *stores])
    table.put_many([Product(code=f"tv-{n}", name=f"TV {n}", group="TV") for n in range(PRODUCTS)])
    published = VERSION.changed(questions=ASKED)
    head = Survey(id="s", name="S", status=SurveyStatus.LIVE, version=1, created_at=begun, updated_at=begun)
    dashboard = starting.fresh(published, "S", NOW)
    widgets = [each for each in dashboard.widgets if whole or each.kind not in LEFT_OUT]
    ranking = next(each for each in widgets if each.kind is WidgetKind.RANKING)
    by_product = ranking.changed(id="products", query=ranking.query.changed(group_by=Grouping.PRODUCT))
    for each in (published, head, dashboard.changed(widgets=(*widgets, by_product)), Spread(survey="s", rows=subs)):
        table.put(each)


def _talked(random: Random) -> None:
    """Store the newest answers, each with a comment or without, and a ticket about every unhappy one."""
    for number in range(NEWEST):
        place = f"sp-{random.randrange(CHILDREN):02}"
        moment = NOW - timedelta(minutes=7 * number)
        path = ("aurora", place)
        said = {"segment": place, "segment_path": path, "received_at": moment, "day": f"{moment:%Y-%m-%d}"}
        words = "Fila longa, mas fui bem atendida no caixa. " * 3 if random.random() < TALKATIVE else ""
        given = response(f"answer-{number}", random.choice((2, 8, 10)), survey="s", comment=words, **said)
        table.put(given)
        if given.score_class is ScoreClass.DETRACTOR:
            opened = ticket(given.id, survey="s", segment=place, segment_path=path, opened_at=moment, due_at=moment)
            table.transact(table.Create(opened), *counts.adds(None, opened))


def _shares() -> Shares:
    """Return which part of all answers each number has."""
    scores = (0.02, 0.01, 0.01, 0.02, 0.02, 0.04, 0.05, 0.11, 0.17, 0.18, 0.37)
    waits = {"5": 0.03, "60": 0.2, "360": 0.25, "1440": 0.2, "4320": 0.12, "10080": 0.08, "20160": 0.03, "more": 0.01}
    return {
        **{f"q.nps.{score}": share for score, share in enumerate(scores)},
        **{f"q.csat.{value}": share for value, share in enumerate((0.05, 0.06, 0.14, 0.35, 0.3), 1)},
        **{f"q.reason.reason{n}": share for n, share in enumerate((0.3, 0.2, 0.12, 0.08, 0.05, 0.05))},
        **{f"wait.{most}": share for most, share in waits.items()},
        "tone.negative": 0.1,
        "tone.neutral": 0.15,
        "tone.positive": 0.15,
        **{
            f"topic.topic{topic}.{name}": 0.08 / (topic + 1) * share
            for topic in range(TOPICS)
            for name, share in (("detractor", 0.5), ("passive", 0.2), ("promoter", 0.3))
        },
        **{f"comment.{name}": share for name, share in (("detractor", 0.1), ("passive", 0.1), ("promoter", 0.2))},
    }


def _drawn(random: Random, answers: float, shares: Shares) -> Counter[str]:
    """Return the counters of a day of a place, each as far from its share as chance has it."""
    found = Counter({name: _chance(random, answers * share) for name, share in shares.items()})
    found["detractor"] = sum(found[f"q.nps.{score}"] for score in range(7))
    found["passive"] = found["q.nps.7"] + found["q.nps.8"]
    found["promoter"] = found["q.nps.9"] + found["q.nps.10"]
    found["n"] = found["detractor"] + found["passive"] + found["promoter"]
    for topic in range(TOPICS):
        classes = ("detractor", "passive", "promoter")
        found[f"topic.topic{topic}"] = sum(found[f"topic.topic{topic}.{name}"] for name in classes)
    return Counter({name: number for name, number in found.items() if number})


def _chance(random: Random, expected: float) -> int:
    whole = random.gauss(expected, expected**0.5)
    return max(0, int(whole) + (random.random() < whole - int(whole)))


def _written(store: Store, random: Random, places: dict[str, float], day: date, subs: int) -> Iterator[dict[str, Any]]:
    """Write a day of each place, spread over sub-counters; yield the keys."""
    shares = _shares()
    for place, answers in places.items():
        numbers = _drawn(random, answers * BUSY[day.weekday()], shares)
        for sub in range(subs):
            part = {name: number // subs + (sub < number % subs) for name, number in numbers.items()}
            key = {"pk": {"S": f"counter#s#{place}"}, "sk": {"S": f"{day}#{sub}"}}
            if any(part.values()):
                values = {name: {"N": str(number)} for name, number in {**part, "ver": 1000}.items() if number}
                store.call("PutItem", {"TableName": Table.FEEDBACK, "Item": {**key, **values}})
                yield key


def _year(store: Store, a_year: int, subs: int) -> int:
    """Write and fold twelve months; return how many answers there are."""
    random = Random(a_year)  # noqa: S311 - chance, not a secret
    shares = {"segment#aurora": 1.0} | {f"segment#sp-{n:02}": 1 / CHILDREN for n in range(CHILDREN)}
    shares |= {f"product#tv-{n}": 1 / PRODUCTS for n in range(PRODUCTS)}
    places = {place: a_year / ((NOW.date() - FIRST).days + 1) * share for place, share in shares.items()}
    day, keys, total, last = FIRST, list[dict[str, Any]](), 0, NOW.date()
    while day <= last:
        keys += _written(store, random, places, day, subs)
        settled = day <= last - timedelta(days=2)
        if settled and ((day + timedelta(days=1)).day == 1 or day == last - timedelta(days=2)):
            folding.fold("s", day.isoformat(), list(places))
            counted = rows.read("s", {"segment#aurora": [(f"{day:%Y-%m}-01", day.isoformat())]})
            total += sum(each["n"] for each in counted["segment#aurora"].values())
            for key in keys:
                store.call("DeleteItem", {"TableName": Table.FEEDBACK, "Key": key})
            keys = []
        day += timedelta(days=1)
    fresh = rows.read("s", {"segment#aurora": [((last - timedelta(days=1)).isoformat(), last.isoformat())]})
    return total + sum(each["n"] for each in fresh["segment#aurora"].values())


def look(a_year: int, subs: int, *, whole: bool = False) -> str:
    """Return what looking at the dashboard reads, in a line."""
    with _tables() as (store, meter), clock.at(NOW):
        _company(subs, whole=whole)
        spreading.rows("s")
        answers = _year(store, a_year, subs)
        if whole:
            _talked(Random(NEWEST))  # noqa: S311 - chance, not a secret
        meter.pages = meter.size = 0
        view = dashboards.View(segment="aurora", language="en", span=Span(count=12, unit=Unit.MONTH))
        drawn = dashboards.shown(dashboards.get(starting.identity("s")), view)
        score = drawn["score"].reckoned
        if refused := [each.problem for each in drawn.values() if each.problem]:
            raise RuntimeError(f"not drawn: {refused}")
        if score is None or score.figure.n != answers:
            raise RuntimeError(f"{score} of {answers} answers: {[each.problem for each in drawn.values()]}")
    most = MOST * len(drawn) // 1000
    return (
        f"{answers:>10,} answers, {subs:>2} sub-counters, {len(drawn)} widgets: {meter.size / 1000:6.1f} KB of at most "
        f"{most} in {meter.pages} pages"
    )


def main() -> None:
    """Print a line for each size; each is measured in a process of its own, where nothing is known yet."""
    if len(sys.argv) > 1:
        a_year, subs, *rest = sys.argv[1:]
        print(look(int(a_year), int(subs), whole="whole" in rest))  # noqa: T201 - what the parent shows
        return
    screen = Console(width=120)
    screen.print("dashboards (what one look at twelve months reads)")
    for size in (("10000", "4"), ("10000000", "4"), ("10000000", "8"), ("10000000", "4", "whole")):
        command = [sys.executable, "-m", "benchmarks.dashboards", *size]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - ourselves
        screen.print(f"  {told.strip()}")


if __name__ == "__main__":
    main()
