"""Events: what happened, in the order in which it was noted, and telling it once more."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Response
from pydantic_core import to_json

from console import forms, pages
from console.admin import access_parts, tree, webhooks
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit
from escuta import clock
from escuta.directory.model import Scope

Form = Mapping[str, str]
PATH = "admin/integrations/events"
SPANS = (1, 24, 168, 720)  # hours to look back
_SHOWN = 25
_FIRST = 24


def index(visit: Visit) -> Response[str]:
    """Show the events of the last hours."""
    return _page(visit, {}, NONE)


def replay(visit: Visit) -> Response[str]:
    """Tell the events of a period once more."""

    def work(form: Form) -> Response[str]:
        body = {
            "from": _instant(visit, form.get("from", "")),
            "to": _instant(visit, form.get("to", "")),
            "types": access_parts.picked(visit, "types"),
            "webhook": form.get("webhook", ""),
        }
        made = visit.api.post("/events/replays", body, call=form["call"])
        return pages.go(visit, f"{PATH}/replays/{made['id']}", Flash(code="settings.said.replay"))

    return forms.act(visit, work, lambda form, faults: _page(visit, form, faults))


def show_replay(visit: Visit, replay: str) -> Response[str]:
    """Show how far a replay is; it looks again by itself until it is done."""
    found = visit.api.get(f"/events/replays/{replay}")
    hook = visit.api.find(f"/webhooks/{found['webhook']}") if found["webhook"] else None
    return pages.framed(visit, "admin/replay", part="standing", found=found, hook=hook)


def _page(visit: Visit, typed: Form, faults: Faults) -> Response[str]:
    asked = visit.asked("hours")
    hours = int(asked) if asked in set(map(str, SPANS)) else _FIRST
    after, kind = visit.asked("cursor"), visit.asked("type")
    kind = kind if kind in webhooks.types() else ""
    since = "" if after else (clock.now() - timedelta(hours=hours)).isoformat()
    found = visit.api.get("/events", since=since, after=after, type=kind, limit=_SHOWN)
    hooks = visit.api.get("/webhooks", limit=50)["items"] if visit.api.may(Scope.WEBHOOKS_READ) else []
    return pages.framed(
        visit,
        "admin/events",
        found=[(each, to_json(each["data"], indent=2).decode()) for each in found["items"]],
        next=found["next"] if found["more"] else None,
        hours=hours,
        kind=kind,
        spans=SPANS,
        kinds=webhooks.types(),
        hooks=hooks,
        typed={"from": "", "to": "", "webhook": "", **typed},
        picked=access_parts.picked(visit, "types") if typed else [],
        tree=tree.of(visit),
        faults=faults,
    )


def _instant(visit: Visit, text: str) -> Any:
    """Return a moment on the reader's clock; what is none goes on as it is, to be refused with words."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(visit.timezone)).isoformat()
    except ValueError:
        return text
