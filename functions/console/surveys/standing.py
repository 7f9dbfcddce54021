"""What may be done to a survey as a whole, as it stands: its head offers it, and its own page does it."""

from collections.abc import Mapping
from typing import Any

# What is done by a change of the status: to which one, from which ones, and what takes it back.
MOVES = {
    "start": ("live", ("draft",), "pause"),
    "pause": ("paused", ("live",), "resume"),
    "resume": ("live", ("paused",), "pause"),
    "close": ("closed", ("live", "paused"), "reopen"),
    "reopen": ("live", ("closed",), "close"),
}


def offered(survey: Mapping[str, Any]) -> list[str]:
    """Return what may be done to a survey as it stands, the everyday first."""
    if survey["deleted_at"]:
        return []
    copies = ["copy"] if survey["version"] else []
    moves = [name for name, (_, begins, _) in MOVES.items() if survey["status"] in begins]
    moves = [name for name in moves if name != "start" or survey["version"]]
    ends = ["delete"] if survey["status"] in {"draft", "closed"} else []
    return ["details", *copies, *moves, *ends]
