"""Surveys as a whole: copied, and taken along as one file in JSON or YAML."""

from dataclasses import replace
from typing import Any

from pydantic import Field

from escuta.errors import InvalidError
from escuta.feedback import copying, surveys
from escuta.feedback.copying import Definition
from escuta.feedback.model import Survey
from manage import templates
from manage.asking import Asked, Created, Document, Request, language_of
from manage.problems import RequestError

BODY = 2_000_000  # characters of a file: a few templates of mails are more than other bodies may have
MOST_YAML = 300_000  # reading it takes seconds
YAML = "application/yaml"
_YAML_KINDS = frozenset({YAML, "application/x-yaml", "text/yaml", "text/x-yaml"})


class NewCopy(Asked):
    """What the copy is called, of which version it is (0: the newest), and whether it has the templates, too."""

    name: str
    id: str | None = None
    version: int = Field(default=0, ge=0, le=999_999)
    templates: bool = True


class WhichVersion(Asked):
    """Of which version; 0: of the newest."""

    version: int = Field(default=0, ge=0, le=999_999)


def copy(request: Request, survey: str) -> Created:
    """Copy a survey: its questions, its looks and its templates, under another name.

    The copy is a draft with version 1, which is asked nobody until it is set live. Answers, links, sendings and
    dashboards stay with the original. A survey that was never published cannot be copied (404
    `survey_not_published`); an id that is taken is refused (409 `survey_exists`).
    """
    request.everywhere()
    asked = request.body(NewCopy)
    found = copying.definition(surveys.get(survey), asked.version, words=asked.templates)
    return _made(request, found.changed(id=asked.id, name=asked.name), "../")


def get(request: Request, survey: str) -> dict[str, Any]:
    """Return a survey as one thing: name, questions, looks and templates, to be kept or taken elsewhere.

    It holds nothing of anybody who answered. `POST /v1/surveys/imports` makes the same survey of it.
    """
    asked = request.query(WhichVersion)
    return copying.definition(surveys.get(survey), asked.version).model_dump(mode="json")


def get_yaml(request: Request, survey: str) -> Document:
    """Return a survey as one file in YAML, which people read and compare more easily. It says the same as the JSON."""
    import yaml  # noqa: PLC0415 - only a file in YAML needs it

    told = get(request, survey)
    text = yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=100)
    return Document(YAML, text, {"Content-Disposition": f'attachment; filename="{told["id"]}.yaml"'})


def create(request: Request) -> Created:
    """Make a survey of such a file, in JSON or in YAML (`Content-Type: application/yaml`), all of it or nothing.

    It is a draft with version 1, which is asked nobody until it is set live. Without an `id` it gets one; one that is
    taken is refused (409 `survey_exists`). Everything is checked as when it is published or saved piece by piece:
    what cannot be is refused with its place. YAML is read without aliases and tags, and each name once.
    """
    request.everywhere()
    return _made(request, (_of_yaml(request) if request.kind in _YAML_KINDS else request).body(Definition), "")


def _made(request: Request, wanted: Definition, up: str) -> Created:
    if faulty := copying.faulty(wanted):
        spoken = language_of(request.event, request.caller)
        details = [templates.placed(problem, spoken) for problem in faulty.problems]
        place = f"templates[{faulty.number}].{faulty.problems[0].part}"
        raise InvalidError("template_invalid", field=place, problems=details)
    with request.making():
        made = copying.make(wanted.changed(id=wanted.id or request.identity("survey")))
    return Created(_shown(made), f"{up}{made.id}")


def _shown(survey: Survey) -> dict[str, Any]:
    return survey.model_dump(mode="json")


def _of_yaml(request: Request) -> Request:
    """Return the request as if its body had been JSON."""
    from manage import yaml_read  # noqa: PLC0415 - only a file in YAML needs it

    if len(request.content) > MOST_YAML:
        raise RequestError(413, "body_too_large", most=MOST_YAML)
    body = yaml_read.as_json(request.content)
    headers = {**request.headers, "content-type": "application/json"}
    return replace(request, event={**request.event, "headers": headers, "body": body, "isBase64Encoded": False})
