"""Promoter: the pages of reviews that each place offers to everybody who answered, its own or those from above it."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import to_json

from console import forms, pages
from console.admin import tree
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory import shares

Form = Mapping[str, str]
PATH = "admin/promoter"


def index(visit: Visit) -> Response[str]:
    """Show the places, and which of them name pages of their own."""
    return pages.framed(visit, "admin/promoter", tree=tree.of(visit, retired=False))


def show(visit: Visit, segment: str) -> Response[str]:
    """Show what a place offers, and where each link comes from."""
    return _page(visit, segment, {}, NONE)


def save(visit: Visit, segment: str) -> Response[str]:
    """Let a place offer other pages of its own."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get(_path(segment))
        links = {name: form[name].strip() for name in shares.ORDER if form.get(name, "").strip()}
        made = visit.api.put(_path(segment), {"links": links}, rev=form.get("rev", ""))
        fields = {"was": to_json(before["links"]).decode(), "rev": str(made["rev"])}
        undo = Undo(path=f"{PATH}/{segment}/restore", fields=fields)
        return pages.go(visit, f"{PATH}/{segment}", Flash(code="said.saved", undo=undo))

    return forms.act(visit, work, lambda form, faults: _page(visit, segment, form, faults))


def restore(visit: Visit, segment: str) -> Response[str]:
    """Let a place offer again what it offered before."""

    def work(form: Form) -> Response[str]:
        links = forms.held(form)
        visit.api.put(_path(segment), {"links": links}, rev=form.get("rev", ""))
        return pages.go(visit, f"{PATH}/{segment}", Flash(code="said.undone"))

    return forms.act(visit, work, lambda _, faults: _page(visit, segment, {}, faults))


def allow(visit: Visit, segment: str) -> Response[str]:
    """Say which other hosts links may lead to: a decision of the top alone."""

    def work(form: Form) -> Response[str]:
        before = visit.api.get(f"/segments/{segment}")
        hosts = form.get("share_hosts", "").replace(",", " ").split()
        made = visit.api.patch(f"/segments/{segment}", {"share_hosts": hosts}, rev=form.get("rev", ""))
        fields = {"share_hosts": " ".join(before["share_hosts"]), "rev": str(made["rev"])}
        undo = Undo(path=f"{PATH}/{segment}/hosts", fields=fields)
        return pages.go(visit, f"{PATH}/{segment}", Flash(code="said.saved", undo=undo))

    return forms.act(visit, work, lambda form, faults: _page(visit, segment, form, faults))


def _page(visit: Visit, segment: str, typed: Form, faults: Faults) -> Response[str]:
    found = visit.api.get(_path(segment))
    drawn = tree.of(visit, retired=False)
    place = drawn.by_code.get(segment) or visit.api.get(f"/segments/{segment}")
    top = visit.api.get(f"/segments/{segment}") if not place["parent"] else None
    above: dict[str, Any] = {each["network"]: each for each in found["offered"] if each["segment"] != segment}
    return pages.framed(
        visit,
        "admin/promoter_place",
        place=place,
        found=found,
        values={name: typed.get(name, found["links"].get(name, "")) for name in shares.ORDER},
        hosts=typed.get("share_hosts", "\n".join(top["share_hosts"])) if top else None,
        networks=shares.ORDER,
        examples={name: _example(name) for name in shares.ORDER},
        above=above,
        tree=drawn,
        faults=faults,
    )


def _path(segment: str) -> str:
    return f"/segments/{segment}/review-links"


def _example(network: str) -> str:
    """Return how an address of a network begins."""
    known = shares.NETWORKS.get(network)
    if not known:
        return "https://"
    return f"https://{min(known[-1].hosts, key=len)}{known[-1].paths[0]}"
