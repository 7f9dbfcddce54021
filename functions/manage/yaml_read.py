"""YAML as plain data: what JSON can say, and nothing else. No aliases that unfold, no tags, no name twice."""

import json
import re
from typing import Any

import yaml

from escuta.errors import InvalidError

_PLAIN = (  # the core schema of YAML 1.2, so that neither `no` nor `12:30` nor a day becomes anything else
    ("null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    ("bool", r"true|True|TRUE|false|False|FALSE", tuple("tTfF")),
    ("int", r"[-+]?[0-9]+", tuple("0123456789+-")),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", tuple("0123456789+-.")),
)


class _Loader(yaml.SafeLoader):
    """Reads as above."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as yaml declares it

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Refuse what refers to something else, a few hundred bytes of which unfold to gigabytes, and every tag."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "tag", None) is not None:
            raise yaml.MarkedYAMLError(problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as yaml has it
        """Refuse a name that stands twice, and one that is no text."""
        names = [self.construct_object(name, deep=True) for name, _ in node.value]
        if len(set(names)) < len(names) or not all(isinstance(name, str) for name in names):
            raise yaml.MarkedYAMLError(problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: Any) -> int:
        """Return the number that everybody reads: `010` is ten."""
        return int(self.construct_scalar(node))


for _tag, _form, _first in _PLAIN:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_form})$"), list(_first))


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


def as_json(content: bytes) -> str:
    """Return as JSON what a file in YAML says; InvalidError `yaml_invalid`, with the line where it is known."""
    try:
        told = yaml.load(content, _Loader)  # noqa: S506 - safer than the safe one
        return json.dumps(told, allow_nan=False)
    except (yaml.YAMLError, RecursionError, ValueError, TypeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InvalidError("yaml_invalid", field=f"line {mark.line + 1}" if mark else "body") from error
