"""Visits that programs tell one by one: the standing deployments that ask about them, each visit apart and once.

A standing deployment follows from how people are asked, so that all who are asked alike are counted together. It is
listed, paused and cancelled as any other, and never finished.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from escuta import clock, ids, table
from escuta.errors import ConflictError
from escuta.outreach import deployments, planning
from escuta.outreach.audience import Sought
from escuta.outreach.model import (
    AudienceKind,
    Deployment,
    DeploymentState,
    Invitation,
    Route,
    RuleSetVersion,
)

MOST_DELAY = timedelta(days=30)


class Asking(NamedTuple):
    """Somebody who is to be asked about a visit, and how."""

    deployment: Deployment
    sought: Sought


def standing(route: Route, *, rules: RuleSetVersion | None = None, by: str = "") -> Deployment:
    """Return the deployment of everybody who is asked like this, made where there is none yet.

    Of rules, the route's name belongs to it, and a new version that leaves the route as it is goes on with the same.
    ConflictError `deployment_cancelled` once somebody cancelled it, until somebody resumes it.
    """
    how = route.model_dump_json(exclude_defaults=True, exclude={"when"} | (set() if rules else {"name"}))
    wanted = Deployment(
        id=ids.derive("told", rules.ruleset if rules else "", how),
        name=f"API · {route.name}" if rules else " · ".join(("API", route.survey, *filter(None, [route.template]))),
        survey=route.survey,
        strategy=route.strategy,
        audience=AudienceKind.TOLD,
        rules=rules.label if rules else "",
        route=route.name if rules else "",
        template=route.template,
        send=route.send,
        remind=route.remind,
        expires_after_days=route.expires_after_days,
        sender_name=route.sender_name,
        created_at=clock.now(),
        created_by=by,
    )
    found = deployments.start(wanted)
    if found.state is DeploymentState.CANCELLED:
        raise ConflictError("deployment_cancelled", deployment=found.id)
    if rules and found.rules != rules.label:
        return table.change(found, lambda one: one.changed(rules=rules.label))
    return found


def ask(askings: Sequence[Asking]) -> list[tuple[Invitation, ...]]:
    """Ask these people, and return what came of each: the same for a visit that was told before.

    Somebody may stand among them with several visits: the rest of the first holds for the second.
    """
    made: dict[tuple[str, str, str], list[Invitation]] = defaultdict(list)
    for several in _alike(askings).values():
        for invitation in planning.ask(several[0].deployment, [one.sought for one in several]):
            made[invitation.deployment, invitation.contact, invitation.transaction].append(invitation)
    return [tuple(made[one.deployment.id, one.sought.contact, one.sought.transaction]) for one in askings]


def _alike(askings: Sequence[Asking]) -> dict[str, list[Asking]]:
    """Return who is asked in one way, each visit once, as it was told first."""
    alike: dict[str, list[Asking]] = defaultdict(list)
    seen: set[tuple[str, str, str]] = set()
    for one in askings:
        visit = (one.deployment.id, one.sought.contact, one.sought.transaction)
        if visit not in seen:
            alike[one.deployment.id].append(one)
        seen.add(visit)
    return alike
