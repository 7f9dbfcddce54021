"""What opens a ticket: the two rules that ship, and those that somebody writes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escuta.feedback.model import (
    Call,
    Condition,
    Emptied,
    Facts,
    Op,
    Priority,
    Response,
    ResponseState,
    RuleKind,
    ScoreClass,
    Standing,
    TicketRule,
)
from escuta.feedback.tickets import CALL_ME, DETRACTOR, knowing, ruling
from tests.conftest import NOON
from tests.kit.factories import response

ASKED = Call(at=NOON, phone="+5511987654321")


def facts(answer: Response) -> Facts:
    return knowing.of(answer, ruling.names((DETRACTOR, CALL_ME)))


def opens(rule: TicketRule, answer: Response, known: Facts | None = None) -> bool:
    return ruling.opens(rule, answer, facts(answer) if known is None else known)


def rule(when: Condition, **fields: Any) -> TicketRule:
    return TicketRule(id="own", name="Nosso", when=when, **fields)


@pytest.mark.parametrize("score", [0, 3, 6])
def test_a_detractor_wants_a_ticket(score: int) -> None:
    assert opens(DETRACTOR, response(score=score))


@pytest.mark.parametrize(
    "answer",
    [
        response(score=7),
        response(score=10),
        response(score=None),
        response(score=0, state=ResponseState.DELETED),
        response(score=0, emptied=Emptied.ERASED),
        response(score=0, standing=Standing.SUSPECT),
        response(score=0, standing=Standing.EXCLUDED, call=ASKED),
        response(score=3, score_class=ScoreClass.PASSIVE),  # the survey's own cut-offs decide, not the number
    ],
)
def test_nobody_else_does(answer: Response) -> None:
    assert not opens(DETRACTOR, answer)


@pytest.mark.parametrize("standing", list(Standing))
def test_who_asks_to_be_called_wants_one_whatever_the_answer_counts(standing: Standing) -> None:
    assert opens(CALL_ME, response(score=10, standing=standing, call=ASKED))
    assert not opens(CALL_ME, response(score=0, standing=standing))


@pytest.mark.parametrize(("score", "priority"), [(0, "high"), (3, "high"), (4, "normal"), (6, "normal")])
def test_the_lower_half_is_urgent(score: int, priority: str) -> None:
    assert ruling.priority(DETRACTOR, score) == priority


@pytest.mark.parametrize(
    ("fixed", "score", "priority"),
    [("low", 0, "high"), ("low", None, "low"), ("urgent", 0, "urgent"), ("urgent", 9, "urgent")],
)
def test_a_low_score_makes_no_rule_less_urgent(fixed: str, score: int | None, priority: str) -> None:
    own = DETRACTOR.changed(priority=Priority(fixed))
    assert ruling.priority(own, score) == priority


def test_a_rule_that_is_off_or_of_other_surveys_opens_none() -> None:
    angry = response(score=0)
    assert not opens(DETRACTOR.changed(active=False), angry)
    assert not opens(DETRACTOR.changed(surveys=("support",)), angry)
    assert opens(DETRACTOR.changed(surveys=("support", "visit")), angry)
    assert not opens(DETRACTOR.changed(kind=RuleKind.OPENED_UNANSWERED, hours=24), angry)


CALLED = Condition(field="call", op=Op.ANSWERED)
ANGRY = Condition(field="class", value="detractor")
WEB = Condition(field="channel", value="web")


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (Condition(any=(ANGRY, CALLED)), True),
        (Condition(all=(ANGRY, CALLED)), False),  # what it says of the score is not believed
        (Condition(all=(WEB, CALLED)), True),
        (WEB, False),
        (Condition(any=(WEB, CALLED)), False),  # it is the place that holds, not the request
        (Condition(all=(WEB, Condition(field="call", op=Op.BLANK))), False),
    ],
)
def test_of_an_answer_that_does_not_count_only_the_request_to_be_called_opens(
    when: Condition,
    expected: bool,  # noqa: FBT001 - a table of cases
) -> None:
    answer = response(score=0, standing=Standing.SUSPECT, channel="web", call=ASKED)
    assert opens(rule(when), answer, knowing.of(answer, frozenset({"class", "channel", "call"}))) is expected


@given(
    score=st.none() | st.integers(0, 10),
    score_class=st.none() | st.sampled_from(ScoreClass),
    standing=st.sampled_from(Standing),
    state=st.sampled_from(ResponseState),
    emptied=st.none() | st.sampled_from(Emptied),
    call=st.none() | st.just(ASKED),
)
def test_the_rules_that_ship_say_what_the_product_said_before_there_were_any(**fields: Any) -> None:
    answer = response(**fields)
    alive = answer.state is ResponseState.FINAL and answer.emptied is None

    unhappy = answer.standing is Standing.COUNTED and answer.score_class is ScoreClass.DETRACTOR
    assert opens(DETRACTOR, answer) is (alive and unhappy)
    assert opens(CALL_ME, answer) is (alive and answer.call is not None)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (Condition(field="score", op=Op.AT_MOST, value=4), True),
        (Condition(field="answer.reasons", op=Op.ANY_OF, value=("queue", "price")), True),
        (Condition(field="answer.reasons", value="price"), False),
        (Condition(field="answer.who", value="phone"), True),
        (Condition(field="answer.who", value="email"), False),
        (Condition(field="comment", op=Op.CONTAINS, value="PROCON"), True),
        (Condition(field="comment", op=Op.CONTAINS, value="pessimo"), True),
        (Condition(field="comment", op=Op.CONTAINS, value="prócon"), True),
        (Condition(field="comment", op=Op.CONTAINS, value="\u0303"), False),
        (Condition(all=(Condition(field="comment", op=Op.CONTAINS, value="otimo"), Condition(field="score"))), False),
        (Condition(any=(Condition(field="comment", op=Op.CONTAINS, value="PÉSSIMO"), Condition(field="call"))), True),
        (Condition(field="segment", value="sudeste"), True),
        (Condition(field="product", value="tv"), True),
        (Condition(field="hidden.plan", value="gold"), True),
        (Condition(field="contact.tier", value="vip"), True),
        (Condition(field="language", op=Op.NONE_OF, value=("en", "es")), True),
    ],
)
def test_a_rule_tests_what_was_said_and_what_is_known(
    when: Condition,
    expected: bool,  # noqa: FBT001 - a table of cases
) -> None:
    answer = response(
        score=4,
        answers={"nps": 4, "reasons": ("queue",), "who": {"name": "", "email": "", "phone": "+5511987654321"}},
        comment="A entrega atrasou muito, vou ao Procon. Péssimo!",
        product="tv",
        hidden={"plan": "gold"},
        facets={"contact.tier": "vip"},
    )
    assert opens(rule(when), answer, knowing.of(answer, ruling.names((rule(when),)))) is expected
