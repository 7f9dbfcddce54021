"""What stands as a comment behind a field or a value in the code, told in the document, too: it is written once."""

import ast
import inspect
import io
import sys
import tokenize
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from functools import cache
from itertools import chain
from typing import Any, get_args

from pydantic import BaseModel

from manage.described.operation import Operation

_OURS = ("escuta.", "manage.")


def remark(shapes: dict[str, dict[str, Any]], described: Iterable[Operation]) -> None:
    """Add to the properties of shapes, and to the values of enumerations, what the code says of them.

    `shapes` by the names that pydantic gives them. What has a description already keeps it.
    """
    known = _by_name(_reached(chain.from_iterable((each.query, each.body, each.answer) for each in described)))
    for name, shape in shapes.items():
        kind = known.get(name.removesuffix("-Input").removesuffix("-Output"))
        said = spoken(kind) if kind else {}
        for field, told in shape.get("properties", {}).items():
            if field in said and "description" not in told:
                told["description"] = said[field]
        if "enum" in shape and kind and said:
            lines = [f"- `{member.value}`: {said[member.name]}" for member in kind if member.name in said]
            shape["description"] = "\n".join([shape.get("description", ""), "", *lines]).strip()


@cache
def spoken(kind: type) -> Mapping[str, str]:
    """Return the comments of a class and of those that it is made from, by field or value, as sentences."""
    found: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if each.__module__.startswith(_OURS):
            found |= _of_module(each.__module__).get(each.__name__, {})
    source = getattr(kind, "shape_of", None)
    return {**spoken(source), **found} if source else found


@cache
def _of_module(name: str) -> Mapping[str, Mapping[str, str]]:
    """Return the comments of a module by class and name. Only one that ends the line of its field is about it."""
    text = inspect.getsource(sys.modules[name])
    comments = {
        token.start[0]: _sentence(token.string)
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT and token.line.strip() != token.string
    }
    return {
        part.name: {
            ast.unparse(target): said
            for line in part.body
            for target in _targets(line)
            if (said := comments.get(line.end_lineno or 0))
        }
        for part in ast.parse(text).body
        if isinstance(part, ast.ClassDef)
    }


def _targets(line: ast.stmt) -> list[ast.expr]:
    if isinstance(line, ast.AnnAssign):
        return [line.target]
    return line.targets if isinstance(line, ast.Assign) else []


def _sentence(comment: str) -> str:
    """Return a comment as a sentence; "" for one that talks to a tool."""
    words = comment.lstrip("# ").partition("# noqa")[0].strip()
    if not words or words.startswith(("noqa", "type:", "nosec", "pragma")):
        return ""
    return words[0].upper() + words[1:] + ("" if words[-1] in ".?!…" else ".")


def _reached(kinds: Iterable[Any]) -> Iterator[type]:
    """Yield every model and enumeration that these types are made of."""
    seen: set[Any] = set()
    waiting = [kind for kind in kinds if kind is not None]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, type) and kind not in seen and issubclass(kind, BaseModel | Enum):
            seen.add(kind)
            yield kind
            if issubclass(kind, BaseModel):
                waiting += [field.annotation for field in kind.model_fields.values()]
        waiting += get_args(kind)


def _by_name(kinds: Iterable[type]) -> dict[str, Any]:
    """Return classes by the names under which pydantic shows them: with their module where two are called the same."""
    found: dict[str, Any] = {}
    for kind in kinds:
        found[kind.__name__] = kind
        found[f"{kind.__module__}.{kind.__qualname__}".replace(".", "__")] = kind
    return found
