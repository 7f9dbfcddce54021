"""The guided way to a sending: whom, over which channel, in which words, when, reminded how; then it is tried out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.deploy import choices, drafts, messages
from console.deploy.drafts import Typed
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import Scope

_MOST_PEOPLE = 50  # that are looked up by what somebody types
_PLAIN = ("language", "consent", "product", "group", "external_id")
_OPS = ("is", "is_not", "any_of", "none_of", "contains", "at_least", "at_most", "known", "blank")


def show(visit: Visit) -> Response[str]:
    """Show the form: empty, or as a dry run or another sending was."""
    said = _begun(visit)
    return _form(visit, said, NONE)


def _begun(visit: Visit) -> Typed:
    if run := visit.asked("run"):
        return drafts.of(visit, visit.api.get(f"/deployments/dry-runs/{run}")["draft"])
    if other := visit.asked("of"):
        found = visit.api.get(f"/deployments/{other}")
        words = visit.reader().say("deploy.copy_of", name=found["name"])
        return {**drafts.of(visit, found), "name": words[:200]}
    said = {**drafts.BLANK, "survey": visit.asked("survey")}
    if person := visit.asked("contact"):
        return {**said, "audience": "contacts", "contacts": [person]}
    if place := visit.asked("segment"):
        return {**said, "segments": [place]}
    if file := visit.asked("file"):
        return {**said, "audience": "file", "file": file}
    return said


def _form(visit: Visit, said: Typed, faults: Faults) -> Response[str]:
    surveys = choices.surveys(visit, "live")
    if not said["survey"] and surveys:
        said = {**said, "survey": surveys[0]["id"]}
    may = visit.api.may
    bound = bool(visit.api.caller.segments)
    custom = visit.api.get("/custom-fields", limit=100)["items"] if may(Scope.CONTACTS_READ) else []
    files = visit.api.get("/files", state="done", limit=25)["items"] if may(Scope.FILES_READ) and not bound else []
    products = visit.api.get("/products", limit=100)["items"] if may(Scope.PRODUCTS_READ) else []
    groups = visit.api.get("/product-groups", limit=100)["items"] if products else []
    return pages.framed(
        visit,
        "deploy/new",
        filled=said,
        surveys=surveys,
        tree=choices.tree(visit),
        products=products,
        groups=groups,
        files=[file for file in files if file["file_kind"] == "contacts" and not file["dry_run"]],
        bound=bound,
        facts=_facts(visit, custom),
        ops=_OPS,
        weekdays=drafts.WEEKDAYS,
        message=messages.chosen(visit, said["survey"], said["template"], said["strategy"]) if said["survey"] else None,
        faults=faults,
    )


def _facts(visit: Visit, custom: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return what conditions may ask about, with its words."""
    say = visit.reader().say
    own = [(f"custom.{each['name']}", each["labels"].get(visit.language) or each["name"]) for each in custom]
    return [*((name, say(f"deploy.fact.{name}")) for name in _PLAIN), *own]


def try_out(visit: Visit) -> Response[Any]:
    """Begin a dry run of what the form says."""
    said = drafts.typed(visit.fields)

    def work(form: Mapping[str, str]) -> Response[str]:
        people, unknown = _found(visit, said)
        if unknown:
            words = visit.reader().say("deploy.people.unknown", who=", ".join(unknown)[:300])
            return again(form, Faults(fields={"people": words}))
        run = visit.api.post(
            "/deployments/dry-runs", drafts.body(visit, {**said, "contacts": people}), call=form.get("call", "")
        )
        return pages.go(visit, f"deploy/distribute/runs/{run['id']}")

    def again(_: Mapping[str, str], faults: Faults) -> Response[str]:
        answer = _form(visit, said, _named(faults))
        answer.status_code = faults.status
        return answer

    return forms.act(visit, work, again)


def _named(faults: Faults) -> Faults:
    """Return faults under the names that the form has: people are typed, not chosen by their ids."""
    return replace(
        faults, fields={"people" if name == "contacts" else name: told for name, told in faults.fields.items()}
    )


def _found(visit: Visit, said: Typed) -> tuple[list[str], list[str]]:
    """Return the ids of the people that were named, and the lines by which nobody, or more than one, is found."""
    lines = [line.strip() for line in said["people"].splitlines() if line.strip()]
    if said["audience"] != "contacts" or not lines:
        return said["contacts"], []
    found, unknown = list(said["contacts"]), lines[_MOST_PEOPLE:]
    for line in lines[:_MOST_PEOPLE]:
        people = visit.api.get("/contacts", q=line[:200], limit=2)["items"]
        if len(people) == 1:
            found.append(people[0]["id"])
        else:
            unknown.append(line)
    return list(dict.fromkeys(found)), unknown
