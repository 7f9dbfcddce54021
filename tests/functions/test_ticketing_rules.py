"""Rules that somebody wrote: which version judges an answer, whose its tickets are, and what a preview foresees."""

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from escuta import clock, table
from escuta.directory import managers, segments
from escuta.directory.model import Manager
from escuta.feedback import tickets
from escuta.feedback.model import (
    Alert,
    Answered,
    Call,
    Condition,
    Op,
    Origin,
    OwnerWay,
    Priority,
    Promise,
    Response,
    ResponseState,
    ScoreClass,
    Standing,
    TicketRule,
    TicketRulesDraft,
    TicketSettings,
)
from escuta.feedback.tickets import foreseeing, opening, rulebook
from escuta.feedback.tickets.counts import loads
from escuta.outreach.model import InvitationState
from tests.conftest import NOON, forget
from tests.functions.callers import found_company, open_survey
from tests.kit import world
from tests.kit.factories import contact, invitation, response, score_class, ticket
from tests.kit.faults import Fault, survey_of_faults
from tests.kit.stream import Stream
from ticketing import app

pytestmark = pytest.mark.usefixtures("aws", "noon")
PATH = ("aurora", "sul", "poa")
LATER = NOON + timedelta(minutes=5)
ANGRY = TicketRule(id="angry", name="Nota baixa", when=Condition(field="score", op=Op.AT_MOST, value=6))


def rules(*some: TicketRule) -> None:
    rulebook.save(TicketRulesDraft(rules=some), rev=rulebook.load().rev, who="admin")
    forget()


def answer(name: str = "angry", score: int | None = 2, at: datetime = LATER, **fields: Any) -> Response:
    own = {"segment_path": PATH, "received_at": at, "rev": 0}
    return table.create(response(name, score, **{**own, **fields}))


def run(*answers: Response) -> None:
    stream = Stream(app.handler)
    stream.write(*answers)
    stream.run()


def opened(*answers: str) -> list[tuple[str, str]]:
    return sorted((each.response, each.rule) for each in tickets.about(answers or ["angry"]))


def manager(name: str, *places: str, language: str = "pt-BR", **fields: Any) -> Manager:
    address = f"{name.lower()}@aurora.example"
    return managers.create(name, address, language=language, segments=places or ("poa",), **fields)


def test_d19_an_answer_is_judged_by_the_rules_that_held_when_it_was_received() -> None:
    found_company()
    before = answer("before", at=NOON)
    rules(ANGRY)
    during = answer("during", at=NOON + timedelta(seconds=29))
    after = answer("after", at=NOON + timedelta(seconds=31))

    with clock.at(LATER):
        run(before, during, after)
        rules(ANGRY.changed(when=Condition(field="score", op=Op.AT_MOST, value=1)))
    with clock.at(LATER + timedelta(days=1)):
        run(before, during, after)  # redelivered, a day and a version later
        run(answer("next", at=LATER + timedelta(days=1)), answer("worst", 1, at=LATER + timedelta(days=1)))

    assert opened("before", "during", "after", "next", "worst") == [
        ("after", "angry@2"),
        ("before", "detractor@1"),
        ("during", "detractor@1"),
        ("worst", "angry@3"),
    ]


def test_d19_a_rule_that_is_edited_or_goes_opens_no_second_ticket_and_the_ticket_keeps_why() -> None:
    found_company()
    rules(ANGRY)
    with clock.at(LATER):
        angry = answer()
        run(angry)
        rules(ANGRY.changed(name="Outra", priority=Priority.URGENT))
    with clock.at(LATER + timedelta(minutes=5)):
        corrected = table.save(angry.changed(score=0))
        run(corrected)
        rules()
        run(corrected)

    (found,) = tickets.about(["angry"])
    rule = rulebook.rule_of(found)
    assert (found.rule, found.rule_name, found.priority) == ("angry@2", "Nota baixa", "normal")
    assert rule is not None
    assert rule.name == "Nota baixa"


def test_a_rule_that_is_made_later_opens_nothing_for_what_was_answered_before() -> None:
    found_company()
    happy = answer("happy", 9, at=NOON)
    rules(ANGRY, ANGRY.changed(id="all", when=Condition(field="score", op=Op.AT_LEAST, value=0)))

    with clock.at(NOON + timedelta(days=300)):
        run(table.save(happy.changed(standing=Standing.EXCLUDED)))
        run(table.save(happy.changed(rev=2, standing=Standing.COUNTED)))

    assert opened("happy") == []


