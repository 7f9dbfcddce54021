"""What the pages of users, roles and keys share: scopes by noun, and places as somebody picks them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from console.visit import Visit
from escuta.directory.model import Scope

_VERBS = ("read", "write", "personal", "admin")


def nouns() -> dict[str, list[str]]:
    """Return the verbs of each noun of the scopes, what is weakest first."""
    found: dict[str, list[str]] = {}
    for scope in Scope:
        noun, _, verb = scope.value.partition(":")
        found.setdefault(noun, []).append(verb)
    return {noun: sorted(verbs, key=_VERBS.index) for noun, verbs in sorted(found.items())}


def picked(visit: Visit, name: str) -> list[str]:
    """Return what was ticked under a name."""
    return sorted(set(visit.fields.get(name, ())) - {""})


def roles(visit: Visit) -> list[dict[str, Any]]:
    """Return all roles, the built-in ones called as the reader's language calls them."""
    say = visit.reader().say
    found = visit.api.get("/roles")["items"]
    return [each | {"name": say(f"access.role.{each['id']}") if each["built_in"] else each["name"]} for each in found]


def called(known: Iterable[Mapping[str, Any]], role: str) -> str:
    """Return what a role is called; of one that is gone, its id."""
    return next((str(each["name"]) for each in known if each["id"] == role), role)


def begins(visit: Visit, day: str, later: int) -> str:
    """Return when a day, or one so many days later, begins on the reader's clock.

    What is no day goes on as it is, to be refused with words.
    """
    try:
        began = datetime.combine(datetime.fromisoformat(day).date(), time(), ZoneInfo(visit.timezone))
    except ValueError:
        return day
    return (began + timedelta(days=later)).isoformat()
