"""The list of surveys: how each stands, how many answered, what they say, and what is being edited."""

from datetime import datetime
from typing import Any

import pytest

from escuta.directory.model import Scope
from escuta.feedback import metrics
from tests.functions.callers import answered, ask, found_company, key, open_survey
from tests.functions.respondents import DRAFT
from tests.kit import faults

BODY: dict[str, Any] = DRAFT.model_dump(mode="json")


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def overview(text: str = "", **query: Any) -> Any:
    answer = ask("GET", "/v1/survey-overview", text or key(), query=query)
    assert answer.status == 200, answer.json
    return answer.json


def answers(place: str, number: int, score: int) -> None:
    metrics.apply([answered(place, f"{place}-{each:017}", score) for each in range(number)])


def test_a_survey_is_listed_with_its_score_its_answers_and_the_last_day() -> None:
    answers("poa", 12, 9)

    (found,) = overview()["items"]

    assert (found["responses"], found["last_day"], found["question"]) == (12, "2026-03-10", "")
    assert (found["score"]["metric"], found["score"]["value"], found["score"]["masked"]) == ("nps", 100, False)
    assert found["score"]["low"] <= 100 <= found["score"]["high"]
    assert (found["languages"], found["questions"], found["status"]) == (BODY["languages"], 3, "live")


def test_few_answers_are_counted_and_their_score_is_not_told() -> None:
    answers("poa", 2, 9)

    (found,) = overview()["items"]

    assert (found["responses"], found["score"]["masked"], found["score"]["value"]) == (2, True, None)


def test_a_survey_that_was_never_published_has_no_figures() -> None:
    ask("POST", "/v1/surveys", key(), body={"name": "Nova", "id": "nova"})

    found = {each["id"]: each for each in overview()["items"]}["nova"]

    assert [found[name] for name in ("score", "responses", "last_day", "draft")] == [None, None, None, None]


def test_what_is_being_edited_is_told_with_what_its_languages_lack() -> None:
    draft = {**BODY, "title": {**BODY["title"], "pt-BR": "Outra", "en": ""}}
    ask("PUT", "/v1/surveys/visit/draft", key(), body=draft)

    (found,) = overview()["items"]

    lacks = {each["language"]: (each["missing"], each["stale"]) for each in found["draft"]["texts"]}
    assert (found["draft"]["based_on"], lacks) == (1, {"pt-BR": (0, 0), "en": (1, 0), "es": (0, 1)})


def test_who_is_bound_sees_the_figures_of_their_places_alone() -> None:
    answers("poa", 11, 9)
    answers("manaus", 12, 0)
    bound = key(Scope.SURVEYS_READ, Scope.METRICS_READ, segment="sul")

    found = overview(bound)

    assert (found["segment"], found["items"][0]["responses"], found["items"][0]["score"]["value"]) == ("sul", 11, 100)
    refused = ask("GET", "/v1/survey-overview", bound, query={"segment": "norte"})
    assert (refused.status, refused.code) == (404, "segment_not_found")


def test_who_may_not_read_metrics_gets_none() -> None:
    answers("poa", 12, 9)

    (found,) = overview(key(Scope.SURVEYS_READ))["items"]

    assert (found["score"], found["responses"], found["name"]) == (None, None, "Visit")


def test_surveys_are_listed_by_status_and_page_by_page() -> None:
    for name in ("nova", "outra"):
        ask("POST", "/v1/surveys", key(), body={"name": name, "id": name})

    text = key()
    first = overview(text, limit=2, days=731)
    rest = overview(text, limit=2, days=731, cursor=first["next"])

    assert {each["id"] for each in first["items"] + rest["items"]} == {"nova", "outra", "visit"}
    assert [each["id"] for each in overview(status="live")["items"]] == ["visit"]


def test_ten_times_the_answers_take_no_more_reads() -> None:
    answers("poa", 12, 9)
    overview()
    with faults.recording() as few:
        overview()
    answers("curitiba", 120, 3)
    with faults.recording() as many:
        overview()

    assert len(many) <= len(few)
