from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escuta.feedback import logic
from escuta.feedback.model import Choice, Condition, Jump, Op, Question, QuestionKind, ScoreClass, SurveyDraft
from tests.kit import branching

WORDS = {"en": "Words"}
HERE = Condition(field="answer.nps", op=Op.ANSWERED)


def question(name: str, kind: QuestionKind = QuestionKind.TEXT, **fields: Any) -> Question:
    return Question(id=name, kind=kind, text=WORDS, **fields)


def survey(*questions: Question, **fields: Any) -> SurveyDraft:
    return SurveyDraft(languages=("en",), title=WORDS, questions=questions, **fields)


NPS = question("nps", QuestionKind.NPS, required=True, benchmark=True)
UNHAPPY = Condition(field="class", value="detractor")
REASONS = question(
    "reasons",
    QuestionKind.CHOICES,
    choices=(
        Choice(id="queue", text=WORDS, classes=(ScoreClass.DETRACTOR,)),
        Choice(id="staff", text=WORDS, classes=(ScoreClass.DETRACTOR, ScoreClass.PROMOTER)),
        Choice(id="other", text=WORDS),
    ),
)


@pytest.mark.parametrize(
    ("score", "expected"), [(0, "detractor"), (6, "detractor"), (7, "passive"), (8, "passive"), (9, "promoter")]
)
def test_the_cut_offs_classify(score: int, expected: str) -> None:
    assert logic.classify(survey(NPS), score) == expected


@pytest.mark.parametrize(
    ("op", "value", "fact", "met"),
    [
        ("is", 9, 9, True),
        ("is", "9", 9, True),
        ("is", 9, 8, False),
        ("is", "Moema", "moema", True),
        ("is", "price", ("staff", "price"), True),
        ("is", "queue", ("staff", "price"), False),
        ("is_not", "price", ("staff", "price"), False),
        ("is_not", "queue", ("staff", "price"), True),
        ("any_of", ("a", "b"), "B", True),
        ("any_of", (1, 2), 3, False),
        ("none_of", (1, 2), 3, True),
        ("none_of", ("a", "b"), ("x", "a"), False),
        ("at_least", 7, 7, True),
        ("at_least", 7, 6, False),
        ("at_most", 7, 7, True),
        ("at_most", 7, 8, False),
        ("at_least", 3, "12", True),
        ("at_least", 3, "many", False),
        ("at_most", 3, "2.5", False),
        ("contains", "FILA", "A fila era longa", True),
        ("contains", "fila", "Tudo bem", False),
        ("answered", "", 0, True),
        ("blank", "", 0, False),
    ],
)
def test_a_fact_is_compared(op: str, value: Any, fact: Any, met: bool) -> None:  # noqa: FBT001 - a column of the table
    assert logic.holds(Condition(field="x", op=Op(op), value=value), {"x": fact}) is met


@pytest.mark.parametrize("missing", [{}, {"x": ""}, {"x": ()}, {"x": None}])
@pytest.mark.parametrize(
    ("op", "met"),
    [
        ("is", False),
        ("any_of", False),
        ("at_least", False),
        ("at_most", False),
        ("contains", False),
        ("answered", False),
        ("is_not", True),
        ("none_of", True),
        ("blank", True),
    ],
)
def test_what_is_not_known_is_blank_and_differs_from_everything(missing: dict[str, Any], op: str, met: bool) -> None:  # noqa: FBT001 - a column of the table
    assert logic.holds(Condition(field="x", op=Op(op), value=5), missing) is met


def test_groups_want_all_of_their_parts_or_any() -> None:
    a, b = (Condition(field=name, op=Op.ANSWERED) for name in ("a", "b"))

    assert [logic.holds(Condition(all=(a, b)), facts) for facts in ({"a": 1}, {"a": 1, "b": 1})] == [False, True]
    assert [logic.holds(Condition(any=(a, b)), facts) for facts in ({}, {"b": 1})] == [False, True]
    assert logic.holds(Condition(any=(Condition(all=(a, b)), Condition(field="c", op=Op.BLANK))), {"a": 1})
    assert logic.holds(None, {})


def test_a_question_is_shown_when_its_condition_holds() -> None:
    asked = survey(NPS, question("why", show=UNHAPPY), question("more"))

    assert logic.walk(asked, {"nps": 3}, {}).asked == ("nps", "why", "more")
    assert logic.walk(asked, {"nps": 9}, {}).asked == ("nps", "more")
    assert logic.walk(asked, {}, {}).asked == ("nps", "more")


def test_a_jump_leads_past_questions_and_the_first_that_holds_is_taken() -> None:
    to_end = Jump(when=Condition(field="answer.nps", op=Op.AT_LEAST, value=9), to="end")
    asked = survey(NPS.changed(jumps=(to_end, Jump(when=HERE, to="c"))), *map(question, "abcd"))

    assert logic.walk(asked, {"nps": 10}, {}).asked == ("nps",)
    assert logic.walk(asked, {"nps": 5}, {}).asked == ("nps", "c", "d")
    assert logic.walk(asked, {}, {}).asked == ("nps", "a", "b", "c", "d")


