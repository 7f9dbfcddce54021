"""The JSON Schemas of a programme's files, made from the models that the API reads.

`python -m manage.described.programme docs/programme` writes them. They travel with the command
line, which knows nothing else of the product.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import PydanticUndefined, core_schema

from escuta.directory.model import FolderDraft, OrganisationDraft, Role, SegmentDraft
from escuta.feedback.model import (
    DashboardDraft,
    ServiceHoursDraft,
    SurveyDraft,
    SurveyStatus,
    TicketRulesDraft,
    TicketSettingsDraft,
    TopicsDraft,
)
from escuta.outreach.model import RulesDraft, SendingDraft
from manage.custom_fields import NewField
from manage.export_schedules import ScheduleDraft
from manage.roles import RoleDraft
from manage.templates import TemplateWords
from manage.ticket_causes import Tree
from manage.webhooks import NewWebhook, Switch

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_STRICT = ConfigDict(extra="forbid")


class SurveyFile(BaseModel):
    """A survey: its name, how it stands, and what it asks. One that was never published has no `definition`."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    name: str = Field(min_length=1, max_length=200)
    status: SurveyStatus = SurveyStatus.LIVE
    retention_days: int = Field(default=0, ge=0, le=3650)
    definition: SurveyDraft | None = None


class TemplateFile(TemplateWords):
    """What a survey's invitation or reminder says on a channel in a language; of an SMS the text alone."""

    survey: str
    channel: Literal["email", "sms"]
    language: Literal["pt-BR", "en", "es"]


class RulesFile(RulesDraft):
    """Rules of sending: whom a file or a visit asks what."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    name: str


class DashboardFile(DashboardDraft):
    """A dashboard that is shared. `own`: the one that its survey has by itself, after somebody edited it."""

    own: bool = False
    shared: frozenset[Role] = Field(min_length=1)


class SegmentItem(SegmentDraft):
    """A place. Without a time zone or a country it has those of its parent. `service_hours`: its own, if it has any."""

    share_hosts: tuple[str, ...] = ()
    retired: bool = False
    service_hours: ServiceHoursDraft | None = None


class RoleItem(RoleDraft):
    """A role of the organisation's own."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")


class FolderItem(FolderDraft):
    """A drop folder: what its files are, how they are read, and what they cause."""

    folder: str


class WebhookItem(NewWebhook):
    """A server that is told of events. Its secret is no part of a programme: `apply` shows that of a new one once."""

    state: Switch = Switch.ACTIVE


class ExportScheduleItem(ScheduleDraft):
    """An export that is ordered again and again."""


FILES: dict[str, tuple[type[BaseModel], bool]] = {  # name -> model of one thing, and whether the file is a list of them
    "custom-fields": (NewField, True),
    "dashboards": (DashboardFile, False),
    "export-schedules": (ExportScheduleItem, True),
    "folders": (FolderItem, True),
    "roles": (RoleItem, True),
    "rules": (RulesFile, False),
    "segments": (SegmentItem, True),
    "sending-rules": (SendingDraft, False),
    "settings": (OrganisationDraft, False),
    "surveys": (SurveyFile, False),
    "templates": (TemplateFile, False),
    "ticket-causes": (Tree, False),
    "ticket-rules": (TicketRulesDraft, False),
    "ticket-settings": (TicketSettingsDraft, False),
    "topics": (TopicsDraft, False),
    "webhooks": (WebhookItem, True),
}


class _Whole(GenerateJsonSchema):
    """Says every default, also one that is made when it is needed, and lets no unknown name pass."""

    def get_default_value(self, schema: core_schema.WithDefaultSchema) -> Any:
        """Return the default, made where it has to be."""
        made: Any = schema.get("default_factory")
        found = (
            made()
            if made and not schema.get("default_factory_takes_data")
            else schema.get("default", PydanticUndefined)
        )
        return found if found is PydanticUndefined else _plain(found)

    def model_schema(self, schema: core_schema.ModelSchema) -> dict[str, Any]:
        """Refuse what a model does not know."""
        return {"additionalProperties": False} | super().model_schema(schema)


def _plain(value: Any) -> Any:
    """Return a value as the API answers with it: sets in one order."""
    if isinstance(value, BaseModel):
        return _plain(value.model_dump(mode="json"))
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(_plain(each) for each in value)
    return [_plain(each) for each in value] if isinstance(value, tuple | list) else value


def schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each schema with the name of its file."""
    for name, (model, listed) in FILES.items():
        top: type[BaseModel] = model
        if listed:
            fields: dict[str, Any] = {"items": (tuple.__class_getitem__((model, ...)), ...)}
            top = create_model(f"{model.__name__}s", __config__=_STRICT, **fields)
        made = top.model_json_schema(mode="validation", schema_generator=_Whole)
        yield name, {"$schema": DIALECT, **made, "title": name}


def main(folder: Path) -> None:
    """Write the schemas."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas():
        text = json.dumps(schema, ensure_ascii=False, indent=1)
        (folder / f"{name}.schema.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
