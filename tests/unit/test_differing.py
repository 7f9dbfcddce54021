"""What a draft changes of a version: what an author did is what is told, and nothing else."""

from typing import Any

import pytest

from escuta.feedback.differing import Difference, What, differences, gaps
from escuta.feedback.model import SurveyDraft

SPOKEN = ("pt-BR", "en")


def texts(word: str) -> dict[str, str]:
    return {language: f"{word} {language}" for language in SPOKEN}


def question(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "kind": "nps", "text": texts(name), **more}


def draft(*questions: dict[str, Any], **more: Any) -> SurveyDraft:
    return SurveyDraft.model_validate({"languages": SPOKEN, "title": texts("title"), "questions": questions, **more})


BEFORE = draft(
    question("nps", benchmark=True),
    question("why", kind="choice", choices=[{"id": each, "text": texts(each)} for each in ("price", "staff", "rest")]),
    question("comment", kind="text"),
)


def told(after: SurveyDraft, before: SurveyDraft | None = BEFORE) -> list[tuple[str, str, str]]:
    return [(each.what, each.of, each.place) for each in differences(before, after)]


def edited(number: int, **fields: Any) -> SurveyDraft:
    questions = [each.model_dump() for each in BEFORE.questions]
    questions[number] |= fields
    return BEFORE.changed(questions=tuple(questions))


def test_what_is_the_same_differs_in_nothing() -> None:
    assert differences(BEFORE, BEFORE) == ()


def test_before_the_first_version_every_question_is_new() -> None:
    assert told(BEFORE, None) == [("added", "question", f"questions[{number}]") for number in range(3)]


def test_one_question_that_moves_is_told_once() -> None:
    first, second, third = BEFORE.questions

    (one,) = differences(BEFORE, BEFORE.changed(questions=(second, third, first)))

    assert (one.what, one.question, one.before, one.after) == (What.MOVED, "nps", 1, 3)


def test_what_is_gone_and_what_is_new_is_told_by_its_place() -> None:
    first, second, _ = BEFORE.questions
    new = BEFORE.questions[2].changed(id="more")

    assert told(BEFORE.changed(questions=(new, first, second))) == [
        ("removed", "question", "questions[2]"),
        ("added", "question", "questions[0]"),
    ]


@pytest.mark.parametrize(
    ("fields", "of", "place"),
    [
        ({"required": True}, "question", "questions[2].required"),
        ({"voice": True}, "question", "questions[2].voice"),
        ({"show": {"field": "class", "op": "is", "value": "detractor"}}, "logic", "questions[2].show"),
        ({"jumps": [{"when": {"field": "class", "value": "promoter"}, "to": "end"}]}, "logic", "questions[2].jumps"),
    ],
)
def test_a_field_that_changes_is_told_with_its_place(fields: dict[str, Any], of: str, place: str) -> None:
    assert told(edited(2, **fields)) == [("changed", of, place)]


def test_options_are_told_one_by_one() -> None:
    new = [{"id": each, "text": texts(each)} for each in ("staff", "price", "queue")]

    assert told(edited(1, choices=new)) == [
        ("removed", "choice", "questions[1].choices[2]"),
        ("moved", "choice", "questions[1].choices[0]"),
        ("added", "choice", "questions[1].choices[2]"),
    ]


def test_a_translation_that_stays_while_the_first_language_changes_is_stale() -> None:
    after = edited(0, text={"pt-BR": "novo", "en": "nps en"})

    assert told(after) == [("changed", "text", "questions[0].text.pt-BR"), ("stale", "text", "questions[0].text.en")]
    assert gaps(BEFORE, after) == {"pt-BR": {What.MISSING: 0, What.STALE: 0}, "en": {What.MISSING: 0, What.STALE: 1}}


def test_a_new_language_lacks_every_text_that_there_is() -> None:
    after = BEFORE.changed(languages=(*SPOKEN, "es"))
    missing = [each for each in differences(BEFORE, after) if each.what is What.MISSING]

    assert differences(BEFORE, after)[0] == Difference(what=What.ADDED, of="language", place="languages", language="es")
    assert [each.place for each in missing] == [
        "title.es",
        "questions[0].text.es",
        "questions[1].text.es",
        *(f"questions[1].choices[{number}].text.es" for number in range(3)),
        "questions[2].text.es",
    ]
    assert (missing[3].question, missing[3].choice) == ("why", "price")
    assert gaps(BEFORE, after)["es"] == {What.MISSING: 7, What.STALE: 0}


def test_a_text_that_is_taken_away_in_one_language_is_missing_there() -> None:
    assert told(edited(0, text={"pt-BR": "nps pt-BR", "en": " "})) == [
        ("removed", "text", "questions[0].text.en"),
        ("missing", "text", "questions[0].text.en"),
    ]


def test_looks_and_settings_are_told_and_a_logo_without_its_bytes() -> None:
    after = BEFORE.changed(
        layout="steps", share=False, branding={"logo": "data:image/png;base64,AAAA", "dark": {"ink": "#ffffff"}}
    )

    assert told(after) == [
        ("changed", "look", "layout"),
        ("changed", "setting", "share"),
        ("added", "look", "branding.logo"),
        ("changed", "look", "branding.dark.ink"),
        ("missing", "text", "branding.logo_alt.pt-BR"),
        ("missing", "text", "branding.logo_alt.en"),
    ]
    assert "AAAA" not in repr(differences(BEFORE, after))
