"""The questions of a definition as a list: put in, moved, copied, taken out, renamed with all that names them. Pure."""

import re
from collections.abc import Iterator
from typing import Any

from console.surveys import conditions, typed
from console.surveys.typed import Definition, Question
from escuta.errors import NotFoundError
from escuta.feedback.model import QuestionKind

_SCALES = ("nps", "csat", "ces")


def at(definition: Definition, number: str) -> int:
    """Return the place of a question by its number, which begins at one."""
    if not (number.isascii() and number.isdigit() and 0 < int(number) <= len(definition["questions"])):
        raise NotFoundError("page_not_found")
    return int(number) - 1


def names(definition: Definition) -> list[str]:
    """Return the ids of the questions."""
    return [question["id"] for question in definition["questions"]]


def added(definition: Definition, kind: str, place: int) -> Definition:
    """Return a definition with one more question. The first on a scale classifies; the first text is the voice."""
    made = typed.blank(kind, typed.unused(kind, names(definition)))
    questions = definition["questions"]
    if kind in _SCALES and not any(each["benchmark"] for each in questions):
        made.update(benchmark=True, required=True)
        definition = {**definition, **_cuts(kind)}
    if kind == QuestionKind.TEXT and not any(each["voice"] for each in questions):
        made["voice"] = True
    return put(definition, made, place)


def _cuts(kind: str) -> dict[str, int]:
    worst, middle = {"nps": (6, 8), "csat": (2, 3), "ces": (3, 4)}[kind]
    return {"detractor_max": worst, "passive_max": middle}


def put(definition: Definition, question: Question, place: int) -> Definition:
    """Return a definition with a question at a place."""
    questions = definition["questions"]
    place = max(0, min(place, len(questions)))
    return {**definition, "questions": [*questions[:place], question, *questions[place:]]}


def without(definition: Definition, place: int) -> Definition:
    """Return a definition without the question at a place. What names it stays, and is told as wrong."""
    questions = definition["questions"]
    return {**definition, "questions": [*questions[:place], *questions[place + 1 :]]}


def replaced(definition: Definition, question: Question, place: int) -> Definition:
    """Return a definition with another question at a place: only one classifies, only one is the voice."""
    questions = list(definition["questions"])
    questions[place] = question
    for name in ("benchmark", "voice"):
        if question[name]:
            questions = [each if each is question or not each[name] else {**each, name: False} for each in questions]
    return {**definition, "questions": questions}


def moved(definition: Definition, place: int, to: int) -> Definition:
    """Return a definition with the question at a place at another."""
    return put(without(definition, place), definition["questions"][place], to)


def copied(definition: Definition, place: int) -> Definition:
    """Return a definition with a question twice: the copy classifies nobody, and no jump of it leads anywhere."""
    original = definition["questions"][place]
    name = typed.unused(original["id"], names(definition))
    return put(definition, {**original, "id": name, "benchmark": False, "voice": False, "jumps": []}, place + 1)


def naming(definition: Definition, name: str) -> list[int]:
    """Return the places of the questions whose logic names another one."""
    return [
        place
        for place, question in enumerate(definition["questions"])
        if question["id"] != name and name in set(_named(question))
    ]


def _named(question: Question) -> Iterator[str]:
    for when in (question["show"], question["require"], *(jump["when"] for jump in question["jumps"])):
        yield from (fact.removeprefix("answer.") for fact in conditions.named(when) if fact.startswith("answer."))
    yield from (jump["to"] for jump in question["jumps"])


def renamed(definition: Definition, place: int, name: str) -> Definition:
    """Return a definition with another id of a question, in its logic and in the texts that say its answer, too."""
    old = definition["questions"][place]["id"]
    if name == old or not name:
        return definition

    def fact(field: str) -> str:
        return f"answer.{name}" if field == f"answer.{old}" else field

    piped = re.compile(rf"(\{{\{{-?\s*answer\.){re.escape(old)}(?![a-z0-9_])")

    def texts(value: Any) -> Any:
        if isinstance(value, str):
            return piped.sub(rf"\g<1>{name}", value)
        if isinstance(value, list):
            return [texts(each) for each in value]
        return {key: texts(each) for key, each in value.items()} if isinstance(value, dict) else value

    made = {**definition, **texts({key: definition[key] for key in ("title", "intro", "thanks")})}
    made["questions"] = [_follows(texts(each), fact, old, name) for each in definition["questions"]]
    made["questions"][place]["id"] = name
    return made


def _follows(question: Question, fact: Any, old: str, name: str) -> Question:
    jumps = [
        {"when": conditions.renamed(jump["when"], fact), "to": name if jump["to"] == old else jump["to"]}
        for jump in question["jumps"]
    ]
    show, require = (conditions.renamed(question[each], fact) for each in ("show", "require"))
    return {**question, "show": show, "require": require, "jumps": jumps}
