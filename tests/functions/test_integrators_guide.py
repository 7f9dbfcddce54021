"""What the guide for integrators says of the definition of a survey, held against the product."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from escuta.feedback import logic, surveys
from escuta.feedback.model import Comparison, Grouping, Hierarchy, Metric, Op, Query, QuestionKind, SurveyDraft
from tests.functions.callers import ask, found_company, key

GUIDE = (Path(__file__).parents[2] / "docs" / "integrators.md").read_text(encoding="utf-8")
SECTION = GUIDE.partition("## Survey definition")[2].partition("\n## ")[0]
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
