"""What a draft changes of what is published, in words."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from escuta import i18n
from escuta.feedback import differing, editing, surveys
from escuta.feedback.differing import Difference, What
from escuta.feedback.model import Question, SurveyDraft
from manage import survey_drafts
from manage.asking import Asked, Request, language_of

_LONGEST = 80
_CODE = "difference."


def get(request: Request, survey: str) -> dict[str, Any]:
    """Return what publishing the draft would change, and all for which it would be refused.

    `changes` are told in the order of the definition: questions and options that are new, gone, moved or changed, texts
    by language, logic, looks. `texts` counts for each language what it lacks and what may be out of date, because the
    text in the survey's first language changed and this one did not.
    """
    request.query(Asked)
    head = surveys.get(survey)
    before, kept = editing.published(head), editing.current(head)
    spoken = language_of(request.event, request.caller)
    told = _Telling(before, kept.definition, spoken)
    gaps = differing.gaps(before, kept.definition)
    return {
        "survey": head.id,
        "version": head.version,
        "based_on": kept.version,
        "draft_rev": kept.rev,
        "changes": [told.change(one) for one in differing.differences(before, kept.definition)],
        "texts": [
            {"language": language, **{str(what): n for what, n in found.items()}} for language, found in gaps.items()
        ],
        "problems": survey_drafts.faults(request, kept.definition),
    }


class _Telling:
    """Differences of two definitions, for a reader of one language."""

    def __init__(self, before: SurveyDraft | None, after: SurveyDraft, language: str) -> None:
        """Know the questions by their ids, as they are now; those that are gone as they were."""
        asked = (*(before.questions if before else ()), *after.questions)
        self._questions: Mapping[str, Question] = {question.id: question for question in asked}
        self._languages = (language, *after.languages)
        self._say = partial(i18n.say, __package__, language)
        self._known = i18n.catalog(__package__, language)

    def change(self, one: Difference) -> dict[str, Any]:
        """Return a difference as it is answered."""
        return {**one.model_dump(mode="json"), "detail": self._detail(one)}

    def _detail(self, one: Difference) -> str:
        code = f"{one.of}_{one.what}"
        if one.field == "branding.logo" and one.what is What.CHANGED:
            code = "picture_changed"
        name = self._question(one.question)
        field = self._field(one.field)
        if one.of == "text" and one.question:
            about = f"{field} {self._choice(one.question, one.choice)}" if one.choice else field
            field = self._say(f"{_CODE}of", name=name, field=about)
        words = self._say(
            _CODE + code,
            name=name,
            field=field,
            spoken=self._known.get(f"{_CODE}language.{one.language}", one.language),
            choice=self._choice(one.question, one.choice),
            before=self._value(one, one.before),
            after=self._value(one, one.after),
        )
        return words[:1].upper() + words[1:]

    def _field(self, field: str) -> str:
        group, _, of = field.partition(".")
        if group in {"thanks", "wording"}:
            return self._say(f"{_CODE}field.{group}", of=self._class(of))
        if field.startswith(("branding.light.", "branding.dark.")):
            _, theme, color = field.split(".")
            words = {"of": self._known[f"{_CODE}color.{color}"], "theme": self._known[f"{_CODE}branding.theme.{theme}"]}
            return self._say(f"{_CODE}field.palette", **words)
        return self._known.get(f"{_CODE}field.{field}", field)

    def _value(self, one: Difference, value: Any) -> str:
        """Return what a thing was, or is, as a person reads it."""
        if value in (None, "", [], ()):
            return self._known[_CODE + ("everybody" if one.field == "classes" else "nothing")]
        if one.of == "logic":
            return self._logic(value)
        if one.of == "text" or isinstance(value, dict):
            return self._quoted(self._words(value) if isinstance(value, dict) else str(value))
        values = value if isinstance(value, list) else [value]
        return ", ".join(self._plain(one.field, each) for each in values)

    def _plain(self, field: str, value: Any) -> str:
        if isinstance(value, bool):
            return self._known[_CODE + ("yes" if value else "no")]
        return self._class(str(value)) if field == "classes" else self._known.get(f"{_CODE}{field}.{value}", str(value))

    def _logic(self, value: Any) -> str:
        return "; ".join(map(self._jump, value)) if isinstance(value, list) else self._condition(value)

    def _jump(self, jump: Mapping[str, Any]) -> str:
        to = jump["to"]
        goal = self._known[f"{_CODE}end"] if to == "end" else self._question(to)
        return self._say(f"{_CODE}jump", when=self._condition(jump["when"]), to=goal)

    def _condition(self, condition: Mapping[str, Any]) -> str:
        for group, word in (("all", "and"), ("any", "or")):
            if parts := condition.get(group):
                told = [f"({self._condition(part)})" if len(parts) > 1 else self._condition(part) for part in parts]
                return f" {self._known[_CODE + word]} ".join(told)
        field, value = condition.get("field", ""), condition.get("value", "")
        values = [self._fact(field, each) for each in (value if isinstance(value, list) else [value])]
        return self._say(f"{_CODE}op.{condition.get('op', 'is')}", fact=self._name(field), value=", ".join(values))

    def _name(self, field: str) -> str:
        group, _, name = field.partition(".")
        if group == "answer":
            return self._question(name)
        return self._known[f"{_CODE}class"] if field == "class" else field

    def _fact(self, field: str, value: Any) -> str:
        if field == "class":
            return self._class(str(value))
        group, _, name = field.partition(".")
        return self._choice(name, str(value)) if group == "answer" else str(value)

    def _class(self, name: str) -> str:
        return self._known.get(f"{_CODE}class.{name}", self._known.get(_CODE + name, name))

    def _question(self, name: str) -> str:
        question = self._questions.get(name)
        return self._quoted(self._words(question.text) or name) if question else name

    def _choice(self, question: str, name: str) -> str:
        found = self._questions.get(question)
        choices = {choice.id: choice.text for choice in found.choices} if found else {}
        return self._quoted(self._words(choices[name]) or name) if name in choices else name

    def _words(self, texts: Mapping[str, str]) -> str:
        """Return a text in the reader's language, where it has one, else in the survey's first."""
        return next((texts[each] for each in self._languages if texts.get(each, "").strip()), "")

    def _quoted(self, text: str) -> str:
        text = " ".join(text.split())
        return self._say(f"{_CODE}quoted", text=text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
