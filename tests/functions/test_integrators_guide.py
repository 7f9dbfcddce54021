"""What the guide for integrators says of the definition of a survey, held against the product."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from escuta.feedback import logic, surveys
from escuta.feedback.model import (
    Comparison,
    Grouping,
    Hierarchy,
    Metric,
    Op,
    Query,
    QuestionKind,
    SurveyDraft,
    TicketSettingsDraft,
)
from tests.functions.callers import ask, found_company, key, ticketed

GUIDE = (Path(__file__).parents[2] / "docs" / "integrators.md").read_text(encoding="utf-8")
SECTION = GUIDE.partition("## Survey definition")[2].partition("\n## ")[0]
TICKETS = GUIDE.partition("## Tickets")[2].partition("\n## ")[0]
RULES = GUIDE.partition("## Ticket rules")[2].partition("\n## ")[0]
HOURS = GUIDE.partition("## Business hours")[2].partition("\n## ")[0]
FIGURES = GUIDE.partition("## Questions to the figures")[2].partition("\n## ")[0]


def example() -> Any:
    (block,) = re.findall(r"^```json$(.*?)^```$", SECTION, re.DOTALL | re.MULTILINE)
    return json.loads(block)


def test_the_example_is_published_as_it_stands(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    found_company()
    surveys.create("Visit", survey="visit")

    answer = ask("POST", "/v1/surveys/visit/versions", key(), body=example())

    assert (answer.status, answer.headers["Location"]) == (201, "versions/1")


def test_the_example_asks_what_fits_the_answer() -> None:
    draft = SurveyDraft.model_validate(example())

    assert logic.walk(draft, {"nps": 8}, {}).asked == ("nps", "comment")
    assert logic.walk(draft, {"nps": 9}, {}).asked == ("nps", "reasons", "comment")
    unhappy = logic.walk(draft, {"nps": 2, "reasons": ("queue",)}, {})
    assert unhappy.asked == ("nps", "reasons", "comment", "who")
    assert unhappy.required == {"nps", "comment"}


def test_the_examples_of_tickets_do_what_the_guide_says(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    found_company()
    ticketed("poa")
    example = TICKETS.split("```")[1]
    patch = json.loads(example[example.index("\n{") :])
    (settings,) = re.findall(r"^  ```json$(.*?)^  ```$", TICKETS, re.DOTALL | re.MULTILINE)
    (rules,) = re.findall(r"-d '(.*?)'$", RULES, re.DOTALL | re.MULTILINE)
    (hours,) = re.findall(r"-d '(.*?)'$", HOURS, re.DOTALL | re.MULTILINE)

    said = ask("PUT", "/v1/ticket-settings", key(), body=json.loads(settings))
    closed = ask("PATCH", "/v1/tickets/first", key(), body={**patch, "rev": 1})
    preview = ask("POST", "/v1/ticket-rules/preview", key(), body=json.loads(rules))
    week = ask("PUT", "/v1/segments/poa/service-hours", key(), body=json.loads(hours), headers={"If-Match": '"0"'})

    assert [said.status, closed.status, preview.status, week.status] == [200, 200, 200, 200]
    assert set(json.loads(settings)) == set(TicketSettingsDraft.model_fields)
    assert (closed.json["state"], closed.json["gesture"]["amount"]) == ("closed", "25.90")
    assert preview.json["rules"][0]["tickets"] == 0


@pytest.mark.parametrize("name", [*QuestionKind, *Op, *SurveyDraft.model_fields])
def test_every_name_of_a_definition_is_in_the_guide(name: str) -> None:
    assert re.search(rf"`{name}`|\"{name}\"", SECTION), name


def test_the_questions_to_the_figures_are_answered_as_they_stand(aws: None, noon: datetime) -> None:  # noqa: ARG001 - the store and the clock
    found_company()
    surveys.create("Visit", survey="visit")
    surveys.publish("visit", SurveyDraft.model_validate(example()))

    blocks = re.findall(r"^```json$(.*?)^```$", FIGURES, re.DOTALL | re.MULTILINE)
    answers = [ask("POST", "/v1/metrics/queries", key(), body=json.loads(block)) for block in blocks]

    assert [answer.status for answer in answers] == [200, 200, 200]


@pytest.mark.parametrize(
    "name", sorted({*Metric, *Grouping, *Hierarchy, *Comparison, *Query.model_fields} - {Grouping.NONE})
)
def test_every_name_of_a_question_to_the_figures_is_in_the_guide(name: str) -> None:
    assert re.search(rf"`{name}`|`{name}: |\"{name}\"|`{name}=", FIGURES), name
