"""The counters of the response funnel against the invitations themselves, and what was made before steps were counted.

A deployment can be read whole, by its index, and has its own counters: so it is what is counted anew.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress

from escuta import clock, queues, table
from escuta.config import settings
from escuta.errors import InvalidError
from escuta.outreach import funnels, invitations
from escuta.outreach.funnels import STEPS, Days
from escuta.outreach.model import Deployment, Invitation

JOB = "funnel"
MOST = 20_000  # invitations that somebody waits for
_PAGE = 100
_ACTIONS = 100  # what DynamoDB takes in one transaction
_TOGETHER = 40  # invitations of one transaction; each may count at counters of its own
_WHENEVER = ("0001-01-01", "9999-12-31")


def days(deployment: Deployment) -> Days:
    """Return how many invitations of a deployment ever came to each step, by the day on which they were made."""
    return funnels.tally(deployment.survey, f"deployment#{deployment.id}", *_WHENEVER)


def drift(deployment: Deployment, *, most: int = MOST) -> dict[str, dict[str, int]]:
    """Return by how much the counters of a deployment are above its invitations, by day and step; {}: nowhere.

    What moves while it is read may differ for that moment. InvalidError `funnel_too_large` for more than `most`.
    """
    should, found = recounted(deployment, most=most), days(deployment)
    above: dict[str, dict[str, int]] = {}
    for day in sorted(found.keys() | should.keys()):
        counted, stored = found.get(day, Counter()), should.get(day, Counter())
        if counted != stored:
            above[day] = {step: counted[step] - stored[step] for step in STEPS if counted[step] != stored[step]}
    return above


def recounted(deployment: Deployment, *, most: int = MOST) -> Days:
    """Return what the counters of a deployment should say, out of every invitation of it that is counted."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for number, invitation in enumerate(_all(deployment.id)):
        if number == most:
            raise InvalidError("funnel_too_large", field="deployment", most=most)
        if invitation.reached is not None:
            day = clock.local_day(invitation.created_at, invitation.timezone)
            found[day].update(STEPS[: invitation.step.rank])
    return {day: counted for day, counted in found.items() if counted}


def _all(deployment: str) -> Iterator[Invitation]:
    cursor: str | None = None
    while True:
        page = invitations.listing(deployment, limit=_PAGE, cursor=cursor)
        yield from page.items
        cursor = page.next
        if cursor is None:
            return


def adopt(deployment: str, *, cursor: str = "") -> None:
    """Count a page of invitations that were made before steps were counted, by what their rows say; queue the next.

    What moves meanwhile is left to the next time: nobody moves it back. Again it changes nothing.
    """
    page = invitations.listing(deployment, limit=_PAGE, cursor=cursor or None)
    old = [one for one in page.items if one.reached is None]
    for place in range(0, len(old), _TOGETHER):
        _adopted(old[place : place + _TOGETHER])
    if page.next:
        queues.send(settings().plan_queue, [{"job": JOB, "deployment": deployment, "cursor": page.next}])


def _adopted(some: list[Invitation]) -> None:
    """Count these together, or in halves where one of them moved, or where they count at too many counters."""
    moves = [(one, one.model_copy(update={"reached": one.step})) for one in some]
    actions = [*(table.Save(after) for _, after in moves), *funnels.adds(moves)]
    if len(actions) <= _ACTIONS:
        with suppress(table.CancelledError):
            table.transact(*actions)
            return
    if len(some) > 1:
        half = len(some) // 2
        _adopted(some[:half])
        _adopted(some[half:])
