"""What a comment says, for the counters and for whoever shows it: the same to everybody who asks."""

from escuta.feedback import comments, vocabulary
from escuta.feedback.comments import Comment, Tone
from escuta.feedback.model import Heard, Response


def of(response: Response) -> Heard | None:
    """Return what the comment of a response says; None where there is none.

    What is kept with the response of a comment that is still there is its tone: its topics follow the dictionary.
    """
    if not response.comment:
        return response.heard
    found = comment(response)
    return Heard(tone=str(found.tone), topics=found.topics, sentiment=found.sentiment, by=found.by)


def comment(response: Response) -> Comment:
    """Return all that the comment of a response says; there must be one."""
    found = comments.read(response.comment, response.language, vocabulary.of(response))
    if response.heard is None:
        return found
    kept = response.heard
    return found.model_copy(update={"tone": Tone(kept.tone), "sentiment": kept.sentiment, "by": kept.by})


def version(response: Response) -> int:
    """Return the version of the dictionary that the topics of a response follow; 0 where they follow none."""
    return vocabulary.number(response) if response.comment else 0
