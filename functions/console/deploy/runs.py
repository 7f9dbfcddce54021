"""A dry run: what would become of everybody, what they would get and when, and the button that starts it."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import forms, pages
from console.deploy import choices
from console.flash import Flash
from console.forms import NONE, Faults
from console.visit import Visit

_OUTCOMES = ("send", "defer", "skip")


def show(visit: Visit, run: str) -> Response[str]:
    """Show how far a dry run is, and what it found."""
    return _shown(visit, run, NONE)


def _shown(visit: Visit, run: str, faults: Faults) -> Response[str]:
    found = visit.api.get(f"/deployments/dry-runs/{run}")
    tree = choices.tree(visit) if found["draft"]["segments"] else []
    groups: list[dict[str, Any]] = sorted(
        found.get("groups", []), key=lambda group: (_OUTCOMES.index(group["outcome"]), -group["people"])
    )
    return pages.framed(
        visit,
        "deploy/run",
        part="live",
        run=found,
        draft=found["draft"],
        groups=groups,
        outcomes=_OUTCOMES,
        surveys=choices.names(choices.surveys(visit)),
        places=choices.names(tree, "code"),
        faults=faults,
    )


def start(visit: Visit, run: str) -> Response[Any]:
    """Start what was tried out: once, however often the button is pressed."""

    def work(_: Mapping[str, str]) -> Response[str]:
        draft = visit.api.get(f"/deployments/dry-runs/{run}")["draft"]
        made = visit.api.post("/deployments", draft, call=f"dry-run:{run}")
        said = Flash(code="deploy.said.started", details={"name": made["name"][:80]})
        return pages.go(visit, f"deploy/history/{made['id']}", said)

    return forms.act(visit, work, lambda _, faults: _shown(visit, run, faults))
