"""SQS `deliver`: the invitations, reminders and messages about tickets that a batch of messages names."""

from collections.abc import Sequence
from typing import Any

from escuta import queues
from escuta.feedback import asking, surveys
from escuta.feedback.model import SurveyStatus
from escuta.feedback.tickets import writing
from escuta.observe import entry
from escuta.outreach import alarms, cases, delivery
from escuta.outreach.drafting import Standing, Survey
from escuta.outreach.letters import Asked
from escuta.outreach.model import CaseMessage

_STANDING = {
    SurveyStatus.LIVE: Standing.OPEN,
    SurveyStatus.PAUSED: Standing.PAUSED,
    SurveyStatus.CLOSED: Standing.CLOSED,
}


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Deliver what these messages name."""
    return queues.together(event, _delivered)


def _delivered(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Deliver each kind of message by its own way; return the messages that failed."""
    written = [each for each in told if CaseMessage.names(each["invitation"])]
    asked = [each for each in told if each not in written]
    failed = delivery.deliver_all(asked, survey_of) if asked else []
    if written:
        spots = [(each["invitation"], each.get("reminder", 0)) for each in written]
        failed += [alarms.message(*spot) for spot in cases.deliver(spots, writing.letter)]
    return failed


def survey_of(survey: str) -> Survey:
    """Return what a message must know of a survey. One that was never published is looked at again and again."""
    head = surveys.get(survey)
    if head.version == 0:
        return Survey(standing=Standing.UNPUBLISHED, asked=Asked(languages=()))
    version = surveys.version(survey, head.version)
    return Survey(standing=_STANDING.get(head.status, Standing.UNPUBLISHED), asked=asking.asked_of(version))
