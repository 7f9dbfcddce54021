"""What rules decide about one person and one visit: who is asked nothing, and else what. Pure; the first match wins."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from escuta.directory.model import Contact, Transaction
from escuta.outreach.model import Condition, Exclude, Facts, Op, Route, RulesDraft

PLAIN = ("external_id", "email", "phone", "name", "language", "timezone", "consent", "product")
VISIT = ("reference", "occurred_at", "amount", "currency")
FIELDS = frozenset({"segment", "group", *PLAIN, *(f"visit.{name}" for name in VISIT)})
CUSTOM = ("custom.", "visit.custom.")  # what the name of a custom field begins with, of a person and of a visit
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_Named = Sequence[Exclude | Route]
_NOTHING = frozenset({Op.KNOWN, Op.BLANK})  # these compare with no value


class Routed(NamedTuple):
    """What rules say of a person and a visit: the name of the route, else of the exclusion, else neither."""

    route: str = ""
    excluded: str = ""


class Warning(NamedTuple):  # noqa: A001 - of rules, which the module's name says at every use
    """A rule that nobody can ever fall under, since another one before it takes everybody."""

    rule: str
    taken_by: str


def facts(said: Mapping[str, Any], visit: Mapping[str, Any] | None, path: Sequence[str], group: str = "") -> Facts:
    """Return what a row says, as facts. `path` is that of its segment, `group` that of its product."""
    known: dict[str, Any] = {name: said[name] for name in PLAIN if said.get(name)}
    known |= {f"custom.{name}": value for name, value in said.get("custom", {}).items()}
    if visit:
        known |= {"product": visit["product"]} if visit.get("product") else {}
        known |= {f"visit.{name}": _written(visit[name]) for name in VISIT if visit.get(name)}
        known |= {f"visit.custom.{name}": value for name, value in (visit.get("custom") or {}).items()}
    known["segment"] = tuple(path)
    return {**known, "group": group} if group else known


def facts_of(contact: Contact, visit: Transaction | None, path: Sequence[str], group: str = "") -> Facts:
    """Return what is stored of a person and a visit, as facts."""
    said = dict(contact) | ({"product": visit.product} if visit else {})
    return facts(said, dict(visit) if visit else None, path, group)


def route(rules: RulesDraft, known: Facts) -> Routed:
    """Return what these rules say of these facts."""
    for exclude in rules.exclude:
        if holds(exclude.when, known):
            return Routed(excluded=exclude.name)
    for found in rules.routes:
        if holds(found.when, known):
            return Routed(route=found.name)
    return Routed()


def holds(when: Sequence[Condition], known: Mapping[str, str | tuple[str, ...]]) -> bool:
    """Tell whether all conditions hold; none at all do.

    A fact that is not known meets `is_not`, `none_of` and `blank`, and nothing else. One with several values, as the
    path of a segment, is met by any of them. Texts are compared without regard to case.
    """
    return all(_meets(one.op, _several(known.get(one.field)), _several(one.value)) for one in when)


def _meets(op: Op, found: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    match op:
        case Op.KNOWN:
            return bool(found)
        case Op.BLANK:
            return not found
        case Op.IS | Op.ANY_OF:
            return not set(found).isdisjoint(wanted)
        case Op.IS_NOT | Op.NONE_OF:
            return set(found).isdisjoint(wanted)
        case Op.CONTAINS:
            return any(part in value for value in found for part in wanted)
        case _:
            return any(_measures(op, value, limit) for value in found for limit in wanted[:1])


def _measures(op: Op, value: str, limit: str) -> bool:
    """Compare two numbers, or two days; anything else is neither more nor less."""
    if _NUMBER.fullmatch(value) and _NUMBER.fullmatch(limit):
        more, less = Decimal(value) >= Decimal(limit), Decimal(value) <= Decimal(limit)
    elif _DAY.match(value) and _DAY.match(limit):
        more, less = value[:10] >= limit[:10], value[:10] <= limit[:10]
    else:
        return False
    return more if op is Op.AT_LEAST else less


def _several(fact: str | int | tuple[str | int, ...] | None) -> tuple[str, ...]:
    if isinstance(fact, tuple):
        return tuple(str(value).casefold() for value in fact)
    return () if fact is None or fact == "" else (str(fact).casefold(),)


def _written(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def faults(rules: RulesDraft) -> Iterator[tuple[str, str, str]]:
    """Yield (place, code, what) of all that keeps these from being rules, as far as they themselves tell."""
    for place, one in _conditions(rules):
        yield from _faults_of(one, place)
    if rules.default and rules.default.when:
        yield "default.when", "rules_default_condition", rules.default.name
    yield from _twice("exclude", [rule.name for rule in rules.exclude])
    yield from _twice("assign", [rule.name for rule in rules.routes])


def _conditions(rules: RulesDraft) -> Iterator[tuple[str, Condition]]:
    listed: tuple[tuple[str, _Named], ...] = (("exclude", rules.exclude), ("assign", rules.assign))
    for kind, named in listed:
        for number, rule in enumerate(named):
            for part, one in enumerate(rule.when):
                yield f"{kind}[{number}].when[{part}]", one


def _faults_of(one: Condition, place: str) -> Iterator[tuple[str, str, str]]:
    if one.field not in FIELDS and not one.field.startswith(CUSTOM):
        yield f"{place}.field", "rules_field_unknown", one.field
    if (one.op in _NOTHING) == bool(_several(one.value)):
        yield f"{place}.value", "rules_value_senseless", str(one.op)


def _twice(place: str, names: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    seen: set[str] = set()
    for name in names:
        if name.casefold() in seen:
            yield place, "rules_name_twice", name
        seen.add(name.casefold())


def warnings(rules: RulesDraft) -> tuple[Warning, ...]:
    """Return the rules that never match: whoever meets one of them meets an earlier one, which asks for less."""
    return (*_overtaken(rules.exclude), *_overtaken(rules.routes))


def _overtaken(named: _Named) -> Iterator[Warning]:
    for number, rule in enumerate(named):
        asks_less = (before.name for before in named[:number] if all(one in rule.when for one in before.when))
        taken_by = next(asks_less, "")
        if taken_by:
            yield Warning(rule.name, taken_by)


def surveys(rules: RulesDraft) -> tuple[str, ...]:
    """Return the surveys that these rules ask, each once."""
    return tuple(dict.fromkeys(found.survey for found in rules.routes))


def named(rules: RulesDraft, field: str) -> tuple[tuple[str, str], ...]:
    """Return (place, value) of every value that these rules compare a field with."""
    return tuple(
        (f"{place}.value", str(value))
        for place, one in _conditions(rules)
        if one.field == field and one.op not in {Op.CONTAINS, *_NOTHING}
        for value in (one.value if isinstance(one.value, tuple) else (one.value,))
    )
