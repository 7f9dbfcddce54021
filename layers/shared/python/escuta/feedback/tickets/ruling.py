"""What opens a ticket. Pure."""

from datetime import timedelta

from escuta.entity import Value
from escuta.feedback.model import Priority, Promise, Response, ResponseState, ScoreClass, Standing


class Rule(Value):
    """What opens a ticket. The ticket names the rule with its version, so that a later edit does not rewrite why."""

    id: str
    version: int
    score_class: ScoreClass | None = None  # of the answers that are in the figures
    call: bool = False  # whoever asked to be called, whatever the score
    high_at_most: int = 0  # scores up to here are urgent
    hours: int  # until the customer should have heard from us

    @property
    def promise(self) -> Promise:
        """Return what a ticket of this rule promises."""
        return Promise(resolve=int(timedelta(hours=self.hours).total_seconds()) // 60)

    def opens(self, response: Response) -> bool:
        """Tell whether this response wants a ticket. A deleted or emptied one never does.

        A bad score that is not counted (a burst, a scanner) opens none; a request to be called is a person's own.
        """
        if response.state is not ResponseState.FINAL or response.emptied:
            return False
        if self.call:
            return response.call is not None
        return response.standing is Standing.COUNTED and response.score_class is self.score_class

    def priority(self, response: Response) -> Priority:
        """Return `high` for who waits for a call, and for the lower half of the detractors' 0-6: they warn others."""
        low = response.score is not None and response.score <= self.high_at_most
        return Priority.HIGH if self.call or low else Priority.NORMAL


DETRACTOR = Rule(id="detractor", version=1, score_class=ScoreClass.DETRACTOR, high_at_most=3, hours=48)
CALL_ME = Rule(id="call_me", version=1, call=True, hours=24)
RULES = (DETRACTOR, CALL_ME)
