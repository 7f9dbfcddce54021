"""Drafts of surveys: kept, looked at, tried out."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from escuta.feedback.differing import What
from escuta.feedback.model import Answer, ScoreClass, SurveyDraft
from manage import differences, survey_drafts
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, Shown, page


class SurveyProblem(Shown):
    """Something for which publishing would refuse a draft, and its place in the definition."""

    code: str
    field: str
    detail: str = Field(description="The same in words, in the caller's language.")


class KeptDraftShown(Shown):
    """What is being edited of a survey."""

    survey: str
    version: int = Field(description="The newest version when the editing began; 0: none.")
    definition: SurveyDraft
    problems: list[SurveyProblem] = Field(description="All for which publishing would refuse it.")
    updated_at: datetime
    updated_by: str
    rev: int = Field(description="0: no draft is kept, and this is what is published.")


class SurveyDifference(Shown):
    """One thing that publishing the draft would change."""

    what: What
    of: Literal["question", "choice", "text", "logic", "setting", "look", "language"]
    field: str = Field(description="Which one of it: `required`, `help`, `branding.dark.ink`.")
    place: str = Field(description="Where it stands in the draft; of what was removed, where it stood before.")
    question: str
    choice: str
    language: str
    before: Any
    after: Any
    detail: str = Field(description="The same in words, in the caller's language.")


class TextGaps(Shown):
    """What a language lacks."""

    language: str
    missing: int
    stale: int = Field(description="Texts that stayed while that of the survey's first language changed.")


class SurveyDifferences(Shown):
    """What publishing the draft would change, and for what it would be refused."""

    survey: str
    version: int = Field(description="The newest version; 0: none.")
    based_on: int = Field(description="The newest version when the editing began.")
    draft_rev: int = Field(description="0: no draft is kept, and nothing would change.")
    changes: list[SurveyDifference]
    texts: list[TextGaps]
    problems: list[SurveyProblem]


class SurveyPreviewLink(Shown):
    """Where a draft can be looked at."""

    url: str = Field(description="Empty where no page can be made of it: `problems` say why.")
    expires_at: datetime | None
    problems: list[SurveyProblem]


class TestLink(Shown):
    """Where a survey is tried out."""

    url: str = Field(description="Whoever has it can answer; nothing of it counts.")
    expires_at: datetime


class SaidInTest(Shown):
    """One answer to one question."""

    question: str
    asked: str
    answer: Answer
    said: str = Field(description="The answer in the words that it was chosen in.")


class TestAnswerShown(Shown):
    """What somebody answered to try a survey."""

    id: str
    language: str
    answers: list[SaidInTest]
    hidden: dict[str, str]
    score: int | None
    score_class: ScoreClass | None
    received_at: datetime


class TestAnswersRemoved(Shown):
    """How many test answers were removed, and whether there are more."""

    removed: int
    more: bool


OPERATIONS: Operations = {
    survey_drafts.get: Operation(name="get_survey_draft", query=Asked, answer=KeptDraftShown),
    survey_drafts.put: Operation(name="replace_survey_draft", body=SurveyDraft, answer=KeptDraftShown, matched=True),
    survey_drafts.delete: Operation(name="delete_survey_draft", query=Asked, answer=KeptDraftShown, matched=True),
    differences.get: Operation(name="get_survey_difference", query=Asked, answer=SurveyDifferences),
    survey_drafts.preview: Operation(name="preview_survey", body=survey_drafts.WhatIsShown, answer=SurveyPreviewLink),
    survey_drafts.trial: Operation(name="create_test_link", body=survey_drafts.WhatIsTried, answer=TestLink),
    survey_drafts.answers: Operation(name="list_test_answers", query=Listing, answer=page(TestAnswerShown)),
    survey_drafts.clear: Operation(name="delete_test_answers", query=Asked, answer=TestAnswersRemoved),
}
