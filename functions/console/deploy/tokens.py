"""Links of places: on a device, a poster, a receipt. Making one, printing it, replacing it, closing it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.deploy import choices, drafts
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta import clock
from escuta.directory.model import Scope

ASKS = ("name", "email", "phone", "product")
Typed = dict[str, Any]
_BLANK: Typed = {
    "survey": "",
    "segment": "",
    "label": "",
    "type": "anonymous",
    "asks": [],
    "quota": "",
    "language": "",
    "kiosk": "",
    "kiosk.idle_seconds": 45,
    "kiosk.on_idle": "submit",
    "kiosk.access_code": "",
    "starts_at": "",
    "ends_at": "",
}


def show_all(visit: Visit) -> Response[str]:
    """Show the links, of all places or of one."""
    asked = {"segment": visit.asked("segment"), "survey": visit.asked("survey")}
    found = visit.api.get("/tokens", limit=50, cursor=visit.asked("cursor"), **asked)
    surveys, tree = choices.surveys(visit), choices.tree(visit)
    return pages.framed(
        visit,
        "deploy/tokens",
        tokens=[(token, state(token)) for token in found["items"]],
        next=found["next"],
        asked=asked,
        surveys=choices.offered(surveys),
        called_surveys=choices.names(surveys),
        tree=choices.places(tree),
        places=choices.names(tree, "code"),
    )


def state(token: Mapping[str, Any]) -> str:
    """Return how a link stands, as its dates and its answers say."""
    now = clock.now()
    if token["revoked_at"]:
        return "revoked"
    if token["ends_at"] and datetime.fromisoformat(token["ends_at"]) <= now:
        return "ended"
    if token["quota"] and (token["used"] or 0) >= token["quota"]:
        return "full"
    if token["starts_at"] and datetime.fromisoformat(token["starts_at"]) > now:
        return "ahead"
    return "open"


def new(visit: Visit) -> Response[str]:
    """Show the form of a new link."""
    said = {**_BLANK, **{name: visit.asked(name) for name in ("survey", "segment", "kiosk")}}
    return _form(visit, said, NONE)


def _form(visit: Visit, said: Typed, faults: Faults, found: Mapping[str, Any] | None = None) -> Response[str]:
    """Show the form of a new link, or of one that is there."""
    custom = visit.api.get("/custom-fields", limit=100)["items"] if visit.api.may(Scope.CONTACTS_READ) else []
    return pages.framed(
        visit,
        "deploy/token_form",
        filled=said,
        found=found,
        surveys=choices.offered(choices.surveys(visit, "live")) if not found else [],
        tree=choices.places(choices.tree(visit)) if not found else [],
        asks=[(f"custom.{each['name']}", each["labels"].get(visit.language) or each["name"]) for each in custom],
        faults=faults,
    )


def create(visit: Visit) -> Response[Any]:
    """Make a link."""
    said = _typed(visit)

    def work(form: Mapping[str, str]) -> Response[str]:
        kind = {"type": said["type"], "asks": said["asks"] if said["type"] == "transactional" else []}
        whose = {"survey": said["survey"], "segment": said["segment"], **kind}
        made = visit.api.post("/tokens", {**whose, **_changes(visit, said)}, call=form.get("call", ""))
        return pages.go(visit, f"deploy/tokens/{made['id']}", Flash(code="deploy.said.token_made"))

    return forms.act(visit, work, lambda _, faults: _form(visit, said, faults))


def show(visit: Visit, token: str) -> Response[str]:
    """Show one link: to copy, to scan, to print."""
    return _shown(visit, token, NONE)


def _shown(visit: Visit, token: str, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/tokens/{token}")
    survey = visit.api.find(f"/surveys/{found['survey']}") if visit.api.may(Scope.SURVEYS_READ) else None
    place = visit.api.find(f"/segments/{found['segment']}") if visit.api.may(Scope.SEGMENTS_READ) else None
    return pages.framed(
        visit,
        "deploy/token",
        part="live",
        token=found,
        state=state(found),
        survey=survey,
        place=place,
        qr=pages.qr(found["link"]),
        faults=faults,
    )


def edit(visit: Visit, token: str) -> Response[str]:
    """Show what can be changed of a link."""
    found = visit.api.get(f"/tokens/{token}")
    return _form(visit, _of(visit, found), NONE, found)


def change(visit: Visit, token: str) -> Response[Any]:
    """Change what a link allows."""
    said = _typed(visit)

    def work(form: Mapping[str, str]) -> Response[str]:
        before = visit.api.get(f"/tokens/{token}")
        done = visit.api.patch(f"/tokens/{token}", _changes(visit, said), rev=form.get("rev", ""))
        undo = Undo(path=f"deploy/tokens/{token}/edit", fields=_undoing(visit, before, done["rev"]))
        return pages.go(visit, f"deploy/tokens/{token}", Flash(code="said.saved", undo=undo))

    def again(form: Mapping[str, str], faults: Faults) -> Response[str]:
        found = visit.api.get(f"/tokens/{token}")
        return _form(visit, {**said, "rev": form.get("rev", "")}, faults, found)

    return forms.act(visit, work, again)


def rotate(visit: Visit, token: str) -> Response[Any]:
    """Replace the link: what is printed of the old one opens nothing any more."""

    def work(form: Mapping[str, str]) -> Response[str]:
        visit.api.post(f"/tokens/{token}/rotate", {"turn": choices.number(form.get("turn", ""))})
        return pages.go(visit, f"deploy/tokens/{token}", Flash(code="deploy.said.token_rotated"))

    return forms.act(visit, work, lambda _, faults: _shown(visit, token, faults))


def revoke(visit: Visit, token: str) -> Response[Any]:
    """Close the link for good."""

    def work(form: Mapping[str, str]) -> Response[str]:
        visit.api.delete(f"/tokens/{token}", rev=form.get("rev", ""))
        return pages.go(visit, f"deploy/tokens/{token}", Flash(code="deploy.said.token_revoked"))

    return forms.act(visit, work, lambda _, faults: _shown(visit, token, faults))


def svg(visit: Visit, token: str) -> Response[Any]:
    """Return the QR code of a link as a drawing to keep."""
    return _kept(visit.api.file(f"/tokens/{token}/qr.svg"), f"qr-{token[:8]}.svg")


def png(visit: Visit, token: str) -> Response[Any]:
    """Return the QR code of a link as a picture to keep, large enough for a page."""
    return _kept(visit.api.file(f"/tokens/{token}/qr.png", scale=20), f"qr-{token[:8]}.png")


def _kept(answer: Response[Any], name: str) -> Response[Any]:
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def poster(visit: Visit, token: str) -> Response[Any]:
    """Return the page to print and to hang up."""
    return visit.api.file(f"/tokens/{token}/poster", language=visit.asked("language"))


def _typed(visit: Visit) -> Typed:
    form = visit.form()
    return {**_BLANK, **form, "asks": visit.fields.get("asks", [])}


def _of(visit: Visit, found: Mapping[str, Any]) -> Typed:
    kiosk = found["kiosk"]
    plain = {name: found[name] for name in ("survey", "segment", "label", "type", "asks", "language", "rev")}
    device = {"kiosk": "on", **{f"kiosk.{name}": value for name, value in kiosk.items()}} if kiosk else {}
    times = {name: local(visit, found[name]) for name in ("starts_at", "ends_at")}
    return {**_BLANK, **plain, **device, **times, "quota": found["quota"] or ""}


def local(visit: Visit, text: str | None) -> str:
    """Return a moment of the API on the reader's clock, as a field for one takes it."""
    if not text:
        return ""
    return f"{datetime.fromisoformat(text).astimezone(ZoneInfo(visit.timezone)):%Y-%m-%dT%H:%M}"


def _undoing(visit: Visit, before: Mapping[str, Any], rev: int) -> dict[str, str]:
    said = {**_of(visit, before), "rev": rev}
    return {name: str(value) for name, value in said.items() if name not in {"survey", "segment", "type", "asks"}}


def _changes(visit: Visit, said: Typed) -> dict[str, Any]:
    code = {"access_code": said["kiosk.access_code"].strip()} if said["kiosk.access_code"].strip() else {}
    idle = {"idle_seconds": choices.number(str(said["kiosk.idle_seconds"])), "on_idle": said["kiosk.on_idle"]}
    return {
        "label": said["label"].strip(),
        "quota": choices.number(str(said["quota"])) or 0,
        "language": said["language"],
        "kiosk": {**idle, **code} if said["kiosk"] else None,
        "starts_at": drafts.instant(visit, said["starts_at"]) or None,
        "ends_at": drafts.instant(visit, said["ends_at"]) or None,
    }
