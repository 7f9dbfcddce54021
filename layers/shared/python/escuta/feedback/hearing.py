"""What a comment says, for the counters and for whoever shows it: the same to everybody who asks."""

from escuta.feedback import comments, vocabulary
from escuta.feedback.comments import Comment
from escuta.feedback.model import Heard, Response


def of(response: Response) -> Heard | None:
    """Return what the comment of a response says; None where there is none.

    What is kept with the response of a comment that is still there is its tone: its topics follow the dictionary.
    """
    if not response.comment:
        return response.heard
    found = _read(response)
    tone = response.heard.tone if response.heard else str(found.tone)
    return Heard(tone=tone, topics=found.topics)


def _read(response: Response) -> Comment:
    return comments.read(response.comment, response.language, vocabulary.of(response))


def version(response: Response) -> int:
    """Return the version of the dictionary that the topics of a response follow; 0 where they follow none."""
    return vocabulary.number(response) if response.comment else 0