def test_each_rule_opens_its_own_ticket_with_its_tags_promise_and_line_in_the_alert() -> None:
    found_company()
    manager("Bruno")
    rules(
        ANGRY.changed(tags=("vip",), promise=Promise(respond=30, resolve=60), alert={"pt-BR": "Ligue ainda hoje."}),
        ANGRY.changed(id="queue", name="Fila", when=Condition(field="comment", op=Op.CONTAINS, value="fila")),
    )
    with clock.at(LATER):
        run(answer(comment="A fila não andava"))

    angry, queue = sorted(tickets.about(["angry"]), key=lambda each: each.rule)
    assert (angry.rule, angry.tags, angry.due_at - angry.opened_at) == ("angry@2", ("vip",), timedelta(hours=1))
    assert (queue.rule, queue.rule_name, queue.tags) == ("queue@2", "Fila", ())
    notes = {row.ticket: row.note for row in alerts()}
    assert notes == {angry.id: "Ligue ainda hoje.", queue.id: ""}


def alerts() -> list[Alert]:
    rows = (row for row in world.scan(Alert.table) if row.get("kind", {}).get("S") == Alert.kind)
    return [entity for row in rows if isinstance(entity := table.from_image(row), Alert)]


def test_topics_and_tone_of_a_comment_open_tickets() -> None:
    found_company()
    when = Condition(all=(Condition(field="tone", value="negative"), Condition(field="topic", value="delivery")))
    rules(ANGRY.changed(when=when))
    with clock.at(LATER):
        run(
            answer("late", 8, comment="A entrega atrasou muito, péssimo."),
            answer("good", 8, comment="A entrega foi ótima, adorei!"),
            answer("rude", 8, comment="O atendimento foi péssimo."),
        )

    assert opened("late", "good", "rude") == [("late", "angry@2")]


def test_the_field_of_an_invited_person_is_the_one_that_the_invitation_kept() -> None:
    found_company()
    rules(ANGRY.changed(when=Condition(field="contact.tier", value="VIP")))
    asked = table.create(invitation(custom={"tier": "vip"}, state=InvitationState.COMPLETED))
    with clock.at(LATER):
        run(answer("invited", 9, invitation=asked.id, link_key=asked.link_key), answer("other", 9))

    assert opened("invited", "other") == [("invited", "angry@2")]


def test_a_priority_that_somebody_gave_stays_when_an_answer_replaces_a_tap() -> None:
    found_company()
    tap = answer("tap", 2, at=NOON, origin=Origin.TAPPED)
    run(tap)
    (found,) = tickets.about(["tap"])
    assert found.priority == "high"
    patch = tickets.Patch(priority=Priority.URGENT)
    tickets.change(found.id, patch, who=tickets.Actor(name="Bruno", id="bruno"), rev=found.rev)
    table.save(tap.changed(state=ResponseState.DELETED))

    run(answer("sent", 6, at=NOON, replaces="tap"))

    assert [(each.score, each.priority) for each in tickets.about(["sent"])] == [(6, "urgent")]


def owners(*answers: Response) -> list[str]:
    """Return by name who got the ticket of each of these answers, which are followed up one after the other."""
    names = []
    for each in answers:
        run(each)
        (found,) = tickets.about([each.id])
        names.append(managers.get(found.owner).name if found.owner else "")
    return names


def several(number: int, **fields: Any) -> list[Response]:
    return [answer(f"angry {each}", at=NOON, **fields) for each in range(number)]


def test_tickets_go_to_who_has_the_fewest_that_are_open() -> None:
    found_company()
    people = [manager(name) for name in ("Ana", "Bruno")]

    first = owners(*several(4))
    assert sorted(first) == ["Ana", "Ana", "Bruno", "Bruno"]
    for found in tickets.about(each.id for each in several_known()):
        if found.owner == people[1].id:
            tickets.close(found.id, ("Fila",), "Ligamos", who=tickets.Actor(name="Bruno", id="bruno"), rev=found.rev)

    assert owners(answer("next", at=NOON), answer("after", at=NOON)) == ["Bruno", "Bruno"]
    assert {name: tuple(load) for name, load in loads(each.id for each in people).items()} == {
        people[0].id: (2, 2),
        people[1].id: (2, 4),
    }


def several_known() -> list[Response]:
    return [response(f"angry {each}") for each in range(4)]


