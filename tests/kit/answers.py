"""What was answered at a place, as somebody finds it who looks."""

from escuta.feedback import searching
from escuta.feedback.model import Response
from escuta.feedback.searching import Wanted


def given(segment: str = "sp-01", survey: str = "visit") -> tuple[Response, ...]:
    """Return the answers of a segment, the newest first."""
    return searching.page(Wanted(survey=survey, segment=segment), limit=100).items
