"""The list of surveys: how each stands, what was answered, and what waits to be published."""

from aws_lambda_powertools.event_handler import Response

from console import pages
from console.surveys import about
from console.visit import Visit

_SHOWN = 15  # each is read for itself
STATES = ("live", "draft", "paused", "closed")


def show(visit: Visit) -> Response[str]:
    """Show the surveys, all of them or those in one state."""
    state = visit.asked("status")
    chosen = state if state in STATES else ""
    found = visit.api.get("/survey-overview", limit=_SHOWN, cursor=visit.asked("cursor"), status=chosen)
    return pages.framed(
        visit,
        "surveys/list",
        found=found,
        state=chosen,
        states=STATES,
        tones=about.TONES,
        edits=about.edits(visit),
    )
