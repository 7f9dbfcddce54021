"""Surveys as a whole over the API: renamed, copied, taken along as a file, deleted, and what was published of them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml

from escuta import clock, table
from escuta.directory.model import Scope
from escuta.errors import NotFoundError
from escuta.feedback import dashboards, surveys
from escuta.feedback.model import SurveyStatus
from escuta.outreach.model import Channel, Template
from tests.conftest import NOON
from tests.functions.callers import Answer, answered, ask, found_company, key, open_survey
from tests.functions.respondents import DRAFT

VISIT, IMPORTS = "/v1/surveys/visit", "/v1/surveys/imports"
MAIL = {"subject": "Sua visita", "html": '<a href="{{ link }}">Contar</a> <a href="{{ unsubscribe }}">Sair</a>'}


@pytest.fixture(autouse=True)
def company(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock come first
    found_company()
    open_survey()


def words(language: str = "pt-BR") -> Answer:
    return ask("PUT", f"{VISIT}/templates/email/{language}", key(), body=MAIL)


def imported(body: Any, **fields: Any) -> Answer:
    return ask("POST", IMPORTS, key(), body={**body, **fields})


def sent(text: str, kind: str = "application/yaml") -> Answer:
    return ask("POST", IMPORTS, key(), raw=text, headers={"Content-Type": kind})


def test_a_survey_is_renamed_and_its_own_dashboard_with_it() -> None:
    answer = ask("PATCH", VISIT, key(Scope.SURVEYS_WRITE), body={"name": " Visita à loja "})

    assert (answer.status, answer.json["name"], answer.json["status"]) == (200, "Visita à loja", "live")
    assert dashboards.get("default.visit").name == "Visita à loja"
    assert ask("PATCH", VISIT, key(), body={"name": "  "}).code == "survey_name"


def test_a_change_is_made_as_a_whole_or_not_at_all() -> None:
    answer = ask("PATCH", VISIT, key(), body={"name": "Visita", "retention_days": 30, "status": "draft"})

    assert (answer.status, answer.code) == (409, "survey_move")
    now = ask("GET", VISIT, key()).json
    assert (now["name"], now["retention_days"], now["status"]) == ("Visit", 0, "live")


def test_what_was_published_is_listed_the_newest_first() -> None:
    surveys.publish("visit", DRAFT.changed(color="#123456"))

    text = key(Scope.SURVEYS_READ)
    page = ask("GET", f"{VISIT}/versions", text, query={"limit": 1})
    rest = ask("GET", f"{VISIT}/versions", text, query={"limit": 1, "cursor": page.json["next"]})

    told = page.json["items"] + rest.json["items"]
    assert [(each["version"], each["current"]) for each in told] == [(2, True), (1, False)]
    assert (told[0]["questions"], told[0]["title"]["en"]) == (len(DRAFT.questions), DRAFT.title["en"])


def test_a_copy_is_a_draft_with_the_questions_and_the_templates_that_nobody_is_asked() -> None:
    assert words().status == 200

    made = ask("POST", f"{VISIT}/copies", key(), body={"name": "Visita 2", "id": "visit-2"})

    assert (made.status, made.headers["Location"], made.json["status"]) == (201, "../visit-2", "draft")
    assert surveys.version("visit-2", 1).questions == DRAFT.questions
    mail = ask("GET", "/v1/surveys/visit-2/templates/email/pt-BR", key()).json
    assert (mail["subject"], mail["rev"]) == ("Sua visita", 1)
    with pytest.raises(NotFoundError, match="survey_not_published"):
        surveys.live("visit-2")


def test_a_copy_goes_live_by_its_status_and_says_so_as_a_published_one() -> None:
    ask("POST", f"{VISIT}/copies", key(), body={"name": "Visita 2", "id": "visit-2", "templates": False})

    live = ask("PATCH", "/v1/surveys/visit-2", key(), body={"status": "live"})

    assert (live.status, live.json["status"], live.json["version"]) == (200, "live", 1)
    assert surveys.live("visit-2").version == 1
    with clock.at(NOON + timedelta(hours=1)):
        told = ask("GET", "/v1/events", key(), query={"type": "survey.published"}).json["items"]
    assert [(each["subject"], each["data"]["survey_version"]) for each in told] == [
        ("survey/visit", 1),
        ("survey/visit-2", 1),
    ]
    assert dashboards.get("default.visit-2").name == "Visita 2"


def test_publishing_what_the_copy_has_already_sets_it_live() -> None:
    ask("POST", f"{VISIT}/copies", key(), body={"name": "Visita 2", "id": "visit-2"})

    surveys.publish("visit-2", DRAFT)

    assert (surveys.get("visit-2").status, surveys.get("visit-2").version) == (SurveyStatus.LIVE, 1)


def test_a_copy_is_of_the_version_that_is_named() -> None:
    surveys.publish("visit", DRAFT.changed(color="#123456"))

    made = ask("POST", f"{VISIT}/copies", key(), body={"name": "Antes", "version": 1}).json

    assert surveys.version(made["id"], 1).color == DRAFT.color
    answer = ask("POST", f"{VISIT}/copies", key(), body={"name": "Nunca", "version": 7})
    assert (answer.status, answer.code) == (404, "survey_version_not_found")


def test_what_cannot_be_copied_is_refused() -> None:
    ask("POST", "/v1/surveys", key(), body={"name": "Vazia", "id": "empty"})

    nothing = ask("POST", "/v1/surveys/empty/copies", key(), body={"name": "Cópia"})
    taken = ask("POST", f"{VISIT}/copies", key(), body={"name": "Cópia", "id": "empty"})
    bound = ask("POST", f"{VISIT}/copies", key(segment="sul"), body={"name": "Cópia"})

    assert (nothing.status, nothing.code) == (404, "survey_not_published")
    assert (taken.status, taken.code, taken.json["field"]) == (409, "survey_exists", "id")
    assert (bound.status, bound.code) == (403, "whole_hierarchy_only")


def test_a_survey_taken_along_as_a_file_is_the_same_elsewhere() -> None:
    words()
    ask("PATCH", VISIT, key(), body={"retention_days": 365})
    kept = ask("GET", f"{VISIT}/definition", key(Scope.SURVEYS_READ)).json

    made = imported(kept, id="elsewhere")

    assert (made.status, made.headers["Location"], made.json["status"]) == (201, "elsewhere", "draft")
    again = ask("GET", "/v1/surveys/elsewhere/definition", key()).json
    assert again == {**kept, "id": "elsewhere"}
    assert (kept["format"], kept["retention_days"], len(kept["templates"])) == ("escuta.survey/1", 365, 1)


def test_the_file_in_yaml_says_the_same_as_the_one_in_json() -> None:
    words()
    file = ask("GET", f"{VISIT}/definition.yaml", key(Scope.SURVEYS_READ))

    assert file.headers["Content-Disposition"] == 'attachment; filename="visit.yaml"'
    assert yaml.safe_load(file.body) == ask("GET", f"{VISIT}/definition", key()).json
    made = sent(file.body.decode().replace("id: visit\n", "id: elsewhere\n"))
    assert (made.status, made.json["id"]) == (201, "elsewhere")
    assert surveys.version("elsewhere", 1).questions == DRAFT.questions


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: &x [1]\nb: *x", "line 2"),
        ("name: a\nname: b", "line 1"),
        ("1: a", "line 1"),
        ("a: !!python/object:os.system x", "line 1"),
        ("a: !!timestamp 2026-01-01", "line 1"),
        ("a: !!float .nan", "line 1"),
        ("[" * 5_000, "body"),
        ("a: 'b", "line 1"),
    ],
    ids=["alias", "twice", "number", "object", "day", "nan", "deep", "open"],
)
def test_yaml_that_says_more_than_data_is_refused_with_its_line(text: str, line: str) -> None:
    answer = sent(text)

    assert (answer.status, answer.code, answer.json["field"]) == (422, "yaml_invalid", line)


def test_yaml_is_read_as_people_mean_it_and_held_against_the_same_fields() -> None:
    answer = sent("format: escuta.survey/1\nname: no\nretention_days: 010\nsurvey: 12:30\n", "text/yaml")

    assert [error["field"] for error in answer.json["errors"]] == ["survey"]
    assert sent("name: a", "application/xml").status == 415
    assert sent("a" * 300_001).status == 413


def test_a_file_that_cannot_be_asked_or_sent_is_refused_with_its_place_and_nothing_is_made() -> None:
    words()
    kept = ask("GET", f"{VISIT}/definition", key()).json
    (mail,) = kept["templates"]

    faults = [
        imported(kept, id="x", survey={**kept["survey"], "color": "red"}),
        imported(kept, id="x", templates=[{**mail, "html": "<p>{{ nobody }}</p>"}]),
        imported(kept, id="x", templates=[mail, mail]),
        imported(kept, id="x", format="other"),
        imported(kept, id="a b"),
    ]

    assert [(answer.status, answer.code, answer.json["field"]) for answer in faults] == [
        (422, "survey_color", "color"),
        (422, "template_invalid", "templates[0].html"),
        (422, "survey_template_twice", "templates"),
        (422, "value_not_allowed", "format"),
        (422, "survey_id", "id"),
    ]
    assert ask("GET", "/v1/surveys/x", key()).status == 404
    assert ask("GET", "/v1/surveys/x/templates", key()).status == 404


def test_a_closed_survey_is_deleted_and_what_was_answered_stays() -> None:
    answered("poa", survey="visit")
    early = ask("DELETE", VISIT, key())
    ask("PATCH", VISIT, key(), body={"status": "closed"})

    gone = ask("DELETE", VISIT, key(Scope.SURVEYS_WRITE))

    assert (early.status, early.code) == (409, "survey_open")
    assert (gone.status, gone.json["status"], gone.json["deleted_at"] is not None) == (200, "closed", True)
    assert ask("GET", "/v1/surveys", key()).json["items"] == []
    assert [each["id"] for each in ask("GET", "/v1/surveys", key(), query={"deleted": "true"}).json["items"]] == [
        "visit"
    ]
    assert ask("GET", "/v1/responses/first", key()).status == 200
    assert ask("DELETE", VISIT, key()).json == gone.json


def test_a_deleted_survey_changes_no_more_and_its_id_is_never_given_again() -> None:
    ask("PATCH", VISIT, key(), body={"status": "closed"})
    ask("DELETE", VISIT, key())

    refused = [
        ask("PATCH", VISIT, key(), body={"status": "live"}),
        ask("PATCH", VISIT, key(), body={"name": "Outra"}),
        ask("POST", "/v1/surveys", key(), body={"name": "Visit", "id": "visit"}),
        ask("POST", f"{VISIT}/versions", key(), body=DRAFT.model_dump(mode="json")),
    ]

    assert [(answer.status, answer.code) for answer in refused] == [
        (410, "survey_deleted"),
        (410, "survey_deleted"),
        (409, "survey_exists"),
        (410, "survey_deleted"),
    ]


def test_a_draft_is_deleted_at_once_and_only_on_the_revision_that_was_read() -> None:
    ask("POST", "/v1/surveys", key(), body={"name": "Vazia", "id": "empty"})

    stale = ask("DELETE", "/v1/surveys/empty", key(), headers={"If-Match": '"7"'})
    bound = ask("DELETE", "/v1/surveys/empty", key(segment="sul"))
    gone = ask("DELETE", "/v1/surveys/empty", key(), headers={"If-Match": '"1"'})

    assert (stale.status, stale.code) == (412, "rev_stale")
    assert (bound.status, bound.code) == (403, "whole_hierarchy_only")
    assert gone.status == 200


def test_the_question_after_a_closing_is_never_deleted() -> None:
    surveys.create("Follow-up", survey="follow-up")

    answer = ask("DELETE", "/v1/surveys/follow-up", key())

    assert (answer.status, answer.code) == (409, "survey_of_product")


def test_surveys_are_listed_by_how_they_stand() -> None:
    ask("POST", "/v1/surveys", key(), body={"name": "Vazia", "id": "empty"})

    told = {
        status: [each["id"] for each in ask("GET", "/v1/surveys", key(), query={"status": status}).json["items"]]
        for status in ("draft", "live", "closed")
    }

    assert told == {"draft": ["empty"], "live": ["visit"], "closed": []}


def test_a_copy_that_is_no_more_than_a_draft_shows_nothing_to_whoever_opens_its_link() -> None:
    ask("POST", f"{VISIT}/copies", key(), body={"name": "Visita 2", "id": "visit-2"})

    answer = ask("PATCH", "/v1/surveys/visit-2", key(), body={"status": "paused"})

    assert (answer.status, answer.code) == (409, "survey_move")
    ask("POST", "/v1/surveys", key(), body={"name": "Vazia", "id": "empty"})
    assert ask("PATCH", "/v1/surveys/empty", key(), body={"status": "live"}).code == "survey_not_published"


@pytest.mark.parametrize("text", ["a: !!bool maybe", 'a: !!float ""', "a: !!timestamp x", "a: !!str x", "!!map {a: 1}"])
def test_a_file_with_a_tag_is_refused_whatever_the_tag_says(text: str) -> None:
    answer = sent(text)

    assert (answer.status, answer.code, answer.json["field"]) == (422, "yaml_invalid", "line 1")


def test_a_survey_with_more_templates_than_a_file_takes_says_so_and_is_copied_without_them() -> None:
    table.put_many(
        Template(survey="visit", channel=Channel.SMS, language="pt-BR", name=f"n{number}", text="{{ link }}")
        for number in range(91)
    )

    told, copied = ask("GET", f"{VISIT}/definition", key()), ask("POST", f"{VISIT}/copies", key(), body={"name": "B"})
    bare = ask("POST", f"{VISIT}/copies", key(), body={"name": "B", "templates": False})

    assert [(each.status, each.code) for each in (told, copied)] == [(409, "survey_templates_many")] * 2
    assert bare.status == 201


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", f"{VISIT}/versions", DRAFT.model_dump(mode="json", exclude_defaults=True)),
        ("PUT", f"{VISIT}/templates/email/pt-BR", MAIL),
        ("POST", "/v1/tokens", {"survey": "visit", "segment": "poa"}),
        (
            "POST",
            "/v1/intercepts",
            {
                "name": "Site",
                "survey": "visit",
                "segment": "poa",
                "origins": ["https://loja.example"],
                "trigger": {"delay_seconds": 5},
            },
        ),
    ],
)
def test_nothing_new_begins_with_a_deleted_survey(method: str, path: str, body: dict[str, Any]) -> None:
    surveys.move("visit", SurveyStatus.CLOSED)
    surveys.delete(surveys.get("visit"))

    answer = ask(method, path, key(), body=body)

    assert (answer.status, answer.code) == (410, "survey_deleted")
