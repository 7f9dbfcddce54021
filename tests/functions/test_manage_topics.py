"""Topics through the API: reading, saving and trying them, and having answers read again."""

from datetime import timedelta
from typing import Any

import pytest

from escuta import clock, table
from escuta.directory.model import Scope
from escuta.feedback import metrics, vocabulary
from metering import sweep
from tests.conftest import NOON
from tests.functions.callers import ask, found_company, key, open_survey
from tests.kit.factories import response

pytestmark = pytest.mark.usefixtures("aws", "noon")
PATH = "/v1/topics"
PARKING: dict[str, Any] = {
    "code": "parking",
    "name": {"pt-BR": "Estacionamento", "en": "Parking", "es": "Aparcamiento"},
    "terms": {"pt-BR": ["manobrista"]},
}


class Context:
    """A call that has a minute left."""

    aws_request_id = "r"
    function_name = "sweep"
    memory_limit_in_mb = 128
    invoked_function_arn = "arn:aws:lambda:sa-east-1:123456789012:function:sweep"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def answered(name: str, comment: str, **fields: Any) -> None:
    answer = response(name, segment_path=("aurora", "sul", "poa"), comment=comment, **fields)
    table.put(answer.changed(rev=0))
    metrics.apply([answer])


def test_the_topics_that_ship_are_there_before_anybody_says_anything() -> None:
    answer = ask("GET", PATH, key(Scope.SURVEYS_READ))

    told = {each["code"]: each for each in answer.json["all"]}
    assert (answer.json["rev"], answer.json["version"], answer.json["topics"], answer.json["since"]) == (0, 0, [], None)
    assert len(told) == 11
    assert (told["delivery"]["name"]["es"], told["delivery"]["own"], told["delivery"]["on"]) == ("Entrega", False, True)


def test_topics_are_saved_and_hold_two_minutes_later() -> None:
    answer = ask("PUT", PATH, key(Scope.SURVEYS_WRITE), body={"topics": [PARKING, {"code": "price", "on": False}]})

    assert answer.status == 200
    told = {each["code"]: each for each in answer.json["all"]}
    assert (told["parking"]["own"], told["parking"]["terms"], told["price"]["on"]) == (True, PARKING["terms"], False)
    assert (answer.json["version"], answer.json["since"][:16]) == (1, "2026-03-10T15:02")
    assert ask("GET", PATH, key()).json == answer.json


def test_who_saves_over_what_somebody_else_saved_is_told() -> None:
    ask("PUT", PATH, key(), body={"topics": [PARKING]})
    stale = ask("PUT", PATH, key(), body={"topics": [PARKING]}, headers={"If-Match": '"0"'})
    assert (stale.status, stale.code) == (412, "rev_stale")


@pytest.mark.parametrize(
    ("topic", "code", "field"),
    [
        ({**PARKING, "code": "Parking lot"}, "value_invalid", "topics[0].code"),
        ({**PARKING, "name": {}}, "topic_without_name", "topics[0].name"),
        ({**PARKING, "terms": {}}, "topic_without_terms", "topics[0].terms"),
        ({**PARKING, "terms": {"pt-BR": ["!"]}}, "topic_term_words", "topics[0].terms.pt-BR[0]"),
        ({**PARKING, "colour": "red"}, "field_unknown", "topics[0].colour"),
    ],
    ids=["code", "name", "terms", "words", "more"],
)
def test_topics_that_could_not_be_counted_by_are_refused_in_words(topic: dict[str, Any], code: str, field: str) -> None:
    refused = ask("PUT", PATH, key(), body={"topics": [topic]})
    assert (refused.status, refused.code, refused.json.get("field")) == (422, code, field)


