"""SQS `deliver`: the invitations, and the reminders of them, that a batch of messages names."""

from typing import Any

from escuta import queues
from escuta.feedback import asking, surveys
from escuta.feedback.model import SurveyStatus
from escuta.observe import entry
from escuta.outreach import delivery
from escuta.outreach.drafting import Standing, Survey
from escuta.outreach.letters import Asked

_STANDING = {SurveyStatus.LIVE: Standing.OPEN, SurveyStatus.CLOSED: Standing.CLOSED}


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Deliver the invitations and reminders that these messages name."""
    return queues.together(event, lambda bodies: delivery.deliver_all(bodies, survey_of))


def survey_of(survey: str) -> Survey:
    """Return what a message must know of a survey. One that was never published waits like a paused one."""
    head = surveys.get(survey)
    if head.version == 0:
        return Survey(standing=Standing.PAUSED, asked=Asked(languages=()))
    version = surveys.version(survey, head.version)
    return Survey(standing=_STANDING.get(head.status, Standing.PAUSED), asked=asking.asked_of(version))