def test_where_a_jump_leads_may_be_hidden_and_then_the_next_one_is_asked() -> None:
    asked = survey(
        NPS.changed(jumps=(Jump(when=HERE, to="b"),)), question("a"), question("b", show=UNHAPPY), question("c")
    )

    assert logic.walk(asked, {"nps": 10}, {}).asked == ("nps", "c")


def test_answers_to_what_was_not_asked_lead_nowhere() -> None:
    skipping = NPS.changed(jumps=(Jump(when=HERE, to="b"),))
    asked = survey(skipping, question("a"), question("b", show=Condition(field="answer.a", op=Op.ANSWERED)))

    path = logic.walk(asked, {"nps": 10, "a": "words"}, {})
    assert path.asked == ("nps",)
    assert path.facts == {"answer.nps": 10, "class": "promoter"}


def test_an_answer_can_make_another_required() -> None:
    asked = survey(NPS, question("why", require=UNHAPPY))

    assert logic.walk(asked, {"nps": 2}, {}).required == {"nps", "why"}
    assert logic.walk(asked, {"nps": 9}, {}).required == {"nps"}


def test_what_is_known_of_the_person_and_the_place_decides_too() -> None:
    here = Condition(all=(Condition(field="segment", value="sul"), Condition(field="hidden.plan", value="gold")))
    asked = survey(NPS, question("extra", show=here))

    assert "extra" in logic.walk(asked, {}, {"segment": ("aurora", "sul", "poa"), "hidden.plan": "Gold"}).asked
    assert "extra" not in logic.walk(asked, {}, {"segment": ("aurora", "sul", "poa")}).asked


def test_each_class_is_offered_its_own_reasons() -> None:
    for score_class, expected in [
        ("detractor", ["queue", "staff", "other"]),
        ("promoter", ["staff", "other"]),
        ("passive", ["other"]),
        (None, ["other"]),
    ]:
        assert [choice.id for choice in logic.offered(REASONS, {"class": score_class})] == expected


def test_a_reason_that_was_not_offered_is_no_fact_and_a_question_without_any_is_not_asked() -> None:
    asked = survey(NPS, REASONS)
    narrow = survey(NPS, REASONS.changed(choices=REASONS.choices[:2]))

    assert logic.walk(asked, {"nps": 9, "reasons": ("queue", "staff")}, {}).facts["answer.reasons"] == ("staff",)
    assert logic.walk(narrow, {"nps": 7}, {}).asked == ("nps",)
    assert logic.walk(narrow, {"nps": 9}, {}).asked == ("nps", "reasons")


def test_the_words_follow_the_class() -> None:
    why = question("why", wording={ScoreClass.DETRACTOR: {"en": "What went wrong?"}})

    assert logic.worded(why, {"class": ScoreClass.DETRACTOR}) == {"en": "What went wrong?"}
    assert logic.worded(why, {"class": "promoter"}) == WORDS
    assert logic.worded(why, {}) == WORDS


def test_of_a_contact_it_is_a_fact_what_was_given_and_never_whose_it_is() -> None:
    asked = survey(question("who", QuestionKind.CONTACT))

    assert logic.walk(asked, {"who": {"email": "ana@example.com"}}, {}).facts == {"answer.who": ("email",)}


def test_blank_words_are_no_fact() -> None:
    assert logic.walk(survey(question("a")), {"a": " \n"}, {}).facts == {}


def test_what_the_page_gets_is_short() -> None:
    asked = survey(NPS, question("why", show=UNHAPPY), question("more"))

    assert logic.compact(asked) == {
        "q": [
            {"i": "nps", "b": 1, "r": 1},
            {"i": "why", "s": {"f": "class", "o": "is", "v": ["detractor"]}},
            {"i": "more"},
        ],
        "d": 6,
        "p": 8,
    }


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_every_way_ends_and_asks_in_order(random: Random) -> None:
    asked = branching.survey(random)
    path = logic.walk(asked, branching.answers(random, asked), branching.facts(random))

    names = [question.id for question in asked.questions]
    assert list(path.asked) == [name for name in names if name in path.asked]
    assert path.required <= set(path.asked)
    assert {name for name in path.facts if name.startswith("answer.")} <= {f"answer.{name}" for name in path.asked}


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_an_answer_to_what_is_not_asked_changes_nothing(random: Random) -> None:
    asked, known = branching.survey(random), branching.facts(random)
    given_answers = branching.answers(random, asked)
    path = logic.walk(asked, given_answers, known)

    reached = {name: answer for name, answer in given_answers.items() if name in path.asked}
    assert logic.walk(asked, reached, known) == path


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_a_stored_survey_asks_the_same(random: Random) -> None:
    asked = branching.survey(random)
    again = SurveyDraft.model_validate_json(asked.model_dump_json())
    answers, known = branching.answers(random, asked), branching.facts(random)

    assert logic.walk(again, answers, known) == logic.walk(asked, answers, known)
