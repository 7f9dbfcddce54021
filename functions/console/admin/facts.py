"""Conditions over people and their visits: as rows of a form, back again, and in words."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from console import forms
from console.admin.tree import Tree
from console.visit import Visit
from escuta import i18n
from escuta.directory.model import Scope
from escuta.errors import InvalidError
from escuta.outreach.model import Op
from escuta.outreach.rules import FIELDS

OPS = tuple(str(op) for op in Op)
_BARE = frozenset({"known", "blank"})
_SEVERAL = frozenset({"any_of", "none_of"})
_ORDER = ("segment", "product", "group", "language", "consent", "name", "external_id", "email", "phone", "timezone")
_PLAIN = (*_ORDER, *sorted(FIELDS - {*_ORDER}))
_CUSTOM = ("custom.", "visit.custom.")
_BLANK_ROWS = 2


class Test(NamedTuple):
    """One row of the form."""

    field: str = ""
    op: str = "is"
    value: str = ""


class Offered(NamedTuple):
    """What can be tested, how, and what some of it can be."""

    fields: Sequence[tuple[str, str]]
    ops: Sequence[str]
    values: Mapping[str, Sequence[tuple[str, str]]]


def offered(visit: Visit, tree: Tree) -> Offered:
    """Return what a form offers to be tested."""
    say = visit.reader().say
    fields = [(name, say(f"settings.fact.{name}")) for name in _PLAIN]
    fields += [(f"custom.{name}", words) for name, words in _custom(visit).items()]
    values = {
        "segment": [(each["code"], each["name"]) for each in tree.items[:300]],
        "language": [(each, each) for each in i18n.LANGUAGES],
    }
    return Offered(fields, OPS, values)


def rows(when: Sequence[Mapping[str, Any]]) -> list[Test]:
    """Return conditions as rows, with an empty one to go on with."""
    found = [Test(one["field"], one["op"], _text(one["value"])) for one in when]
    return [*found, *[Test()] * (1 if found else _BLANK_ROWS)]


def typed(visit: Visit) -> list[Test]:
    """Return the rows as they were typed, those without a fact left out."""
    fields = visit.fields
    several = zip(fields.get("fact", []), fields.get("op", []), fields.get("value", []), strict=False)
    return [*[Test(*each) for each in several if each[0]], Test()]


def read(visit: Visit) -> list[dict[str, Any]]:
    """Return the conditions that the rows of a form say."""
    return [_condition(each) for each in typed(visit) if each.field]


def whole(text: str) -> int | str:
    """Return a whole number; what is none goes on as it is, to be refused with words."""
    return forms.number(text)


class Words:
    """Conditions as sentences of one reader."""

    def __init__(self, visit: Visit, tree: Tree) -> None:
        """Remember what places and fields are called."""
        self._say, self._tree, self._visit = visit.reader().say, tree, visit
        self._names = _custom(visit)
        self._catalog = i18n.catalog("console", visit.language)

    def when(self, when: Sequence[Mapping[str, Any]]) -> str:
        """Return conditions in words, all of which must hold; "" for none."""
        return f" {self._say('settings.and')} ".join(self._one(one) for one in when)

    def _one(self, one: Mapping[str, Any]) -> str:
        value = one["value"]
        several = value if isinstance(value, list | tuple) else [value]
        shown = [self._tree.name(str(each)) if one["field"] == "segment" else str(each) for each in several]
        told = f" {self._say('settings.or')} ".join(shown)
        return self._say(f"settings.op.{one['op']}.words", fact=self.fact(one["field"]), value=told)

    def fact(self, field: str) -> str:
        """Return what a fact is called."""
        for start in _CUSTOM:
            if field.startswith(start):
                name = field.removeprefix(start)
                words = self._names.get(name, name)
                return words if start == _CUSTOM[0] else self._say("settings.fact.visit_custom", name=words)
        return self._catalog.get(f"settings.fact.{field}", field)


def _custom(visit: Visit) -> dict[str, str]:
    if not visit.api.may(Scope.CONTACTS_READ):
        return {}
    found = visit.api.get("/custom-fields", limit=100)["items"]
    return {each["name"]: each["labels"].get(visit.language) or each["name"] for each in found}


def _condition(row: Test) -> dict[str, Any]:
    if row.op not in OPS:
        raise InvalidError("form_invalid")
    said: dict[str, Any] = {"field": row.field, "op": row.op}
    if row.op in _BARE:
        return said
    if row.op in _SEVERAL:
        return said | {"value": [each.strip() for each in row.value.split(",") if each.strip()]}
    return said | {"value": row.value.strip()}


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
