from typing import Any

import pytest

from escuta.errors import InvalidError
from escuta.feedback import drafts
from escuta.feedback.model import Choice, Question, QuestionKind, SurveyDraft

BOTH = {"en": "Words", "es": "Palabras"}
SCORE = Question(id="nps", kind=QuestionKind.NPS, text=BOTH, benchmark=True)
OPTIONS = (Choice(id="car", text=BOTH), Choice(id="bus", text=BOTH))
GOOD = SurveyDraft(languages=("en", "es"), title=BOTH, questions=(SCORE,))


def refusal(**changes: Any) -> tuple[str, str]:
    with pytest.raises(InvalidError) as refused:
        drafts.check(GOOD.changed(**changes))
    return refused.value.code, refused.value.details["field"]


def test_a_good_draft_passes() -> None:
    drafts.check(GOOD.changed(thanks={"promoter": BOTH, "any": BOTH}, color="#0b5c5e"))


@pytest.mark.parametrize("languages", [(), ("fr",), ("en", "en"), ("en", "pt")])
def test_languages_are_ours_and_each_once(languages: tuple[str, ...]) -> None:
    assert refusal(languages=languages) == ("survey_languages", "languages")


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"title": {"en": "Words"}}, "title.es"),
        ({"title": {"en": "Words", "es": "  "}}, "title.es"),
        ({"intro": {"es": "Palabras"}}, "intro.en"),
        ({"thanks": {"any": {"en": "Words"}}}, "thanks.any.es"),
        ({"questions": (SCORE.changed(text={"es": "Palabras"}),)}, "questions[0].text.en"),
        ({"questions": (SCORE.changed(low={"en": "Low"}),)}, "questions[0].low.es"),
        (
            {
                "questions": (
                    SCORE,
                    Question(
                        id="way",
                        kind=QuestionKind.CHOICE,
                        text=BOTH,
                        choices=(OPTIONS[0], Choice(id="bus", text={"en": "Bus"})),
                    ),
                )
            },
            "questions[1].choices[1].text.es",
        ),
    ],
)
def test_a_text_that_is_missing_in_a_language_is_named(changes: dict[str, Any], place: str) -> None:
    assert refusal(**changes) == ("survey_text_missing", place)


def test_a_text_in_a_language_that_the_survey_does_not_have_is_named() -> None:
    assert refusal(title={**BOTH, "pt-BR": "Palavras"}) == ("survey_text_language", "title.pt-BR")


@pytest.mark.parametrize("name", ["", "Nps", "9nps", "n-p-s", "n.p", "a" * 33, "nps\n"])
def test_ids_are_short_and_plain(name: str) -> None:
    assert refusal(questions=(SCORE.changed(id=name),)) == ("survey_id", "questions")


def test_two_questions_cannot_share_an_id() -> None:
    assert refusal(questions=(SCORE, SCORE)) == ("survey_id_twice", "questions")


def test_a_survey_asks_something() -> None:
    assert refusal(questions=()) == ("survey_questions", "questions")


def test_one_question_classifies_at_most() -> None:
    assert refusal(questions=(SCORE, SCORE.changed(id="other"))) == ("survey_benchmark", "questions")


def test_a_text_cannot_classify() -> None:
    text = Question(id="comment", kind=QuestionKind.TEXT, text=BOTH, benchmark=True)

    assert refusal(questions=(text,)) == ("survey_benchmark", "questions")


@pytest.mark.parametrize(
    ("kind", "detractor_max", "passive_max"),
    [(QuestionKind.NPS, 8, 6), (QuestionKind.NPS, 6, 10), (QuestionKind.CSAT, 6, 8), (QuestionKind.CSAT, 0, 3)],
)
def test_every_class_can_be_reached(kind: QuestionKind, detractor_max: int, passive_max: int) -> None:
    changes = {"detractor_max": detractor_max, "passive_max": passive_max}

    assert refusal(questions=(SCORE.changed(kind=kind),), **changes) == ("survey_cut_offs", "detractor_max")


def test_a_survey_fits_into_the_store() -> None:
    long = dict.fromkeys(("en", "es"), "é" * 2000)
    questions = tuple(SCORE.changed(id=f"q{number}", benchmark=False, text=long) for number in range(40))

    assert refusal(questions=questions) == ("survey_too_large", "questions")


@pytest.mark.parametrize("kind", [QuestionKind.CHOICE, QuestionKind.CHOICES])
def test_a_choice_has_at_least_two_options(kind: QuestionKind) -> None:
    question = Question(id="way", kind=kind, text=BOTH, choices=OPTIONS[:1])

    assert refusal(questions=(question,)) == ("survey_choices", "questions[0].choices")


def test_only_a_choice_has_options() -> None:
    assert refusal(questions=(SCORE.changed(choices=OPTIONS),)) == ("survey_choices_unasked", "questions[0].choices")


def test_the_comment_that_is_analysed_is_a_text() -> None:
    assert refusal(questions=(SCORE.changed(voice=True),)) == ("survey_voice_kind", "questions[0].voice")


def test_one_comment_is_analysed_at_most() -> None:
    texts = tuple(Question(id=name, kind=QuestionKind.TEXT, text=BOTH, voice=True) for name in ("one", "two"))

    assert refusal(questions=texts) == ("survey_voices", "questions")


@pytest.mark.parametrize("color", ["teal", "#0B5C5E", "#fff", "#ffd400", "#0b5c5e;}", "url(//evil)"])
def test_the_color_is_one_that_white_words_can_be_read_on(color: str) -> None:
    assert refusal(color=color) == ("survey_color", "color")


def test_thanks_are_by_class() -> None:
    assert refusal(thanks={"fan": BOTH}) == ("survey_thanks", "thanks.fan")
