"""What a visitor's page shows in the slots of a survey's sheet: what was typed, what is wrong, what fits."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from escuta.feedback import logic
from escuta.feedback.answers import Problem
from escuta.feedback.model import Answer, ContactField, Facts, Question, QuestionKind, SurveyVersion

_NUMBERS = frozenset({QuestionKind.NPS, QuestionKind.CSAT, QuestionKind.CES, QuestionKind.RATING, QuestionKind.THUMBS})
_INTEGER = re.compile(r"0|[1-9][0-9]?")
_OF_QUESTIONS = frozenset("ntock")

Values = dict[str, str]  # slot -> HTML


def fields_of(version: SurveyVersion, answers: Mapping[str, Answer]) -> dict[str, str]:
    """Return the fields of the form that give these answers; what the survey does not ask is left out."""
    fields: dict[str, str] = {}
    for question in version.questions:
        if question.id in answers:
            fields |= _fields(question, answers[question.id])
    return fields


def _fields(question: Question, answer: Any) -> dict[str, str]:
    match question.kind:
        case QuestionKind.TEXT:
            return {f"t.{question.id}": str(answer)}
        case QuestionKind.CHOICE:
            return {f"o.{question.id}": str(answer)}
        case QuestionKind.CHOICES if isinstance(answer, list | tuple):
            return {f"c.{question.id}.{option}": "yes" for option in answer}
        case QuestionKind.CONTACT if isinstance(answer, dict):
            return {f"k.{question.id}.{name}": str(text) for name, text in answer.items()}
        case _ if question.kind in _NUMBERS:
            return {f"n.{question.id}": str(answer)}
    return {}


def answers_of(version: SurveyVersion, fields: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers that the fields give, as far as they can be read: enough to see what is asked next."""
    found: dict[str, Any] = {}
    for question in version.questions:
        kind = question.kind
        if kind in _NUMBERS and _INTEGER.fullmatch(number := fields.get(f"n.{question.id}", "")):
            found[question.id] = int(number)
        elif kind is QuestionKind.TEXT:
            found[question.id] = fields.get(f"t.{question.id}", "")
        elif kind is QuestionKind.CHOICE:
            found[question.id] = fields.get(f"o.{question.id}", "")
        elif kind is QuestionKind.CHOICES:
            chosen = (choice.id for choice in question.choices if f"c.{question.id}.{choice.id}" in fields)
            found[question.id] = tuple(chosen)
        elif kind is QuestionKind.CONTACT:
            given = {str(name): fields.get(f"k.{question.id}.{name}", "") for name in question.fields}
            found[question.id] = {name: text for name, text in given.items() if text.strip()}
    return {name: answer for name, answer in found.items() if answer not in ("", (), {})}


def question_of(field: str) -> str:
    """Return the question that a field of the form answers; "" when it is another field."""
    kind, _, rest = field.partition(".")
    return rest.partition(".")[0] if kind in _OF_QUESTIONS and len(kind) == 1 else ""


def typed(fields: Mapping[str, str]) -> Values:
    """Return what checks the boxes and fills in the texts."""
    values: Values = {}
    for name, value in fields.items():
        values[f"value {name}"] = escape(value)
        values[f"checked {name} {value}"] = " checked"
    return values


def wrong(problems: Iterable[Problem], words: Mapping[str, str]) -> Values:
    """Return what marks the questions whose answers were not taken, and the fields within."""
    values: Values = {f"wrong {question}": escape(said) for question, said in words.items()}
    for problem in problems:
        values[f"bad {problem.question}"] = " bad"
        for field in [problem.field] if problem.field else ["", *ContactField]:
            values[f"invalid {problem.question}{field and '.'}{field}"] = ' aria-invalid="true"'
    return values


def fitting(version: SurveyVersion, facts: Facts, required: frozenset[str]) -> Values:
    """Return which wording, which options, and what must be answered, for what is known of the person so far."""
    values: Values = {}
    for question in version.questions:
        if question.wording:
            said = facts.get("class") if facts.get("class") in question.wording else ""
            values |= {f"unsaid {question.id} {of}": " hidden" for of in ("", *question.wording) if of != said}
        if any(choice.classes for choice in question.choices):
            offered = logic.offered(question, facts)
            hidden = [choice.id for choice in question.choices if choice not in offered]
            values |= {f"unoffered {question.id} {choice}": " hidden" for choice in hidden}
        if question.require and question.id in required:
            values |= {f"needed {question.id}": " required", f"must {question.id}": " hidden"}
    return values


def carried(fields: Mapping[str, str], shown: tuple[str, ...], more: Iterable[tuple[str, str]] = ()) -> Markup:
    """Return the answers that are not on the page as hidden fields, so that nothing is lost without JavaScript."""
    kept = [(name, value) for name, value in fields.items() if (of := question_of(name)) and of not in shown and value]
    inputs = Markup("").join(hidden(name, value) for name, value in (*kept, *more))
    return Markup('<div id="carried">{}</div>\n').format(inputs) if inputs else Markup()


def hidden(name: str, value: str) -> Markup:
    """Return a field that is not shown."""
    return Markup('<input type="hidden" name="{}" value="{}" autocomplete="off">\n').format(name, value)
