"""What the code says of fields and values in comments is what the document says of them."""

from enum import StrEnum
from typing import Any

import pytest
from pydantic import BaseModel

from escuta.feedback.model import Survey, SurveyDraft
from manage.described.document import document
from manage.described.operation import Operation, shape
from manage.described.remarks import remark, spoken


class Fruit(StrEnum):
    """What grows."""

    APPLE = "apple"  # never read: this module is a test


class Basket(BaseModel):
    """What is carried."""

    fruit: Fruit
    days: int = 0  # as above


def test_a_comment_behind_a_field_is_said_of_it_as_a_sentence() -> None:
    assert spoken(SurveyDraft)["languages"] == "The first is the default."
    assert "title" not in spoken(SurveyDraft)


def test_a_shape_says_what_its_entity_says_and_what_that_is_made_from() -> None:
    shaped = shape(Survey, "Shaped", without={"name"})

    assert spoken(shaped)["version"] == "Live version; 0 before the first publishing."
    assert spoken(shaped)["rev"] == "The revision, for `If-Match`: every change raises it."


def test_only_our_own_modules_are_read() -> None:
    assert spoken(Basket) == spoken(Fruit) == spoken(BaseModel) == {}


@pytest.mark.parametrize("name", ["Draft", "Draft-Input", "escuta__feedback__model__survey__SurveyDraft-Output"])
def test_what_is_described_already_stays(name: str) -> None:
    kind: Any = type("Draft", (SurveyDraft,), {"__module__": "escuta.feedback.model.survey"})
    properties: dict[str, Any] = {"languages": {"description": "Told."}, "share": {}, "title": {}}

    remark({name: {"properties": properties}}, [Operation(name="x", answer=tuple[kind, SurveyDraft])])

    assert properties == {
        "languages": {"description": "Told."},
        "share": {"description": "Offer the review links of the place to everyone."},
        "title": {},
    }


def test_the_document_tells_what_a_value_means() -> None:
    told = document()["components"]["schemas"]["QuestionKind"]["description"]

    assert told.startswith("What a question asks for.\n\n- `nps`: 0-10.")
