"""What publishing a draft would change, told to a person before it is done."""

from datetime import datetime
from typing import Any

import pytest

from tests.functions.callers import ask, found_company, key, open_survey
from tests.functions.respondents import DRAFT

BODY: dict[str, Any] = DRAFT.model_dump(mode="json")
SHOWN = {"field": "class", "op": "any_of", "value": ["detractor", "passive"]}
JUMP = {"when": {"all": [{"field": "answer.nps", "op": "at_least", "value": 9}, {"field": "channel", "value": "sms"}]}}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def difference(draft: dict[str, Any], language: str = "pt-BR") -> Any:
    ask("PUT", "/v1/surveys/visit/draft", key(), body={**BODY, **draft})
    answer = ask("GET", "/v1/surveys/visit/difference", key(), headers={"Accept-Language": language})
    assert answer.status == 200, answer.json
    return answer.json


def said(draft: dict[str, Any], language: str = "pt-BR") -> list[str]:
    return [each["detail"] for each in difference(draft, language)["changes"]]


def asked(number: int, **fields: Any) -> dict[str, Any]:
    questions = [dict(each) for each in BODY["questions"]]
    questions[number] |= fields
    return {"questions": questions}


def test_nothing_differs_until_a_draft_is_kept() -> None:
    found = ask("GET", "/v1/surveys/visit/difference", key()).json

    assert (found["changes"], found["problems"], found["draft_rev"], found["version"]) == ([], [], 0, 1)


def test_a_survey_that_was_never_published_is_all_new() -> None:
    ask("POST", "/v1/surveys", key(), body={"name": "Nova", "id": "nova"})
    ask("PUT", "/v1/surveys/nova/draft", key(), body=BODY)

    found = ask("GET", "/v1/surveys/nova/difference", key()).json

    assert [each["question"] for each in found["changes"]] == [each["id"] for each in BODY["questions"]]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("pt-BR", "Disposição: de tudo em uma página para uma pergunta por vez"),
        ("en", "Layout: from all on one page to one question at a time"),
        ("es", "Disposición: de todo en una página a una pregunta a la vez"),
    ],
)
def test_a_change_is_told_in_the_language_of_the_reader(language: str, words: str) -> None:
    assert said({"layout": "steps"}, language) == [words]


def test_logic_is_told_as_a_person_would_say_it() -> None:
    (one,) = said(asked(1, show=SHOWN), "en")
    assert one.endswith("shown if: from nothing to class is one of detractor, passive")

    (one,) = said(asked(0, jumps=[{**JUMP, "to": "end"}]), "en")
    assert "is at least 9) and (channel is sms), go to the end" in one


def test_what_would_be_refused_stands_beside_what_changes() -> None:
    found = difference(asked(0, text={"pt-BR": "E hoje?"}))

    assert {each["code"] for each in found["problems"]} == {"survey_text_missing"}
    assert {each["language"]: each["missing"] for each in found["texts"]}["pt-BR"] == 0
    assert any(each["missing"] == 1 for each in found["texts"])
    assert any("falta o texto" in each["detail"] for each in found["changes"])


def test_what_differs_is_told_as_it_is_and_not_run() -> None:
    hostile = "<script>alert(1)</script> {0} {name} %s"
    details = said(asked(0, text={**BODY["questions"][0]["text"], "pt-BR": hostile}))

    assert any(hostile in each for each in details)
