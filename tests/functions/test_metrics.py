"""What is counted, how it is read, swept and recounted."""

from collections import Counter
from typing import Any

import pytest

from escuta import table
from escuta.directory import segments
from escuta.entity import Entity, Key, Table
from escuta.errors import UnavailableError
from escuta.feedback import metrics
from escuta.feedback.model import Choice, Contribution, Parked, Question, QuestionKind, Response, ResponseState
from tests.kit import faults, world
from tests.kit.factories import PATH, SURVEY, response, version
from tests.kit.faults import Fault

pytestmark = pytest.mark.usefixtures("aws", "noon")
DAY, NEXT = "2026-03-10", "2026-03-11"
WORDS = {"pt-BR": "Por quê?", "en": "Why?", "es": "¿Por qué?"}


def of(place: str, first: str = DAY, last: str = DAY) -> dict[str, Counter[str]]:
    dimension, _, value = place.partition("#")
    return metrics.tally(SURVEY, dimension, value, first, last)


def stored(*answers: Response) -> None:
    """Store responses as submit does, and nothing else: as if the stream had lost them."""
    for answer in answers:
        table.put(answer.changed(rev=answer.rev - 1))


def test_an_answer_counts_in_its_store_every_ancestor_its_product_channel_and_language() -> None:
    metrics.apply([response(score=9, product="lamp")])

    counted = {"n": 1, "promoter": 1, "q.nps.9": 1}
    places = [*(f"segment#{code}" for code in PATH), "product#lamp", "channel#email", "language#pt-BR", "at#paulista"]
    assert [of(place) for place in places] == [{DAY: Counter(counted)}] * 7
    assert of("at#aurora") == {}
    assert of("segment#centro") == {}


def test_choices_are_counted_and_words_are_not() -> None:
    reason = Question(
        id="reason",
        kind=QuestionKind.CHOICE,
        text=WORDS,
        choices=(Choice(id="price", text=WORDS), Choice(id="queue", text=WORDS)),
    )
    table.create(
        version(questions=(*version().questions, reason, reason.changed(id="also", kind=QuestionKind.CHOICES)))
    )
    given = {"nps": 3, "comment": "price", "reason": "queue", "also": ("price", "queue")}

    metrics.apply([response(score=3, answers=given)])

    counted = {"n": 1, "detractor": 1, "q.nps.3": 1, "q.reason.queue": 1, "q.also.price": 1, "q.also.queue": 1}
    counted["a.also"] = 1
    assert of("segment#paulista") == {DAY: Counter(counted)}


def test_an_answer_without_a_score_counts_and_is_of_no_class() -> None:
    metrics.apply([response(score=None)])

    assert of("segment#paulista") == {DAY: Counter(n=1)}


def test_the_counters_of_a_period_come_by_day() -> None:
    metrics.apply([response("a", 9), response("b", 2, day=NEXT), response("c", 7, day=NEXT)])

    assert of("segment#aurora", DAY, NEXT) == {
        DAY: Counter({"n": 1, "promoter": 1, "q.nps.9": 1}),
        NEXT: Counter({"n": 2, "detractor": 1, "passive": 1, "q.nps.2": 1, "q.nps.7": 1}),
    }
    assert list(of("segment#aurora", NEXT, NEXT)) == [NEXT]


def test_an_answer_counts_once_however_often_it_comes() -> None:
    for _ in range(3):
        metrics.apply([response(), response()])

    assert of("segment#aurora") == {DAY: Counter({"n": 1, "promoter": 1, "q.nps.9": 1})}


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1), (3, 1, 2)])
def test_corrections_in_any_order_leave_the_newest(order: tuple[int, ...]) -> None:
    """D13: the difference comes from what was counted, not from an old image."""
    scores = {1: 9, 2: 4, 3: 7}

    for rev in order:
        metrics.apply([response(score=scores[rev], rev=rev)])

    assert of("segment#aurora") == {DAY: Counter({"n": 1, "passive": 1, "q.nps.7": 1})}


def test_an_answer_that_moves_store_and_day_is_counted_where_it_is() -> None:
    """D13."""
    metrics.apply([response(score=2)])
    metrics.apply([response(score=2, rev=2, segment_path=("aurora", "sul", "gramado"), day=NEXT)])

    assert of("segment#paulista", DAY, NEXT) == {}
    assert of("segment#aurora", DAY, NEXT) == of("segment#gramado", DAY, NEXT)
    assert list(of("segment#gramado", DAY, NEXT)) == [NEXT]


def test_a_deleted_answer_leaves_the_counters_and_a_restored_one_returns() -> None:
    """D13."""
    metrics.apply([response(), response("other", 8)])
    metrics.apply([response(rev=2, state=ResponseState.DELETED)])
    after = of("segment#aurora")
    metrics.apply([response(rev=3)])

    assert after == {DAY: Counter({"n": 1, "passive": 1, "q.nps.8": 1})}
    assert of("segment#aurora")[DAY]["n"] == 2


