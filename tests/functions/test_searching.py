"""From a figure to its answers: all of them, each once, in order, however they are read."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory import segments
from escuta.feedback import metrics, searching, surveys
from escuta.feedback.model import (
    Contribution,
    Filter,
    FilterBy,
    Hierarchy,
    Origin,
    Response,
    ResponseState,
    Standing,
)
from escuta.feedback.searching import Wanted
from tests.conftest import NOON
from tests.functions.callers import PLACES, answered, found_company
from tests.kit import factories
from tests.kit.faults import recording

ZONES = {"manaus": "America/Manaus"}
COMMENTS = ("", "", "Fila longa demais", "Ótimo atendimento", "A fila não andava", "Me liguem: 11 98765-4321")


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    surveys.create("Visit", survey="visit")


def some(many: int, seed: int = 7) -> list[Response]:
    """Return answers of twelve days at four places, some late from a kiosk, some deleted, flagged or tapped."""
    chance = random.Random(seed)  # noqa: S311 - the same answers in every run
    return [_one(chance, number) for number in range(many)]


def _one(chance: random.Random, number: int) -> Response:
    place = chance.choice(list(PLACES))
    received = NOON - timedelta(minutes=chance.randrange(12 * 24 * 60), milliseconds=number)
    late = received - timedelta(hours=chance.randrange(200)) if chance.random() < 0.2 else None
    zone = ZONES.get(place, factories.ZONE)
    comment = chance.choice(COMMENTS)
    return factories.response(
        f"answer-{number:03}",
        chance.randrange(11),
        segment_path=PLACES[place],
        timezone=zone,
        received_at=received,
        answered_at=late,
        day=clock.local_day(late or received, zone),
        channel=chance.choice(("email", "store")),
        product=chance.choice(("", "tv", "sofa")),
        comment=comment,
        state=ResponseState.DELETED if chance.random() < 0.1 else ResponseState.FINAL,
        standing=chance.choice((Standing.COUNTED, Standing.COUNTED, Standing.FLAGGED)),
        origin=chance.choice((Origin.SUBMITTED, Origin.SUBMITTED, Origin.TAPPED)),
        rev=0,
    )


def stored(many: int) -> list[Response]:
    found = some(many)
    table.put_many(found)
    return found


def wanted(segment: str = "aurora", **fields: Any) -> Wanted:
    return Wanted(**{"survey": "visit", "segment": segment, "subtree": True, **fields})


def pages(asked: Wanted, limit: int, between: Callable[[], None] = lambda: None) -> Iterator[list[str]]:
    """Yield the ids of page after page; something may happen between two of them."""
    cursor: str | None = None
    for _ in range(500):
        found = searching.page(asked, limit=limit, cursor=cursor)
        assert len(found.items) <= limit
        yield [each.id for each in found.items]
        cursor = found.next
        if cursor is None:
            assert found.looked_back_to is None
            return
        between()
    raise AssertionError("the pages do not end")


def ids(asked: Wanted, limit: int = 25) -> list[str]:
    return [name for page in pages(asked, limit) for name in page]


def expected(answers: list[Response], fits: Callable[[Response], bool]) -> list[str]:
    """Return the ids of what fits of what is left, the newest first."""
    left = [each for each in answers if each.state is ResponseState.FINAL and fits(each)]
    return [each.id for each in sorted(left, key=lambda each: (each.moment, each.id), reverse=True)]


WAYS = {
    "by place": {"MOST_PLACES": 40, "_FEW": 2},
    "by day": {"MOST_PLACES": 0},
    "by place, little at a time": {"MOST_PLACES": 40, "_FEW": 2, "MOST_TURNS": 9},
    "by day, little at a time": {"MOST_PLACES": 0, "MOST_TURNS": 3, "MOST_ROWS": 8},
}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in WAYS[request.param].items():
        monkeypatch.setattr(searching, name, value)


@pytest.mark.usefixtures("way")
def test_the_pages_together_are_the_answers_that_fit_each_once_and_in_order() -> None:
    answers = stored(110)
    first, last = date(2026, 3, 1), date(2026, 3, 7)

    def in_days(each: Response) -> bool:
        return "2026-03-01" <= each.day <= "2026-03-07"

    asked: list[tuple[Wanted, Callable[[Response], bool], int]] = [
        (wanted(), lambda _: True, 100),
        (wanted(), lambda _: True, 7),
        (wanted("sul"), lambda each: "sul" in each.segment_path, 4),
        (wanted("poa", subtree=False), lambda each: each.segment == "poa", 3),
        (wanted(first=first, last=last), in_days, 9),
        (
            wanted("manaus", first=last, last=last),
            lambda each: each.segment == "manaus" and each.day == "2026-03-07",
            2,
        ),
        (wanted("sul", words="FILA"), lambda each: "sul" in each.segment_path and "fila" in each.comment.lower(), 2),
        (
            wanted(standings=frozenset({Standing.FLAGGED}), tapped=False),
            lambda each: each.standing is Standing.FLAGGED and each.origin is not Origin.TAPPED,
            5,
        ),
    ]
    for question, fits, limit in asked:
        assert ids(question, limit) == expected(answers, fits), (question, limit)


@pytest.mark.usefixtures("way")
def test_what_arrives_while_somebody_turns_the_pages_moves_nothing() -> None:
    answers = stored(60)
    rounds = count(8)

    def arrive() -> None:
        seed = next(rounds)
        table.put_many([each.changed(id=f"new-{seed}-{each.id}") for each in some(2, seed)])

    seen = [name for page in pages(wanted(), 5, arrive) for name in page]

    assert [name for name in seen if name.startswith("answer")] == expected(answers, lambda _: True)
    assert len(set(seen)) == len(seen)


def test_a_page_says_how_far_it_looked_when_it_may_read_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "MOST_ROWS", 4)
    for hour in range(9):
        answered("poa", f"answer-{hour}", received_at=NOON - timedelta(hours=hour), comment="Tudo bem")
    asked = wanted("poa", subtree=False, words="fila")

    first = searching.page(asked)
    second = searching.page(asked, cursor=first.next)

    assert (first.items, first.looked_back_to) == ((), NOON - timedelta(hours=3))
    assert (second.items, second.looked_back_to) == ((), NOON - timedelta(hours=6))


def test_an_answer_that_waited_on_a_device_stands_where_it_was_given() -> None:
    answered("poa", "late", received_at=NOON, answered_at=NOON - timedelta(days=3), day="2026-03-07")
    answered("poa", "before", received_at=NOON - timedelta(days=2), day="2026-03-08")

    assert ids(wanted("poa")) == ["before", "late"]
    assert ids(wanted("poa", first=date(2026, 3, 7), last=date(2026, 3, 7))) == ["late"]


@pytest.mark.usefixtures("way")
def test_a_store_that_moved_is_found_where_it_stood_and_where_it_stands() -> None:
    answered("poa", "then", received_at=NOON - timedelta(days=1), day="2026-03-09")
    segments.move(segments.get("poa"), "norte")
    table.create(factories.response("since", segment_path=("aurora", "norte", "poa"), rev=0))

    assert ids(wanted("sul")) == ["then"]
    assert ids(wanted("norte")) == ["since"]
    assert ids(wanted("sul", hierarchy=Hierarchy.IS)) == []
    assert ids(wanted("norte", hierarchy=Hierarchy.IS)) == ["since", "then"]


def test_answers_are_filtered_by_everything_that_figures_are() -> None:
    answered("poa", "tv", 2, product="tv", language="en", comment="Fila longa", answers={"nps": 2, "why": ("queue",)})
    answered("poa", "sofa", 9, product="sofa", language="es", answers={"nps": 9, "why": ("price",)})
    for name, group in (("tv", "electronics"), ("sofa", "furniture")):
        table.create(
            Contribution(
                survey="visit", response=name, response_rev=1, day="2026-03-10", group=group, places=(), numbers={}
            )
        )

    def found(field: FilterBy, *values: str, of: str = "") -> list[str]:
        return ids(wanted("poa", filters=(Filter(field=field, of=of, values=values),)))

    assert found(FilterBy.PRODUCT, "tv") == ["tv"]
    assert found(FilterBy.PRODUCT_GROUP, "furniture", "garden") == ["sofa"]
    assert found(FilterBy.LANGUAGE, "es", "en") == ["tv", "sofa"]
    assert found(FilterBy.CLASS, "promoter") == ["sofa"]
    assert found(FilterBy.TOPIC, "waiting") == ["tv"]
    assert found(FilterBy.ANSWER, "queue", of="why") == ["tv"]
    assert ids(wanted("poa", commented=True)) == ["tv"]
    assert ids(wanted("poa", question="nps", words="filas longos")) == ["tv"]
    assert ids(wanted("poa", question="other")) == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("atencion", ["first"]),
        ("ATENCIÓN rapida", ["first"]),
        ("rápid", ["first"]),
        ("lenta", []),
        ("atención lenta", []),
        ("contar", ["first"]),
        ("...", ["first"]),
    ],
)
def test_words_are_found_whatever_their_case_accents_and_endings(words: str, found: list[str]) -> None:
    told = {"nps": 9, "more": "Volveré y se lo contaré a todos"}
    answered("poa", "first", 9, comment="La Atención fue rápida", language="es", answers=told)

    assert ids(wanted("poa", words=words)) == found


def test_what_is_masked_is_not_found_by_who_may_not_see_it() -> None:
    answered("poa", "first", 2, comment="Me liguem: 11 98765-4321")

    assert ids(wanted("poa", words="98765")) == []
    assert ids(wanted("poa", words="98765", masked=False)) == ["first"]
    assert ids(wanted("poa", words="liguem")) == ["first"]


def test_what_a_survey_no_longer_keeps_is_not_listed() -> None:
    surveys.keep("visit", 30)
    answered("poa", "old", received_at=NOON - timedelta(days=31), day="2026-02-07")

    assert ids(wanted("poa")) == []


def test_of_many_stores_with_answers_every_day_the_days_are_gone_through() -> None:
    for number in range(40):
        segments.create(f"s{number:02}", f"Store {number}", "norte")
    answered("manaus", "today", timezone="America/Manaus")
    answered("manaus", "yesterday", received_at=NOON - timedelta(days=1), day="2026-03-09", timezone="America/Manaus")

    with recording() as calls:
        found = searching.page(wanted(first=date(2026, 3, 9), last=date(2026, 3, 10)))

    assert [each.id for each in found.items] == ["today", "yesterday"]
    assert found.next is None
    assert len([call for call in calls if call.operation == "Query"]) <= 4


def test_there_are_as_many_answers_behind_a_figure_as_it_says() -> None:
    answers = stored(60)
    metrics.apply([each.changed(rev=1) for each in answers])
    flagged = frozenset({Standing.FLAGGED})

    for place in ("aurora", "sul", "manaus"):
        days = metrics.tally("visit", "segment", place, "2026-03-02", "2026-03-06")
        counted = sum(days.values(), Counter[str]())
        for include, tapped in ((frozenset[Standing](), True), (flagged, True), (frozenset[Standing](), False)):
            figure = metrics.viewed(counted, include, tapped=tapped)
            behind = wanted(
                place,
                first=date(2026, 3, 2),
                last=date(2026, 3, 6),
                standings=include | {Standing.COUNTED},
                tapped=tapped,
            )
            promoters = behind.changed(filters=(Filter(field=FilterBy.CLASS, values=("promoter",)),))
            assert len(ids(behind)) == figure["n"] > 0
            assert len(ids(promoters)) == figure["promoter"]


def test_days_before_the_survey_and_days_to_come_are_not_gone_through() -> None:
    for number in range(40):
        segments.create(f"s{number:02}", f"Store {number}", "norte")
    answered("manaus", "today", timezone="America/Manaus")

    with recording() as calls:
        found = searching.page(wanted(first=date(2000, 1, 1), last=date(2199, 12, 31)))

    assert ([each.id for each in found.items], found.next) == (["today"], None)
    assert len([call for call in calls if call.operation == "Query"]) <= 40
