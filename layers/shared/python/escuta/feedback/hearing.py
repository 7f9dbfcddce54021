"""What a comment says, for the counters: read once when it is counted, and kept once the words have to go."""

from escuta.feedback import comments
from escuta.feedback.model import Heard, Response


def of(response: Response) -> Heard | None:
    """Return what the comment of a response says; None where there is none."""
    if response.heard is not None or not response.comment:
        return response.heard
    read = comments.read(response.comment, response.language)
    return Heard(tone=str(read.tone), topics=read.topics)