def test_a_comment_that_was_corrected_moves_no_other_counter_and_is_remembered() -> None:
    metrics.apply([response(score=9)])
    metrics.apply([response(score=9, rev=3, comment="Ótimo")])
    metrics.apply([response(score=1, rev=2)])  # late

    assert of("segment#aurora") == {
        DAY: Counter({"n": 1, "promoter": 1, "q.nps.9": 1, "comment.promoter": 1, "tone.positive": 1})
    }


def test_no_transaction_has_more_than_a_hundred_actions_and_no_answer_is_split() -> None:
    """3.3: the chunk shrinks when its answers share few counters."""
    answers = [response(f"a{n}", segment_path=("aurora", f"r{n}", f"s{n}"), product=f"p{n}") for n in range(60)]

    with faults.recording() as calls:
        metrics.apply(answers)

    sizes = [call.actions for call in calls if call.operation == "TransactWriteItems"]
    assert sum(sizes) > 240
    assert max(sizes) <= 100
    assert of("segment#aurora")[DAY]["n"] == 60


def test_no_addition_has_more_numbers_than_an_expression_takes() -> None:
    """Of 4,096 characters, which the store counts and this one here does not."""
    many = {f"q{question}": tuple(f"choice{choice}" for choice in range(20)) for question in range(40)}
    seen: list[dict[str, Any]] = []

    stored(response(score=None, answers=many), response("other", score=None, answers=many, rev=2))
    with faults.failing("TransactWriteItems", seen.append):
        metrics.apply([response(score=None, answers=many), response("other", score=9)])
        metrics.apply([response("other", score=None, answers=many, rev=2)])

    updates = [
        each["Update"]["UpdateExpression"] for call in seen for each in call["TransactItems"] if "Update" in each
    ]
    assert 3_000 < max(map(len, updates)) <= 4_096
    assert of("segment#aurora")[DAY]["q.q39.choice19"] == 2
    assert metrics.reconcile(SURVEY, DAY).total == 0


