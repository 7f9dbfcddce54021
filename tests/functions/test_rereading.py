"""Topics of our own: from when on comments are read by them, what was counted before, and counting it again."""

from collections import Counter
from contextlib import ExitStack
from datetime import date, timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.errors import ConflictError, InvalidError
from escuta.feedback import blanking, hearing, metrics, vocabulary
from escuta.feedback.metrics import rereading
from escuta.feedback.model import Emptied, Response, Topic, Topics, TopicsDraft
from tests.conftest import NOON
from tests.functions.senders import cool
from tests.kit import faults, world
from tests.kit.factories import SURVEY, response, version

pytestmark = pytest.mark.usefixtures("aws", "noon")
DAY = "2026-03-10"
PARKING = Topic(
    code="parking",
    name={"pt-BR": "Estacionamento", "en": "Parking"},
    terms={"pt-BR": ("manobrista", "vaga"), "en": ("parking",)},
    excluding={"pt-BR": ("vaga de emprego",)},
)
FULL = "O manobrista sumiu"
LATER = NOON + timedelta(minutes=10)


def own(*topics: Topic) -> TopicsDraft:
    return TopicsDraft(topics=topics)


def saved(draft: TopicsDraft) -> Topics:
    return vocabulary.save(draft, rev=vocabulary.load().rev, who="ana")


def counted(day: str = DAY) -> dict[str, int]:
    found = metrics.tally(SURVEY, "segment", "aurora", day, day).get(day, Counter())
    return {name: n for name, n in found.items() if name.startswith("topic.") and name.count(".") == 1}


def stored(*answers: Response) -> tuple[Response, ...]:
    for answer in answers:
        table.put(answer.changed(rev=answer.rev - 1))
    return answers


def test_what_is_answered_from_two_minutes_on_is_read_by_the_new_topics_and_nothing_before() -> None:
    saved(own(PARKING))

    with clock.at(LATER):
        answers = [
            response(name, comment=FULL, received_at=NOON + timedelta(seconds=seconds))
            for name, seconds in (("a", -60), ("b", 110), ("c", 130), ("d", 500))
        ]
        metrics.apply(answers)

    assert counted() == {"topic.parking": 2}
    assert [hearing.version(answer) for answer in answers] == [0, 0, 1, 1]


def test_saved_topics_are_no_drift_for_what_was_counted_before() -> None:
    answers = stored(response("a", comment=FULL), response("b", comment="A fila é longa"))
    metrics.apply(answers)
    saved(own(PARKING, Topic(code="waiting", on=False)))

    with clock.at(LATER):
        found, repaired = metrics.reconcile(SURVEY, DAY), metrics.sweep(SURVEY, DAY)

    assert (found.total, found.outdated, repaired) == (0, (), 0)
    assert counted() == {"topic.waiting": 1}


def test_a_day_is_read_again_when_somebody_asks_for_it_and_no_other() -> None:
    tomorrow = response("b", comment=FULL, day="2026-03-11")
    metrics.apply(stored(response("a", comment=FULL), tomorrow))
    saved(own(PARKING))
    vocabulary.reread(SURVEY, date(2026, 3, 9), date(2026, 3, 10), who="ana")

    early = rereading.catch_up()
    with clock.at(LATER):
        before = metrics.reconcile(SURVEY, DAY)
        found = rereading.catch_up()
        again = rereading.catch_up()

    assert (before.total, before.outdated) == (0, ("a",))
    assert early == again == []
    assert [(each.day, each.repaired, each.drift) for each in found] == [("2026-03-10", 1, 0), ("2026-03-09", 0, 0)]
    assert (counted(), counted("2026-03-11")) == ({"topic.parking": 1}, {})
    asked = rereading.listing().items[0]
    assert (asked.next, asked.repaired, asked.version, asked.asked_by) == (None, 1, 1, "ana")


def test_an_answer_that_is_counted_while_other_topics_begin_is_read_again_by_them() -> None:
    saved(own(PARKING.model_copy(update={"on": False})))
    answer = response(comment=FULL, received_at=LATER)
    with clock.at(LATER):
        saved(own(PARKING))
        vocabulary.reread(SURVEY, date(2026, 3, 10), date(2026, 3, 10), who="ana")
    vocabulary.version.cache_clear()

    with ExitStack() as begun:

        def meanwhile(parameters: dict[str, Any]) -> None:
            if "version#" in str(parameters):  # of the topics that were in force: it takes a moment to read them
                begun.enter_context(clock.at(LATER + timedelta(minutes=2, seconds=1)))

        with clock.at(LATER + timedelta(minutes=1, seconds=59)), faults.failing("GetItem", meanwhile):
            metrics.apply(stored(answer))
            begun.close()
    with clock.at(LATER + timedelta(minutes=10)):
        rereading.catch_up()

        assert counted() == {"topic.parking": 1}
        assert metrics.reconcile(SURVEY, DAY).total == 0


