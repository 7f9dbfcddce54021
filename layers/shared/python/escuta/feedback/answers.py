"""What was sent, read against the questions that were asked: strict, whole, and the same however it came."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from pydantic import Field

from escuta.entity import Value
from escuta.errors import InvalidError
from escuta.feedback import contacting, logic
from escuta.feedback.model import Answer, ContactField, Facts, Question, QuestionKind, SurveyVersion

LONGEST_TEXT = 10_000  # code points
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Problem(Value):
    """What is wrong with one answer; its words are in the catalog of the HTTP function."""

    question: str
    code: str
    details: dict[str, Any] = Field(default_factory=dict)
    field: str = ""  # of a contact question: which of its fields


class Read(NamedTuple):
    """The answers in the order of the questions, and those to what the survey did not ask in the end."""

    given: dict[str, Answer]
    unreached: dict[str, Answer]


def read(version: SurveyVersion, sent: Mapping[str, Any], facts: Facts) -> Read:
    """Return the answers without those left blank. What must be answered is what this way through the survey asks.

    InvalidError `questions_unknown` names ids that the version does not have, `answers_invalid` carries every Problem.
    What is wrong with an answer to a question that was not reached is no reason to refuse the others.
    """
    known = {question.id for question in version.questions}
    unknown = [name for name in sent if name not in known]
    if unknown:
        raise InvalidError("questions_unknown", questions=[name[:64] for name in unknown[:20]])
    found = {each.id: _read_one(each, sent[each.id]) for each in version.questions if each.id in sent}
    good = {name: answer for name, answer in found.items() if answer is not None and not isinstance(answer, list)}
    path = logic.walk(version, good, facts)
    reached = [question for question in version.questions if question.id in path.asked]
    parts = {question.id: _split(question, good.get(question.id), path.facts) for question in reached}
    problems: list[Problem] = []
    for question in reached:
        wrong = found.get(question.id)
        if isinstance(wrong, list):
            problems.extend(wrong)
        elif question.id in path.required:
            problems.extend(_missing(question, parts[question.id][0]))
    if problems:
        raise InvalidError("answers_invalid", problems=problems)
    beside = {name: parts[name][1] if name in parts else _kept(found[name], sent[name]) for name in found}
    return Read(
        {name: answer for name, (answer, _) in parts.items() if answer is not None},
        {name: answer for name, answer in beside.items() if answer is not None},
    )


def proposed(version: SurveyVersion, sent: Mapping[str, Any]) -> dict[str, Answer]:
    """Return answers that a link may hand over: each fits its question, whether it will be asked or not.

    InvalidError `prefill_answer` names the first that does not.
    """
    asked = {question.id: question for question in version.questions}
    found = {name: _read_one(asked[name], value) if name in asked else [] for name, value in sent.items()}
    wrong = next((name for name, answer in found.items() if isinstance(answer, list)), None)
    if wrong is not None:
        raise InvalidError("prefill_answer", field=f"answers.{wrong[:64]}")
    return {name: answer for name, answer in found.items() if answer is not None and not isinstance(answer, list)}


def _split(question: Question, answer: Answer | None, facts: Facts) -> tuple[Answer | None, Answer | None]:
    """Return the answer, and apart from it the options that a person of this class is not offered."""
    if not question.choices:
        return answer, None
    offered = {choice.id for choice in logic.offered(question, facts)}
    if isinstance(answer, tuple):
        chosen = tuple(option for option in answer if option in offered)
        return chosen or None, tuple(option for option in answer if option not in offered) or None
    return (answer, None) if answer in offered else (None, answer)


def _missing(question: Question, answer: Answer | None) -> list[Problem]:
    """Return what a required question still lacks: of a contact every field that it asks."""
    if question.kind is QuestionKind.CONTACT:
        told = answer if isinstance(answer, dict) else {}
        return [_of_contact(question, field) for field in question.fields if field not in told]
    return [Problem(question=question.id, code="answer_required")] if answer is None else []


def _kept(found: Answer | list[Problem] | None, sent: Any) -> Answer | None:
    """Return what was not asked for: an answer as it is, and what is none as the words that it came in."""
    if not isinstance(found, list):
        return found
    text = sent if isinstance(sent, str) else json.dumps(sent)
    return _LONE_SURROGATE.sub("\ufffd", text).replace("\0", "\ufffd")[:LONGEST_TEXT]


def _read_one(question: Question, sent: Any) -> Answer | list[Problem] | None:
    """Return one answer, None when it is blank, or all that is wrong with it."""
    if question.kind is QuestionKind.CONTACT:
        return _read_contact(question, sent)
    found = _read_plain(question, sent)
    return [found] if isinstance(found, Problem) else found


def _read_plain(question: Question, sent: Any) -> Answer | Problem | None:
    match question.kind:
        case QuestionKind.TEXT:
            return _read_text(question, sent)
        case QuestionKind.CHOICE:
            return _read_choice(question, sent)
        case QuestionKind.CHOICES:
            return _read_choices(question, sent)
        case QuestionKind.STATEMENT:
            return Problem(question=question.id, code="answer_statement") if sent else None
        case _:
            return _read_scale(question, sent)


def _read_scale(question: Question, sent: Any) -> int | Problem:
    """Take an integer of the scale and nothing that merely looks like one: no bool, no 9.0, no "9"."""
    low, high = question.scale or (0, 0)
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
    return sent if sent in _options(question) else _not_offered(question)


def _read_choices(question: Question, sent: Any) -> tuple[str, ...] | Problem | None:
    """Take a list of different options; the order is that of the question, so that equal answers are equal."""
    options = _options(question)
    if not isinstance(sent, list) or any(option not in options for option in sent) or len(set(sent)) < len(sent):
        return _not_offered(question)
    return tuple(option for option in options if option in sent) or None


def _read_contact(question: Question, sent: Any) -> dict[str, str] | list[Problem] | None:
    """Take what of name, e-mail and telephone is asked for and given, each in its stored form."""
    asked = [str(field) for field in question.fields]
    if not isinstance(sent, dict) or any(name not in asked or not isinstance(sent[name], str) for name in sent):
        return [Problem(question=question.id, code="answer_contact", details={"allowed": asked})]
    given: dict[str, str] = {}
    problems = []
    for field in question.fields:
        text = _LONE_SURROGATE.sub("\ufffd", sent.get(field, ""))
        try:
            given[str(field)] = contacting.canonical(field, text) if text.strip() else ""
        except InvalidError:
            problems.append(_of_contact(question, field))
    return problems or {name: text for name, text in given.items() if text} or None


def _of_contact(question: Question, field: ContactField) -> Problem:
    return Problem(question=question.id, code=f"answer_{field}", field=field)


def _options(question: Question) -> list[str]:
    return [choice.id for choice in question.choices]


def _not_offered(question: Question) -> Problem:
    return Problem(question=question.id, code="answer_choice", details={"allowed": _options(question)})
