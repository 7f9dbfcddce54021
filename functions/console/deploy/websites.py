"""Websites: where a survey opens by itself on the organisation's own pages."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.deploy import choices, drafts, tokens
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit

Typed = dict[str, Any]
_BLANK: Typed = {
    "name": "",
    "survey": "",
    "segment": "",
    "origins": "",
    "hidden": "",
    "language": "",
    "place": "modal",
    "trigger.delay_seconds": "5",
    "trigger.scroll_percent": "",
    "trigger.exit_intent": "",
    "trigger.event": "",
    "trigger.url_includes": "",
    "trigger.url_excludes": "",
    "trigger.sample_percent": "100",
    "trigger.every_days": "30",
    "starts_at": "",
    "ends_at": "",
}


def show_all(visit: Visit) -> Response[str]:
    """Show the websites that ask."""
    asked = {"segment": visit.asked("segment")}
    found = visit.api.get("/intercepts", limit=50, cursor=visit.asked("cursor"), **asked)
    tree = choices.tree(visit)
    return pages.framed(
        visit,
        "deploy/websites",
        sites=[(site, tokens.state({"quota": 0, **site})) for site in found["items"]],
        next=found["next"],
        asked=asked,
        called_surveys=choices.names(choices.surveys(visit)),
        tree=choices.places(tree),
        places=choices.names(tree, "code"),
    )


def new(visit: Visit) -> Response[str]:
    """Show the form of a new one."""
    return _form(visit, {**_BLANK, "survey": visit.asked("survey")}, NONE)


def _form(visit: Visit, said: Typed, faults: Faults, found: Mapping[str, Any] | None = None) -> Response[str]:
    return pages.framed(
        visit,
        "deploy/website_form",
        filled=said,
        found=found,
        state=tokens.state({"quota": 0, **found}) if found else "",
        surveys=choices.offered(choices.surveys(visit, "" if found else "live")),
        tree=choices.places(choices.tree(visit)),
        faults=faults,
    )


def create(visit: Visit) -> Response[Any]:
    """Put a survey on a website."""
    said = {**_BLANK, "trigger.delay_seconds": "", **visit.form()}

    def work(form: Mapping[str, str]) -> Response[str]:
        whose = {"survey": said["survey"], "segment": said["segment"]}
        made = visit.api.post("/intercepts", {**whose, **_changes(visit, said)}, call=form.get("call", ""))
        return pages.go(visit, f"deploy/tokens/websites/{made['id']}", Flash(code="deploy.said.website_made"))

    return forms.act(visit, work, lambda _, faults: _form(visit, said, faults))


def show(visit: Visit, intercept: str) -> Response[str]:
    """Show one: the line to paste, and when, where and how it opens."""
    found = visit.api.get(f"/intercepts/{intercept}")
    return _form(visit, _of(visit, found), NONE, found)


def change(visit: Visit, intercept: str) -> Response[Any]:
    """Change when, where and how it opens."""
    said = {**_BLANK, "rev": "", "trigger.delay_seconds": "", **visit.form()}

    def work(form: Mapping[str, str]) -> Response[str]:
        visit.api.patch(f"/intercepts/{intercept}", _changes(visit, said), rev=form.get("rev", ""))
        return pages.go(visit, f"deploy/tokens/websites/{intercept}", Flash(code="said.saved"))

    def again(_: Mapping[str, str], faults: Faults) -> Response[str]:
        return _form(visit, said, faults, visit.api.get(f"/intercepts/{intercept}"))

    return forms.act(visit, work, again)


def revoke(visit: Visit, intercept: str) -> Response[Any]:
    """Take the survey off its website for good."""

    def work(form: Mapping[str, str]) -> Response[str]:
        visit.api.delete(f"/intercepts/{intercept}", rev=form.get("rev", ""))
        return pages.go(visit, f"deploy/tokens/websites/{intercept}", Flash(code="deploy.said.website_revoked"))

    def again(_: Mapping[str, str], faults: Faults) -> Response[str]:
        found = visit.api.get(f"/intercepts/{intercept}")
        return _form(visit, _of(visit, found), faults, found)

    return forms.act(visit, work, again)


def _of(visit: Visit, found: Mapping[str, Any]) -> Typed:
    trigger = {f"trigger.{name}": _written(value) for name, value in found["trigger"].items()}
    plain = {name: found[name] for name in ("name", "survey", "segment", "language", "place", "rev")}
    lines = {name: _written(found[name]) for name in ("origins", "hidden")}
    return {
        **_BLANK,
        **plain,
        **lines,
        **trigger,
        **{n: tokens.local(visit, found[n]) for n in ("starts_at", "ends_at")},
    }


def _written(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(map(str, value))
    if isinstance(value, bool):
        return "on" if value else ""
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _changes(visit: Visit, said: Typed) -> dict[str, Any]:
    return {
        "name": said["name"].strip(),
        "origins": _lines(said["origins"]),
        "hidden": _lines(said["hidden"]),
        "language": said["language"],
        "place": said["place"],
        "trigger": {
            "delay_seconds": _maybe(said["trigger.delay_seconds"]),
            "scroll_percent": _maybe(said["trigger.scroll_percent"]),
            "exit_intent": bool(said["trigger.exit_intent"]),
            "event": said["trigger.event"].strip(),
            "url_includes": _lines(said["trigger.url_includes"]),
            "url_excludes": _lines(said["trigger.url_excludes"]),
            "sample_percent": choices.number(said["trigger.sample_percent"]),
            "every_days": choices.number(said["trigger.every_days"]),
        },
        "starts_at": drafts.instant(visit, said["starts_at"]) or None,
        "ends_at": drafts.instant(visit, said["ends_at"]) or None,
    }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _maybe(text: str) -> int | str | None:
    return choices.number(text) if text.strip() else None
