import subprocess
import sys
from typing import Any

import pytest

from escuta.errors import InvalidError
from escuta.feedback import answers
from escuta.feedback.answers import Problem
from escuta.feedback.model import Answer, Choice, Condition, Question, QuestionKind, ScoreClass, SurveyVersion
from tests.conftest import NOON

WORDS = {"en": "Words"}
VERSION = SurveyVersion(
    survey="visit",
    version=1,
    languages=("en",),
    title=WORDS,
    published_at=NOON,
    questions=(
        Question(id="nps", kind=QuestionKind.NPS, text=WORDS, required=True, benchmark=True),
        Question(id="ces", kind=QuestionKind.CES, text=WORDS),
        Question(id="way", kind=QuestionKind.CHOICE, text=WORDS, choices=(Choice(id="car", text=WORDS),)),
        Question(
            id="reasons",
            kind=QuestionKind.CHOICES,
            text=WORDS,
            choices=(Choice(id="price", text=WORDS), Choice(id="staff", text=WORDS)),
        ),
        Question(id="comment", kind=QuestionKind.TEXT, text=WORDS),
    ),
)


def given(**sent: Any) -> dict[str, Answer]:
    return answers.read(VERSION, sent, {}).given


def problems(**sent: Any) -> list[Problem]:
    with pytest.raises(InvalidError, match="answers_invalid") as refused:
        answers.read(VERSION, sent, {})
    return list(refused.value.details["problems"])


def test_answers_come_in_the_order_of_the_questions_and_blank_ones_are_left_out() -> None:
    sent = {"comment": " \n", "reasons": ["staff", "price"], "way": "", "nps": 0, "ces": 7}

    assert list(given(**sent).items()) == [("nps", 0), ("ces", 7), ("reasons", ("price", "staff"))]


@pytest.mark.parametrize("score", [-1, 11, 9.0, 9.5, "9", " 9 ", "9,0", True, False, None, float("inf"), -0.0, [9]])
def test_r7_a_score_is_an_integer_of_the_scale_and_the_refusal_names_it(score: object) -> None:
    assert problems(nps=score) == [Problem(question="nps", code="answer_scale", details={"low": 0, "high": 10})]


def test_a_required_answer_that_is_missing_is_named() -> None:
    assert problems(comment="Only words") == [Problem(question="nps", code="answer_required")]


def test_every_wrong_answer_is_named_at_once() -> None:
    assert [problem.question for problem in problems(nps=11, ces=0, way="bus", comment=5)] == [
        "nps",
        "ces",
        "way",
        "comment",
    ]


def test_r5_questions_that_were_not_asked_are_named() -> None:
    with pytest.raises(InvalidError, match="questions_unknown") as refused:
        answers.read(VERSION, {"nps": 9, "salary": 1, "nps2": 3}, {})

    assert refused.value.details["questions"] == ["salary", "nps2"]


def test_r10_a_text_of_ten_thousand_emoji_is_taken_and_one_more_is_not() -> None:
    assert given(nps=9, comment="😀" * 10_000)["comment"] == "😀" * 10_000
    assert problems(nps=9, comment="😀" * 10_001) == [
        Problem(question="comment", code="answer_long", details={"most": 10_000, "length": 10_001})
    ]


@pytest.mark.parametrize(
    "text", ["\u202egpj.exe", "a\u200db", "e" + "\u0301" * 50, "one\u2028two", " edges ", "<b>&amp;"]
)
def test_r11_odd_text_is_kept_as_it_was_sent(text: str) -> None:
    assert given(nps=9, comment=text)["comment"] == text


def test_r11_half_a_character_becomes_the_replacement_character() -> None:
    assert given(nps=9, comment="ok \ud83d")["comment"] == "ok \ufffd"


def test_r11_nul_is_refused() -> None:
    assert problems(nps=9, comment="a\0b") == [Problem(question="comment", code="answer_nul")]


def test_a_form_and_a_program_mean_the_same_by_a_line_end() -> None:
    assert given(nps=9, comment="a\r\nb") == {"nps": 9, "comment": "a\nb"}


@pytest.mark.parametrize("chosen", ["bus", 1, None, True, ["car"]])
def test_an_option_that_was_not_offered_is_refused_naming_those_that_were(chosen: object) -> None:
    assert problems(nps=9, way=chosen) == [Problem(question="way", code="answer_choice", details={"allowed": ["car"]})]


@pytest.mark.parametrize("chosen", ["price", ["price", "price"], ["bus"], [["price"]], {"price": True}, [None], None])
def test_several_options_are_a_list_of_different_offered_ones(chosen: object) -> None:
    assert [problem.code for problem in problems(nps=9, reasons=chosen)] == ["answer_choice"]


def test_no_option_at_all_is_no_answer() -> None:
    assert given(nps=9, reasons=[]) == {"nps": 9}


def kinds(**fields: Any) -> SurveyVersion:
    """Return a survey with one question of each kind that the first one lacks."""
    asked = (
        Question(id="stars", kind=QuestionKind.RATING, text=WORDS, steps=7),
        Question(id="liked", kind=QuestionKind.THUMBS, text=WORDS),
        Question(id="csat", kind=QuestionKind.CSAT, text=WORDS),
        Question(id="who", kind=QuestionKind.CONTACT, text=WORDS, **fields),
        Question(id="hello", kind=QuestionKind.STATEMENT, text=WORDS),
    )
    return VERSION.changed(questions=asked)


