"""Questions to the figures: what each metric says of whole and parts, out of counters and out of responses alike."""

from datetime import date
from typing import Any

import pytest

from escuta import table
from escuta.directory import segments
from escuta.directory.model import Product
from escuta.entity import Key, Table
from escuta.errors import EscutaError, InvalidError
from escuta.feedback import metrics, querying
from escuta.feedback.model import (
    Comparison,
    FacetValues,
    Filter,
    FilterBy,
    Grouping,
    Hierarchy,
    Metric,
    Query,
    Reckoned,
    Span,
)
from escuta.feedback.querying import asked as looking_up
from escuta.feedback.querying import composing, fallback
from escuta.feedback.querying.shelf import Shelf
from escuta.outreach.model import Channel, Step
from tests.functions import figures
from tests.functions.figures import PLACES, SPAN, answered
from tests.kit import faults, funnel
from tests.kit.factories import invitation, response

BY_ANSWER: dict[str, Any] = {"group_by": Grouping.ANSWER, "by": "nps"}


@pytest.fixture(autouse=True)
def company(aws: None, noon: object) -> None:  # noqa: ARG001 - the store and the clock come first
    figures.found()


def asked(segment: str = "aurora", **fields: Any) -> Reckoned:
    return querying.ask(Query(survey="visit", segment=segment, **{"span": SPAN, **fields}))


def test_the_nps_of_a_place_comes_with_its_interval_and_counts() -> None:
    answered("poa", *[10] * 6, *[8] * 2, *[3] * 2)

    figure = querying.rounded(asked("sul")).figure

    assert (figure.n, figure.value, figure.low, figure.high) == (10, 40.0, -9.6, 89.6)
    assert figure.counts == {"promoter": 6, "passive": 2, "detractor": 2}


def test_months_are_parts_and_each_is_held_against_its_own() -> None:
    answered("poa", *[10] * 12, day="2026-02-05")
    answered("poa", *[0] * 12, day="2026-03-05")
    answered("poa", *[10] * 12, day="2025-03-05")

    found = asked(
        span=Span(first=date(2026, 2, 1), last=date(2026, 3, 31)),
        group_by=Grouping.MONTH,
        compare=Comparison.YEAR_BEFORE,
    )

    assert [(part.key, part.figure.value) for part in found.parts] == [("2026-02-01", 100), ("2026-03-01", -100)]
    assert [part.change.verdict if part.change else None for part in found.parts] == [None, "worse"]
    assert found.compared is not None
    assert (found.compared.first, found.compared.figure.value) == (date(2025, 2, 1), 100)


def test_places_are_ranked_and_the_rank_of_what_cannot_be_told_apart_is_shared() -> None:
    answered("poa", *[10] * 20)
    answered("curitiba", *[10] * 19, 0)
    answered("manaus", *[0] * 20)

    found = asked(group_by=Grouping.SEGMENT, levels=2)

    ranks = [(part.name, part.first_rank, part.last_rank, part.tier) for part in found.parts]
    assert ranks == [("Poa", 1, 2, 1), ("Curitiba", 1, 2, 1), ("Manaus", 3, 3, 2)]


def test_a_place_is_read_alone_or_with_all_below_it() -> None:
    answered("poa", *[10] * 10)
    answered("sul", *[0] * 10)

    assert [asked("sul", subtree=each).figure.value for each in (True, False)] == [0, -100]


def test_a_place_that_moved_is_read_as_it_was_and_as_it_is() -> None:
    answered("manaus", *[10] * 10)
    segments.move(segments.get("manaus"), "sul")
    answered("poa", *[0] * 10)

    assert [asked("sul", hierarchy=each).figure.value for each in Hierarchy] == [-100, 0]
    assert [asked("norte", hierarchy=each).figure.n for each in Hierarchy] == [10, 0]
    now = asked("sul", hierarchy=Hierarchy.IS, group_by=Grouping.SEGMENT)
    assert {part.key: part.figure.value for part in now.parts} == {"manaus": 100, "poa": -100, "curitiba": None}


