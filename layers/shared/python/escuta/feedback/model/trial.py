"""Surveys before they are published: what is being edited, what is shown of it, and what was answered to try it."""

from datetime import datetime

from pydantic import Field

from escuta.entity import Key
from escuta.feedback.model.response import Answer
from escuta.feedback.model.survey import Feedback, ScoreClass, SurveyDraft


class KeptDraft(Feedback):
    """The definition of a survey as its authors left it, not published. It may lack what publishing demands."""

    kind = "survey_draft"

    survey: str
    version: int  # the newest one when the editing began; 0: none
    definition: SurveyDraft
    updated_at: datetime
    updated_by: str

    @staticmethod
    def at(survey: str) -> Key:
        """Return the key, in the partition of the survey."""
        return Key(f"survey#{survey}", "draft")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey)


class SurveyPreview(Feedback):
    """A definition as somebody looked at it, or tries it out; whatever becomes of the survey, it stays as it is."""

    kind = "survey_preview"

    id: str
    survey: str
    definition: SurveyDraft
    keeps: bool  # what is answered, to be looked at: a test
    created_at: datetime
    expires: int

    @staticmethod
    def at(preview: str) -> Key:
        """Return the key of a preview."""
        return Key(f"survey_preview#{preview}", "preview")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.id)

    def ttl(self) -> int | None:
        """Let DynamoDB remove it when nobody can ask for it any more."""
        return self.expires


class TrialAnswer(Feedback):
    """What somebody answered to try a survey. It is no response: nothing counts, tells or exports it."""

    kind = "test_answer"

    id: str
    survey: str
    preview: str  # what was shown
    language: str
    answers: dict[str, Answer] = Field(default_factory=dict)
    hidden: dict[str, str] = Field(default_factory=dict)
    score: int | None = None
    score_class: ScoreClass | None = None
    received_at: datetime
    body_hash: str
    expires: int

    @staticmethod
    def at(survey: str, answer: str) -> Key:
        """Return the key of an answer, in a partition of its own beside the survey."""
        return Key(f"test_answers#{survey}", f"test_answer#{answer}")

    def key(self) -> Key:
        """Return the primary key."""
        return self.at(self.survey, self.id)

    def index(self) -> tuple[Key | None, Key | None]:
        """List the answers of a survey by their time."""
        return Key(f"test_answers#{self.survey}", f"{self.received_at.isoformat()}#{self.id}"), None

    def ttl(self) -> int | None:
        """Let DynamoDB remove it after a month."""
        return self.expires
