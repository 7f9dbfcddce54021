"""What is being sent now, what was tried out, and what holds messages back."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import pages
from console.deploy import choices, figures
from console.visit import Visit
from escuta.directory.model import Scope

_OUT = 10  # that wait for answers are shown; the history has all
_NEWEST = 50  # among which those that go on are looked for


def show(visit: Visit) -> Response[str]:
    """Show what goes on, and where to begin."""
    newest = visit.api.get("/deployments", limit=_NEWEST, funnel=True)["items"]
    open_ones = [one for one in newest if one["state"] != "cancelled" and not one["finished"]]
    going = [one for one in open_ones if not _is_out(one)]
    out = [one for one in open_ones if _is_out(one)]
    runs = visit.api.get("/deployments/dry-runs", limit=8)["items"] if not visit.is_part else []
    return pages.framed(
        visit,
        "deploy/distribute",
        part="going",
        going=[(one, figures.state(one), figures.shares(one["funnel"])) for one in going],
        out=[] if visit.is_part else out[:_OUT],
        any=bool(newest),
        runs=runs,
        held=[] if visit.is_part else _held(visit),
        surveys=choices.names(choices.surveys(visit)),
        tones=choices.STATE_TONES,
    )


def _is_out(one: Mapping[str, Any]) -> bool:
    """Tell whether everybody who is to be written to has been: what is left are answers."""
    queued, sent = one["funnel"]["queued"], one["funnel"]["sent"]
    return bool(one["state"] == "running" and 0 < queued <= sent)


def _held(visit: Visit) -> list[dict[str, Any]]:
    """Return the channels over which nothing goes out now; who is bound to places is not told of them."""
    if not visit.api.may(Scope.SENDING_READ) or visit.api.caller.segments:
        return []
    return [channel for channel in visit.api.get("/sending")["channels"] if channel["held"]]
