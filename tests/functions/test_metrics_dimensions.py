"""What is counted beside scores: exact places, groups, comments, time to answer, and a survey's own dimensions."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory.model import Product
from escuta.errors import InvalidError
from escuta.feedback import blanking, drafts, facets, making, metrics
from escuta.feedback.answers import Read
from escuta.feedback.model import Contribution, Emptied, FacetValues, Response, SurveyDraft
from tests.conftest import NOON
from tests.functions.respondents import DRAFT
from tests.kit.factories import SURVEY, invitation, response, segment, version

pytestmark = pytest.mark.usefixtures("aws", "noon")
DAY = "2026-03-10"
PLAN, TIER = "hidden.plan", "contact.tier"


def of(dimension: str, value: str) -> Counter[str]:
    return metrics.tally(SURVEY, dimension, value, DAY, DAY).get(DAY, Counter())


def stored(*answers: Response) -> None:
    for answer in answers:
        table.put(answer.changed(rev=answer.rev - 1))


@pytest.mark.parametrize(
    ("passed", "bucket"),
    [
        (timedelta(minutes=5), "5"),
        (timedelta(minutes=5, seconds=1), "60"),
        (timedelta(days=1), "1440"),
        (timedelta(days=14), "20160"),
        (timedelta(days=14, seconds=1), "more"),
        (-timedelta(seconds=3), "5"),  # the clocks of two machines
    ],
    ids=["at once", "just over", "a day", "two weeks", "later", "before"],
)
def test_the_time_from_sending_to_the_answer_is_counted_in_buckets(passed: timedelta, bucket: str) -> None:
    metrics.apply([response(sent_at=NOON - passed)])

    assert {name: n for name, n in of("segment", "aurora").items() if name.startswith("wait.")} == {f"wait.{bucket}": 1}


def test_a_comment_is_counted_by_its_tone_and_by_topic_and_class() -> None:
    metrics.apply([response(score=2, comment="A entrega atrasou, péssimo!"), response("b", comment="Ótima entrega")])

    said = {name: n for name, n in of("segment", "aurora").items() if name.startswith(("tone", "topic.delivery"))}
    assert said == {
        "tone.negative": 1,
        "tone.positive": 1,
        "topic.delivery": 2,
        "topic.delivery.detractor": 1,
        "topic.delivery.promoter": 1,
    }


def test_an_answer_is_counted_in_the_group_that_its_product_had_then() -> None:
    lamp = table.create(Product(code="lamp", name="Lamp", group="Light"))
    metrics.apply([response(product="lamp")])
    table.save(lamp.changed(group="Home"))
    with clock.at(NOON + timedelta(minutes=6)):
        metrics.apply([response(product="lamp", score=2, rev=2), response("b", product="lamp")])

    assert of("group", "Light") == {"n": 1, "detractor": 1, "q.nps.2": 1}
    assert of("group", "Home") == {"n": 1, "promoter": 1, "q.nps.9": 1}


def test_an_answer_knows_when_its_invitation_was_sent() -> None:
    asked = invitation(sent_at=NOON - timedelta(hours=2))

    made = making.response(asked, version(), "a", Read({"nps": 9}, {}), language="pt-BR", body_hash="")

    assert made.sent_at == NOON - timedelta(hours=2)


def test_an_answer_brings_along_what_its_survey_is_counted_by() -> None:
    asked = invitation(custom={"tier": " gold \n card ", "secret": "x"})
    by = version(hidden=("plan",), dimensions=(PLAN, TIER))

    made = making.response(
        asked, by, "a", Read({"nps": 9}, {}), language="pt-BR", body_hash="", hidden={"plan": "p" * 90}
    )

    assert made.facets == {PLAN: "p" * 60, TIER: "gold card"}


def test_a_dimension_has_fifty_values_and_everything_else_is_counted_together() -> None:
    metrics.apply([response(f"{n:03}", facets={PLAN: f"plan {n:02}"}) for n in range(60)])
    metrics.apply([response("late", facets={PLAN: "plan 07"})])

    assert of(PLAN, "plan 07")["n"] == 2
    assert of(PLAN, facets.OTHER)["n"] == 10
    assert of(PLAN, "plan 55") == {}


def test_what_looks_like_a_person_never_becomes_a_value() -> None:
    many = ("ana@example.com", "+55 11 98765-0123", "390.533.447-05", "~other")

    metrics.apply([response(value, facets={PLAN: value}) for value in many])

    assert of(PLAN, facets.OTHER)["n"] == 4


def test_two_processes_that_list_values_at_once_agree() -> None:
    """Each has its own copy of the list, which may lack what the other has added."""
    metrics.apply([response("a", facets={PLAN: "basic"})])
    known = table.load(FacetValues, FacetValues.at(SURVEY, PLAN))
    table.save(known.changed(values=("basic", "gold")))  # the other process

    metrics.apply([response("c", facets={PLAN: "gold"}), response("d", facets={PLAN: "silver"})])

    assert [of(PLAN, value)["n"] for value in ("basic", "gold", "silver", facets.OTHER)] == [1, 1, 1, 0]
    assert table.load(FacetValues, FacetValues.at(SURVEY, PLAN)).values == ("basic", "gold", "silver")


def test_an_emptied_answer_counts_as_before() -> None:
    """Neither its words nor a value that nobody else can see are left in it."""
    table.create(version())
    whole = response(comment="A entrega atrasou, péssimo!", facets={PLAN: "gold", TIER: "ana@example.com"}, score=2)
    metrics.apply([whole])
    before = {place: of(*place) for place in (("segment", "aurora"), (PLAN, "gold"), (TIER, facets.OTHER))}

    emptied = blanking.response(whole, Emptied.ERASED).changed(rev=2)
    metrics.apply([emptied])

    assert emptied.facets == {PLAN: "gold", TIER: "~other"}
    assert "entrega" not in emptied.model_dump_json()
    assert {place: of(*place) for place in before} == before
    assert before["segment", "aurora"]["topic.delivery.detractor"] == 1


@pytest.mark.parametrize(
    ("dimensions", "code"),
    [
        (("hidden.plan", "hidden.plan"), "survey_dimensions"),
        (("contact.a", "contact.b", "contact.c", "contact.d"), "survey_dimensions"),
        (("hidden.color",), "survey_dimension"),
        (("contact.",), "survey_dimension"),
        (("answer.nps",), "survey_dimension"),
    ],
)
def test_a_survey_is_counted_by_few_fields_that_there_are(dimensions: tuple[str, ...], code: str) -> None:
    draft = SurveyDraft(**{**dict(DRAFT), "hidden": ("plan",), "dimensions": dimensions})

    with pytest.raises(InvalidError) as refused:
        drafts.check(draft)

    assert refused.value.code == code


def older(monkeypatch: pytest.MonkeyPatch, *answers: Response) -> None:
    """Count answers as a release did that knew nothing of comments."""
    with monkeypatch.context() as then:
        for module in ("contributions", "counting", "recounting"):
            then.setattr(f"escuta.feedback.metrics.{module}.FORMULA", 1)
        then.setattr("escuta.feedback.hearing.of", lambda _: None)
        metrics.apply(answers)


def test_what_an_older_release_counted_is_no_drift_and_the_sweep_counts_it_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [response(name, comment="Ótimo") for name in ("a", "b")]
    stored(*answers)
    older(monkeypatch, *answers)

    found = metrics.reconcile(SURVEY, DAY)
    repaired = metrics.sweep(SURVEY, DAY)

    assert (found.outdated, found.total, found.wrong) == (("a", "b"), 0, ())
    assert repaired == 2
    assert of("segment", "aurora")["tone.positive"] == 2
    assert of("segment", "aurora")["n"] == 2
    assert metrics.reconcile(SURVEY, DAY).outdated == ()


def test_a_release_that_goes_back_counts_on_from_what_the_newer_one_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    metrics.apply([response(comment="Ótimo")])

    older(monkeypatch, response(rev=2, score=3, comment="Ótimo"))

    assert of("segment", "aurora") == {"n": 1, "detractor": 1, "q.nps.3": 1}


def test_a_row_from_before_there_were_formulas_is_of_the_first() -> None:
    row: dict[str, Any] = metrics.contribution(response()).model_dump(mode="json", exclude={"formula"})

    assert Contribution.model_validate(row).formula == 1


def test_a_store_of_its_own_has_the_figures_of_its_answers_and_its_region_none_of_them() -> None:
    region = segment("aurora", "sudeste")
    metrics.apply([response("a"), response("b", segment_path=region.path)])

    assert (of("segment", "sudeste")["n"], of("at", "sudeste")["n"], of("at", "paulista")["n"]) == (2, 1, 1)
