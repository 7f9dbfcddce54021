"""Visits that programs tell one by one: the standing deployments that ask about them, each visit apart and once.

A standing deployment follows from how people are asked, so that all who are asked alike are counted together. It is
listed, paused and cancelled as any other, and never finished.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
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
_TOGETHER = 100  # people whom one worker asks, one transaction after the other
_WORKERS = 8


class Asking(NamedTuple):
    """Somebody who is to be asked about a visit, how, how long after now, and in which language ("" : their own)."""

    deployment: Deployment
    sought: Sought
    after: timedelta = timedelta()
    language: str = ""


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

    Who stands among them more than once is asked about one visit after the other, so that the rest of the first holds
    for the second.
    """
    made: dict[Sought, dict[str, tuple[Invitation, ...]]] = defaultdict(dict)
    for turn in _turns(askings):
        parts = list(_parts(turn))
        with ThreadPoolExecutor(max_workers=_WORKERS) as pool:
            # one part is asked here, and nothing is handed to anybody
            run = [pool.submit(copy_context().run, _asked, part).result for part in parts[1:]]
            for found in (_asked(parts[0]), *(done() for done in run)):
                for invitation in found:
                    place = made[Sought(invitation.contact, invitation.transaction)]
                    place[invitation.deployment] = (*place.get(invitation.deployment, ()), invitation)
    return [made[asking.sought].get(asking.deployment.id, ()) for asking in askings]


def _turns(askings: Sequence[Asking]) -> Iterator[list[Asking]]:
    """Yield everybody once, then those who stand there a second time, and so on; the same visit twice is one."""
    told: dict[str, dict[tuple[str, Sought], Asking]] = defaultdict(dict)
    for asking in askings:
        told[asking.sought.contact].setdefault((asking.deployment.id, asking.sought), asking)
    several = [list(each.values()) for each in told.values()]
    for number in range(max(map(len, several), default=0)):
        yield [each[number] for each in several if len(each) > number]


def _parts(askings: Sequence[Asking]) -> Iterator[list[Asking]]:
    """Yield those who are asked alike, as many as one worker asks."""
    alike: dict[tuple[str, timedelta, str], list[Asking]] = defaultdict(list)
    for asking in askings:
        alike[asking.deployment.id, asking.after, asking.language].append(asking)
    for each in alike.values():
        for first in range(0, len(each), _TOGETHER):
            yield each[first : first + _TOGETHER]


def _asked(part: Sequence[Asking]) -> list[Invitation]:
    first = part[0]
    sought = [asking.sought for asking in part]
    return planning.ask(first.deployment, sought, after=first.after, language=first.language)