def test_a_heat_map_has_every_question_of_every_place() -> None:
    answered("poa", *[10] * 12, answers={"nps": 10, "visit": 5})
    answered("curitiba", *[0] * 12, answers={"nps": 0, "visit": 1, "how": "web"})

    found = asked("sul", group_by=Grouping.SEGMENT, then_by=Grouping.QUESTION)

    cells = {(part.key, cell.key): cell.figure.value for part in found.parts for cell in part.parts}
    assert (cells["poa", "nps"], cells["curitiba", "nps"]) == (100, -100)
    assert (cells["poa", "visit"], cells["curitiba", "visit"]) == (1, 0)
    assert cells["poa", "how"] is None


def test_the_only_masked_place_takes_another_with_it() -> None:
    answered("poa", *[10] * 12)
    answered("curitiba", *[0] * 5)

    found = asked("sul", group_by=Grouping.SEGMENT)

    assert (found.figure.n, found.figure.masked) == (17, False)
    assert {part.key: (part.figure.n, part.figure.value, part.tier) for part in found.parts} == {
        "poa": (12, None, None),
        "curitiba": (5, None, None),
    }


@pytest.mark.parametrize("hidden", [{"filters": (Filter(field=FilterBy.CLASS, values=("detractor",)),)}, BY_ANSWER])
def test_of_too_few_people_it_is_not_even_told_how_many_said_something(hidden: dict[str, Any]) -> None:
    answered("poa", *[10] * 6, 0, 0)

    found = asked("poa", metric=Metric.RESPONSES, **hidden)

    assert (found.figure.n, found.figure.masked, found.figure.value) == (0, True, None)
    assert {part.figure.n for part in found.parts} <= {0}


def test_of_enough_people_it_is_told() -> None:
    answered("poa", *[10] * 10, 0, 0)

    detractors = Filter(field=FilterBy.CLASS, values=("detractor",))
    assert asked("poa", metric=Metric.RESPONSES, filters=(detractors,)).figure.value == 2
    by_answer = asked("poa", metric=Metric.RESPONSES, **BY_ANSWER)
    assert [(part.key, part.figure.value) for part in by_answer.parts] == [("0", 2), ("10", 10)]


def test_a_product_of_a_region_is_read_from_the_responses_and_of_the_whole_from_counters() -> None:
    table.create(Product(code="tv", name="Televisor"))
    answered("poa", *[10] * 10, product="tv")
    answered("manaus", *[0] * 10, product="tv")
    of_tv = (Filter(field=FilterBy.PRODUCT, values=("tv",)),)

    whole, region = asked(filters=of_tv, group_by=Grouping.PRODUCT), asked("sul", filters=of_tv)

    assert (whole.source, whole.read, whole.figure.value) == ("counters", 0, 0)
    assert [(part.key, part.name) for part in whole.parts] == [("tv", "Televisor")]
    assert (region.source, region.read, region.figure.value) == ("responses", 10, 100)


def test_more_responses_than_may_be_read_are_refused_before_any_is_read() -> None:
    metrics.apply([response("a", segment_path=PLACES["poa"], day="2026-03-09")])
    row = Key("counter#visit#segment#sul", "2026-03-09#0")
    marker = FacetValues(survey="other", dimension="none")
    table.transact(table.Create(marker), table.Add(Table.FEEDBACK, row, {"n": 10_000}))
    table.transact(
        table.Save(marker.changed(rev=1)),
        table.Add(Table.FEEDBACK, Key("counter#visit#segment#aurora", "2026-03-09#0"), {"n": 50_000}),
    )

    with pytest.raises(InvalidError) as refusal:
        asked("sul", filters=(Filter(field=FilterBy.CHANNEL, values=("sms",)),))

    assert (refusal.value.code, refusal.value.details["responses"]) == ("query_too_wide", 10_001)


def test_questions_asked_together_read_only_so_many_responses() -> None:
    answered("poa", *[10] * 12)
    found = looking_up.look_up(Query(survey="visit", segment="poa", span=SPAN, **BY_ANSWER))
    shelf = Shelf()
    shelf.rows = fallback.MOST_TOGETHER - 11

    with pytest.raises(InvalidError) as refusal:
        composing.answer(composing.plan(found, shelf), shelf)

    assert refusal.value.code == "query_too_wide"
    shelf.rows -= 1
    assert composing.answer(composing.plan(found, shelf), shelf)[0].read == 12