def test_in_turn_tickets_go_to_who_was_given_the_fewest() -> None:
    found_company()
    people = [manager(name) for name in ("Ana", "Bruno", "Carla")]
    rules(ANGRY.changed(way=OwnerWay.ROUND_ROBIN))
    with clock.at(LATER):
        first = owners(answer("1"), answer("2"))
        (ended,) = tickets.about(["1"])
        tickets.close(ended.id, ("Fila",), "Ligamos", who=tickets.Actor(name="Bruno", id="bruno"), rev=ended.rev)
        third = owners(answer("3"))

    assert sorted((*first, *third)) == ["Ana", "Bruno", "Carla"]
    assert sorted(load.given for load in loads(each.id for each in people).values()) == [1, 1, 1]


def test_who_speaks_the_language_of_the_customer_goes_before_who_has_less_to_do() -> None:
    found_company()
    manager("Ana")
    manager("Bruno", languages=("es",))

    assert owners(*several(3, language="es")) == ["Bruno", "Bruno", "Bruno"]
    assert owners(answer("pt", at=NOON)) == ["Ana"]
    assert owners(answer("en", at=NOON, language="en")) == ["Ana"]  # nobody speaks it: by load


def test_where_nobody_answers_the_nearest_above_does() -> None:
    found_company()
    manager("Ana", "aurora")
    manager("Bruno", "sul")
    assert owners(answer(at=NOON), answer("north", at=NOON, segment_path=("aurora", "norte", "manaus"))) == [
        "Bruno",
        "Ana",
    ]


def test_a_rule_may_name_one_manager_until_that_one_retires() -> None:
    found_company()
    manager("Ana")
    boss = manager("Bruno", "aurora")
    rules(ANGRY.changed(way=OwnerWay.MANAGER, manager=boss.id))
    with clock.at(LATER):
        assert owners(answer("one")) == ["Bruno"]
        assert {each.address for each in alerts()} == {"ana@aurora.example", "bruno@aurora.example"}
        managers.update(boss.id, rev=boss.rev, retired=True)
        assert owners(answer("two")) == ["Ana"]


def test_a_ticket_says_how_often_the_same_person_was_unhappy_shortly_before() -> None:
    found_company()
    days = {"recent": 10, "old": 100, "later": -1}
    for name, ago in days.items():
        at = NOON - timedelta(days=ago)
        asked = invitation(name, contact="ana", id=name, link_key=name, created_at=at, response=name)
        table.create(asked)
        answer(name, 3, at=at, contact="ana")
    others: dict[str, dict[str, Any]] = {"counter": {}, "burst": {"standing": Standing.SUSPECT}, "fine": {"score": 9}}
    for name, fields in others.items():
        table.create(Answered(contact="ana", response=name))
        answer(name, at=NOON - timedelta(days=20), contact="ana", **fields)
    table.create(Answered(contact="ana", response="now"))

    run(answer("now", at=NOON, contact="ana"))

    (found,) = tickets.about(["now"])
    assert found.repeated == 2  # the recent one and the one at the counter


def test_a_key_customer_is_who_the_settings_say() -> None:
    found_company()
    table.create(TicketSettings(key_customers=Condition(field="contact.tier", value="gold")))

    run(
        answer("gold", at=NOON, facets={"contact.tier": "gold"}), answer("tin", at=NOON, facets={"contact.tier": "tin"})
    )

    assert {each.response: each.key_customer for each in tickets.about(["gold", "tin"])} == {"gold": True, "tin": False}


def test_a_key_customer_who_answers_without_an_invitation_is_one_too() -> None:
    found_company()
    table.create(TicketSettings(key_customers=Condition(field="contact.tier", value="gold")))
    rules(ANGRY, ANGRY.changed(id="vip", when=Condition(field="contact.tier", value="gold")))
    for name, tier in (("ana", "gold"), ("bruno", "tin")):
        table.create(contact(id=name, custom={"tier": tier}))
        table.create(invitation(name=name, link_key=name, custom={"tier": "tin"}))

    with clock.at(LATER):
        run(
            answer("counter", contact="ana"),
            answer("other", contact="bruno"),
            answer("asked", contact="ana", invitation="i", link_key="ana"),  # as it was when she was asked
        )

    found = {(each.response, each.rule): each.key_customer for each in tickets.about(["counter", "other", "asked"])}
    assert found == {
        ("counter", "angry@2"): True,
        ("counter", "vip@2"): True,
        ("other", "angry@2"): False,
        ("asked", "angry@2"): False,
    }


def test_a_preview_knows_of_every_ticket_that_an_answer_has_whatever_opened_it() -> None:
    found_company()
    open_survey()
    angry, worse = answer("angry", 2), answer("worse", 1)
    made = tickets.store(None, ticket("by hand", response=angry.id, rule="manual"), tickets.Line("opened"))

    with clock.at(LATER):
        (found,) = foreseeing.foresee((ANGRY,), segments.get("aurora"), 1).rules

    assert (found.tickets, found.known) == (2, 1)
    assert {each.response.id: each.tickets for each in found.examples} == {"angry": (made.id,), worse.id: ()}


