"""Conditions of rules: as rows of a form, back again, and in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from console.action.around import Around
from console.visit import Visit
from console.words import Reader
from escuta import i18n
from escuta.errors import InvalidError

OPS = ("is", "is_not", "any_of", "none_of", "at_least", "at_most", "contains", "answered", "blank")
_BARE = frozenset({"answered", "blank"})
_SEVERAL = frozenset({"any_of", "none_of"})
_MEASURED = frozenset({"at_least", "at_most"})
PLAIN = (
    "class",
    "score",
    "comment",
    "tone",
    "topic",
    "call",
    "channel",
    "language",
    "segment",
    "segment.city",
    "segment.state",
    "segment.country",
    "product",
    "product.group",
)
_UNSAID = frozenset({"class", "score", "comment", "tone", "topic", "call"})  # what only an answer tells
_VALUES: Mapping[str, tuple[str, ...]] = {
    "class": ("detractor", "passive", "promoter"),
    "tone": ("negative", "neutral", "positive"),
    "channel": ("email", "sms", "link", "store", "web"),
    "language": i18n.LANGUAGES,
}
_BLANK_ROWS = 2
Condition = dict[str, Any]


class Test(NamedTuple):
    """One row of the form."""

    field: str = ""
    op: str = "is"
    value: str = ""


class Known(NamedTuple):
    """Facts to choose from, and what they are called."""

    facts: list[tuple[str, str]]
    names: Mapping[str, str]


def known(visit: Visit, around: Around, surveys: Sequence[str], *, of_person: bool = False) -> Known:
    """Return the facts that can be tested; `of_person`: those alone that are known before anybody answers."""
    say = visit.reader().say
    facts = [(name, say(f"action.fact.{name}")) for name in PLAIN if not (of_person and name in _UNSAID)]
    if visit.api.may("contacts:read"):
        own = visit.api.get("/custom-fields")["items"]
        facts += [
            (f"contact.{each['name']}", say("action.fact.contact", name=around.word(each["labels"]) or each["name"]))
            for each in own
        ]
    for survey in surveys[:3]:
        held = visit.api.get(f"/surveys/{survey}")
        if not held["version"] or of_person:
            continue
        asked = visit.api.get(f"/surveys/{survey}/versions/{held['version']}")
        for question in asked["questions"]:
            facts.append(
                (f"answer.{question['id']}", say("action.fact.answer", name=around.word(question["text"])[:80]))
            )
        facts += [(f"hidden.{name}", say("action.fact.hidden", name=name)) for name in asked.get("hidden", ())]
    return Known(list(dict(facts).items()), dict(facts))


def values(visit: Visit, around: Around) -> dict[str, list[tuple[str, str]]]:
    """Return what a fact can be, where that is a short list: to be chosen from while typing."""
    say = visit.reader().say
    found = {
        name: [(each, say(f"action.value.{each}") if name != "language" else each) for each in some]
        for name, some in _VALUES.items()
    }
    found["segment"] = [(each["code"], each["name"]) for each in around.tree[:300]]
    return found


def rows(condition: Condition | None) -> tuple[str, list[Test]] | None:
    """Return how the tests are joined, and the tests; None for a condition with groups inside groups."""
    if condition is None:
        return "all", [Test()] * _BLANK_ROWS
    if condition["field"]:
        return "all", [_row(condition), Test()]
    join = "all" if condition["all"] else "any"
    parts = condition[join]
    if any(not part["field"] for part in parts):
        return None
    return join, [*(_row(part) for part in parts), Test()]


def _row(condition: Condition) -> Test:
    value = condition["value"]
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return Test(condition["field"], condition["op"], "" if condition["op"] in _BARE else text)


def typed(visit: Visit) -> tuple[str, list[Test]]:
    """Return the rows as they were typed."""
    fields = visit.fields
    several = zip(fields.get("fact", []), fields.get("op", []), fields.get("value", []), strict=False)
    found = [Test(*each) for each in several]
    return (fields.get("join") or ["all"])[0], [*[each for each in found if each.field], Test()]


def read(visit: Visit) -> Condition | None:
    """Return the condition that the rows of a form say; None where they say none."""
    join, tests = typed(visit)
    parts = [_test(each) for each in tests if each.field]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {"any" if join == "any" else "all": parts}


def _test(row: Test) -> Condition:
    if row.op not in OPS:
        raise InvalidError("form_invalid")
    said: Condition = {"field": row.field, "op": row.op}
    if row.op in _BARE:
        return said
    if row.op in _SEVERAL:
        return said | {"value": _alike([each.strip() for each in row.value.split(",") if each.strip()], row)}
    return said | {"value": _alike([row.value.strip()], row)[0]}


def _alike(texts: list[str], row: Test) -> list[Any]:
    """Return values as the API compares them: numbers of a scale as numbers."""
    numeric = row.op in _MEASURED or row.field == "score" or row.field.startswith("answer.")
    if numeric and all(each.isascii() and each.isdecimal() for each in texts):
        return [int(each) for each in texts]
    return texts or [""]


class Words:
    """Conditions as sentences of one reader."""

    def __init__(self, read: Reader, around: Around, names: Mapping[str, str]) -> None:
        """Remember what facts, places and surveys are called."""
        self._read, self._around, self._names = read, around, names
        self._catalog = i18n.catalog("console", read.language)

    def of(self, condition: Condition | None) -> str:
        """Return a condition in words; "" for none."""
        return self._said(condition) if condition else ""

    def _said(self, condition: Condition, *, inside: bool = False) -> str:
        if condition["field"]:
            return self._test(condition)
        join = "all" if condition["all"] else "any"
        parts = [self._said(part, inside=True) for part in condition[join]]
        told = f" {self._read.say(f'action.join.{join}.word')} ".join(parts)
        return f"({told})" if inside and len(parts) > 1 else told

    def _test(self, test: Condition) -> str:
        field, value = test["field"], test["value"]
        several = value if isinstance(value, list | tuple) else [value]
        told = f" {self._read.say('action.or')} ".join(self._value(field, str(each)) for each in several)
        fact = self.fact(field)
        return self._read.say(f"action.op.{test['op']}.words", fact=fact[:1].lower() + fact[1:], value=told)

    def fact(self, field: str) -> str:
        """Return what a fact is called."""
        group, _, name = field.partition(".")
        if field in self._names:
            return self._names[field]
        code = f"action.fact.{field}"
        if code in self._catalog:
            return self._catalog[code]
        code = f"action.fact.{group}"
        return self._read.say(code, name=name) if code in self._catalog else field

    def _value(self, field: str, value: str) -> str:
        if field == "segment":
            return self._around.names.get(value, value)
        if field in _VALUES and field != "language":
            return self._catalog.get(f"action.value.{value}", value)
        return value


def walk(condition: Condition | None) -> Iterator[Condition]:
    """Yield the tests of a condition."""
    if condition is None:
        return
    if condition["field"]:
        yield condition
    for part in (*condition["all"], *condition["any"]):
        yield from walk(part)