def test_time_that_runs_out_leaves_the_rest_to_the_next_run() -> None:
    saved(own(PARKING))
    vocabulary.reread(SURVEY, date(2026, 3, 8), date(2026, 3, 10), who="ana")
    turns = iter([True, False, True, True, True])

    with clock.at(LATER):
        first = rereading.catch_up(in_time=lambda: next(turns))
        rest = rereading.catch_up(in_time=lambda: next(turns))

    assert [each.day for each in first] == ["2026-03-10"]
    assert [each.day for each in rest] == ["2026-03-09", "2026-03-08"]


def test_what_was_read_by_a_newer_version_is_never_read_by_an_older_one_again() -> None:
    answer = response(comment=FULL)
    saved(own(PARKING))
    vocabulary.reread(SURVEY, date(2026, 3, 10), date(2026, 3, 10), who="ana")
    with clock.at(LATER):
        metrics.apply(stored(answer))
        saved(own(PARKING.model_copy(update={"on": False})))

    with clock.at(LATER + timedelta(minutes=10)):
        assert (hearing.version(answer), metrics.reconcile(SURVEY, DAY).total) == (1, 0)
        vocabulary.reread(SURVEY, date(2026, 3, 1), date(2026, 3, 31), who="ana")
    with clock.at(LATER + timedelta(minutes=11)):  # decided, and not yet in force
        assert (hearing.version(answer), metrics.reconcile(SURVEY, DAY).total) == (1, 0)
    with clock.at(LATER + timedelta(minutes=20)):
        assert hearing.version(answer) == 2
        assert metrics.sweep(SURVEY, DAY) == 1
        vocabulary.reread(SURVEY, date(2026, 3, 1), date(2026, 3, 2), who="ana")

    assert counted() == {}
    assert [(each.version, each.last) for each in vocabulary.load().rereads] == [(2, "2026-03-31"), (2, "2026-03-02")]


def test_what_is_asked_twice_before_it_begins_is_kept_once() -> None:
    saved(own(PARKING))
    for minute in (0, 1):
        with clock.at(NOON + timedelta(minutes=minute)):
            vocabulary.reread(SURVEY, date(2026, 3, 10), date(2026, 3, 10), who="ana")

    assert [each.at for each in vocabulary.load().rereads] == [NOON + timedelta(minutes=3)]


def test_a_request_is_not_forgotten_when_many_came_after_it() -> None:
    saved(own(PARKING))
    for minute in range(101):
        with clock.at(NOON + timedelta(minutes=minute)):
            day = date(2026, 3, 10 if minute else 9)
            vocabulary.reread(SURVEY, day, day, who="ana")
    turns = iter([True, *[False] * 101])

    with clock.at(NOON + timedelta(hours=3)):
        found = rereading.catch_up(in_time=lambda: next(turns))

    assert [each.day for each in found] == ["2026-03-09"]


def test_a_dictionary_that_no_row_would_hold_is_refused() -> None:
    terms = tuple(f"manobrista {number} {'x' * 40}" for number in range(100))
    topics = [PARKING.model_copy(update={"code": f"t{n}", "terms": {"pt-BR": terms, "en": terms}}) for n in range(30)]

    with pytest.raises(InvalidError, match="topics_large"):
        saved(own(*topics))


def test_an_emptied_answer_keeps_the_topics_by_which_it_was_counted() -> None:
    table.create(version())
    saved(own(PARKING))
    with clock.at(LATER):
        answer = response(comment=FULL, received_at=LATER)
        metrics.apply([answer])
        emptied = blanking.response(answer, Emptied.ERASED).changed(rev=2)
        saved(own(PARKING.model_copy(update={"on": False})))
    with clock.at(LATER + timedelta(minutes=10)):
        metrics.apply(stored(emptied))
        assert metrics.reconcile(SURVEY, DAY).total == 0

    assert counted() == {"topic.parking": 1}


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("Não havia vagas", ("parking",)),
        ("Perguntei por vagas de emprego", ()),
        ("Vaga de emprego não há, e vaga para o carro também não", ("parking",)),
        ("A entrega atrasou", ("delivery",)),
        ("O entregador foi gentil", ()),
    ],
)
def test_topics_of_our_own_stand_beside_those_that_ship(text: str, topics: tuple[str, ...]) -> None:
    known = vocabulary.dictionary(own(PARKING, Topic(code="delivery", excluding={"pt-BR": ("entregador",)})))
    assert tuple(known.found(text, "pt-BR")) == topics


