"""What the palette finds beyond the pages: surveys, places, people, tickets, each by how it is called or known."""

import re
import unicodedata
from typing import Any, NamedTuple

from aws_lambda_powertools.event_handler import Response

from console import pages
from console.visit import Visit
from escuta.directory.model import Scope
from escuta.errors import EscutaError

_MOST = 5  # of each kind
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class Found(NamedTuple):
    """One thing: its kind, how it is called, what is said beside it, and where its page is."""

    kind: str
    name: str
    beside: str
    path: str


def show(visit: Visit) -> Response[str]:
    """Return what is found, as options of the palette."""
    wanted = visit.asked("q").strip()[:100]
    found = _found(visit, wanted) if len(wanted) > 1 else []
    return pages.framed(visit, "search", part="options", wanted=wanted, found=found)


def _found(visit: Visit, wanted: str) -> list[Found]:
    return [*_surveys(visit, wanted), *_segments(visit, wanted), *_people(visit, wanted), *_tickets(visit, wanted)]


def _surveys(visit: Visit, wanted: str) -> list[Found]:
    if not visit.api.may(Scope.SURVEYS_READ):
        return []
    known = visit.api.get("/surveys", limit=100)["items"]
    like = [each for each in known if _like(each["name"], wanted)]
    return [Found("surveys", each["name"], "", f"surveys/{each['id']}") for each in like[:_MOST]]


def _segments(visit: Visit, wanted: str) -> list[Found]:
    if not visit.api.may(Scope.SEGMENTS_READ):
        return []
    tree: list[dict[str, Any]] = visit.api.get("/segment-tree")["items"]
    like = [each for each in tree if _like(each["name"], wanted) or _like(each["code"], wanted)]
    return [Found("segments", each["name"], each["code"], f"admin/segments/{each['code']}") for each in like[:_MOST]]


def _people(visit: Visit, wanted: str) -> list[Found]:
    if not visit.api.may(Scope.CONTACTS_READ) or not ("@" in wanted or sum(map(str.isdigit, wanted)) > len(wanted) / 2):
        return []
    way = "email" if "@" in wanted else "phone"
    try:
        known = visit.api.get("/contacts", **{way: wanted}, limit=_MOST)["items"]
    except EscutaError:  # no address and no telephone yet: it is still being typed
        return []
    return [
        Found("contacts", each["name"] or wanted, each["segment"], f"admin/contacts/{each['id']}") for each in known
    ]


def _tickets(visit: Visit, wanted: str) -> list[Found]:
    if not visit.api.may(Scope.TICKETS_READ) or not _ID.fullmatch(wanted):
        return []
    ticket = visit.api.find(f"/tickets/{wanted}")
    if not ticket:
        return []
    return [Found("tickets", ticket["contact_name"] or wanted, ticket["segment"], f"action/tickets/{wanted}")]


def _like(name: str, wanted: str) -> bool:
    return _plain(wanted) in _plain(name)


def _plain(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char)).casefold()
