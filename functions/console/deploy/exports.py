"""Exports: ordering a file, seeing it being written, fetching it."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.deploy import choices
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import Scope

KINDS: Mapping[str, tuple[Scope, ...]] = {
    "responses": (Scope.RESPONSES_READ,),
    "tickets": (Scope.TICKETS_READ,),
    "links": (Scope.CONTACTS_READ, Scope.DEPLOYMENTS_READ),
    "invitations": (Scope.CONTACTS_READ, Scope.DEPLOYMENTS_READ),
    "contacts": (Scope.CONTACTS_READ,),
    "transactions": (Scope.CONTACTS_READ,),
    "segments": (Scope.SEGMENTS_READ,),
    "managers": (Scope.MANAGERS_READ,),
    "products": (Scope.PRODUCTS_READ,),
    "suppressions": (Scope.SUPPRESSIONS_READ,),
    "audit": (Scope.AUDIT_READ,),
}
FORMATS = ("csv", "xlsx", "jsonl", "parquet")
# Which fields say something about which export; the others are neither shown nor sent.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "responses": ("survey", "personal", "from", "to", "segment"),
    "tickets": ("survey", "personal", "from", "to", "segment"),
    "links": ("deployment", "segment"),
    "invitations": ("survey", "deployment", "from", "to", "segment"),
    "contacts": ("segment",),
    "transactions": ("segment",),
    "segments": ("segment",),
    "managers": ("segment",),
    "products": (),
    "suppressions": (),
    "audit": ("from", "to"),
}
TONES = {"queued": "calm", "running": "calm", "done": "good", "failed": "bad", "expired": ""}


def kinds(visit: Visit) -> list[str]:
    """Return what this person may read, and so may export."""
    return [kind for kind, scopes in KINDS.items() if all(map(visit.api.may, scopes))]


def show_all(visit: Visit) -> Response[str]:
    """Show the exports of the last days, and those that are being written."""
    return _shown(visit, {}, NONE)


def _shown(visit: Visit, said: Mapping[str, str], faults: Faults) -> Response[str]:
    found = visit.api.get("/exports", limit=25, cursor=visit.asked("cursor"))
    moving = [one for one in found["items"] if one["state"] in {"queued", "running"}]
    return pages.framed(
        visit,
        "deploy/exports",
        part="live",
        exports=found["items"],
        next=found["next"],
        moving=bool(moving),
        surveys=choices.names(choices.surveys(visit)),
        places=choices.names(choices.tree(visit), "code") if any(one.get("segments") for one in found["items"]) else {},
        tones=TONES,
        filled=said,
        faults=faults,
    )


def new(visit: Visit) -> Response[str]:
    """Show the form of an order."""
    return form_of(visit, {name: visit.asked(name) for name in ("what", "survey", "deployment", "segment")}, NONE)


def form_of(visit: Visit, said: Mapping[str, Any], faults: Faults, **more: Any) -> Response[str]:
    """Show the form of an order, or of a schedule."""
    may = kinds(visit)
    deployments = visit.api.get("/deployments", limit=50)["items"] if visit.api.may(Scope.DEPLOYMENTS_READ) else []
    blank = dict.fromkeys(("survey", "deployment", "segment", "personal", "from", "to"), "")
    chosen = {"what": said.get("what") or (may[0] if may else ""), "format": said.get("format") or "csv"}
    return pages.framed(
        visit,
        f"deploy/{more.pop('template', 'export_new')}",
        filled={**blank, **said, **chosen},
        kinds=may,
        formats=FORMATS,
        surveys=choices.offered(choices.surveys(visit)),
        deployments=choices.offered(deployments),
        tree=choices.places(choices.tree(visit)),
        faults=faults,
        **more,
    )


def order(form: Mapping[str, str]) -> dict[str, Any]:
    """Return what a form orders, without what says nothing about such an export."""
    what = form.get("what", "")
    told = {name: form[name].strip() for name in FIELDS.get(what, ()) if form.get(name, "").strip()}
    if "personal" in told:
        told["personal"] = True  # type: ignore[assignment] # a box that is ticked
    return {"what": what, "format": form.get("format", "csv"), **told}


def create(visit: Visit) -> Response[Any]:
    """Order an export."""

    def work(form: Mapping[str, str]) -> Response[str]:
        visit.api.post("/exports", order(form), call=form.get("call", ""))
        return pages.go(visit, "deploy/exports", Flash(code="deploy.said.export_ordered"))

    return forms.act(visit, work, lambda form, faults: form_of(visit, form, faults))


def fetch(visit: Visit, export: str) -> Response[str]:
    """Send the browser to the file, by a link that is good for five minutes."""
    found = visit.api.get(f"/exports/{export}")
    if not found["link"]:
        return pages.go(visit, "deploy/exports", Flash(code="deploy.said.export_gone"))
    return Response(303, pages.HTML, "", {"Location": found["link"], "Referrer-Policy": "no-referrer"})
