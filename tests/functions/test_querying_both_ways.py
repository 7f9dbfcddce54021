"""The same question answered out of the counters and out of the responses has the same answer."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escuta import table
from escuta.directory import segments
from escuta.directory.model import Product
from escuta.feedback import metrics, querying
from escuta.feedback.model import (
    Comparison,
    Filter,
    FilterBy,
    Grouping,
    Hierarchy,
    Metric,
    Origin,
    Query,
    Reckoned,
    Response,
    Standing,
)
from escuta.feedback.querying import asked, composing, counters
from escuta.feedback.querying.shelf import Shelf
from tests.conftest import NOON
from tests.functions import figures
from tests.functions.figures import PLACES, SPAN
from tests.kit.factories import response

NUMBERS = count()
EVERYTHING = {"include": frozenset(Standing) - {Standing.COUNTED}, "tapped": False}

PROFILES = st.fixed_dictionaries(
    {
        "place": st.sampled_from(sorted(PLACES)),
        "score": st.integers(0, 10),
        "back": st.integers(0, 40),
        "product": st.sampled_from(["", "tv", "sofa"]),
        "channel": st.sampled_from(["email", "sms", "store"]),
        "plan": st.sampled_from(["", "gold", "+55 11 98765-0123"]),
        "visit": st.integers(1, 5),
        "reasons": st.sampled_from([(), ("price",), ("price", "staff")]),
        "comment": st.sampled_from(["", "Entrega atrasou, p\u00e9ssimo!", "\u00d3tima entrega"]),
        "standing": st.sampled_from([Standing.COUNTED, Standing.COUNTED, Standing.SUSPECT]),
        "origin": st.sampled_from(Origin),
        "waited": st.integers(1, 30_000),
        "times": st.integers(1, 16),
    }
)


@pytest.fixture(autouse=True)
def company(aws: None, noon: object) -> None:  # noqa: ARG001 - the store and the clock come first
    figures.found()
    segments.move(segments.get("manaus"), "sul")
    for code, group in (("tv", "Home"), ("sofa", "")):
        table.create(Product(code=code, name=code.title(), group=group))


def answers(survey: str, profiles: list[dict[str, Any]]) -> Iterator[Response]:
    for number, of in enumerate(profiles):
        moment = NOON - timedelta(days=of["back"])
        for turn in range(of["times"]):
            yield response(
                f"{survey} {number} {turn}",
                of["score"],
                survey=survey,
                segment_path=PLACES[of["place"]],
                received_at=moment,
                sent_at=moment - timedelta(minutes=of["waited"]),
                answers={"nps": of["score"], "visit": of["visit"], "reasons": of["reasons"]},
                facets={"hidden.plan": of["plan"]} if of["plan"] else {},
                rev=0,
                **{name: of[name] for name in ("product", "channel", "comment", "standing", "origin")},
            )


def queries(survey: str) -> Iterator[Query]:
    own: dict[str, Any] = {"survey": survey, "span": SPAN}
    was, now = (Query(segment="sul", hierarchy=each, **own) for each in Hierarchy)
    yield was.changed(group_by=Grouping.WEEK, compare=Comparison.BEFORE)
    yield now.changed(group_by=Grouping.SEGMENT, compare=Comparison.BEFORE, **EVERYTHING)
    yield was.changed(group_by=Grouping.SEGMENT, metric=Metric.MEAN, question="visit", then_by=Grouping.QUESTION)
    yield was.changed(subtree=False, metric=Metric.RESPONSES, group_by=Grouping.DAY)
    yield now.changed(metric=Metric.SHARES, question="reasons", group_by=Grouping.MONTH)
    whole = Query(segment="aurora", **own)
    yield whole.changed(group_by=Grouping.PRODUCT, metric=Metric.TOP_BOX, question="nps", tapped=False)
    yield whole.changed(group_by=Grouping.PRODUCT_GROUP, metric=Metric.WAIT)
    yield whole.changed(group_by=Grouping.DIMENSION, dimension="hidden.plan", metric=Metric.CSAT, question="visit")
    yield whole.changed(group_by=Grouping.QUESTION, filters=(Filter(field=FilterBy.PRODUCT, values=("tv", "sofa")),))
    yield whole.changed(group_by=Grouping.CHANNEL, filters=(Filter(field=FilterBy.CHANNEL, values=("sms",)),))
    yield whole.changed(group_by=Grouping.LANGUAGE, metric=Metric.TONES)
    plan = Filter(field=FilterBy.DIMENSION, of="hidden.plan", values=("gold", "~other"))
    yield whole.changed(metric=Metric.TOPICS, filters=(plan,), compare=Comparison.YEAR_BEFORE)


def answered(plan: composing.Plan, shelf: Shelf) -> Reckoned:
    return composing.answer(plan, shelf)[0].changed(source="", read=0)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PROFILES, min_size=1, max_size=5))
def test_counters_and_responses_say_the_same(profiles: list[dict[str, Any]]) -> None:
    survey = f"both{next(NUMBERS)}"
    figures.publish(survey)
    metrics.apply([table.create(each) for each in answers(survey, profiles)])

    one, other = Shelf(), Shelf()
    for query in queries(survey):
        found = asked.look_up(query)
        by_counters = counters.of(found)
        assert by_counters is not None
        assert answered(composing.Plan(found, None), one) == answered(composing.Plan(found, by_counters), other)
    assert sum(each.figure.n for each in by_channel(survey)) == querying.ask(counted(survey)).figure.n


def counted(survey: str) -> Query:
    return Query(survey=survey, segment="sul", span=SPAN, metric=Metric.RESPONSES)


def by_channel(survey: str) -> Iterator[Reckoned]:
    for channel in ("email", "sms", "store"):
        only = Filter(field=FilterBy.CHANNEL, values=(channel,))
        yield querying.ask(counted(survey).changed(filters=(only,)))
