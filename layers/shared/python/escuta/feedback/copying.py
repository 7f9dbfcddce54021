"""A survey as one thing that can be copied, or taken along as a file: its name, its newest questions, its templates."""

from collections.abc import Sequence
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from escuta import clock, table
from escuta.entity import Value
from escuta.errors import ConflictError, InvalidError, NotFoundError
from escuta.feedback import drafts, surveys
from escuta.feedback.model import Survey, SurveyDraft, SurveyVersion
from escuta.outreach import checking, templates
from escuta.outreach.merge import Problem
from escuta.outreach.model import Accents, Template

FORMAT: Literal["escuta.survey/1"] = "escuta.survey/1"
_MOST_TEMPLATES = 90  # beside the head and the version, in one transaction of at most 100 actions
_MOST_BYTES = 3_000_000  # of one transaction, which takes 4 MB


class TemplateKept(Value):
    """The words of an invitation or a reminder."""

    channel: Literal["email", "sms"]
    language: Literal["pt-BR", "en", "es"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{0,40}$")] = ""
    reminder: bool = False
    subject: Annotated[str, Field(max_length=1_000)] = ""
    html: Annotated[str, Field(max_length=200_000)] = ""
    text: Annotated[str, Field(max_length=200_000)] = ""
    most_parts: Annotated[int, Field(ge=1, le=6)] = 2
    accents: Accents = Accents.SAVE


class Definition(Value):
    """A whole survey in one file. `id` is what it is called where it comes from, and will be where it goes."""

    format: Literal["escuta.survey/1"] = FORMAT
    id: str | None = None
    name: str
    retention_days: Annotated[int, Field(ge=0, le=3650)] = 0
    survey: SurveyDraft
    templates: Annotated[tuple[TemplateKept, ...], Field(max_length=_MOST_TEMPLATES)] = ()


class Faulty(NamedTuple):
    """A template that cannot be sent: which one, and why."""

    number: int
    problems: Sequence[Problem]


def definition(head: Survey, number: int = 0, *, words: bool = True) -> Definition:
    """Return a survey as one thing: of a version, else of the newest one, with or without its templates.

    NotFoundError when it was never published; ConflictError when it has more templates than can be made at once.
    """
    if not head.version:
        raise NotFoundError("survey_not_published", survey=head.id)
    published = surveys.version(head.id, number or head.version)
    kept = templates.listing(head.id) if words else ()
    if len(kept) > _MOST_TEMPLATES:
        raise ConflictError("survey_templates_many", most=_MOST_TEMPLATES, count=len(kept))
    return Definition(
        id=head.id,
        name=head.name,
        retention_days=head.retention_days,
        survey=_draft(published),
        templates=tuple(_kept(template) for template in kept),
    )


def faulty(wanted: Definition) -> Faulty | None:
    """Return the first template of a definition that cannot be sent; None when all can."""
    for number, kept in enumerate(wanted.templates):
        if problems := checking.problems(Template(survey="", **dict(kept))):
            return Faulty(number, problems)
    return None


def make(wanted: Definition) -> Survey:
    """Make a survey of a definition, all of it or nothing: a draft with its first version, which nobody is asked yet.

    Its templates are taken as they are: `faulty` says whether they can be sent. ConflictError `survey_exists` when the
    id is taken, InvalidError for what cannot be published.
    """
    drafts.check(wanted.survey)
    head = surveys.drafted(wanted.name, wanted.id).changed(version=1, retention_days=wanted.retention_days)
    now = clock.now()
    published = SurveyVersion(survey=head.id, version=1, published_at=now, **dict(wanted.survey))
    words = [templates.whole(Template(survey=head.id, updated_at=now, **dict(kept))) for kept in wanted.templates]
    _check_size(published, words)
    try:
        table.transact(table.Create(head), table.Create(published), *map(table.Create, words))
    except table.CancelledError as error:
        raise ConflictError("survey_exists", field="id") from error
    templates.forget()
    return head.changed(rev=1)


def _draft(published: SurveyVersion) -> SurveyDraft:
    return SurveyDraft(**{name: getattr(published, name) for name in SurveyDraft.model_fields})


def _kept(template: Template) -> TemplateKept:
    return TemplateKept.model_validate({name: getattr(template, name) for name in TemplateKept.model_fields})


def _check_size(published: SurveyVersion, words: list[Template]) -> None:
    """Refuse what does not fit into one transaction, and two templates of the same name."""
    keys = {template.key() for template in words}
    if len(keys) < len(words):
        raise InvalidError("survey_template_twice", field="templates")
    size = sum(len(each.model_dump_json().encode()) for each in (published, *words))
    if size > _MOST_BYTES:
        raise InvalidError("survey_definition_large", field="templates", most=_MOST_BYTES)
