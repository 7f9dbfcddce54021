"""What was sent, read against the questions that were shown: strict, whole, and the same however it came. Pure."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from escuta.entity import Value
from escuta.errors import InvalidError
from escuta.feedback.model import SCALES, Answer, Question, QuestionKind, SurveyVersion

LONGEST_TEXT = 10_000  # code points
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Problem(Value):
    """What is wrong with one answer; its words are in the catalog of the HTTP function."""

    question: str
    code: str
    details: dict[str, Any] = Field(default_factory=dict)


def read(version: SurveyVersion, sent: Mapping[str, Any]) -> dict[str, Answer]:
    """Return the answers in the order of the questions, without those left blank.

    InvalidError `questions_unknown` names ids that the version does not have, `answers_invalid` carries every Problem.
    """
    unknown = [name for name in sent if name not in {question.id for question in version.questions}]
    if unknown:
        raise InvalidError("questions_unknown", questions=[name[:64] for name in unknown[:20]])
    answers: dict[str, Answer] = {}
    problems = []
    for question in version.questions:
        answer = _read_one(question, sent[question.id]) if question.id in sent else None
        if isinstance(answer, Problem):
            problems.append(answer)
        elif answer is not None:
            answers[question.id] = answer
        elif question.required:
            problems.append(Problem(question=question.id, code="answer_required"))
    if problems:
        raise InvalidError("answers_invalid", problems=problems)
    return answers


def _read_one(question: Question, sent: Any) -> Answer | Problem | None:
    match question.kind:
        case QuestionKind.TEXT:
            return _read_text(question, sent)
        case QuestionKind.CHOICE:
            return _read_choice(question, sent)
        case QuestionKind.CHOICES:
            return _read_choices(question, sent)
        case _:
            return _read_scale(question, sent)


def _read_scale(question: Question, sent: Any) -> int | Problem:
    """Take an integer of the scale and nothing that merely looks like one: no bool, no 9.0, no "9"."""
    low, high = SCALES[question.kind]
    if type(sent) is int and low <= sent <= high:
        return sent
    return Problem(question=question.id, code="answer_scale", details={"low": low, "high": high})


def _read_text(question: Question, sent: Any) -> str | Problem | None:
    """Keep the words as they came. Line ends become LF and half characters U+FFFD, as every browser sends them."""
    if not isinstance(sent, str):
        return Problem(question=question.id, code="answer_text")
    text = _LONE_SURROGATE.sub("\ufffd", sent.replace("\r\n", "\n"))
    if "\0" in text:
        return Problem(question=question.id, code="answer_nul")
    if len(text) > LONGEST_TEXT:
        return Problem(question=question.id, code="answer_long", details={"most": LONGEST_TEXT, "length": len(text)})
    return text if text.strip() else None


def _read_choice(question: Question, sent: Any) -> str | Problem | None:
    if sent == "":
        return None
    return sent if sent in _offered(question) else _not_offered(question)


def _read_choices(question: Question, sent: Any) -> tuple[str, ...] | Problem | None:
    """Take a list of different options; the order is that of the question, so that equal answers are equal."""
    offered = _offered(question)
    if not isinstance(sent, list) or any(option not in offered for option in sent) or len(set(sent)) < len(sent):
        return _not_offered(question)
    return tuple(option for option in offered if option in sent) or None


def _offered(question: Question) -> list[str]:
    return [choice.id for choice in question.choices]


def _not_offered(question: Question) -> Problem:
    return Problem(question=question.id, code="answer_choice", details={"allowed": _offered(question)})