def test_more_parts_than_anybody_reads_are_refused() -> None:
    for number in range(101):
        segments.create(f"store-{number}", "Store", "sul")

    with pytest.raises(InvalidError) as refusal:
        asked("sul", group_by=Grouping.SEGMENT)

    assert (refusal.value.code, refusal.value.details) == (
        "too_many_parts",
        {"field": "group_by", "most": 100, "found": 103},
    )


def test_several_questions_read_what_they_share_once() -> None:
    answered("poa", *[10] * 12)
    year = Query(survey="visit", segment="sul", span=Span(first=date(2026, 1, 1), last=date(2026, 3, 10)))
    several = [year.changed(metric=metric, group_by=Grouping.WEEK) for metric in (Metric.NPS, Metric.WAIT)]
    querying.ask(year)  # the hierarchy and the survey are known from here on

    with faults.recording() as one:
        querying.ask(several[0])
    with faults.recording() as all_of_them:
        querying.ask_many([*several, several[0].changed(span=SPAN)])

    assert len(all_of_them) == len(one) > 0


def test_one_refused_question_does_not_cost_the_others_their_answer() -> None:
    answered("poa", *[10] * 12)
    good = Query(survey="visit", segment="sul", span=SPAN)

    found = querying.ask_many([good.changed(survey="none"), good, good.changed(metric=Metric.CSAT)])

    assert [each.code for each in found if isinstance(each, EscutaError)] == ["survey_not_found", "value_not_allowed"]
    assert [each.figure.n for each in found if isinstance(each, Reckoned)] == [12]


def test_the_funnel_is_told_by_place_and_by_channel() -> None:
    for number in range(20):
        done, place = number < 8, "poa" if number < 8 else "manaus"
        channel, reached = (Channel.SMS, Step.COMPLETED) if done else (Channel.EMAIL, Step.DELIVERED)
        known: dict[str, Any] = {
            "segment": place,
            "segment_path": PLACES[place],
            "channel": channel,
            "reached": reached,
        }
        funnel.store(invitation(name=f"P{number}", **known))

    by_place = asked(metric=Metric.FUNNEL, group_by=Grouping.SEGMENT, levels=2)
    by_channel = asked(metric=Metric.FUNNEL, group_by=Grouping.CHANNEL)

    assert (by_place.figure.n, by_place.figure.value) == (20, 0.4)
    assert by_place.figure.counts == {"queued": 20, "sent": 20, "delivered": 20, "started": 8, "completed": 8}
    assert {part.key: part.figure.n for part in by_place.parts} == {"poa": 8, "curitiba": 0, "manaus": 12}
    assert {part.key: part.figure.n for part in by_channel.parts} == {"sms": 8, "email": 12}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"metric": Metric.MEAN}, "question"),
        ({"metric": Metric.MEAN, "question": "comment"}, "question"),
        ({"metric": Metric.WAIT, "question": "nps"}, "question"),
        ({"metric": Metric.WAIT, "group_by": Grouping.QUESTION}, "group_by"),
        ({"metric": Metric.FUNNEL, "hierarchy": Hierarchy.IS}, "hierarchy"),
        ({"metric": Metric.FUNNEL, "subtree": False}, "subtree"),
        ({"group_by": Grouping.ANSWER, "by": "comment"}, "by"),
        ({"by": "nps"}, "by"),
        ({"group_by": Grouping.DIMENSION, "dimension": "hidden.colour"}, "dimension"),
        ({"then_by": Grouping.QUESTION}, "then_by"),
        ({"filters": (Filter(field=FilterBy.CLASS, values=("promotor",)),)}, "filters"),
        ({"filters": (Filter(field=FilterBy.ANSWER, of="comment", values=("a",)),)}, "filters"),
        ({"filters": (Filter(field=FilterBy.DIMENSION, of="hidden.colour", values=("a",)),)}, "filters"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_does(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        asked(**fields)

    assert (refusal.value.code, refusal.value.details["field"]) == ("value_not_allowed", field)
    assert refusal.value.details["allowed"]
