"""SQS `plan`: one page of an audience, or of what is done about those who were asked already."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from escuta import queues
from escuta.feedback import asking
from escuta.observe import entry
from escuta.outreach import amending, deployments, dryruns, funnel_checks, going_on, planning, resending
from escuta.outreach.amending import Job

_WORK: Mapping[str, Callable[..., None]] = {
    Job.REMIND: amending.remind,
    Job.EXTEND: amending.extend,
    Job.FOLLOW: amending.follow,
    Job.RELEASE: amending.release,
    deployments.JOB: deployments.queue_some,
    going_on.JOB: going_on.go_on,
    dryruns.JOB: partial(dryruns.work, asked_of=asking.asked),
    dryruns.MANY: dryruns.queue_some,
    "resend": resending.work,
    funnel_checks.JOB: funnel_checks.adopt,  # asked for once by hand, after the upgrade that counts steps
}


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Work off the pages in these messages; one without a `job` is a page of an audience to be planned."""
    return queues.each(event, _worked)


def _worked(body: dict[str, Any]) -> None:
    told = {name: value for name, value in body.items() if name != "job"}
    _WORK.get(body.get("job", ""), planning.plan)(**told)
