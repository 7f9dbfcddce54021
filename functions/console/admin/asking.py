"""Rules of who is asked what after a file or a visit: in words, in order, what they would do, and how they were."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.admin import facts, tree
from console.deploy import choices
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import Scope

Form = Mapping[str, str]
Row = dict[str, Any]
PATH = "admin/sending/asked"
SAID = ("exclude", "assign", "default")
_SHOWN = 25
_LOOKED_AT = 500


def index(visit: Visit) -> Response[str]:
    """Show the rules that are in use."""
    found = visit.api.get("/rules", limit=50, cursor=visit.asked("cursor"))
    return pages.framed(visit, "admin/asked", found=found)


def new(visit: Visit) -> Response[str]:
    """Ask what new rules are called, and what everybody is asked to begin with."""
    return _new(visit, {}, NONE)


def create(visit: Visit) -> Response[str]:
    """Make rules that ask everybody the same."""

    def work(form: Form) -> Response[str]:
        everybody = {"name": visit.reader().say("settings.asked.everybody"), "survey": form.get("survey", "")}
        body = {"name": form.get("name", "").strip(), "default": everybody}
        made = visit.api.post("/rules", body, call=form["call"])
        return pages.go(visit, f"{PATH}/{made['id']}", Flash(code="said.created"))

    return forms.act(visit, work, lambda form, faults: _new(visit, form, faults))


def show(visit: Visit, rules: str) -> Response[str]:
    """Show rules in words; `?try=sul` with what they would do with the people of a place."""
    return page(visit, rules, NONE)


def page(visit: Visit, rules: str, faults: Faults, status: int = 200) -> Response[str]:
    """Return the page of rules."""
    held = visit.api.get(f"/rules/{rules}")
    drawn = tree.of(visit, retired=False)
    place = visit.asked("try")
    found = None
    if place and held["retired_at"] is None:
        found = visit.api.post(f"/rules/{rules}/preview", {"segment": place, "limit": _LOOKED_AT})
    return pages.framed(
        visit,
        "admin/asked_rules",
        status,
        part="foreseen",
        held=held,
        words=facts.Words(visit, drawn),
        surveys=choices.names(choices.surveys(visit)),
        tree=drawn,
        place=place,
        foreseen=found,
        faults=faults,
    )


def versions(visit: Visit, rules: str) -> Response[str]:
    """Show how rules were, the newest first."""
    return _versions(visit, rules, NONE)


def restore(visit: Visit, rules: str) -> Response[str]:
    """Publish once more what held before."""

    def work(form: Form) -> Response[str]:
        number = form.get("version", "")
        was = visit.api.get(f"/rules/{rules}/versions/{number}")
        made = visit.api.post(f"/rules/{rules}/versions", {name: was[name] for name in SAID}, rev=form.get("rev", ""))
        said = Flash(code="settings.said.restored", details={"version": number, "now": str(made["version"])})
        return pages.go(visit, f"{PATH}/{rules}", said)

    return forms.act(visit, work, lambda _, faults: _versions(visit, rules, faults))


def rename(visit: Visit, rules: str) -> Response[str]:
    """Give rules another name."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get(f"/rules/{rules}")
        made = visit.api.patch(f"/rules/{rules}", forms.given(form, "name"), rev=form.get("rev", ""))
        fields = {"name": before["name"], "rev": str(made["rev"])}
        undo = Undo(path=f"{PATH}/{rules}/rename", fields=fields)
        return pages.go(visit, f"{PATH}/{rules}", Flash(code="said.saved", undo=undo))

    return forms.act(visit, work, lambda _, faults: page(visit, rules, faults))


def retire(visit: Visit, rules: str) -> Response[str]:
    """Take rules out of use for good."""

    def work(form: Form) -> Response[str]:
        gone = visit.api.delete(f"/rules/{rules}", rev=form.get("rev", ""))
        return pages.go(visit, PATH, Flash(code="settings.said.rules_gone", details={"name": gone["name"]}))

    return forms.act(visit, work, lambda _, faults: page(visit, rules, faults))


def publish(visit: Visit, rules: str, before: Row, said: Row) -> Response[str]:
    """Publish rules with other parts; the note of it publishes what held before once more."""
    draft = {name: before[name] for name in SAID} | said
    made = visit.api.post(f"/rules/{rules}/versions", draft, rev=visit.form().get("rev", ""))
    undo = Undo(path=f"{PATH}/{rules}/restore", fields={"version": str(before["version"])})
    code = "settings.said.published_warned" if made["warnings"] else "settings.said.published"
    details = {"version": str(made["version"]), "warning": " ".join(each["detail"] for each in made["warnings"])[:300]}
    return pages.go(visit, f"{PATH}/{rules}", Flash(code=code, details=details, undo=undo))


def _new(visit: Visit, typed: Form, faults: Faults) -> Response[str]:
    values = {"name": "", "survey": "", **typed}
    surveys = choices.offered(choices.surveys(visit, "live")) if visit.api.may(Scope.SURVEYS_READ) else []
    return pages.framed(visit, "admin/asked_new", values=values, surveys=surveys, faults=faults)


def _versions(visit: Visit, rules: str, faults: Faults) -> Response[str]:
    held = visit.api.get(f"/rules/{rules}")
    found = visit.api.get(f"/rules/{rules}/versions", limit=_SHOWN, cursor=visit.asked("cursor"))
    return pages.framed(
        visit,
        "admin/asked_versions",
        held=held,
        found=found,
        words=facts.Words(visit, tree.of(visit)),
        surveys=choices.names(choices.surveys(visit)),
        faults=faults,
    )
