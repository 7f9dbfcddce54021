"""What the forms of this menu offer to choose from, and how their things are called."""

from collections.abc import Iterable, Mapping
from typing import Any

from console import forms
from console.visit import Visit
from escuta import i18n
from escuta.directory.model import Scope
from escuta.outreach.model import InvitationState

MOST = 100  # of what a select offers
STATE_TONES = {"planning": "calm", "running": "calm", "paused": "mild", "cancelled": "", "finished": "good"}
_INVITATION_TONES: Mapping[InvitationState, str] = {
    InvitationState.QUEUED: "calm",
    InvitationState.CLAIMED: "calm",
    InvitationState.DEFERRED: "mild",
    InvitationState.SENT: "calm",
    InvitationState.EXPORTED: "calm",
    InvitationState.DELIVERED: "calm",
    InvitationState.COMPLETED: "good",
    InvitationState.BOUNCED: "bad",
    InvitationState.COMPLAINED: "bad",
    InvitationState.REJECTED: "bad",
    InvitationState.UNKNOWN: "mild",
}


def surveys(visit: Visit, status: str = "") -> list[dict[str, Any]]:
    """Return the surveys, the newest first, all or those of one status."""
    if not visit.api.may(Scope.SURVEYS_READ):
        return []
    found: list[dict[str, Any]] = visit.api.get("/surveys", limit=MOST, status=status)["items"]
    return found


def tree(visit: Visit) -> list[dict[str, Any]]:
    """Return the hierarchy as far as the reader may see it, a parent before what is below it."""
    if not visit.api.may(Scope.SEGMENTS_READ):
        return []
    found: list[dict[str, Any]] = visit.api.get("/segment-tree")["items"]
    return found


def names(some: Iterable[Mapping[str, Any]], key: str = "id") -> dict[str, str]:
    """Return how things are called, by their ids or codes."""
    return {each[key]: each["name"] for each in some}


def offered(some: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return what a select offers."""
    return [(each["id"], each["name"]) for each in some]


def places(tree: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return what a select of places offers: each further in than what it stands below."""
    return [(each["code"], "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}" * each["depth"] + each["name"]) for each in tree]


def tone(state: str) -> str:
    """Return how the state of an invitation is shown."""
    return _INVITATION_TONES.get(InvitationState(state), "")


def reason(visit: Visit, code: str) -> str:
    """Return why a message was put off, left out or lost, in the reader's words; the code where none are known."""
    return i18n.catalog("escuta.outreach", visit.language).get(f"reason.{code}", code)


def number(text: str) -> int | str:
    """Return what was typed into a field for a number, as it is where it is none: the API says so beside the field."""
    return forms.number(text)
