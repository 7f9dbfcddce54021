"""How long a survey keeps its answers. What is older is unreadable at once, and emptied when the next run comes by."""

from datetime import datetime, timedelta

from escuta import clock
from escuta.feedback import surveys
from escuta.feedback.model import Emptied, Response, Survey


def is_over(response: Response) -> bool:
    """Tell whether a response may no longer be read. Once emptied for its age it stays so, whatever the survey says."""
    if response.emptied is Emptied.EXPIRED:
        return True
    head = surveys.head(response.survey)
    end = kept_since(head, clock.now()) if head else None
    return end is not None and response.received_at < end


def kept_since(survey: Survey, now: datetime) -> datetime | None:
    """Return the moment before which a survey keeps no answers; None: it keeps them all."""
    return now - timedelta(days=survey.retention_days) if survey.retention_days else None
