"""Custom fields: what the organisation itself knows of people and visits."""

from typing import Any

from pydantic import Field

from escuta.directory import custom_fields
from escuta.directory.model import CustomField, FieldType
from manage.asking import Asked, Created, Listing, Request, part


class FieldPatch(Asked):
    """What can be changed; what is not sent stays."""

    type: FieldType = FieldType.TEXT
    labels: dict[str, str] = Field(default_factory=dict)  # language -> words, at most 100 characters
    choices: tuple[str, ...] = ()  # of a choice: at most 100, of 100 characters each


class NewField(FieldPatch):
    """A field with its name, which stays for good."""

    name: str = Field(json_schema_extra={"pattern": "^[a-z][a-z0-9_]{0,39}$"})


def _shown(found: CustomField) -> dict[str, Any]:
    return found.model_dump(mode="json")


def _name(found: CustomField) -> str:
    return found.name


def listing(request: Request) -> dict[str, Any]:
    """Return the definitions by name."""
    asked = request.query(Listing)
    page = part(sorted(custom_fields.listing(), key=_name), _name, asked.limit, request.cursor(asked))
    return request.page(page, _shown)


def create(request: Request) -> Created:
    """Define a field: its name for good, its type, what it is called, and what may be chosen.

    At most 200 are defined (409 `custom_fields_full`). Values that were there before are text, and stay.
    """
    request.everywhere()
    asked = request.body(NewField)
    with request.making():
        made = custom_fields.create(asked.name, asked.type, labels=asked.labels, choices=asked.choices)
    return Created(_shown(made), f"custom-fields/{made.name}")


def get(request: Request, name: str) -> dict[str, Any]:
    """Return one definition."""
    request.query(Asked)
    return _shown(custom_fields.get(name))


def change(request: Request, name: str) -> dict[str, Any]:
    """Give a field another type, other labels or other choices; stored values stay as they are.

    A type is changed to `text`, or from it; any other change is refused (409 `custom_field_type`).
    """
    request.everywhere()
    asked = request.body(FieldPatch)
    found = custom_fields.get(name)
    request.match(found)
    return _shown(custom_fields.change(found, **{each: getattr(asked, each) for each in asked.model_fields_set}))


def delete(request: Request, name: str) -> dict[str, Any]:
    """Forget a definition, and return it this last time; the values of people stay, as text."""
    request.query(Asked)
    request.everywhere()
    found = custom_fields.get(name)
    request.match(found)
    custom_fields.delete(found)
    return _shown(found)
