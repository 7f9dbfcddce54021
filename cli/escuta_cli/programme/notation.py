"""YAML as people write it: what looks like a text is one.

YAML 1.1 reads `no` and `on` as truth values, `9:30` as 570, `010` as 8 and `2026-12-25` as a date. Here they are texts,
as in YAML 1.2, and a key that stands twice is refused. What is written is quoted so that every reader understands the
same. A file holds what JSON holds, once it is read no more than a person writes: tags, parts of themselves and bombs
of repetitions are refused.
"""

import math
import re
from collections.abc import Hashable
from typing import Any

import yaml
from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

_WIDTH = 110
_DEEPEST = 60
_MOST = 1_000_000  # parts of a file, those that are repeated as often as they are
_CORE = "tag:yaml.org,2002:"
_TAGS = frozenset(_CORE + name for name in ("null", "bool", "int", "float", "str", "seq", "map"))


class _Loader(yaml.SafeLoader):
    """Reads the core of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as PyYAML has it

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's own
        """Refuse a key that stands twice."""
        seen: set[Any] = set()
        for name, _ in node.value:
            key = name.value
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands twice", name.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's own
        """Write what stands twice twice."""
        return True


for _tag, _pattern, _first in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", ["t", "f"]),
    ("int", r"-?(?:0|[1-9][0-9]*)", list("-0123456789")),
    ("float", r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+][0-9]+)?", list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), _first)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def read(text: str) -> Any:
    """Return what a file says; yaml.YAMLError, with the place, when it is none."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _parts(node, {})
        return loader.construct_document(node)
    except (RecursionError, ValueError) as error:  # deeper, or of longer numbers, than anybody means
        raise yaml.YAMLError(type(error).__name__) from error
    finally:
        loader.dispose()


def _parts(node: Node, known: dict[int, int], depth: int = 0) -> int:
    """Return of how many parts something is made; refuse what is no JSON. The names of a mapping are texts."""
    if id(node) in known:
        if not known[id(node)]:
            raise _wrong("is a part of itself", node)
        return known[id(node)]
    if depth > _DEEPEST:
        raise _wrong(f"lies deeper than {_DEEPEST}", node)
    if node.tag not in _TAGS:
        raise _wrong(f"unknown tag {node.tag}", node)
    if node.tag == f"{_CORE}float" and not math.isfinite(float(node.value)):
        raise _wrong("no number", node)
    known[id(node)] = 0
    below: list[Node] = []
    for each in node.value if isinstance(node, CollectionNode) else ():
        if isinstance(node, MappingNode):
            if not isinstance(each[0], ScalarNode):
                raise _wrong("a name is a text", each[0])
            each[0].tag = f"{_CORE}str"
        below += each if isinstance(node, MappingNode) else (each,)
    known[id(node)] = found = 1 + sum(_parts(each, known, depth + 1) for each in below)
    if found > _MOST:
        raise _wrong(f"has more than {_MOST} parts", node)
    return found


def _wrong(what: str, node: Node) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, what, node.start_mark)


def write(value: Any) -> str:
    """Return a file that says this, its names in the order they have."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
