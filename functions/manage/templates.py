"""Templates: the words of the invitations and reminders of a survey, several under names."""

from typing import Any

from pydantic import Field

from escuta import i18n, table
from escuta.config import settings
from escuta.entity import Key
from escuta.errors import InvalidError
from escuta.feedback import asking, surveys
from escuta.outreach import checking, templates, vocabulary
from escuta.outreach.merge import Problem
from escuta.outreach.model import MESSAGES, Accents, Channel, Template
from manage.asking import Asked, Request, language_of

_NAME = r"^[a-z0-9_-]{0,40}$"


class TemplateWords(Asked):
    """What a template says; of an SMS the text alone. `name` "" is the one that no deployment has to choose."""

    name: str = Field(default="", pattern=_NAME)
    reminder: bool = False
    subject: str = Field(default="", max_length=1_000)
    html: str = Field(default="", max_length=200_000)
    text: str = Field(default="", max_length=200_000)
    most_parts: int = Field(default=2, ge=1, le=6)
    accents: Accents = Field(default=Accents.SAVE, strict=False)


class Which(Asked):
    """Which of the templates of a channel and language."""

    name: str = Field(default="", pattern=_NAME)
    reminder: bool = False


def listing(request: Request, survey: str) -> dict[str, Any]:
    """Return the survey's own templates, all of them; where there is none, a starter of the product is sent.

    One is `stale` when the words in the survey's first language were saved after it, and may say something else by now.
    """
    request.query(Asked)
    kept = templates.listing(survey)
    languages = asking.asked(survey).languages or (settings().language,)
    old = templates.aged(kept, languages[0])
    return {"items": [{**each.model_dump(mode="json"), "stale": each.key() in old} for each in kept], "next": None}


def get(request: Request, survey: str, channel: str, language: str) -> dict[str, Any]:
    """Return one template; the starter, of revision 0, where the survey has none of its own without a name.

    `channel` is `email` or `sms`, `language` one of those that pages and messages are written in.
    """
    asked = request.query(Which)
    surveys.get(survey)
    return stored(survey, channel, language, name=asked.name, reminder=asked.reminder).model_dump(mode="json")


def stored(survey: str, channel: str, language: str, *, name: str, reminder: bool) -> Template:
    """Return a template of the survey; the starter, of revision 0, where it has none of its own without a name."""
    which = Which(name=name, reminder=reminder)
    found = _find(survey, channel, language, which)
    if found is None and not name:
        found = templates.starter(survey, channel_of(channel), language_named(language), reminder=reminder)
    return found or _load(survey, channel, language, which)


def put(request: Request, survey: str, channel: str, language: str) -> dict[str, Any]:
    """Store the words of a channel and language, in place of those of the same name, as they will go out.

    The answer says in `warnings` what was taken out, and what else the writer should know. Words that could not be sent
    (a field that there is not, a mail without a link or a way out) are refused with their places (422
    `template_invalid`). An SMS has a `text` alone.
    """
    request.everywhere()
    asked = request.body(TemplateWords)
    surveys.standing(survey)
    wanted = Template(survey=survey, channel=channel_of(channel), language=language_named(language), **dict(asked))
    stored = table.find(Template, wanted.key(), consistent=True)
    request.match(stored or wanted)  # a starter is there as revision 0
    if stored is not None:
        wanted = wanted.changed(rev=stored.rev)
    spoken = language_of(request.event, request.caller)
    problems = checking.problems(wanted)
    if problems:
        details = [placed(problem, spoken) for problem in problems]
        raise InvalidError("template_invalid", field=problems[0].part, problems=details)
    warnings = [told(warning, spoken) for warning in checking.warnings(wanted)]
    return {**templates.save(wanted).model_dump(mode="json"), "warnings": warnings}


def delete(request: Request, survey: str, channel: str, language: str) -> dict[str, Any]:
    """Take back a template, and return it this last time; the starter is sent from now on. What was sent stays."""
    request.everywhere()
    asked = request.query(Which)
    found = _load(survey, channel, language, asked)
    request.match(found)
    templates.delete(found)
    return found.model_dump(mode="json")


def fields(request: Request) -> dict[str, Any]:
    """Return the merge fields that templates may name, and in which part each may stand."""
    request.query(Asked)
    spoken = language_of(request.event, request.caller)
    own = [
        {"name": name, "about": i18n.say("escuta.outreach", spoken, f"field.{name}"), "parts": vocabulary.parts(name)}
        for name in vocabulary.ORDER
    ]
    others = sorted(vocabulary.attributes() | vocabulary.custom())
    more = [{"name": name, "about": "", "parts": vocabulary.parts(name)} for name in others]
    return {"items": [*own, *more], "next": None}


def told(problem: Problem, language: str) -> dict[str, Any]:
    """Return a problem or a warning with its words."""
    words = i18n.say("escuta.outreach", language, f"template.{problem.code}", name=problem.name)
    return {**problem.model_dump(), "detail": words}


def placed(problem: Problem, language: str) -> str:
    """Return a problem in words, with its place: `html 3:14`."""
    return f"{problem.part} {problem.line}:{problem.column} {told(problem, language)['detail']}"


def _find(survey: str, channel: str, language: str, which: Which) -> Template | None:
    return table.find(Template, _key(survey, channel, language, which), consistent=True)


def _load(survey: str, channel: str, language: str, which: Which) -> Template:
    return table.load(Template, _key(survey, channel, language, which), consistent=True)


def _key(survey: str, channel: str, language: str, which: Which) -> Key:
    return Template.at(survey, channel_of(channel), language_named(language), name=which.name, reminder=which.reminder)


def channel_of(text: str) -> Channel:
    """Return the channel of this name."""
    if text not in MESSAGES:
        raise InvalidError("value_not_allowed", field="channel", allowed=", ".join(MESSAGES))
    return Channel(text)


def language_named(text: str) -> str:
    """Return the language, if it is one of ours."""
    if text not in i18n.LANGUAGES:
        raise InvalidError("value_not_allowed", field="language", allowed=", ".join(i18n.LANGUAGES))
    return text
