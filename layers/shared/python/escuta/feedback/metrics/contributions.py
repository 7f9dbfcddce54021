"""What a response adds to the counters, and where."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import lru_cache

from escuta import clock
from escuta.directory import products
from escuta.feedback import facets, hearing, surveys
from escuta.feedback.metrics import names
from escuta.feedback.model import Contribution, Origin, QuestionKind, Response, ResponseState

FORMULA = 3  # one more with every change of what is counted: a sweep then counts again what is older
_WITH_GROUP = 2  # the formula that began to count by group
_FRESH_SECONDS = 300
WAITS = (5, 60, 360, 1440, 4320, 10_080, 20_160)  # minutes from sending to the answer, each bucket up to and with it


def contribution(response: Response, group: str = "") -> Contribution:
    """Return what a response adds, and where; `group` is that of its product.

    Places: `segment#` its segment and every one above, `at#` its segment without those below, `product#`, `group#` of
    the product, `channel#`, `language#`, and the dimensions of its survey, whose values `facets.admit` has decided on.

    Numbers: `n`; the class; `q.{question}.{value}` of scales and choices; `a.{question}`, who chose among several at
    all; `wait.{most minutes}` from sending to the answer; `comment.{class}`, who wrote one; `tone.{tone}`,
    `topic.{topic}` and `topic.{topic}.{class}` of the comment. A deleted response adds nothing. What is not `counted`
    has its standing before its names, and what was only tapped stands a second time behind `tapped.`: see `viewed`.
    """
    dictionary = hearing.version(response)  # before its comment is read: of a newer one it is read again
    numbers: Counter[str] = Counter()
    if response.state is ResponseState.FINAL:
        counted = list(_names(response))
        prefix = names.prefix(response.standing)
        numbers.update(prefix + name for name in counted)
        if response.origin is Origin.TAPPED:
            numbers.update(f"{names.TAPPED}{prefix}{name}" for name in counted)
    return Contribution(
        survey=response.survey,
        response=response.id,
        response_rev=response.rev,
        formula=FORMULA,
        day=response.day,
        group=group,
        dictionary=dictionary,
        places=tuple(dict.fromkeys(_places(response, group))),
        numbers=dict(numbers),
    )


def group_of(response: Response, old: Contribution | None) -> str:
    """Return the group of the product: the one that was counted before, or the one that it has now."""
    if not response.product:
        return ""
    if old is not None and old.formula >= _WITH_GROUP and f"product#{response.product}" in old.places:
        return old.group
    return _group(response.product, clock.epoch() // _FRESH_SECONDS)


@lru_cache(maxsize=1024)
def _group(product: str, tick: int) -> str:  # noqa: ARG001 - the tick is the age of what is kept
    found = products.named(product)
    return found.group if found else ""


def _places(response: Response, group: str) -> Iterator[str]:
    yield from (f"segment#{code}" for code in response.segment_path)
    yield f"at#{response.segment}"
    if response.product:
        yield f"product#{response.product}"
    if group:
        yield f"group#{group}"
    yield f"channel#{response.channel}"
    yield f"language#{response.language}"
    yield from facets.places(response)


def _names(response: Response) -> Iterator[str]:
    yield "n"
    yield from _answers(response)
    if response.score_class is not None:
        yield response.score_class.value
    if response.sent_at is not None:
        yield f"wait.{_wait((response.answered_at or response.received_at) - response.sent_at)}"
    heard = hearing.of(response)
    if heard is not None:
        yield f"tone.{heard.tone}"
        if response.score_class is not None:
            yield f"comment.{response.score_class}"
        for topic in heard.topics:
            yield f"topic.{topic}"
            if response.score_class is not None:
                yield f"topic.{topic}.{response.score_class}"


def _answers(response: Response) -> Iterator[str]:
    words = any(isinstance(answer, str) for answer in response.answers.values())
    choices = _choices(response.survey, response.version) if words else frozenset()
    for question, answer in response.answers.items():
        if isinstance(answer, int) or question in choices:
            yield f"q.{question}.{answer}"
        elif isinstance(answer, tuple) and answer:
            yield f"a.{question}"
            yield from (f"q.{question}.{value}" for value in answer)


def _wait(passed: timedelta) -> str:
    return next((str(most) for most in WAITS if passed <= timedelta(minutes=most)), "more")


def _choices(survey: str, number: int) -> frozenset[str]:
    questions = surveys.version(survey, number).questions
    return frozenset(question.id for question in questions if question.kind is QuestionKind.CHOICE)
