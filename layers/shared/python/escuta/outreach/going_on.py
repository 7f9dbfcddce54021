"""A survey goes on after a pause, or ends: what was let go of meanwhile is queued once more.

Deployments are not listed by survey, which is paused seldom: all are looked through, a page a message.
"""

from escuta import queues
from escuta.config import settings
from escuta.outreach import deployments

JOB = "go_on"
_PAGE = 100


def announce(survey: str) -> None:
    """Have the messages of a paused survey queued, a moment later, when the change that follows this is known.

    Without the change they are let go of again.
    """
    job = {"job": JOB, "survey": survey}
    queues.send(settings().plan_queue, [job], delay=deployments.SETTLED_SECONDS)


def go_on(survey: str, cursor: str = "") -> None:
    """Release what waits in the deployments of a survey, and queue the next page of deployments. Safe to repeat."""
    page = deployments.listing(limit=_PAGE, cursor=cursor or None)
    deployments.release(one for one in page.items if one.survey == survey and one.finished_at is None)
    if page.next:
        queues.send(settings().plan_queue, [{"job": JOB, "survey": survey, "cursor": page.next}])
