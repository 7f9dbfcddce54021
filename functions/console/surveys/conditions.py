"""Conditions as rows of a form, and as words: a group of tests of which all must hold, or any.

A group within a group is written elsewhere: here it is one row that is said, kept as it is, and can be taken away.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

from escuta.errors import InvalidError
from escuta.feedback.model import SCALES, QuestionKind, ScoreClass

Fields = Mapping[str, list[str]]
Test = dict[str, Any]

PRESENCE = ("answered", "blank")
CLASSES = tuple(str(each) for each in ScoreClass)
_EQUAL = ("is", "is_not")
_MEASURES = ("at_least", "at_most")
_PLACES = ("segment", "segment.city", "segment.state", "segment.country", "product", "product.group")
_LINKS = ("channel", "language")
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_MOST_RAW = 20_000


class Fact(NamedTuple):
    """Something that a condition can test: how, and by which values; None for any words."""

    field: str
    ops: tuple[str, ...]
    values: tuple[int | str, ...] | None = None


class Row(NamedTuple):
    """One test as a form has it. `raw` is a group within the group, which the form only carries along."""

    field: str
    op: str = "is"
    values: tuple[int | str, ...] = ()
    raw: str = ""


class Group(NamedTuple):
    """A condition as a form has it; without rows there is none."""

    join: str
    rows: tuple[Row, ...]


def facts(definition: Mapping[str, Any], known: int, own: Sequence[str] = ()) -> tuple[Fact, ...]:
    """Return what can be tested where the first `known` questions may have been answered, the nearest answer first.

    `own` are the names of the organisation's own fields of its people.
    """
    before = definition["questions"][:known]
    classified = any(question["benchmark"] for question in before)
    answers = [_of(question) for question in reversed(before) if question["kind"] != QuestionKind.STATEMENT]
    anything = (*_EQUAL, "contains", *_MEASURES, *PRESENCE)
    return (
        *([Fact("class", _EQUAL, CLASSES)] if classified else []),
        *answers,
        *(Fact(name, (*_EQUAL, "contains", *PRESENCE)) for name in (*_PLACES, *_LINKS)),
        *(Fact(f"hidden.{name}", anything) for name in definition["hidden"]),
        *(Fact(f"contact.{name}", anything) for name in own),
    )


def _of(question: Mapping[str, Any]) -> Fact:
    field = f"answer.{question['id']}"
    if scale := scale_of(question):
        return Fact(field, (*_EQUAL, *_MEASURES, *PRESENCE), tuple(range(scale[0], scale[1] + 1)))
    if question["choices"]:
        return Fact(field, (*_EQUAL, *PRESENCE), tuple(choice["id"] for choice in question["choices"]))
    if question["kind"] == QuestionKind.CONTACT:
        return Fact(field, (*_EQUAL, *PRESENCE), tuple(question["fields"]))
    return Fact(field, ("contains", *_EQUAL, *PRESENCE))


def scale_of(question: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the lowest and the highest number that answers a question; None when words do."""
    if question["kind"] == QuestionKind.RATING:
        return 1, question["steps"]
    return SCALES.get(question["kind"])


def group(condition: Mapping[str, Any] | None) -> Group:
    """Return a condition as a form shows it."""
    if not condition:
        return Group("all", ())
    join = "any" if condition.get("any") else "all"
    parts = condition.get("any") or condition.get("all") or [condition]
    return Group(join, tuple(_row(part) for part in parts))


def _row(part: Mapping[str, Any]) -> Row:
    if part.get("all") or part.get("any"):
        return Row("", raw=to_json(part).decode())
    value = part.get("value", "")
    values = tuple(value) if isinstance(value, list | tuple) else (value,) if value != "" else ()
    op = {"any_of": "is", "none_of": "is_not"}.get(part.get("op", "is"), part.get("op", "is"))
    return Row(part.get("field", ""), op, values)


def condition(group: Group, known: Sequence[Fact]) -> Test | None:
    """Return the condition that a form says; None: it says none."""
    parts = [_test(row, known) for row in group.rows]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {group.join: parts}


