"""What the same person said shortly before: how often they were unhappy."""

from datetime import timedelta

from escuta import table
from escuta.feedback.model import Answered, Response, ResponseState, ScoreClass, Standing
from escuta.outreach.model import Invitation

FOLLOW_UP = "follow-up"  # the survey that asks whether it is good now
MOST = 50  # invitations, and answers without one, that are looked at: the newest


def unhappy_before(response: Response, days: int) -> int:
    """Return how many unhappy answers of its person were given within so many days before this one.

    Two queries and one batch, whoever it is. What is not in the figures counts for nothing; beyond the newest
    invitations nobody looks.
    """
    if not response.contact or not days:
        return 0
    since = response.moment - timedelta(days=days)
    names = {*_invited(response.contact), *_said(response.contact)} - {"", response.id, response.replaces}
    found = table.find_many(Response, map(Response.at, sorted(names)), consistent=True)
    return sum(_was_unhappy(each) and since <= each.moment < response.moment for each in found.values())


def _was_unhappy(response: Response) -> bool:
    """Tell whether it is a bad score that counts. What is said of how a ticket went is no new one."""
    counted = response.state is ResponseState.FINAL and response.standing is Standing.COUNTED
    return counted and response.survey != FOLLOW_UP and response.score_class is ScoreClass.DETRACTOR


def _invited(contact: str) -> list[str]:
    pk = f"contact#{contact}"
    return [each.response for each in table.query(Invitation, pk, index="g2", limit=MOST, newest_first=True).items]


def _said(contact: str) -> list[str]:
    edges = table.query(Answered, Answered.pk(contact), prefix="response#", limit=MOST)
    return [edge.response for edge in edges.items]
