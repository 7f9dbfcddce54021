"""Webhooks: servers of the company that are told of events, their secrets, and what became of each call."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import access_parts, facts, tree
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta import clock
from escuta.events import EventType

Form = Mapping[str, str]
Row = dict[str, Any]
ROOT = "admin/integrations"
PATH = f"{ROOT}/webhooks"
OVERLAPS = (0, 1, 24, 72, 168)  # hours for which the secret before still signs
SPANS = (1, 24, 168, 720)  # hours that a replay goes back
STATES = ("pending", "delivered", "parked", "failed")
_SHOWN = 25
_BLANK = {"name": "", "url": "", "types": [], "segment": ""}


def types() -> dict[str, list[str]]:
    """Return the types of events by what they are about."""
    found: dict[str, list[str]] = {}
    for each in EventType:
        found.setdefault(each.value.partition(".")[0], []).append(each.value)
    return found


def index(visit: Visit) -> Response[str]:
    """Show the webhooks."""
    found = visit.api.get("/webhooks", limit=50, cursor=visit.asked("cursor"))
    return pages.framed(visit, "admin/webhooks", found=found, tree=tree.of(visit))


def new(visit: Visit) -> Response[str]:
    """Ask which server is told of what."""
    return _new(visit, _BLANK, NONE)


def create(visit: Visit) -> Response[str]:
    """Make a webhook, and show its secret this once."""

    def work(form: Form) -> Response[str]:
        body = {"name": "", "url": "", **forms.given(form, "name", "url", "segment"), "types": _types(visit)}
        made = visit.api.post("/webhooks", body, call=form["call"])
        return pages.framed(visit, "admin/webhook_secret", hook=made)

    return forms.act(visit, work, lambda form, faults: _new(visit, _typed(visit, form), faults))


def show(visit: Visit, webhook: str) -> Response[str]:
    """Show a webhook, and what it was told."""
    return _page(visit, webhook, {}, NONE)


def change(visit: Visit, webhook: str) -> Response[str]:
    """Change what a server is told, pause it, or let it go on."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get(f"/webhooks/{webhook}")
        body: Row = forms.given(form, "name", "url", "state")
        if "listed" in form:
            body["types"] = _types(visit)
        made = visit.api.patch(f"/webhooks/{webhook}", body, rev=form.get("rev", ""))
        code = {"paused": "settings.said.paused", "active": "settings.said.active"}.get(
            body.get("state", ""), "said.saved"
        )
        undo = Undo(path=f"{PATH}/{webhook}", fields=_back(before, body, made["rev"]))
        # One that was shut because its server took nothing is not shut again by hand.
        undone = None if before["state"] == "disabled" else undo
        return pages.go(visit, f"{PATH}/{webhook}", Flash(code=code, details={"name": made["name"]}, undo=undone))

    return forms.act(visit, work, lambda form, faults: _page(visit, webhook, form, faults))


def rotate(visit: Visit, webhook: str) -> Response[str]:
    """Give a webhook another secret, and show it this once."""

    def work(form: Form) -> Response[str]:
        hours = facts.whole(form.get("overlap_hours", ""))
        made = visit.api.post(f"/webhooks/{webhook}/rotate", {"overlap_hours": hours}, call=form["call"])
        return pages.framed(visit, "admin/webhook_secret", hook=made)

    return forms.act(visit, work, lambda _, faults: _page(visit, webhook, {}, faults))


def test(visit: Visit, webhook: str) -> Response[str]:
    """Call a webhook with an event that means nothing, and go and see what comes of it."""

    def work(form: Form) -> Response[str]:
        made = visit.api.post(f"/webhooks/{webhook}/test", call=form["call"])
        return pages.go(visit, _delivery(webhook, made["id"]), Flash(code="settings.said.tested"))

    return forms.act(visit, work, lambda _, faults: _page(visit, webhook, {}, faults))


