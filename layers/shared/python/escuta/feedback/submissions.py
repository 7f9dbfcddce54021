"""What a page sends, and what it gets for it."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    ConfigDict,
    Field,
    StrictInt,
    StringConstraints,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from escuta.entity import Value
from escuta.feedback.model import ScoreClass

LONGEST_WAIT = timedelta(days=31)  # on a device without network


def _flat(answers: dict[str, Any]) -> dict[str, Any]:
    """Refuse answers inside answers: a list, or the fields of a contact, are as deep as one goes."""
    for answer in answers.values():
        parts = answer if isinstance(answer, list) else answer.values() if isinstance(answer, dict) else ()
        if any(isinstance(part, dict | list) for part in parts):
            raise ValueError("nested")
    return answers


def _hint(value: Any, read: ValidatorFunctionWrapHandler) -> datetime | None:
    """Take the device's clock if it can be read: it is never a reason to refuse an answer."""
    try:
        return read(value)  # type: ignore[no-any-return] # pydantic's handler is Any
    except ValidationError:
        return None


Short = Annotated[str, StringConstraints(strict=True, max_length=200)]
SubmissionId = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9_-]{22,64}$")]
Language = Annotated[str, StringConstraints(strict=True, max_length=35)]


class Submission(Value):
    """One sending of a page. Its id was made when the page was rendered and stays the same over every retry."""

    model_config = ConfigDict(extra="forbid")

    submission_id: SubmissionId
    version: StrictInt  # of the survey, as rendered
    language: Language = ""
    answers: Annotated[dict[str, Any], AfterValidator(_flat)]
    client_time: Annotated[AwareDatetime | None, WrapValidator(_hint)] = None  # a hint; the server's time rules
    sent_time: Annotated[AwareDatetime | None, WrapValidator(_hint)] = None  # the same clock, at this sending
    hidden: dict[str, Short] = Field(default_factory=dict)
    asked: dict[str, Short] = Field(default_factory=dict)  # who it is: of a transactional store link
    prefill: Annotated[str, StringConstraints(strict=True, max_length=2_000)] = ""  # signed, as it came with the link
    device: Annotated[str, StringConstraints(strict=True, max_length=64)] = ""
    queued: bool = False  # it waited on a device: nobody is there to correct it, so a refused one is parked

    def answered_at(self, now: datetime) -> datetime | None:
        """Return when it was answered, for one that waited on a device; None when nobody can tell.

        How long it waited is told by the device's own clock, however wrong: the difference of two of its times.
        """
        if not self.queued or self.client_time is None or self.sent_time is None:
            return None
        waited = self.sent_time - self.client_time
        return now - min(max(waited, timedelta(0)), LONGEST_WAIT)


class Receipt(Value):
    """What the respondent gets, the same every time. `replayed`: it had been stored by an earlier call."""

    id: str
    survey: str
    version: int
    language: str
    segment_path: tuple[str, ...]
    score: int | None
    score_class: ScoreClass | None
    comment: str  # to be copied to where the person may say it again
    call: bool  # whether to offer to be called back
    received_at: datetime
    replayed: bool = False
