"""Drafts of surveys: kept with what is wrong in them, looked at as a page, tried out with answers that never count."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from chalice.test import Client

from escuta import clock
from escuta.config import settings
from escuta.directory.model import Scope
from respond.app import app
from tests.conftest import owner
from tests.functions import browsing
from tests.functions.browsing import checked, field, words
from tests.functions.callers import Answer, ask, found_company, key, open_survey
from tests.functions.respondents import DRAFT, SUBMISSION_ID

BODY: dict[str, Any] = DRAFT.model_dump(mode="json")
RENAMED = {**BODY, "title": {**BODY["title"], "pt-BR": "Sua visita à loja"}}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def rows() -> dict[str, int]:
    """Return how many rows there are of each kind."""
    found: dict[str, int] = {}
    for name in ("directory", "outreach", "feedback"):
        for item in owner("dynamodb").scan(TableName=f"escuta-{name}")["Items"]:
            kind = item.get("kind", {"S": "numbers"})["S"]
            found[kind] = found.get(kind, 0) + 1
    return found


def path(url: str) -> str:
    return url.removeprefix(settings().public_url)


def kept() -> Answer:
    return ask("GET", "/v1/surveys/visit/draft", key(Scope.SURVEYS_READ))


def previewed(**body: Any) -> Any:
    answer = ask("POST", "/v1/surveys/visit/previews", key(), body=body)
    assert answer.status == 200, answer.json
    return answer.json


def trial(**body: Any) -> str:
    answer = ask("POST", "/v1/surveys/visit/test-links", key(), body=body)
    assert answer.status == 200, answer.json
    return path(answer.json["url"])


def answered(link: str, submission: str = SUBMISSION_ID, **fields: str) -> Any:
    return browsing.post(link, submission_id=submission, version="0", **{"n.nps": "9", **fields})


def test_until_a_draft_is_kept_what_is_published_is_edited() -> None:
    found = kept().json

    assert (found["definition"], found["version"], found["rev"], found["problems"]) == (BODY, 1, 0, [])


def test_a_survey_without_versions_begins_with_its_name_and_no_questions() -> None:
    ask("POST", "/v1/surveys", key(), body={"name": "Nova", "id": "nova"})

    found = ask("GET", "/v1/surveys/nova/draft", key()).json

    assert (found["definition"]["title"], found["version"]) == ({"pt-BR": "Nova"}, 0)
    assert [problem["code"] for problem in found["problems"]] == ["survey_questions"]


def test_a_draft_is_kept_with_all_that_is_wrong_in_it_and_asks_nobody() -> None:
    wrong = {**RENAMED, "questions": [{**BODY["questions"][0], "text": {"pt-BR": "E então?"}}, *BODY["questions"][1:]]}

    answer = ask("PUT", "/v1/surveys/visit/draft", key(), body=wrong)

    assert (answer.status, answer.headers["ETag"]) == (200, '"1"')
    assert {problem["field"] for problem in answer.json["problems"]} >= {"questions[0].text.en"}
    assert all(problem["detail"] for problem in answer.json["problems"])
    assert kept().json == answer.json
    assert ask("GET", "/v1/surveys/visit", key()).json["version"] == 1


def test_two_authors_do_not_overwrite_each_other() -> None:
    first = ask("PUT", "/v1/surveys/visit/draft", key(), body=RENAMED, headers={"If-Match": '"0"'})
    second = ask("PUT", "/v1/surveys/visit/draft", key(), body=BODY, headers={"If-Match": '"0"'})

    assert (first.status, second.status) == (200, 412)
    assert kept().json["definition"] == RENAMED


def test_publishing_a_draft_as_it_is_kept_removes_it_and_another_one_stays() -> None:
    ask("PUT", "/v1/surveys/visit/draft", key(), body=RENAMED)
    other = {**RENAMED, "layout": "steps"}

    ask("POST", "/v1/surveys/visit/versions", key(), body=other)
    assert kept().json["rev"] == 1

    ask("POST", "/v1/surveys/visit/versions", key(), body=RENAMED)
    assert (kept().json["rev"], kept().json["definition"]) == (0, RENAMED)


def test_a_draft_is_thrown_away_and_told_this_last_time() -> None:
    ask("PUT", "/v1/surveys/visit/draft", key(), body=RENAMED)

    answer = ask("DELETE", "/v1/surveys/visit/draft", key())

    assert answer.json["definition"] == RENAMED
    assert kept().json["definition"] == BODY


def test_a_preview_shows_the_draft_in_the_language_and_the_colors_that_are_asked_for() -> None:
    ask("PUT", "/v1/surveys/visit/draft", key(), body=RENAMED)

    found = previewed(language="pt-BR", theme="dark")
    page = browsing.get(path(found["url"]))

    assert (page.status_code, found["problems"]) == (200, [])
    assert "Sua visita à loja" in words(page)
    assert 'name="color-scheme" content="dark"' in page.body.decode()
    assert page.headers["Content-Language"] == "pt-BR"
    assert "Prévia" in words(page)
    assert "&lt;main" not in page.body.decode()


def test_a_preview_may_stand_in_a_frame_of_the_same_site_and_other_pages_may_not() -> None:
    page = browsing.get(path(previewed()["url"]))
    other = browsing.get(browsing.ANY_LINK)

    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers


def test_what_is_typed_is_shown_before_it_is_kept_with_texts_that_are_still_missing() -> None:
    typed = {**BODY, "questions": [{"id": "mood", "kind": "nps", "text": {"pt-BR": "Como foi <b>hoje</b>?"}}]}

    found = previewed(definition=typed, language="en")
    page = browsing.get(path(found["url"]))

    assert "Como foi <b>hoje</b>?" in words(page)
    assert {problem["code"] for problem in found["problems"]} == {"survey_text_missing"}
    assert kept().json["rev"] == 0


@pytest.mark.parametrize(
    "broken",
    [
        {"questions": []},
        {"color": "red;} body{display:none"},
        {"languages": []},
        {
            "questions": [
                {**BODY["questions"][0], "jumps": [{"when": {"field": "class", "value": "x"}, "to": "nowhere"}]}
            ]
        },
    ],
)
def test_what_makes_no_page_is_told_in_words_without_an_address(broken: dict[str, Any]) -> None:
    found = previewed(definition={**BODY, **broken})

    assert found["url"] == ""
    assert found["problems"]


def test_a_color_that_nobody_could_read_is_shown_and_told() -> None:
    found = previewed(definition={**BODY, "color": "#ffff66"})

    assert [problem["code"] for problem in found["problems"]] == ["survey_color"]
    assert "#ffff66" in browsing.get(path(found["url"])).body.decode()


def test_one_walks_through_a_preview_to_the_thanks_and_nothing_is_kept() -> None:
    link = path(previewed(definition={**BODY, "layout": "steps"})["url"])
    before = rows()

    first = browsing.get(link)
    at = field(first, "at")
    second = browsing.post(link, version="0", go="next", at=at, **{"n.nps": "9"})
    thanks = answered(link)

    assert field(second, "at") != at
    assert thanks.status_code == 200
    assert "Prévia" in words(thanks)
    assert rows() == before


def test_a_preview_is_over_after_an_hour_and_good_for_itself_alone() -> None:
    link = path(previewed()["url"])

    with clock.at(clock.now() + timedelta(hours=1)):
        assert browsing.get(link).status_code == 410
    assert browsing.get(link[:-1]).status_code == 404
    assert browsing.get(link.replace("/p/", "/s/")).status_code == 404


def test_a_test_goes_all_the_way_and_is_listed_and_counts_nowhere() -> None:
    link = trial()
    before = rows()

    page, thanks = browsing.get(link), answered(link, **{"t.comment": "só um teste"})

    assert [("Teste" in words(each), each.status_code) for each in (page, thanks)] == [(True, 200), (True, 200)]
    after = rows()
    assert {kind: after[kind] - before.get(kind, 0) for kind in after if after[kind] != before.get(kind, 0)} == {
        "test_answer": 1
    }
    (found,) = ask("GET", "/v1/surveys/visit/test-answers", key()).json["items"]
    assert (found["score"], found["score_class"], found["language"]) == (9, "promoter", "pt-BR")
    assert [(each["question"], each["answer"]) for each in found["answers"]] == [("nps", 9), ("comment", "só um teste")]
    assert ask("GET", "/v1/responses", key(), query={"survey": "visit", "segment": "aurora"}).json["items"] == []


def test_a_test_is_checked_as_any_answer_and_says_so_on_that_page_too() -> None:
    page = browsing.post(trial(), version="0", **{"n.nps": "11"})

    assert page.status_code == 422
    assert "Teste" in words(page)


def test_a_test_speaks_three_languages() -> None:
    for language, said in (("pt-BR", "Teste:"), ("en", "Test:"), ("es", "Prueba:")):
        page = browsing.get(trial(language=language))
        assert said in words(page)


def test_a_test_that_is_sent_twice_is_one_and_another_answer_under_its_id_is_refused() -> None:
    link = trial()

    first, again, other = answered(link), answered(link), answered(link, **{"n.nps": "1"})

    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 422)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(ask("GET", "/v1/surveys/visit/test-answers", key()).json["items"]) == 1


def test_what_is_published_can_be_tested_while_a_draft_is_kept() -> None:
    ask("PUT", "/v1/surveys/visit/draft", key(), body=RENAMED)

    assert "Sua visita à loja" in words(browsing.get(trial(language="pt-BR")))
    assert "Sua visita à loja" not in words(browsing.get(trial(published=True, language="pt-BR")))


def test_what_was_never_published_cannot_be_tested_as_published() -> None:
    ask("POST", "/v1/surveys", key(), body={"name": "Nova", "id": "nova"})

    answer = ask("POST", "/v1/surveys/nova/test-links", key(), body={"published": True})

    assert (answer.status, answer.code) == (404, "survey_version_not_found")


def test_test_answers_are_removed_together_and_by_themselves_after_a_month() -> None:
    link = trial()
    for number in range(3):
        answered(link, f"{number}{SUBMISSION_ID[1:]}")
    with clock.at(clock.now() + timedelta(days=30)):
        assert ask("GET", "/v1/surveys/visit/test-answers", key()).json["items"] == []

    answer = ask("DELETE", "/v1/surveys/visit/test-answers", key())

    assert answer.json == {"removed": 3, "more": False}
    assert ask("GET", "/v1/surveys/visit/test-answers", key()).json["items"] == []


def test_a_program_is_thanked_in_json_and_a_test_leaves_no_number_behind() -> None:
    before = ask("GET", "/v1/metrics", key(), query={"survey": "visit", "metric": "responses"}).body
    sent = {"submission_id": SUBMISSION_ID, "version": 0, "answers": {"nps": 3}}

    answer = Client(app).http.post(
        trial(), headers={"Content-Type": "application/json"}, body=json.dumps(sent).encode()
    )

    assert answer.json_body["id"] == SUBMISSION_ID
    assert ask("GET", "/v1/metrics", key(), query={"survey": "visit", "metric": "responses"}).body == before


def test_a_score_in_the_address_of_a_preview_is_chosen() -> None:
    assert checked(browsing.get(path(previewed()["url"]) + "?r=9")) == ["n.nps"]