def replay(visit: Visit, webhook: str) -> Response[str]:
    """Send again what failed in the last hours."""

    def work(form: Form) -> Response[str]:
        hours = facts.whole(form.get("hours", ""))
        since = clock.now() - timedelta(hours=hours if isinstance(hours, int) and hours in SPANS else SPANS[0])
        visit.api.post(f"/webhooks/{webhook}/replays", {"since": since.isoformat()}, call=form["call"])
        return pages.go(visit, f"{PATH}/{webhook}", Flash(code="settings.said.replayed"))

    return forms.act(visit, work, lambda _, faults: _page(visit, webhook, {}, faults))


def remove(visit: Visit, webhook: str) -> Response[str]:
    """Remove a webhook with all that waits for it."""

    def work(form: Form) -> Response[str]:
        gone = visit.api.delete(f"/webhooks/{webhook}", rev=form.get("rev", ""))
        return pages.go(visit, ROOT, Flash(code="settings.said.webhook_gone", details={"name": gone["name"]}))

    return forms.act(visit, work, lambda _, faults: _page(visit, webhook, {}, faults))


def delivery(visit: Visit, webhook: str, delivery: str) -> Response[str]:
    """Show one delivery with its last calls; while it waits it looks again by itself."""
    return _told(visit, webhook, delivery, NONE)


def resend(visit: Visit, webhook: str, delivery: str) -> Response[str]:
    """Send one delivery again."""

    def work(form: Form) -> Response[str]:
        visit.api.post(f"/webhooks/{webhook}/deliveries/{delivery}/replay", call=form["call"])
        return pages.go(visit, _delivery(webhook, delivery), Flash(code="settings.said.resent"))

    return forms.act(visit, work, lambda _, faults: _told(visit, webhook, delivery, faults))


def _delivery(webhook: str, delivery: str) -> str:
    return f"{PATH}/{webhook}/deliveries/{delivery}"


def _told(visit: Visit, webhook: str, delivery: str, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/webhooks/{webhook}/deliveries/{delivery}")
    hook = visit.api.get(f"/webhooks/{webhook}")
    return pages.framed(visit, "admin/delivery", part="told", hook=hook, found=found, faults=faults)


def _new(visit: Visit, values: Row, faults: Faults) -> Response[str]:
    drawn = tree.of(visit, retired=False)
    return pages.framed(visit, "admin/webhook_new", values=values, types=types(), tree=drawn, faults=faults)


def _page(visit: Visit, webhook: str, typed: Form, faults: Faults) -> Response[str]:
    hook = visit.api.get(f"/webhooks/{webhook}")
    state = visit.asked("state")
    told = visit.api.get(
        f"/webhooks/{webhook}/deliveries",
        state=state if state in STATES else "",
        limit=_SHOWN,
        cursor=visit.asked("cursor"),
    )
    return pages.framed(
        visit,
        "admin/webhook",
        part="deliveries",
        hook=hook,
        told=told,
        state=state,
        states=STATES,
        values=_typed(visit, typed) if "listed" in typed else hook,
        types=types(),
        overlaps=OVERLAPS,
        spans=SPANS,
        tree=tree.of(visit),
        faults=faults,
    )


def _types(visit: Visit) -> list[str]:
    """Return what was ticked; where everything is to be told, nothing is named."""
    if visit.form().get("which") == "all":
        return []
    return sorted({name for text in access_parts.picked(visit, "types") for name in text.split()})


def _typed(visit: Visit, form: Form) -> Row:
    return {**_BLANK, **forms.given(form, "name", "url", "segment"), "types": _types(visit)}


def _back(before: Row, body: Row, rev: int) -> dict[str, str]:
    """Return the form that takes a change back; which events they were is said by the groups or types before."""
    fields: dict[str, str] = {
        name: str(before[name]) for name in ("name", "url", "state") if name in body and name in before
    }
    if "types" in body:
        fields |= {"listed": "1", "which": "some" if before["types"] else "all", "types": " ".join(before["types"])}
    return fields | {"rev": str(rev)}