def _test(row: Row, known: Sequence[Fact]) -> Test:
    if row.raw:
        found: Test = from_json(row.raw)
        return found
    fact = next((fact for fact in known if fact.field == row.field), Fact(row.field, ()))
    if row.op in PRESENCE:
        return {"field": row.field, "op": row.op}
    typed = [_typed(value, fact, row.op) for value in row.values]
    if row.op not in _EQUAL:
        return {"field": row.field, "op": row.op, "value": typed[0] if typed else ""}
    if len(typed) > 1:
        return {"field": row.field, "op": "any_of" if row.op == "is" else "none_of", "value": _alike(typed)}
    return {"field": row.field, "op": row.op, "value": typed[0] if typed else ""}


def _typed(value: int | str, fact: Fact, op: str) -> int | str:
    numeric = op in _MEASURES or bool(fact.values and isinstance(fact.values[0], int))
    return int(value) if numeric and _NUMBER.fullmatch(str(value)) else value


def _alike(values: list[int | str]) -> list[int] | list[str]:
    """Return values of one type: the API knows lists of numbers and lists of texts."""
    numbers = [value for value in values if isinstance(value, int)]
    return numbers if len(numbers) == len(values) else [str(value) for value in values]


def typed(fields: Fields, prefix: str, known: Sequence[Fact]) -> Group:
    """Return the group that a form says under a prefix: `show.0.field`, `show.0.op`, `show.0.value`, `show.join`."""
    rows = tuple(_said(fields, f"{prefix}.{number}", known) for number in numbers(fields, prefix, "field"))
    join = fields.get(f"{prefix}.join", ["all"])[0]
    return Group("any" if join == "any" else "all", rows)


def numbers(fields: Fields, prefix: str, name: str) -> list[str]:
    """Return the numbers of the rows that a form has under a prefix, in its order."""
    pattern = re.compile(rf"{re.escape(prefix)}\.(\d{{1,4}})\.{name}")
    return [found[1] for each in fields if (found := pattern.fullmatch(each))]


def _said(fields: Fields, place: str, known: Sequence[Fact]) -> Row:
    raw = fields.get(f"{place}.raw", [""])[0]
    if raw:
        return Row("", raw=_raw(raw))
    field, op = fields[f"{place}.field"][0], fields.get(f"{place}.op", ["is"])[0]
    fact = next((fact for fact in known if fact.field == field), None)
    if fact and op not in fact.ops:
        op = fact.ops[0]
    sent = [value.strip() for value in fields.get(f"{place}.value", [])]
    if fact and fact.values is None and op in _EQUAL:
        sent = [part.strip() for value in sent for part in value.split(",")]
    kept = [value for value in sent if value]
    if fact and fact.values is not None:
        allowed = {str(value) for value in fact.values}
        kept = [value for value in kept if value in allowed]
    return Row(field, op, tuple(kept))


def _raw(text: str) -> str:
    """Return a group that the form carried along, if it is one."""
    try:
        found = from_json(text[:_MOST_RAW])
    except ValueError as error:
        raise InvalidError("form_invalid") from error
    if not isinstance(found, dict):
        raise InvalidError("form_invalid")
    return text


def first(known: Sequence[Fact], language: str) -> Row:
    """Return the test that a new row begins with: one that makes sense as it stands."""
    fact = known[0]
    if fact.field == "class":
        return Row("class", "is", (CLASSES[0],))
    if "answered" in fact.ops and fact.field.startswith("answer."):
        return Row(fact.field, "answered")
    return Row("language", "is", (language,))


def named(condition: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the facts that a condition tests."""
    if condition:
        if condition.get("field"):
            yield condition["field"]
        for part in (*(condition.get("all") or ()), *(condition.get("any") or ())):
            yield from named(part)


def renamed(condition: Any, fact: Callable[[str], str]) -> Any:
    """Return a condition whose facts have other names."""
    if not condition:
        return condition
    changed = dict(condition)
    if changed.get("field"):
        changed["field"] = fact(changed["field"])
    for name in ("all", "any"):
        if changed.get(name):
            changed[name] = [renamed(part, fact) for part in changed[name]]
    return changed
