"""What a message must know of the survey it asks for: its languages, its color, and the question that it shows."""

from escuta.feedback import surveys
from escuta.feedback.model import QuestionKind, SurveyVersion
from escuta.outreach.letters import Asked, Scale


def asked(survey: str) -> Asked:
    """Return what messages show of a survey as it is published now; nothing of one that never was."""
    head = surveys.get(survey)
    return asked_of(surveys.version(survey, head.version)) if head.version else Asked(languages=())


def asked_of(version: SurveyVersion) -> Asked:
    """Return what messages show of a version."""
    return Asked(languages=version.languages, scale=_scale(version), color=version.color)


def _scale(version: SurveyVersion) -> Scale | None:
    """Return the question that classifies, which the message shows."""
    asked = version.benchmark
    if asked is None or asked.scale is None:
        return None
    lowest, highest = asked.scale
    thumbs = asked.kind is QuestionKind.THUMBS
    return Scale(question=asked.text, first=lowest, last=highest, low=asked.low, high=asked.high, thumbs=thumbs)
