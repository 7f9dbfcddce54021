"""The audit: who did what, when and from where, and what became of it."""

from collections.abc import Iterable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import access_parts
from console.forms import NONE
from console.visit import Visit
from console.words import Reader
from escuta import i18n
from escuta.directory.model import Scope
from escuta.errors import InvalidError

FILTERS = ("actor", "noun", "action", "id", "outcome")
OUTCOMES = ("done", "refused", "failed", "unknown")
_SHOWN = 50
_OFFERED = 100  # users, and keys, to choose among
_DID = "audit.did."
_THING = "audit.thing."
_SESSIONS = "sessions"


def index(visit: Visit) -> Response[str]:
    """Show the entries that fit, the newest first."""
    asked = {name: visit.asked(name).strip() for name in (*FILTERS, "from", "to")}
    faults = NONE
    found: dict[str, Any] = {"items": [], "next": None}
    try:
        found = visit.api.get("/audit", limit=_SHOWN, cursor=visit.asked("cursor"), **_query(visit, asked))
    except InvalidError as error:
        faults = forms.faults(error, visit.language)
    return pages.framed(
        visit,
        "admin/audit",
        part="found",
        asked=asked,
        found=found,
        outcomes=OUTCOMES,
        nouns=_nouns(visit.reader(), asked["noun"]),
        actors=_actors(visit, asked["actor"], found["items"]),
        did=_Told(visit.reader()),
        faults=faults,
    )


def show(visit: Visit, entry: str) -> Response[str]:
    """Show one entry, with what it changed."""
    found = visit.api.get(f"/audit/{entry}")
    role = access_parts.called(access_parts.roles(visit), found["role"]) if visit.api.may(Scope.USERS_READ) else ""
    return pages.framed(visit, "admin/audit_entry", entry=found, role=role or found["role"], did=_Told(visit.reader()))


class _Told:
    """What an entry says was done, in words; what the catalog does not know (an older entry) stays as it was noted."""

    def __init__(self, read: Reader) -> None:
        """Read as somebody reads."""
        self._words = i18n.catalog("console", read.language)

    def action(self, entry: dict[str, Any]) -> str:
        """Return what was done."""
        return self._words.get(f"{_DID}{entry['action']}", entry["action"])

    def noun(self, entry: dict[str, Any]) -> str:
        """Return to what it was done; "" where the action says it."""
        return "" if entry["noun"] == _SESSIONS else self._words.get(f"{_THING}{entry['noun']}", entry["noun"])


def _nouns(read: Reader, asked: str) -> list[tuple[str, str]]:
    """Return what entries may be about, by its words; with what was asked for, known or not."""
    words = i18n.catalog("console", read.language)
    known = {code.removeprefix(_THING): told for code, told in words.items() if code.startswith(_THING)}
    if asked:
        known.setdefault(asked, asked)
    return sorted(known.items(), key=lambda each: each[1].casefold())


def _actors(visit: Visit, asked: str, items: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return who may be asked for, by name: users, keys, who is on this page (some are gone), and who was asked for."""
    known = {each["actor"]: each["actor_name"] or each["actor"] for each in items}
    if asked:
        known.setdefault(asked, asked)
    if visit.api.may(Scope.USERS_READ):
        known |= {f"user:{each['id']}": each["name"] or each["email"] for each in _first(visit, "/users")}
    if visit.api.may(Scope.KEYS_READ):
        known |= {f"key:{each['id']}": each["name"] for each in _first(visit, "/keys")}
    return sorted(known.items(), key=lambda each: each[1].casefold())


def _first(visit: Visit, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = visit.api.get(path, limit=_OFFERED)["items"]
    return found


def _query(visit: Visit, asked: dict[str, str]) -> dict[str, Any]:
    said: dict[str, Any] = {name: asked[name] for name in FILTERS}
    if asked["from"]:
        said["from"] = access_parts.begins(visit, asked["from"], 0)
    if asked["to"]:
        said["to"] = access_parts.begins(visit, asked["to"], 1)
    return said
