"""What shapes are called in the document: by one word each, the same wherever they stand."""

import re
from collections import Counter
from typing import Any

_PLACE = "#/components/schemas/"


def named(made: dict[str, Any]) -> dict[str, Any]:
    """Give the shapes of a document names that a reader, and a client made from it, can use.

    What is asked and answered with other fields required is two shapes: `Route` is answered, `RouteInput` asked. Of two
    that are called the same in different modules each bears its module: `RulesetCondition`. A page of surveys is a
    `SurveyPage`. Titles follow the names; properties have none, since clients would name classes by them.
    """
    shapes = made["components"]["schemas"]
    names = {old: _name(old) for old in shapes}
    twice = sorted(name for name, number in Counter(names.values()).items() if number > 1)
    if twice:
        raise ValueError(f"shapes of the same name: {', '.join(twice)}")
    made["components"]["schemas"] = {
        name: {**shapes[old], "title": name} for old, name in sorted(names.items(), key=lambda one: one[1])
    }
    _refer(made, names)
    return made


def _name(old: str) -> str:
    asked = "Input" if old.endswith("-Input") else ""
    base = re.sub(r"-(Input|Output)$", "", old)
    if found := re.fullmatch(r"(Page|Items)_(\w+?)_+", base):
        kind = "Page" if found[1] == "Page" else "List"
        return "Or".join(re.sub("^Union_", "", found[2]).split("__")) + kind
    *modules, name = base.split("__")
    module = "".join(part.capitalize() for part in modules[-1].split("_")) if modules else ""
    return module + name + asked


def _refer(part: Any, names: dict[str, str]) -> None:
    """Let every reference lead to the new name, also where kinds are told apart by a field; take titles away."""
    if isinstance(part, list):
        for each in part:
            _refer(each, names)
    elif isinstance(part, dict):
        for name, value in list(part.items()):
            if isinstance(value, str) and value.startswith(_PLACE):
                part[name] = _PLACE + names.get(value.removeprefix(_PLACE), value.removeprefix(_PLACE))
            elif name == "properties" and isinstance(value, dict):
                for each in value.values():
                    each.pop("title", None)
                    _refer(each, names)
            elif name not in {"example", "examples"}:
                _refer(value, names)
