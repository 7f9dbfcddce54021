"""What a survey asks a person, given what is known and was answered so far: the rules that decide what counts. Pure.

The page runs the same rules in its browser (`functions/respond/templates/logic.js`); a test holds the two together.
"""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from escuta.entity import Value
from escuta.feedback.model import (
    Choice,
    Condition,
    Facts,
    Op,
    Question,
    ScoreClass,
    SurveyDraft,
    Texts,
)

_NUMBER = re.compile(r"-?[0-9]{1,15}")  # what a browser also reads without loss


class Path(Value):
    """What is asked of a person, in order, what of it must be answered, and what is known in the end."""

    asked: tuple[str, ...] = ()
    required: frozenset[str] = frozenset()
    facts: Facts = Field(default_factory=dict)


def classify(version: SurveyDraft, score: int) -> ScoreClass:
    """Return the class of a benchmark score, by the cut-offs of the version that was answered."""
    if score <= version.detractor_max:
        return ScoreClass.DETRACTOR
    return ScoreClass.PASSIVE if score <= version.passive_max else ScoreClass.PROMOTER


def holds(condition: Condition | None, facts: Facts) -> bool:
    """Tell whether a condition is met; none at all is.

    A fact that is missing or blank meets `is_not`, `none_of` and `blank`, and nothing else. One with several values
    is met by any of them. Texts are compared without regard to case.
    """
    if condition is None:
        return True
    if condition.all:
        return all(holds(part, facts) for part in condition.all)
    if condition.any:
        return any(holds(part, facts) for part in condition.any)
    return _meets(condition.op, _several(facts.get(condition.field)), _several(condition.value))


def _meets(op: Op, found: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    match op:
        case Op.ANSWERED:
            return bool(found)
        case Op.BLANK:
            return not found
        case Op.IS | Op.ANY_OF:
            return _share(found, wanted)
        case Op.IS_NOT | Op.NONE_OF:
            return not _share(found, wanted)
        case Op.CONTAINS:
            return any(_text(part) in _text(value) for value in found for part in wanted)
        case _:
            return _measures(op, found, wanted)


def _measures(op: Op, found: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    limit = _number(wanted[0]) if wanted else None
    if limit is None:
        return False
    numbers = (number for value in found if (number := _number(value)) is not None)
    return any(number >= limit if op is Op.AT_LEAST else number <= limit for number in numbers)


def walk(draft: SurveyDraft, answers: Mapping[str, Any], facts: Facts) -> Path:
    """Return the way of one person through the questions, in their order; only what is reached feeds what follows.

    A question is passed over when its `show` does not hold, when a jump leads past it, or when it has no option for
    the person's class. Jumps lead forward alone, so that every way ends.
    """
    asked: list[str] = []
    required: set[str] = set()
    known = dict(facts)
    goal = ""
    for question in draft.questions:
        if goal not in {"", question.id}:
            continue
        goal = ""
        if question.show is not None and not holds(question.show, known):
            continue
        options = offered(question, known)
        if question.choices and not options:
            continue
        asked.append(question.id)
        if question.required or (question.require is not None and holds(question.require, known)):
            required.add(question.id)
        if question.id in answers:
            known |= _learned(draft, question, answers[question.id], options)
        if question.jumps:
            goal = next((jump.to for jump in question.jumps if holds(jump.when, known)), "")
    return Path(asked=tuple(asked), required=frozenset(required), facts=known)


def offered(question: Question, facts: Facts) -> tuple[Choice, ...]:
    """Return the options that a person of this class is offered."""
    score_class = facts.get("class")
    return tuple([choice for choice in question.choices if not choice.classes or score_class in choice.classes])


def worded(question: Question, facts: Facts) -> Texts:
    """Return the words of a question for a person of this class."""
    score_class = facts.get("class")
    return question.wording.get(score_class, question.text) if score_class else question.text


def compact(version: SurveyDraft) -> dict[str, Any]:
    """Return what the script of the page needs to walk the survey by itself, as JSON and short."""
    return {"q": [_question(question) for question in version.questions], "d": version.detractor_max,
            "p": version.passive_max}  # fmt: skip


def _learned(draft: SurveyDraft, question: Question, answer: Any, options: tuple[Choice, ...]) -> Facts:
    """Return what an answer makes known; an option that the person was not offered makes nothing known."""
    told = _told(answer)
    if options:
        names = {choice.id for choice in options}
        told = tuple(option for option in _several(told) if option in names)
    if told is None or told in ("", (), []):
        return {}
    learned = {f"answer.{question.id}": told}
    if question.benchmark and isinstance(told, int):
        learned["class"] = classify(draft, told)
    return learned


def _told(answer: Any) -> Any:
    """Return an answer as a fact. Of a contact only what was given is one, not whose it is."""
    if isinstance(answer, Mapping):
        return tuple(name for name, text in answer.items() if text)
    return answer.strip() and answer if isinstance(answer, str) else answer


def _several(fact: Any) -> tuple[Any, ...]:
    if isinstance(fact, tuple | list):
        return tuple(fact)
    return () if fact is None or fact == "" else (fact,)


def _share(found: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    return not {_text(value) for value in found}.isdisjoint(_text(value) for value in wanted)


def _text(value: Any) -> str:
    return str(value).lower()


def _number(value: Any) -> int | None:
    return int(value) if _NUMBER.fullmatch(str(value)) else None


def _question(question: Question) -> dict[str, Any]:
    told = {
        "i": question.id,
        "b": int(question.benchmark),
        "r": int(question.required),
        "n": question.require and _condition(question.require),
        "s": question.show and _condition(question.show),
        "j": [[_condition(jump.when), jump.to] for jump in question.jumps],
        "o": any(choice.classes for choice in question.choices)
        and [[choice.id, list(choice.classes)] for choice in question.choices],
    }
    return {name: value for name, value in told.items() if value}


def _condition(condition: Condition) -> dict[str, Any]:
    if condition.all:
        return {"a": [_condition(part) for part in condition.all]}
    if condition.any:
        return {"y": [_condition(part) for part in condition.any]}
    return {"f": condition.field, "o": str(condition.op), "v": list(_several(condition.value))}
