"""How tickets stand now, at a place and at each one right below it, with their subtrees."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from escuta.directory import segments
from escuta.directory.model import Segment
from escuta.feedback.model import Priority, TicketState
from escuta.feedback.tickets import counts, recounting
from manage.asking import Asked, Request

_PLAIN = ("overdue", "escalated", "unassigned")


class CountsAsked(Asked):
    """Where; of one survey alone where it is named. `recount`: whether the tickets themselves are read, too."""

    segment: str = Field(max_length=64)
    survey: str = Field(default="", max_length=40)
    recount: bool = False


def get(request: Request) -> dict[str, Any]:
    """Return how the tickets of a segment stand, and of each one right below it.

    In one look, whatever the number of tickets; of one survey alone where it is named. With `recount` the tickets
    themselves are read, and `drift` tells by how much the counters of the segment are above them: nowhere, if all is
    well. 422 `ticket_recount_too_large` for too many to be read in one call.
    """
    asked = request.query(CountsAsked)
    place = request.segment(asked.segment)
    below = counts.standing_below(place.code)
    children = [each for each in segments.all() if each.parent == place.code]
    told = {
        **_told(place, counts.standing(place.path), asked.survey),
        "survey": asked.survey,
        "children": [
            _told(each, below.get(each.code, {}), asked.survey)
            for each in children
            if not each.retired_at or each.code in below
        ],
    }
    return {**told, "drift": recounting.drift(place)} if asked.recount else told


def _told(place: Segment, found: Mapping[str, Mapping[str, int]], survey: str) -> dict[str, Any]:
    """Return the numbers of a place; of all surveys where none is named."""
    numbers: Counter[str] = Counter()
    for name, counted in found.items():
        if not survey or name == survey:
            numbers.update(counted)
    states = {state.value: numbers[f"state.{state}"] for state in TicketState}
    return {
        "segment": place.code,
        "name": place.name,
        "open": sum(number for state, number in states.items() if state != TicketState.CLOSED),
        "states": states,
        "priorities": {priority.value: numbers[f"priority.{priority}"] for priority in Priority},
        **{name: numbers[name] for name in _PLAIN},
    }