def test_a_topic_that_ships_can_be_called_differently_get_more_terms_or_be_switched_off() -> None:
    known = vocabulary.dictionary(
        own(
            Topic(code="delivery", name={"pt-BR": "Logística"}, terms={"pt-BR": ("motoboy",)}),
            Topic(code="price", on=False),
        )
    )

    assert tuple(known.found("O motoboy sumiu, o preço é alto", "pt-BR")) == ("delivery",)
    assert (known.names("pt-BR")["delivery"], known.names("en")["delivery"]) == ("Logística", "Delivery")
    assert known.names("es")["price"] == "Precio"


def test_a_topic_without_a_name_in_a_language_is_called_by_another() -> None:
    saved(own(PARKING))
    assert (vocabulary.names("en")["parking"], vocabulary.names("es")["parking"]) == ("Parking", "Estacionamento")


@pytest.mark.parametrize(
    ("draft", "code", "field"),
    [
        (own(PARKING, PARKING), "topic_twice", "topics[1].code"),
        (own(PARKING.model_copy(update={"code": "detractor"})), "topic_code_taken", "topics[0].code"),
        (own(PARKING.model_copy(update={"name": {}})), "topic_without_name", "topics[0].name"),
        (own(PARKING.model_copy(update={"terms": {}})), "topic_without_terms", "topics[0].terms"),
        (own(PARKING.model_copy(update={"terms": {"fr": ("gare",)}})), "value_not_allowed", "topics[0].terms"),
        (own(PARKING.model_copy(update={"terms": {"en": ("car", "!?")}})), "topic_term_words", "topics[0].terms.en[1]"),
        (
            own(PARKING.model_copy(update={"excluding": {"en": ("a b c d e f g",)}})),
            "topic_term_words",
            "topics[0].excluding.en[0]",
        ),
    ],
    ids=["twice", "a class", "no name", "no terms", "a language of nobody", "no word", "too many words"],
)
def test_topics_that_could_not_be_counted_by_are_refused(draft: TopicsDraft, code: str, field: str) -> None:
    with pytest.raises(InvalidError) as refused:
        saved(draft)
    assert (refused.value.code, refused.value.details["field"]) == (code, field)


def test_a_topic_that_was_counted_is_not_forgotten_but_switched_off() -> None:
    saved(own(PARKING))
    with pytest.raises(InvalidError) as refused:
        saved(own())
    assert (refused.value.code, refused.value.details["what"]) == ("topic_gone", "parking")


def test_whoever_saves_over_what_somebody_else_saved_meanwhile_is_told() -> None:
    before = saved(own(PARKING))
    saved(own(PARKING, Topic(code="price", on=False)))
    with pytest.raises(ConflictError):
        vocabulary.save(own(PARKING), rev=before.rev, who="bruno")
    assert vocabulary.load().version == 2


def test_there_is_nothing_to_read_again_while_only_the_topics_that_ship_were_ever_used() -> None:
    with pytest.raises(InvalidError) as refused:
        vocabulary.reread(SURVEY, date(2026, 3, 1), date(2026, 3, 2), who="ana")
    assert refused.value.code == "topics_unchanged"


def test_reading_comments_asks_the_store_once_a_minute() -> None:
    saved(own(PARKING))
    with clock.at(LATER):
        answers = [response(f"{number}", comment=FULL, received_at=LATER) for number in range(30)]
        with faults.recording() as calls:
            heard: list[Any] = [hearing.of(answer) for answer in answers]
    assert [call.operation for call in calls] == ["GetItem", "GetItem"]
    assert {each.topics for each in heard} == {("parking",)}


def test_no_fault_loses_a_request_to_read_again_or_counts_anything_twice() -> None:
    """Whoever asked and got no answer asks again; the sweep comes again by itself."""

    def prepare() -> None:
        metrics.apply(stored(response(comment=FULL)))
        saved(own(PARKING))
        cool()

    def act() -> None:
        vocabulary.reread(SURVEY, date(2026, 3, 10), date(2026, 3, 10), who="ana")
        with clock.at(LATER):
            rereading.catch_up()

    def seen() -> world.Snapshot:
        with clock.at(LATER):
            return {("", "", ""): {"counted": counted(), "drift": metrics.reconcile(SURVEY, DAY).total}}

    assert faults.survey_of_faults(prepare, act, recover=act, view=seen) == []
