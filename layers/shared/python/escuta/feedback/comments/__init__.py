"""What people write: in which language, in what mood, about what. Offline, and the same for the same words.

`read` and `masked` are all that the rest of the product calls.
"""

from enum import StrEnum

from escuta.entity import Value
from escuta.feedback.comments import languages, sentiment, topics
from escuta.feedback.comments.masking import masked
from escuta.feedback.comments.topics import Dictionary

__all__ = ["TONE", "Comment", "Dictionary", "Tone", "masked", "read"]

TONE = 0.05  # beyond this a comment leans to one side (Hutto and Gilbert 2014)


class Tone(StrEnum):
    """Whether a comment praises or complains."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Comment(Value):
    """What a comment says. `sentiment` from -1 to 1; `topics` in the order of the dictionary."""

    language: str
    sentiment: float
    tone: Tone
    topics: tuple[str, ...]
    by: str = "offline"  # who read it


def read(text: str, spoken: str = "", dictionary: Dictionary | None = None) -> Comment:
    """Return what a comment says; `spoken` is the language of the page, which decides where the words do not.

    `dictionary` has the topics; without one those that ship are looked for.
    """
    about = dictionary or topics.built_in()
    language = languages.tell(text, spoken)
    mood = round(sentiment.score(text, language), 2)
    return Comment(language=language, sentiment=mood, tone=_tone(mood), topics=tuple(about.found(text, language)))


def _tone(mood: float) -> Tone:
    if -TONE <= mood <= TONE:
        return Tone.NEUTRAL
    return Tone.POSITIVE if mood > 0 else Tone.NEGATIVE
