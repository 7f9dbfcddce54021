"""What every page of one survey has: its name and state, its pages as tabs, and whether it may be changed."""

from typing import Any

from console.routes import PAGES
from console.surveys import standing
from console.visit import Visit
from escuta.directory.model import Scope

TABS = ("", "texts", "branding", "publish", "versions", "test-answers")
TONES = {"live": "good", "paused": "mild", "closed": "", "draft": "calm"}


def edits(visit: Visit) -> bool:
    """Tell whether forms are worth showing; the API decides again about each of them."""
    return visit.api.may(Scope.SURVEYS_WRITE) and not visit.api.caller.segments


def values(visit: Visit, survey: str, current: str, **more: Any) -> dict[str, Any]:
    """Return what the head of a page of this survey is made of; `current` is the tab."""
    head = visit.api.get(f"/surveys/{survey}")
    changes = edits(visit) and not head["deleted_at"]
    return {
        "survey": head,
        "tone": TONES[head["status"]],
        "edits": changes,
        "offered": standing.offered(head) if changes else [],
        "tabs": [tab for tab in TABS if f"/surveys/<survey>{tab and f'/{tab}'}" in _paths()],
        "tab": current,
        **more,
    }


def _paths() -> frozenset[str]:
    return frozenset(page.path for page in PAGES if page.method == "GET")
