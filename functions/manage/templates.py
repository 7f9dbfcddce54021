"""Templates: the words of the invitations and reminders of a survey, several under names."""

from typing import Any

from pydantic import Field

from escuta import i18n, table
from escuta.errors import InvalidError
from escuta.feedback import surveys
from escuta.outreach import checking, templates
from escuta.outreach.merge import Problem
from escuta.outreach.model import MESSAGES, Channel, Template
from manage.asking import Asked, Request, language_of

_NAME = r"^[a-z0-9_-]{0,40}$"


class TemplateWords(Asked):
    """What a template says; of an SMS the text alone. `name` "" is the one that no deployment has to choose."""

    name: str = Field(default="", pattern=_NAME)
    reminder: bool = False
    subject: str = Field(default="", max_length=1_000)
    html: str = Field(default="", max_length=200_000)
    text: str = Field(max_length=200_000)


def listing(request: Request, survey: str) -> dict[str, Any]:
    """Return the survey's own templates; where there is none, the starter of the channel and language is sent."""
    request.query(Asked)
    surveys.get(survey)
    return {"items": [template.model_dump(mode="json") for template in templates.listing(survey)], "next": None}


def put(request: Request, survey: str, channel: str, language: str) -> dict[str, Any]:
    """Store the words of a channel and language, in place of those of the same name."""
    request.everywhere()
    asked = request.body(TemplateWords)
    surveys.get(survey)
    wanted = Template(survey=survey, channel=_channel(channel), language=_language(language), **dict(asked))
    stored = table.find(Template, wanted.key(), consistent=True)
    if stored is not None:
        request.match(stored)
        wanted = wanted.changed(rev=stored.rev)
    problems = checking.problems(wanted)
    if problems:
        spoken = language_of(request.event, request.caller)
        told = [_told(problem, spoken) for problem in problems]
        raise InvalidError("template_invalid", field=problems[0].part, problems=told)
    return templates.save(wanted).model_dump(mode="json")


def _told(problem: Problem, language: str) -> str:
    """Return a problem in words, with its place: `html 3:14`."""
    words = i18n.say("escuta.outreach", language, f"template.{problem.code}", name=problem.name)
    return f"{problem.part} {problem.line}:{problem.column} {words}"


def _channel(text: str) -> Channel:
    if text not in MESSAGES:
        raise InvalidError("value_not_allowed", field="channel", allowed=", ".join(MESSAGES))
    return Channel(text)


def _language(text: str) -> str:
    if text not in i18n.LANGUAGES:
        raise InvalidError("value_not_allowed", field="language", allowed=", ".join(i18n.LANGUAGES))
    return text
