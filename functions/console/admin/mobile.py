"""Mobile: the devices of the house that ask in kiosk mode, offline for days, and are left with a code."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import facts, tree
from console.deploy import choices, tokens
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import Scope

Form = Mapping[str, str]
PATH = "admin/mobile"
IDLE = ("submit", "discard")
_SHOWN = 50


def index(visit: Visit) -> Response[str]:
    """Show the devices, and what waits on them."""
    segment = visit.asked("segment")
    found = visit.api.get("/tokens", kiosk=True, segment=segment, limit=_SHOWN, cursor=visit.asked("cursor"))
    names = choices.names(choices.surveys(visit)) if visit.api.may(Scope.SURVEYS_READ) else {}
    return pages.framed(
        visit,
        "admin/mobile",
        part="devices",
        devices=[(each, tokens.state(each)) for each in found["items"]],
        next=found["next"],
        segment=segment,
        surveys=names,
        tree=tree.of(visit),
    )


def show(visit: Visit, token: str) -> Response[str]:
    """Show one device, and what can be changed of it."""
    return _page(visit, token, {}, NONE)


def change(visit: Visit, token: str) -> Response[str]:
    """Change what a device is called, how long it waits, and with which code it is left."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get(f"/tokens/{token}")
        code = form.get("access_code", "").strip()
        kiosk: dict[str, Any] = {
            "idle_seconds": facts.whole(form.get("idle_seconds", "").strip()),
            "on_idle": form.get("on_idle", ""),
            **({"access_code": code} if code else {}),
        }
        body = {"label": form.get("label", "").strip(), "kiosk": kiosk}
        made = visit.api.patch(f"/tokens/{token}", body, rev=form.get("rev", ""))
        fields = {"label": before["label"], "rev": str(made["rev"])}
        fields |= {name: str(value) for name, value in (before["kiosk"] or {}).items()}
        undo = None if code else Undo(path=f"{PATH}/{token}", fields=fields)  # nobody knows the code before any more
        return pages.go(visit, f"{PATH}/{token}", Flash(code="said.saved", undo=undo))

    return forms.act(visit, work, lambda form, faults: _page(visit, token, form, faults))


def _page(visit: Visit, token: str, typed: Form, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/tokens/{token}")
    kiosk = found["kiosk"] or {"idle_seconds": 45, "on_idle": IDLE[0]}
    survey = visit.api.find(f"/surveys/{found['survey']}") if visit.api.may(Scope.SURVEYS_READ) else None
    return pages.framed(
        visit,
        "admin/mobile_device",
        token=found,
        state=tokens.state(found),
        survey=survey,
        tree=tree.of(visit),
        values={"label": found["label"], **kiosk, "access_code": "", **typed},
        idle=IDLE,
        qr=pages.qr(found["link"]),
        faults=faults,
    )