ANSWERS = st.lists(
    st.fixed_dictionaries(
        {
            "score": st.integers(0, 10) | st.none(),
            "standing": st.sampled_from([Standing.COUNTED, Standing.COUNTED, Standing.SUSPECT]),
            "call": st.none() | st.just(Call(at=NOON, phone="+5511987654321")),
            "language": st.sampled_from(["pt-BR", "es"]),
            "comment": st.sampled_from(["", "Fila enorme", "Preço alto"]),
        }
    ),
    min_size=1,
    max_size=4,
)
TESTS = st.sampled_from(
    [
        Condition(field="class", value="detractor"),
        Condition(field="score", op=Op.AT_LEAST, value=5),
        Condition(field="call", op=Op.ANSWERED),
        Condition(field="language", value="es"),
        Condition(field="comment", op=Op.CONTAINS, value="fila"),
        Condition(field="segment", value="sul"),
    ]
)
CONDITIONS = st.recursive(
    TESTS,
    lambda parts: st.lists(parts, min_size=1, max_size=2).flatmap(
        lambda some: st.sampled_from([Condition(all=tuple(some)), Condition(any=tuple(some))])
    ),
    max_leaves=3,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(conditions=st.lists(CONDITIONS, min_size=1, max_size=3), answers=ANSWERS)
def test_a_preview_foresees_what_is_opened(conditions: list[Condition], answers: list[dict[str, Any]]) -> None:
    world.fresh()
    forget()
    found_company()
    open_survey()
    book = tuple(TicketRule(id=f"r{number}", name="Regra", when=when) for number, when in enumerate(conditions))
    rules(*book)
    stored = []
    for number, fields in enumerate(answers):
        score = fields["score"]
        said = {**fields, "score_class": None if score is None else score_class(score)}
        stored.append(answer(f"a{number}", **said))

    with clock.at(LATER + timedelta(minutes=1)):
        foreseen = foreseeing.foresee(book, segments.get("aurora"), 1)
        for each in stored:
            opening.follow_up(each)
        after = foreseeing.foresee(book, segments.get("aurora"), 1)

    rules_of = [each.rule for each in tickets.about(each.id for each in stored)]
    assert {each.rule.id: each.tickets for each in foreseen.rules} == {
        rule.id: rules_of.count(f"{rule.id}@2") for rule in book
    }
    assert [each.known for each in foreseen.rules] == [0] * len(book)
    assert [each.known for each in after.rules] == [each.tickets for each in after.rules]


def crashing(follow_up: Callable[[Response], object]) -> list[str]:
    """Break every call on the way from an answer to its tickets of two rules, and let the stream deliver again."""

    def prepare() -> None:
        forget()
        found_company()
        manager("Bruno")
        rules(ANGRY, ANGRY.changed(id="class", when=Condition(field="class", value=ScoreClass.DETRACTOR.value)))
        answer(contact="ana")

    minutes = count(1)

    def act() -> None:
        forget()
        with clock.at(LATER + timedelta(minutes=next(minutes))):
            follow_up(response("angry"))

    def view() -> world.Snapshot:
        return {key: row for key, row in world.snapshot().items() if key[1].startswith(("ticket#", "alert#"))}

    return survey_of_faults(prepare, act, view=view, faults=(Fault.CRASH_BEFORE, Fault.CRASH_AFTER))


def test_whatever_breaks_each_rule_has_one_ticket() -> None:
    assert crashing(tickets.follow_up) == []


def test_the_search_for_faults_catches_tickets_whose_ids_follow_from_the_time() -> None:
    def careless(told: Response) -> None:
        table.create(ticket(f"at {clock.now().timestamp()}", response=told.id))

    problems = crashing(careless)
    assert any(problem.startswith("crash after at call 0 dynamodb.PutItem") for problem in problems)


def test_a_record_that_comes_again_in_other_batches_opens_each_ticket_once() -> None:
    found_company()
    manager("Bruno")
    rules(ANGRY, ANGRY.changed(id="low", when=Condition(field="score", op=Op.AT_MOST, value=2)))
    with clock.at(LATER):
        stream = Stream(app.handler, ragged=True, again=0.5, batch=2, seed=3)
        stream.write(*(answer(f"a{score}", score) for score in (1, 4, 9)))
        stream.run()

    assert opened("a1", "a4", "a9") == [("a1", "angry@2"), ("a1", "low@2"), ("a4", "angry@2")]
