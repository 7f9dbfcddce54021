"""`fields=id,kiosk.idle_seconds`: the part of an answer that a program wants; of a list, of each of its items."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import to_jsonable_python

from manage.problems import RequestError

FIELDS = "fields"
_LONGEST = 2000
_NAME = re.compile(r"[^.,\s]+(\.[^.,\s]+)*")
_ITEMS = "items"

Tree = dict[str, "Tree"]  # what is wanted; {} : all below
Schema = dict[str, Any]


def wanted(said: str) -> Tree:
    """Return what is asked for, by name, with what is asked for below it."""
    names = [name.strip() for name in said.split(",")]
    if len(said) > _LONGEST or not all(map(_NAME.fullmatch, names)):
        raise RequestError(422, "fields_invalid", field=FIELDS)
    tree: Tree = {}
    for name in sorted(names, key=len, reverse=True):  # `kiosk` beside `kiosk.on_idle` is all of it
        *above, last = name.split(".")
        place = tree
        for part in above:
            place = place.setdefault(part, {})
        place[last] = {}
    return tree


def cut(result: Any, said: str, serve: Callable[..., Any]) -> Any:
    """Return of an answer what `fields` says. A name that nothing of the kind has is refused, with those there are."""
    tree = wanted(said)
    told = to_jsonable_python(result)
    listed = isinstance(told, dict) and isinstance(told.get(_ITEMS), list)
    _check(_described(serve), tree)
    return {**told, _ITEMS: _cut(told[_ITEMS], tree)} if listed else _cut(told, tree)


def _cut(told: Any, tree: Tree) -> Any:
    if not tree:
        return told
    if isinstance(told, list):
        return [_cut(each, tree) for each in told]
    if isinstance(told, dict):
        return {name: _cut(value, tree[name]) for name, value in told.items() if name in tree}
    return told


@lru_cache(maxsize=32)
def _described(serve: Callable[..., Any]) -> tuple[Schema, Schema]:
    """Return what an answer is, and the shapes that it refers to; of a list, what each of its items is.

    The descriptions are read when a program asks for `fields` first: no other request needs them.
    """
    from manage.described.document import operations  # noqa: PLC0415 - as said above

    if serve not in operations():
        return {"type": "object"}, {}
    schema = TypeAdapter(operations()[serve].answer).json_schema(mode="serialization")
    shapes = schema.get("$defs", {})
    found = next((each[_ITEMS] for each in _objects(schema, shapes) if _ITEMS in each), None)
    return (found["items"] if found and found.get("type") == "array" else schema), shapes


def _check(described: tuple[Schema, Schema], tree: Tree, above: str = "") -> None:
    schema, shapes = described
    objects = list(_objects(schema, shapes))
    for name, below in tree.items():
        known = [each[name] for each in objects if name in each]
        free = [each[""] for each in objects if "" in each]
        if not known and not free:
            allowed = sorted({f"{above}{each}" for known in objects for each in known})
            raise RequestError(422, "field_unknown", field=FIELDS, value=f"{above}{name}"[:64], allowed=allowed)
        if below:
            _check(({"anyOf": [*known, *free]}, shapes), below, f"{above}{name}.")


def _objects(schema: Any, shapes: Schema) -> list[Schema]:
    """Return the properties of every object that may stand here, in lists too; "" stands for a name of one's own."""
    if not isinstance(schema, dict):
        return [{"": schema}] if schema is True else []
    if "$ref" in schema:
        return _objects(shapes[schema["$ref"].rpartition("/")[2]], shapes)
    found: list[Schema] = []
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("prefixItems", ())):
        found += _objects(each, shapes)
    if "items" in schema and schema.get("type") == "array":
        found += _objects(schema["items"], shapes)
    properties = dict(schema.get("properties", {}))
    if schema.get("type") == "object" and schema.get("additionalProperties", not properties) is not False:
        properties[""] = schema.get("additionalProperties", True)
    if not schema.keys() - {"title", "description", "default"}:
        properties[""] = True
    return [*found, properties] if properties else found