def write_units(operations: list[dict[str, Any]]) -> int:
    """Return the write units of these transactions: two per started KB of every item, at its final size."""
    final = {(item["pk"]["S"], item["sk"]["S"]): item for item in world.scan(Table.FEEDBACK)}
    units = 0
    for action in (action for operation in operations for action in operation["TransactItems"]):
        (parameters,) = action.values()
        keys = parameters.get("Key") or parameters["Item"]
        item = final[keys["pk"]["S"], keys["sk"]["S"]]
        size = sum(len(name.encode()) + len(next(iter(value.values())).encode()) for name, value in item.items())
        units += 2 * -(-size // 1024)
    return units


def test_a_response_costs_well_under_four_write_units() -> None:
    """3.2 F: forty answers of four stores in one transaction; the contribution is 2 of them."""
    regions = {"paulista": "sudeste", "copacabana": "sudeste", "gramado": "sul", "batel": "sul"}
    stores = [("aurora", region, store) for store, region in regions.items()]
    answers = [
        response(f"{n:022}", n % 11, segment_path=stores[n % 4], channel=("email", "sms")[n % 2]) for n in range(40)
    ]
    seen: list[dict[str, Any]] = []

    with faults.failing("TransactWriteItems", seen.append):
        metrics.apply(answers)

    assert len(seen) == 1
    assert write_units(seen) / 40 == 2.7


def test_a_clash_with_another_counter_is_read_again() -> None:
    """D5: conditions and conflicts are nobody's fault."""
    metrics.apply([response("b", 3)])

    def between(parameters: dict[str, Any]) -> None:
        if len(parameters["TransactItems"]) > 6 and not clashed:
            clashed.append(True)
            metrics.apply([response("a", 9)])  # somebody else was first with one of them

    clashed: list[bool] = []
    with faults.failing("TransactWriteItems", between):
        metrics.apply([response("a", 9), response("c", 7)])

    assert clashed == [True]
    assert of("segment#aurora") == {
        DAY: Counter({"n": 3, "promoter": 1, "passive": 1, "detractor": 1, "q.nps.9": 1, "q.nps.3": 1, "q.nps.7": 1})
    }


@pytest.mark.parametrize("fault", [Fault.THROTTLED_TRANSACTION, Fault.MIXED_TRANSACTION, Fault.LOST_REPLY])
def test_what_the_store_would_not_take_is_named(fault: Fault) -> None:
    """D5, D6: neither a throttle nor a lost reply is taken for a duplicate."""
    with faults.injected(1, fault), pytest.raises(metrics.UnappliedError) as left:
        metrics.apply([response("a"), response("b")])

    assert sorted(each.id for each in left.value.responses) == ["a", "b"]
    metrics.apply([response("a"), response("b")])
    assert of("segment#aurora")[DAY]["n"] == 2


def test_a_read_that_is_throttled_is_named_too() -> None:
    with faults.injected(0, Fault.THROTTLE), pytest.raises(UnavailableError):
        metrics.apply([response()])

    assert of("segment#aurora") == {}


def test_what_can_never_be_counted_is_parked_and_the_rest_goes_on() -> None:
    """3.3 step 6: an answer of 120 levels does not fit a transaction; it must not hold up the others."""
    deep = response("deep", segment_path=tuple(f"level-{n}" for n in range(120)))
    lost = response("lost", version=7, answers={"comment": "?"})  # that version was never published

    metrics.apply([response("a"), deep, response("b"), lost, response("c")])

    assert of("segment#aurora")[DAY]["n"] == 3
    parked = table.query(Parked, "parked", index="g1").items
    assert {(each.submission, each.reason) for each in parked} == {
        ("deep", "store_rejected"),
        ("lost", "survey_version_not_found"),
    }
    assert Response.model_validate_json(parked[0].payload).survey == SURVEY


def test_the_sweep_counts_what_the_stream_lost_and_nothing_twice() -> None:
    answers = [response(f"a{n}", n % 11) for n in range(8)]
    stored(*answers)
    metrics.apply(answers[:5])

    assert metrics.sweep(SURVEY, DAY) == 3
    assert metrics.sweep(SURVEY, DAY) == 0
    assert of("segment#aurora")[DAY]["n"] == 8
    assert metrics.reconcile(SURVEY, DAY).total == 0


@pytest.mark.parametrize(("day", "thorough"), [(NEXT, False), (DAY, True)])
def test_a_sweep_heals_a_lost_move_to_another_day_from_either_side(day: str, thorough: bool) -> None:  # noqa: FBT001 - a row of the table
    metrics.apply([response(score=2)])
    stored(response(score=2, rev=2, day=NEXT))

    assert metrics.sweep(SURVEY, day, thorough=thorough) == 1
    assert list(of("segment#aurora", DAY, NEXT)) == [NEXT]
    assert [metrics.reconcile(SURVEY, each, thorough=True).total for each in (DAY, NEXT)] == [0, 0]


def test_a_recount_names_what_is_not_counted() -> None:
    stored(response("a"), response("b"))
    metrics.apply([response("a")])

    drift = metrics.reconcile(SURVEY, DAY)

    assert (drift.uncounted, drift.wrong, drift.counters, drift.responses) == (("b",), (), {}, 2)
    assert drift.total == 1


@pytest.mark.parametrize("thorough", [False, True])
def test_a_recount_finds_a_counter_that_drifted_even_in_a_store_without_answers(thorough: bool) -> None:  # noqa: FBT001 - a row of the table
    segments.create("aurora", "Lojas Aurora", timezone="America/Sao_Paulo")
    segments.create("centro", "Centro", "aurora")
    stored(response())
    metrics.apply([response()])
    for code, wrong in (("aurora", {"n": 2}), ("centro", {"promoter": -1})):
        meddle(f"counter#{SURVEY}#segment#{code}", wrong)

    drift = metrics.reconcile(SURVEY, DAY, thorough=thorough)

    assert drift.counters == {"segment#aurora": {"n": 2}, "segment#centro": {"promoter": -1}}
    assert drift.total == 2
    assert not drift.moving


def meddle(partition: str, numbers: dict[str, int]) -> None:
    guard: Entity = response(partition)
    table.transact(table.Create(guard.changed(day="-")), table.Add(Table.FEEDBACK, Key(partition, f"{DAY}#1"), numbers))


def test_a_recount_finds_a_contribution_that_says_something_else_or_has_no_answer() -> None:
    stored(response("a", 9))
    metrics.apply([response("a", 9), response("gone", 9)])
    contribution = table.load(Contribution, Contribution.at(SURVEY, "a"))
    table.save(contribution.changed(numbers={"n": 1}))

    drift = metrics.reconcile(SURVEY, DAY, thorough=True)

    assert drift.wrong == ("a", "gone")


def test_a_recount_that_is_overtaken_every_time_says_so() -> None:
    """D20: it must not cry drift, nor repair anything, while counters move."""
    stored(response("a"))
    metrics.apply([response("a")])
    numbers = iter(range(100))

    def meanwhile(parameters: dict[str, Any]) -> None:
        if parameters["TableName"] == "escuta-feedback" and "IndexName" in parameters:
            metrics.apply([response(f"meanwhile-{next(numbers)}")])

    with faults.failing("Query", meanwhile):
        drift = metrics.reconcile(SURVEY, DAY)

    assert drift.moving
