"""The list of surveys of an organisation that has no place yet."""

import pytest

from tests.functions.callers import ask, key


@pytest.mark.usefixtures("aws", "noon")
def test_surveys_are_listed_before_there_is_any_place() -> None:
    text = key()
    ask("POST", "/v1/surveys", text, body={"name": "Nova", "id": "nova"})

    answer = ask("GET", "/v1/survey-overview", text)

    assert answer.status == 200, answer.json
    assert [(each["id"], each["responses"]) for each in answer.json["items"]] == [("nova", None)]
    assert answer.json["segment"] == ""
