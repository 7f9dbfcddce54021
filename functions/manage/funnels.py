"""How far the invitations of a deployment came."""

from typing import Any

from escuta.outreach import funnel_checks, funnels
from manage.asking import Asked, Request
from manage.deployments import visible


class FunnelAsked(Asked):
    """Whether the invitations themselves are read, too."""

    recount: bool = False


def of_deployment(request: Request, deployment: str) -> dict[str, Any]:
    """Return how many invitations of a deployment ever came to each step, by the day on which they were made.

    With `recount` also by how much the counters are above what the invitations say: nowhere, if all is well. 422
    `funnel_too_large` for a recount of more invitations than can be read in one call.
    """
    asked = request.query(FunnelAsked)
    found = visible(request, deployment)
    days = funnel_checks.days(found)
    total = {step: sum(counted[step] for counted in days.values()) for step in funnels.STEPS}
    told = {"total": total, "days": [{"day": day, **counted} for day, counted in days.items()]}
    return {**told, "drift": funnel_checks.drift(found)} if asked.recount else told
