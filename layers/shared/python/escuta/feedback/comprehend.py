"""Amazon Comprehend: how comments feel, where an organisation has switched it on. The only module that knows it.

Portuguese, English and Spanish; 25 comments a call. What it does not answer, for whatever reason, is None: whoever asks
has the offline reading. Nothing is tried for long, since counting waits: where nobody answers at all, nothing more is
asked of what came together.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from escuta import bounded
from escuta.config import settings
from escuta.observe import logger

TOGETHER = 25  # that a call takes
LONGEST = 5_000  # bytes of one comment
_TONES = {"POSITIVE": "positive", "NEGATIVE": "negative", "NEUTRAL": "neutral", "MIXED": "neutral"}


class Felt(NamedTuple):
    """How a comment feels, and how much, from -1 to 1."""

    tone: str
    sentiment: float


def is_on() -> bool:
    """Tell whether comments are sent to Comprehend: whether it is said in which region."""
    return bool(settings().comprehend_region)


@cache
def _client() -> Any:
    return bounded.client("comprehend", bounded.config(tries=2), region_name=settings().comprehend_region)


def felt(comments: Sequence[tuple[str, str]], *, in_time: Callable[[], bool] = lambda: True) -> list[Felt | None]:
    """Return how each comment, with its language, feels; None where there is no answer.

    `in_time` is asked before each call, which takes at most a quarter of a minute.
    """
    found: list[Felt | None] = [None] * len(comments)
    for language in sorted({language for _, language in comments}):
        of_language = [place for place, (_, own) in enumerate(comments) if own == language]
        for some in _batches(of_language):
            if not in_time():
                logger().warning("comments read offline", extra={"comments": len(some), "why": "out_of_time"})
                continue
            try:
                for place, answer in _asked(language, {place: comments[place][0] for place in some}):
                    found[place] = answer
            except BotoCoreError as failure:  # nobody there: the next call would wait as long
                logger().warning("comments read offline", extra={"why": type(failure).__name__})
                return found
    return found


def _batches(places: Iterable[int]) -> Iterator[list[int]]:
    walk = iter(places)
    while some := list(islice(walk, TOGETHER)):
        yield some


def _asked(language: str, texts: dict[int, str]) -> Iterator[tuple[int, Felt]]:
    """Yield (place, answer) of one call. Refused, it yields nothing, and says so in the log."""
    places = list(texts)
    code = language.partition("-")[0]
    try:
        told = _client().batch_detect_sentiment(LanguageCode=code, TextList=[_cut(texts[place]) for place in places])
    except ClientError as failure:
        logger().warning("comments read offline", extra={"comments": len(places), "why": type(failure).__name__})
        return
    for failed in told.get("ErrorList", ()):
        logger().warning("comment read offline", extra={"why": failed.get("ErrorCode", "")})
    for each in told.get("ResultList", ()):
        answer = _read(each)
        if answer is not None and 0 <= each.get("Index", -1) < len(places):
            yield places[each["Index"]], answer


def _read(told: Mapping[str, Any]) -> Felt | None:
    """Return what they say of a comment; None where they say it as we do not know it yet."""
    tone, score = _TONES.get(told.get("Sentiment", "")), told.get("SentimentScore", {})
    if tone is None or not {"Positive", "Negative"} <= score.keys():
        return None
    return Felt(tone, round(score["Positive"] - score["Negative"], 2))


def _cut(text: str) -> str:
    return text.encode()[:LONGEST].decode(errors="ignore")
