"""What is to be done so that what a folder says is what stands."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from escuta_cli.api import Api
from escuta_cli.exits import StoppedError
from escuta_cli.programme.folder import Said
from escuta_cli.programme.kinds import Kind, Thing, Things, Value
from escuta_cli.programme.special import KINDS

_NAMES = ("id", "code", "name", "day", "folder")  # by which parts of a list are recognised


class Act(StrEnum):
    """What is done to a thing."""

    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"


class Difference(NamedTuple):
    """One place of a thing, as it is and as it is to be; None: not said."""

    place: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Step:
    """One thing, and what is to be done to it. `hindered`: the places that cannot be changed."""

    act: Act
    kind: Kind
    name: str
    current: Thing | None
    wanted: Thing | None
    differences: tuple[Difference, ...] = ()
    hindered: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The steps in their order, and what stands although no file says so."""

    steps: tuple[Step, ...]
    extra: tuple[tuple[str, str], ...] = ()


def lacking(plan: Plan, scopes: Iterable[str]) -> list[str]:
    """Return the scopes that the steps take beyond these."""
    return sorted({step.kind.scope for step in plan.steps}.difference(scopes))


def standing(api: Api, kinds: Iterable[Kind]) -> dict[Kind, Things]:
    """Return what stands of these kinds, and of those that they lie below."""
    wanted = {kind.name for kind in kinds}
    if "templates" in wanted:
        wanted.add("surveys")
    found: dict[Kind, Things] = {}
    for kind in KINDS:
        if kind.name in wanted:
            known = {each.name: things for each, things in found.items()}
            found[kind] = _once(kind, kind.read(api, known))
    return found


def _once(kind: Kind, things: Iterable[Thing]) -> Things:
    found: Things = {}
    for thing in things:
        if thing.name in found:
            raise StoppedError("programme_twice", kind=kind.name, name=thing.name)
        found[thing.name] = thing
    return found


def plan(folder: dict[Kind, list[Said]], found: dict[Kind, Things], *, prune: bool = False) -> Plan:
    """Return what makes what stands into what the folder says. Without `prune` nothing is removed."""
    steps: list[Step] = []
    removals: list[Step] = []
    extra: list[tuple[str, str]] = []
    for kind, said in folder.items():
        values = kind.settled((each.value for each in said), found[kind])
        wanted = {kind.title(value): value for value in values}
        steps += _steps(kind, wanted, found[kind])
        gone = [thing for thing in found[kind].values() if thing.name not in wanted and not thing.rests]
        gone = [thing for thing in gone if not thing.value.get("retired")]
        if prune and not kind.keeps:
            removals += [Step(Act.DELETE, kind, thing.name, thing, None) for thing in gone]
        else:
            extra += [(kind.name, thing.name) for thing in gone]
    return Plan((*steps, *reversed(removals)), tuple(extra))


def _steps(kind: Kind, wanted: dict[str, Value], found: Things) -> Iterator[Step]:
    for name, value in wanted.items():
        thing, current = Thing(name, value), found.get(name)
        if current is None:
            yield Step(Act.CREATE, kind, name, None, thing)
        elif current.value != value:
            changes = tuple(differences(current.value, value))
            yield Step(Act.CHANGE, kind, name, current, thing, changes, kind.hindered(current, thing))


def differences(before: Any, after: Any, place: str = "") -> Iterator[Difference]:
    """Yield the places where two values differ, as deep as they have the same form."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*before, *after)):
            yield from differences(before.get(name), after.get(name), f"{place}.{name}".removeprefix("."))
        return
    if isinstance(before, list) and isinstance(after, list):
        yield from _of_lists(before, after, place)
        return
    yield Difference(place, before, after)


def _of_lists(before: list[Any], after: list[Any], place: str) -> Iterator[Difference]:
    name = next((name for name in _NAMES if _all_have(name, before) and _all_have(name, after)), "")
    if not name:
        if not any(isinstance(each, dict) for each in (*before, *after)):
            yield Difference(place, before, after)
            return
        for number in range(max(len(before), len(after))):
            old, new = (each[number] if number < len(each) else None for each in (before, after))
            yield from differences(old, new, f"{place}[{number}]")
        return
    was, now = ({each[name]: each for each in side} for side in (before, after))
    if [each for each in was if each in now] != [each for each in now if each in was]:
        yield Difference(f"{place}[]", list(was), list(now))
    for each in dict.fromkeys((*was, *now)):
        yield from differences(was.get(each), now.get(each), f"{place}[{each}]")


def _all_have(name: str, items: list[Any]) -> bool:
    named = [each[name] for each in items if isinstance(each, dict) and name in each]
    return len(named) == len(items) == len(set(map(str, named)))
