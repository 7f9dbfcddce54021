"""Tickets as a list and as a board: what waits, for whom, until when; and the same change of many at once."""

from collections.abc import Sequence
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import pages
from console.action import asked, due
from console.action.around import Around, Row
from console.action.asked import Choice
from console.forms import NONE, Faults, faults
from console.visit import Visit
from escuta.errors import EscutaError, InvalidError, NotFoundError

_LIST, _BOARD = 50, 100
_MOST_PLACES = 1000  # to choose from in a list; beyond, a place is named by its code


def show(visit: Visit) -> Response[str]:
    """Show the tickets that the address asks for."""
    return page(visit, asked.choice(visit))


def page(visit: Visit, choice: Choice, wrong: Faults = NONE, refused: Sequence[Row] = ()) -> Response[str]:
    """Show tickets; `refused` are those of a common change that stayed as they were, and why."""
    around = Around(visit)
    found, trouble = _found(visit, choice)
    place = choice.said.get("segment") or (around.roots[0]["code"] if len(around.roots) == 1 else "")
    read = visit.reader(visit.timezone)
    return pages.framed(
        visit,
        "action/tickets",
        choice=choice,
        around=around,
        found=found,
        trouble=trouble,
        counts=_counts(visit, place, choice.said.get("survey", "")) if place else None,
        place=place,
        views=visit.api.get("/ticket-views")["items"],
        columns=_columns(found["items"]) if choice.is_board else [],
        due=lambda ticket: due.of(read, ticket),
        asked=asked,
        bulk_states=[state for state in asked.STATES if not around.demands(state) and state != "new"],
        faults=wrong,
        refused=refused,
        many_places=len(around.tree) > _MOST_PLACES,
    )


def _found(visit: Visit, choice: Choice) -> tuple[dict[str, Any], str]:
    """Return the tickets, and what the API says where it cannot find them: nothing is shown in part."""
    query, limit = choice.query(), _BOARD if choice.is_board else _LIST
    try:
        return visit.api.get("/tickets", **query, limit=limit, cursor=visit.asked("cursor")), ""
    except InvalidError as error:
        return _nothing(visit, error)
    except NotFoundError as error:
        return _nothing(visit, error)


def _nothing(visit: Visit, error: EscutaError) -> tuple[dict[str, Any], str]:
    told = faults(error, visit.language)
    return {"items": [], "next": None}, told.general or next(iter(told.fields.values()), "")


def _counts(visit: Visit, place: str, survey: str) -> Row | None:
    found: Row | None = visit.api.find("/ticket-counts", segment=place, survey=survey)
    return found


def _columns(tickets: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """Return the tickets by their state; what is closed has no column unless it is asked for."""
    states: dict[str, list[Row]] = {state: [] for state in asked.STATES if state not in {"closed", "reopened"}}
    for each in tickets:
        states.setdefault(each["state"], []).append(each)
    return [(state, states[state]) for state in asked.STATES if state in states]
