"""Suppressions: whether an address may be written to, what closes it, and what opens it again."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import Scope
from escuta.errors import InvalidError

Form = Mapping[str, str]

REASONS = ("manual", "unsubscribe", "complaint", "bounce", "stop")
_MOST = 1_000
_PLACE = "admin/suppressions"


def index(visit: Visit) -> Response[str]:
    """Show what is closed; of an address that is asked for, what closes it."""
    return _page(visit, {}, NONE)


def close(visit: Visit) -> Response[str]:
    """Close one address, or as many as there are lines."""

    def work(form: Form) -> Response[str]:
        lines = [line.strip() for line in form.get("addresses", "").splitlines() if line.strip()]
        reason = form.get("reason", REASONS[0])
        if len(lines) > 1:
            items = [{"address": line, "reason": reason} for line in lines]
            told = visit.api.post("/suppressions/batch", {"items": items}, call=form["call"])["items"]
            return _page(visit, {}, NONE, told=[each | {"address": lines[each["item"]]} for each in told])
        address = lines[0] if lines else ""
        visit.api.post("/suppressions", {"address": address, "reason": reason}, call=form["call"])
        undo = None
        if reason == "manual":
            undo = Undo(
                path=f"{_PLACE}/open",
                fields={"address": address, "reason": reason, "why": visit.reader().say("admin.suppressions.undone")},
            )
        return pages.go(visit, _PLACE, Flash(code="admin.suppressions.said.closed", undo=undo))

    return forms.act(visit, work, lambda form, faults: _page(visit, form, faults))


def reopen(visit: Visit) -> Response[str]:
    """Open an address again, and keep why."""

    def work(form: Form) -> Response[str]:
        visit.api.delete("/suppressions", **forms.given(form, "address", "reason", "survey", "why"))
        return pages.go(visit, _PLACE, Flash(code="admin.suppressions.said.opened"))

    return forms.act(visit, work, lambda form, faults: _page(visit, form, faults, address=form.get("address", "")))


def _page(
    visit: Visit, typed: Form, faults: Faults, *, address: str = "", told: list[dict[str, Any]] | None = None
) -> Response[str]:
    address = address or visit.asked("address").strip()
    known, wrong = None, faults
    if address and not (faults and "address" in faults.fields):
        known, wrong = _known(visit, address, faults)
    listed = visit.api.get("/suppressions", limit=25, cursor=visit.asked("cursor"))
    surveys = visit.api.get("/surveys", limit=100)["items"] if visit.api.may(Scope.SURVEYS_READ) else []
    return pages.framed(
        visit,
        "admin/suppressions",
        address=address,
        known=known,
        listed=listed,
        names={each["id"]: each["name"] for each in surveys},
        reasons=REASONS,
        typed=typed,
        told=told or [],
        faults=wrong,
    )


def _known(visit: Visit, address: str, faults: Faults) -> tuple[dict[str, Any] | None, Faults]:
    """Return what stands against an address; for what is none, the words that say so."""
    try:
        return visit.api.get("/suppressions", address=address[:400]), faults
    except InvalidError as error:
        return None, forms.faults(error, visit.language)
