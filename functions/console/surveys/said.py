"""The logic of a survey in words: which question is shown to whom, and where a jump leads."""

import re
from collections.abc import Mapping
from typing import Any

from console.surveys import conditions
from console.surveys.conditions import Row
from console.words import Reader
from escuta.feedback.model import END
from escuta.i18n import LANGUAGES

Definition = Mapping[str, Any]
_LONGEST = 48
_FIELD = re.compile(r"""\{\{-?\s*([\w.]+)\s*(?:\|\s*default\(\s*(["'])(.*?)\2\s*\))?\s*-?\}\}""")


class Teller:
    """Who says it: in the reader's language, of the texts in the one that is edited."""

    def __init__(self, read: Reader, definition: Definition, language: str, segment: str) -> None:
        """Know the questions by their ids; `segment` is what the organisation calls its places."""
        self.read = read
        self.language = language
        self.segment = segment
        self.definition = definition
        self.numbers = {question["id"]: number for number, question in enumerate(definition["questions"], 1)}

    def text(self, texts: Mapping[str, str], most: int = _LONGEST) -> str:
        """Return a text in the language that is edited, else in any; shortened."""
        words = next((texts[each] for each in (self.language, *LANGUAGES) if texts.get(each, "").strip()), "")
        words = " ".join(_FIELD.sub(lambda found: found[3] or f"[{found[1]}]", words).split())
        return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"

    def question(self, name: str) -> str:
        """Return how a question is told: by its number and its text."""
        number = self.numbers.get(name)
        if number is None:
            return self.read.say("surveys.logic.gone", name=name)
        text = self.text(self.definition["questions"][number - 1]["text"])
        return self.read.say("surveys.logic.question", n=number, text=text or name)

    def fact(self, field: str) -> str:
        """Return what a condition tests."""
        group, _, name = field.partition(".")
        if group == "answer":
            return self.question(name)
        if group in {"hidden", "contact"} and name:
            return self.read.say(f"surveys.fact.{group}", name=name)
        known = {
            "class",
            "segment.city",
            "segment.state",
            "segment.country",
            "product",
            "product.group",
            "channel",
            "language",
        }
        if field == "segment":
            return self.segment
        return self.read.say(f"surveys.fact.{field}") if field in known else field

    def value(self, field: str, value: Any) -> str:
        """Return a value as the form shows it."""
        if field == "class" and value in conditions.CLASSES:
            return self.read.say(f"surveys.class.{value}")
        group, _, name = field.partition(".")
        number = self.numbers.get(name) if group == "answer" else None
        if number is None:
            return str(value)
        question = self.definition["questions"][number - 1]
        if question["kind"] == "thumbs":
            return self.read.say(f"surveys.thumbs.{value}") if value in {0, 1} else str(value)
        if question["kind"] == "contact" and value in {"name", "email", "phone"}:
            return self.read.say(f"surveys.contact.{value}")
        found = next((choice for choice in question["choices"] if choice["id"] == value), None)
        return self.text(found["text"]) or found["id"] if found else str(value)

    def condition(self, condition: Mapping[str, Any]) -> str:
        """Return a condition as a clause."""
        for join in ("all", "any"):
            if parts := condition.get(join):
                said = [
                    f"({self.condition(part)})" if part.get("all") or part.get("any") else self.condition(part)
                    for part in parts
                ]
                return f" {self.read.say(f'surveys.logic.{join}')} ".join(said)
        return self._test(conditions.group(condition).rows[0])

    def _test(self, row: Row) -> str:
        values = f" {self.read.say('surveys.logic.any')} ".join(self.value(row.field, value) for value in row.values)
        values = values or "…"
        return self.read.say(f"surveys.op.{row.op}.said", fact=self.fact(row.field), value=values)

    def lines(self, question: Mapping[str, Any]) -> list[str]:
        """Return all that decides about a question, each in one sentence."""
        said = [
            self.read.say(f"surveys.logic.{name}", when=self.condition(question[name]))
            for name in ("show", "require")
            if question[name]
        ]
        for jump in question["jumps"]:
            to = self.read.say("surveys.logic.end") if jump["to"] == END else self.question(jump["to"])
            said.append(self.read.say("surveys.logic.jump", when=self.condition(jump["when"]), to=to))
        return said
