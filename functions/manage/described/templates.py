"""Templates of invitations and reminders: their words, trying them, and what they may name."""

from typing import Literal

from pydantic import Field

from escuta.outreach.model import Template
from manage import templates, trying
from manage.asking import Asked
from manage.described.operation import Operation, Operations, Shown, items, page, shape

Part = Literal["subject", "html", "text", "sms"]


class TemplateProblem(Shown):
    """What is wrong with a template, or worth knowing about it, and where: `line` and `column` count from 1."""

    part: str
    code: str
    name: str
    line: int
    column: int
    detail: str = Field(description="The same in words, in the caller's language.")


class MergeField(Shown):
    """A field that templates may name as `{{ name }}`, and the parts in which it may stand."""

    name: str
    about: str = Field(description="What it says; empty for the organisation's own fields.")
    parts: list[Part]


class SmsCost(Shown):
    """What an SMS of these words takes: its alphabet, its length, the messages it is billed as, and their price."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    parts: int
    most_parts: int
    too_long: bool = Field(description="It takes more than `most_parts` and would not be sent.")
    cost_usd: str | None = Field(description="A decimal. Null where no price of that country is known.")


class TemplatePreview(Shown):
    """What a draft says to one person. With `problems` there is nothing to see: all else is empty."""

    problems: list[TemplateProblem]
    warnings: list[TemplateProblem]
    subject: str
    html: str
    text: str
    blank: list[str] = Field(description="Fields that are empty for this person and have no fallback.")
    fallback: list[str] = Field(description="Fields for which the words of `default(...)` stand.")
    sms: SmsCost | None


class TestSent(Shown):
    """What became of a test to one address. One that was not sent says why."""

    to: str
    sent: bool
    message_id: str
    reason: str
    detail: str


TemplateShown = shape(Template)
TemplateListed = shape(Template, "TemplateListed", more={"stale": bool})
TemplateSaved = shape(Template, "TemplateSaved", more={"warnings": list[TemplateProblem]})

OPERATIONS: Operations = {
    templates.listing: Operation(name="list_templates", query=Asked, answer=page(TemplateListed)),
    templates.get: Operation(name="get_template", query=templates.Which, answer=TemplateShown),
    templates.put: Operation(name="replace_template", body=templates.TemplateWords, answer=TemplateSaved, matched=True),
    templates.delete: Operation(name="delete_template", query=templates.Which, answer=TemplateShown, matched=True),
    templates.fields: Operation(name="list_merge_fields", query=Asked, answer=page(MergeField)),
    trying.preview: Operation(name="preview_template", body=trying.Trial, answer=TemplatePreview),
    trying.test: Operation(name="test_template", body=trying.Test, answer=items(TestSent)),
}