def refused(version: SurveyVersion, **sent: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(InvalidError, match="answers_invalid") as error:
        answers.read(version, sent, {})
    return [(problem.question, problem.code, problem.field) for problem in error.value.details["problems"]]


def test_ratings_thumbs_and_satisfaction_are_integers_of_their_own_scale() -> None:
    assert answers.read(kinds(), {"stars": 7, "liked": 0, "csat": 1}, {}).given == {"stars": 7, "liked": 0, "csat": 1}
    assert refused(kinds(), stars=8, liked=True, csat=0) == [
        ("stars", "answer_scale", ""),
        ("liked", "answer_scale", ""),
        ("csat", "answer_scale", ""),
    ]


def test_a_contact_is_stored_as_the_import_stores_it() -> None:
    sent = {"name": " Ana Souza ", "email": "ana@EXAMPLE.com", "phone": "(11) 91234-5678"}

    assert answers.read(kinds(), {"who": sent}, {}).given == {
        "who": {"name": "Ana Souza", "email": "ana@example.com", "phone": "+5511912345678"}
    }
    assert answers.read(kinds(), {"who": {"name": "Ana", "email": " ", "phone": ""}}, {}).given == {
        "who": {"name": "Ana"}
    }
    assert answers.read(kinds(), {"who": {"name": ""}}, {}).given == {}


@pytest.mark.parametrize(
    ("who", "code", "field"),
    [
        ({"email": "ana"}, "answer_email", "email"),
        ({"email": "ana@example.com, bruno@example.com"}, "answer_email", "email"),
        ({"phone": "12"}, "answer_phone", "phone"),
        ({"phone": "1.19E+10"}, "answer_phone", "phone"),
        ({"name": "Ana\0"}, "answer_name", "name"),
        ({"name": "A" * 255}, "answer_name", "name"),
        ({"age": "30"}, "answer_contact", ""),
        ({"name": 5}, "answer_contact", ""),
        ("ana@example.com", "answer_contact", ""),
        (["ana"], "answer_contact", ""),
    ],
)
def test_a_contact_that_cannot_be_reached_is_refused_with_its_field(who: Any, code: str, field: str) -> None:
    assert refused(kinds(), who=who) == [("who", code, field)]


def test_a_required_contact_wants_every_field_that_it_asks() -> None:
    asked = kinds(required=True, fields=("name", "email"))

    assert refused(asked, who={"name": "Ana"}) == [("who", "answer_email", "email")]
    assert refused(asked) == [("who", "answer_name", "name"), ("who", "answer_email", "email")]
    assert refused(asked, who={"name": "Ana", "email": "ana@example.com", "phone": "1"}) == [
        ("who", "answer_contact", "")
    ]


def test_everything_that_is_wrong_with_a_contact_is_named_at_once() -> None:
    assert refused(kinds(), who={"name": "Ana", "email": "ana@", "phone": "12"}) == [
        ("who", "answer_email", "email"),
        ("who", "answer_phone", "phone"),
    ]


def test_a_statement_takes_no_answer() -> None:
    assert answers.read(kinds(), {"hello": ""}, {}).given == {}
    assert refused(kinds(), hello="Hi") == [("hello", "answer_statement", "")]


UNHAPPY = Condition(field="class", value="detractor")
BRANCHING = VERSION.changed(
    questions=(
        VERSION.questions[0],
        Question(id="why", kind=QuestionKind.TEXT, text=WORDS, required=True, show=UNHAPPY),
        Question(
            id="reasons",
            kind=QuestionKind.CHOICES,
            text=WORDS,
            require=UNHAPPY,
            choices=(
                Choice(id="queue", text=WORDS, classes=(ScoreClass.DETRACTOR,)),
                Choice(id="staff", text=WORDS),
            ),
        ),
        Question(
            id="way",
            kind=QuestionKind.CHOICE,
            text=WORDS,
            choices=(Choice(id="car", text=WORDS, classes=(ScoreClass.DETRACTOR,)), Choice(id="bus", text=WORDS)),
        ),
        Question(id="plan", kind=QuestionKind.CES, text=WORDS, show=Condition(field="hidden.plan", value="gold")),
    )
)


def test_r8_a_required_answer_that_branching_hides_is_not_missed() -> None:
    assert answers.read(BRANCHING, {"nps": 9}, {}).given == {"nps": 9}
    assert refused(BRANCHING, nps=2) == [("why", "answer_required", ""), ("reasons", "answer_required", "")]


def test_r9_answers_to_what_was_not_reached_are_kept_apart() -> None:
    read = answers.read(BRANCHING, {"nps": 9, "why": "Fila", "plan": 3}, {})

    assert read == ({"nps": 9}, {"why": "Fila", "plan": 3})
    assert answers.read(BRANCHING, {"nps": 9, "plan": 3}, {"hidden.plan": "gold"}) == ({"nps": 9, "plan": 3}, {})


@pytest.mark.parametrize(("plan", "kept"), [(99, "99"), (["a\0"], '["a\\u0000"]'), ("a\0b\ud83d", "a\ufffdb\ufffd")])
def test_r9_what_is_no_answer_and_was_not_asked_is_kept_as_words(plan: Any, kept: str) -> None:
    assert answers.read(BRANCHING, {"nps": 9, "plan": plan}, {}).unreached == {"plan": kept}


def test_a_reason_of_another_class_counts_as_not_asked() -> None:
    read = answers.read(BRANCHING, {"nps": 9, "reasons": ["queue", "staff"], "way": "car"}, {})

    assert read == ({"nps": 9, "reasons": ("staff",)}, {"reasons": ("queue",), "way": "car"})
    assert answers.read(BRANCHING, {"nps": 2, "why": "Fila", "reasons": ["queue"], "way": "car"}, {}).unreached == {}


def test_the_rules_for_addresses_are_read_only_when_somebody_gives_one() -> None:
    asked = "import sys, respond.app; print(sorted({'phonenumbers', 'email_validator'} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)  # noqa: S603 - our own

    assert told.stdout.strip() == "[]"
