"""What a file may say, and what it says when it is silent: by the JSON Schemas that came with the API's models."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from escuta_cli import words
from escuta_cli.exits import StoppedError

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

_MOST_FAULTS = 20
Schema = dict[str, Any]


class Fault(NamedTuple):
    """What is wrong, where in the file, and in words."""

    place: str
    detail: str


class UnknownError(Exception):
    """The API says something of a thing that the schemas, which came with this command, do not know."""


@cache
def schema(name: str) -> Schema:
    """Return the schema of the files of this name."""
    text = files("escuta_cli").joinpath("schemas", f"{name}.schema.json").read_text(encoding="utf-8")
    found: Schema = json.loads(text)
    return found


@cache
def item(name: str) -> Schema:
    """Return the schema of one thing, where a file is a list of them."""
    whole = schema(name)
    found = whole.get("properties", {}).get("items")
    return (
        whole if found is None or "items" not in found else {**_plain(found["items"], whole), "$defs": whole["$defs"]}
    )


@cache
def is_list(name: str) -> bool:
    """Tell whether a file of this name is a list of things."""
    return item(name) is not schema(name)


def faults(name: str, value: Any, language: str) -> Iterator[Fault]:
    """Yield what is wrong with a file, the first twenty."""
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - slow, and most commands read no file
    from jsonschema.exceptions import best_match  # noqa: PLC0415

    found = sorted(Draft202012Validator(schema(name)).iter_errors(value), key=lambda each: list(map(str, each.path)))
    for error in found[:_MOST_FAULTS]:
        worst = best_match([error]) or error
        yield Fault(_place(worst), _words(worst, language))


def _place(error: "ValidationError") -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    return "".join(parts).removeprefix(".") or "-"


def _words(error: "ValidationError", language: str) -> str:
    code = f"schema.{error.validator}"
    if code not in words.catalog(language):
        code = "schema.other"
    limit: Any = error.validator_value
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        schema: Any = error.schema
        known = schema.get("properties", {})
        limit = ", ".join(sorted(map(str, error.instance.keys() - known)))
    if error.validator == "required" and isinstance(error.instance, dict):
        limit = ", ".join(each for each in limit if each not in error.instance)
    shown = ", ".join(map(str, limit)) if isinstance(limit, list) else str(limit)
    return words.say(language, code, value=json.dumps(error.instance, ensure_ascii=False)[:60], limit=shown)


def pruned(value: Any, name: str) -> Any:
    """Return a thing without what it would be anyway, its names in the order of the schema, its sets in one order."""
    whole = item(name)
    try:
        return _pruned(value, whole, whole)
    except UnknownError as unknown:
        raise StoppedError("api_newer", kind=name, name=unknown) from unknown


def said(value: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a thing with the defaults of what it does not say, as the API is told."""
    known = item(name)["properties"]
    return {each: value[each] if each in value else known[each].get("default") for each in known}


def known(value: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what of an answer of the API belongs to a programme."""
    return {each: value[each] for each in item(name)["properties"] if each in value}


def _pruned(value: Any, schema: Schema, whole: Schema) -> Any:
    schema = _plain(schema, whole)
    if "anyOf" in schema:
        schema = _fitting(value, schema["anyOf"], whole)
    if isinstance(value, dict):
        own, other = schema.get("properties"), schema.get("additionalProperties")
        if own is None:
            below = other if isinstance(other, dict) else {}
            return {name: _pruned(each, below, whole) for name, each in value.items()}
        unknown = value.keys() - own.keys() if other is False else set()
        if unknown:
            raise UnknownError(", ".join(sorted(unknown)))
        order = [*(name for name in own if name in value), *(name for name in value if name not in own)]
        kept = {name: _pruned(value[name], own.get(name, {}), whole) for name in order}
        return {name: each for name, each in kept.items() if not _goes_without(each, own.get(name, {}), whole)}
    if isinstance(value, list):
        items = [_pruned(each, schema.get("items", {}), whole) for each in value]
        return sorted(items) if schema.get("uniqueItems") else items
    return value


def _goes_without(value: Any, schema: Schema, whole: Schema) -> bool:
    return "default" in schema and _same(value, _pruned(schema["default"], schema, whole))


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _plain(schema: Schema, whole: Schema) -> Schema:
    while "$ref" in schema:
        found: Schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
        schema = {**{name: each for name, each in schema.items() if name != "$ref"}, **found}
    return schema


def _fitting(value: Any, choices: list[Schema], whole: Schema) -> Schema:
    """Return the first choice of the value's own kind: of objects there is one beside null."""
    wanted = {dict: "object", list: "array", type(None): "null"}.get(type(value), "")
    plain = [_plain(each, whole) for each in choices]
    return next((each for each in plain if each.get("type") == wanted), {})
