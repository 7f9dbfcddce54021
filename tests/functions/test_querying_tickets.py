"""What the figures say of following up: rates, times and causes, with their doubt, at each place and over time."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from escuta.directory.model import Scope
from escuta.errors import InvalidError
from escuta.feedback import querying
from escuta.feedback.model import Comparison, Figure, Grouping, Metric, Query, Reckoned, Span, Ticket, TicketState
from escuta.feedback.querying.checking import OF_TICKETS
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, open_survey, ticketed
from tests.kit.faults import recording

BEFORE = NOON - timedelta(days=30)


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def done(name: str, place: str = "poa", *, minutes: int = 60, ended: datetime = NOON, **fields: Any) -> Ticket:
    """Let a ticket be closed so many minutes after it was opened."""
    opened = ended - timedelta(minutes=minutes)
    times = {"opened_at": opened, "first_response_at": opened + timedelta(minutes=minutes // 2), "closed_at": ended}
    own = {"state": TicketState.CLOSED, "ended_at": ended, "spent": {TicketState.NEW: minutes * 60}, **times}
    return ticketed(place, name, **{"due_at": ended + timedelta(hours=1), **own, **fields})


def several(number: int, what: str, place: str = "poa", **fields: Any) -> None:
    for each in range(number):
        done(f"{what}{each}", place, **fields)


def asked(metric: Metric, **fields: Any) -> Reckoned:
    span = Span(first=date(2026, 3, 1), last=date(2026, 3, 31))
    return querying.rounded(
        querying.ask(Query(**{"survey": "visit", "segment": "aurora", "metric": metric, "span": span, **fields}), "en")
    )


def told(figure: Figure) -> tuple[int, float | None, float | None, float | None]:
    return figure.n, figure.value, figure.low, figure.high


def test_the_recovery_rate_is_of_those_who_were_asked_and_answered() -> None:
    several(9, "good", recovered=True, follow_up="k")
    several(3, "bad", recovered=False, follow_up="k", reopened=1)
    several(4, "silent", follow_up="k")

    found = asked(Metric.RECOVERY).figure

    assert told(found) == (12, 0.75, 0.4677, 0.9111)
    assert found.counts == {"recovered": 9, "lost": 3, "asked": 16}
    assert told(asked(Metric.REOPENED).figure) == (16, 0.1875, 0.0659, 0.4301)


def test_too_few_are_not_told() -> None:
    several(9, "good", recovered=True)

    found = asked(Metric.RECOVERY).figure

    assert (found.n, found.masked, found.value, found.counts) == (9, True, None, None)


def test_times_are_medians_with_the_interval_of_the_sign_test_and_beside_them_those_in_business_hours() -> None:
    for number in range(11):
        done(f"t{number}", minutes=20 * (number + 1), respond_seconds=60 * number, resolve_seconds=600)

    closing, first = asked(Metric.CLOSING).figure, asked(Metric.FIRST_RESPONSE).figure

    assert (closing.unit, *told(closing)) == ("minutes", 11, 120.0, 45.0, 240.0)
    assert told(first) == (11, 60.0, 30.0, 120.0)
    assert closing.shares is not None
    assert told(closing.shares["business"]) == (11, 10.0, 10.0, 10.0)
    states = asked(Metric.TIME_IN_STATE).figure
    assert states.shares is not None
    assert (states.n, told(states.shares["new"]), states.shares["waiting"].n) == (11, (11, 120.0, 45.0, 240.0), 0)


def test_closing_in_time_is_of_those_with_a_promise() -> None:
    several(10, "kept")
    several(5, "late", late=True)
    several(2, "free", due_at=datetime.fromisoformat("9999-12-31T00:00:00+00:00"))

    found = asked(Metric.IN_TIME).figure

    assert (found.n, found.value, found.counts) == (15, 0.6667, {"in_time": 10, "late": 5})


def test_root_causes_are_shares_and_those_that_came_again_are_told_cause_by_cause() -> None:
    several(8, "queue", root_causes=("fila",), caused_again=("fila",))
    several(4, "price", root_causes=("preco", "fila"))
    several(3, "none")

    causes = asked(Metric.CAUSES).figure
    assert (causes.n, causes.counts) == (12, {"fila": 12, "preco": 4})
    assert causes.shares is not None
    assert causes.shares["preco"].value == 0.3333
    again = asked(Metric.CAUSED_AGAIN).figure
    assert (again.n, again.value, again.counts) == (12, 0.6667, {"again": 8, "others": 4})
    assert again.shares is not None
    assert (again.shares["fila"].value, again.shares["preco"].masked) == (0.6667, True)


def test_what_became_of_tickets_is_counted() -> None:
    several(2, "done", gesture={"amount": "12.50", "currency": "BRL"})
    ticketed("poa", "new")

    found = asked(Metric.TICKETS).figure

    assert (found.value, found.unit) == (3, "count")
    assert found.counts == {
        "opened": 3, "merged": 0, "answered": 2, "closed": 2, "ended": 2, "reopened": 0, "asked": 0, "gestures": 2,
        "cost.BRL": 2500,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "verdict", "difference"),
    [
        (Metric.RECOVERY, "worse", -0.6),
        (Metric.IN_TIME, "worse", -0.6),
        (Metric.REOPENED, "worse", 0.6),
        (Metric.CAUSED_AGAIN, "worse", 0.6),
        (Metric.CLOSING, "worse", 420.0),
        (Metric.FIRST_RESPONSE, "worse", 210.0),
        (Metric.TICKETS, None, None),
    ],
)
def test_a_comparison_says_what_is_better_whichever_way_the_figure_points(
    metric: Metric, verdict: str | None, difference: float | None
) -> None:
    bad: dict[str, Any] = {
        "recovered": False,
        "late": True,
        "reopened": 1,
        "root_causes": ("fila",),
        "caused_again": ("fila",),
    }
    good: dict[str, Any] = {"recovered": True, "root_causes": ("fila",)}
    march = NOON - timedelta(days=2)
    several(18, "was", ended=BEFORE, **good)
    several(2, "was bad", ended=BEFORE, **bad)
    several(6, "is", minutes=480, ended=march, **good)
    several(14, "is bad", minutes=480, ended=march, **bad)

    compared = asked(
        metric, span=Span(first=date(2026, 2, 19), last=date(2026, 3, 20)), compare=Comparison.BEFORE
    ).compared
    assert compared is not None
    assert (compared.change and compared.change.verdict) == verdict
    assert (compared.change and compared.change.difference) == difference


def test_the_same_times_are_no_change() -> None:
    several(12, "was", ended=BEFORE)
    several(12, "is", ended=NOON)

    span = Span(first=date(2026, 2, 19), last=date(2026, 3, 20))
    compared = asked(Metric.CLOSING, span=span, compare=Comparison.BEFORE).compared

    assert compared is not None
    assert compared.change is not None
    assert (compared.change.verdict, compared.change.p, compared.change.low) == ("no_real_change", 1.0, None)


def test_stores_are_ranked_the_best_first_and_what_cannot_be_told_apart_shares_its_place() -> None:
    several(20, "fast", "poa", minutes=30, reopened=0)
    several(20, "slow", "curitiba", minutes=600, reopened=1)

    found = asked(Metric.CLOSING, segment="sul", group_by=Grouping.SEGMENT).parts
    assert [(part.key, part.first_rank, part.tier, part.figure.value) for part in found] == [
        ("poa", 1, 1, 30.0),
        ("curitiba", 2, 2, 600.0),
    ]
    again = asked(Metric.REOPENED, segment="sul", group_by=Grouping.SEGMENT).parts
    assert [(part.key, part.tier, part.figure.value) for part in again] == [("poa", 1, 0.0), ("curitiba", 2, 1.0)]


def test_a_figure_is_told_day_by_day_and_year_by_year() -> None:
    several(10, "was", ended=BEFORE, recovered=True)
    several(10, "is", recovered=False)

    parts = asked(
        Metric.RECOVERY, span=Span(first=date(2026, 2, 1), last=date(2026, 3, 31)), group_by=Grouping.MONTH
    ).parts
    assert [(part.key, part.figure.value) for part in parts] == [("2026-02-01", 1.0), ("2026-03-01", 0.0)]
    (year,) = asked(
        Metric.RECOVERY, span=Span(first=date(2026, 1, 1), last=date(2026, 3, 31)), group_by=Grouping.YEAR
    ).parts
    assert year.figure.value == 0.5


@pytest.mark.parametrize("metric", sorted(OF_TICKETS))
def test_what_tickets_are_not_counted_by_is_refused_by_name(metric: Metric) -> None:
    for field, value in (
        ("filters", ({"field": "channel", "values": ("email",)},)),
        ("group_by", Grouping.CHANNEL),
        ("subtree", False),
        ("include", frozenset({"flagged"})),
        ("question", "nps"),
    ):
        with pytest.raises(InvalidError) as refusal:
            asked(metric, **{field: value})
        assert (refusal.value.code, refusal.value.details["field"]) == ("value_not_allowed", field)


def test_two_years_of_ten_metrics_take_a_few_reads_however_many_tickets_there_are() -> None:
    several(30, "t")
    span = Span(count=731)
    queries = [Query(survey="visit", segment="aurora", metric=metric, span=span) for metric in OF_TICKETS]

    with recording() as calls:
        found = querying.ask_many(queries)

    assert all(isinstance(each, Reckoned) for each in found)
    assert [call.operation for call in calls].count("BatchGetItem") == 1


def test_the_api_answers_and_names_what_it_refuses() -> None:
    several(10, "good", recovered=True)
    text = key(Scope.METRICS_READ)
    query = {"survey": "visit", "segment": "sul", "metric": "recovery", "from": "2026-03-01", "to": "2026-03-31"}

    answer = ask("GET", "/v1/metrics", text, query=query).json["answer"]
    assert (answer["figure"]["value"], answer["source"]) == (1.0, "counters")
    refusal = ask("GET", "/v1/metrics", text, query={**query, "filter": "channel:email"})
    assert (refusal.status, refusal.code) == (422, "value_not_allowed")