def test_topics_are_tried_on_comments_before_anything_is_saved() -> None:
    comments = ["O manobrista sumiu", "A fila é longa. Meu fone: 11 98765-4321", "Manobristas gentis!", "Sofá rasgado"]
    answer = ask("POST", f"{PATH}/preview", key(Scope.RESPONSES_READ), body={
        "topics": {"topics": [PARKING]}, "comments": comments, "language": "pt-BR"
    })  # fmt: skip

    assert answer.status == 200
    assert (answer.json["comments"], answer.json["with_topic"]) == (4, {"now": 1, "then": 3})
    assert answer.json["topics"] == {
        "waiting": {"name": "Waiting", "now": 1, "then": 1},
        "parking": {"name": "Parking", "now": 0, "then": 2},
    }
    assert answer.json["items"][1]["comment"] == "A fila é longa. Meu fone: [phone]"
    assert [each["then"] for each in answer.json["items"]] == [["parking"], ["waiting"], ["parking"], []]
    assert vocabulary.load().version == 0


def test_topics_are_tried_on_the_newest_comments_of_a_survey_and_the_words_they_miss_are_named() -> None:
    found_company()
    open_survey()
    survey = "visit"
    for name in ("a", "b"):
        answered(name, f"A costureira era estranha {name}", survey=survey)
    answered("c", "", survey=survey)

    answer = ask("POST", f"{PATH}/preview", key(), body={"survey": survey})

    assert (answer.json["comments"], answer.json["with_topic"]) == (2, {"now": 0, "then": 0})
    assert {"word": "costureira", "comments": 2} in answer.json["words"]


@pytest.mark.parametrize("body", [{}, {"comments": ["x"], "survey": "visit"}])
def test_a_trial_takes_comments_or_a_survey(body: dict[str, Any]) -> None:
    refused = ask("POST", f"{PATH}/preview", key(), body=body)
    assert (refused.status, refused.code) == (422, "comments_or_survey")


def test_days_are_read_again_by_the_sweep_and_the_api_says_how_far_that_is() -> None:
    found_company()
    open_survey()
    survey = "visit"
    answered("a", "O manobrista sumiu", survey=survey)
    ask("PUT", PATH, key(), body={"topics": [PARKING]})
    asked = ask("POST", f"{PATH}/rereadings", key(), body={"survey": survey, "from": "2026-03-09", "to": "2026-03-10"})

    with clock.at(NOON + timedelta(minutes=10)):
        said = sweep.handler({}, Context())
        after = ask("GET", f"{PATH}/rereadings", key()).json["items"]

    assert (asked.status, asked.json["done"], asked.json["next_day"]) == (201, False, "2026-03-10")
    assert said["drift"] == 0
    assert [(each["survey"], each["done"], each["from"], each["to"]) for each in after] == [
        (survey, True, "2026-03-09", "2026-03-10")
    ]
    counted = metrics.tally(survey, "segment", "aurora", "2026-03-10", "2026-03-10")["2026-03-10"]
    assert counted["topic.parking"] == 1


def test_there_is_nothing_to_read_again_before_topics_were_saved_and_no_period_backwards() -> None:
    found_company()
    open_survey()
    survey = "visit"
    body = {"survey": survey, "from": "2026-03-09", "to": "2026-03-10"}
    early = ask("POST", f"{PATH}/rereadings", key(), body=body)
    ask("PUT", PATH, key(), body={"topics": [PARKING]})
    wrong = ask("POST", f"{PATH}/rereadings", key(), body={**body, "from": "2026-03-11"})
    assert [(each.status, each.code) for each in (early, wrong)] == [
        (422, "topics_unchanged"),
        (422, "period_invalid"),
    ]


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", PATH), ("POST", f"{PATH}/preview"), ("POST", f"{PATH}/rereadings")]
)
def test_a_caller_of_a_part_of_the_hierarchy_decides_nothing_for_all_of_it(method: str, path: str) -> None:
    found_company()
    refused = ask(method, path, key(segment="sul"), body={})
    assert (refused.status, refused.code) == (403, "whole_hierarchy_only")
