"""The page of one ticket: who the customer is, what they said, what was done, and all that can be done next."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response

from console import pages
from console.action import due
from console.action.around import Around, Row
from console.action.log import Log
from console.forms import NONE, Faults
from console.visit import Visit
from escuta import files
from escuta.config import settings
from escuta.directory.model import Scope
from escuta.errors import ForbiddenError

_LOG = 50
_DONE = frozenset({"resolved", "closed"})


def show(visit: Visit, ticket: str) -> Response[str]:
    """Show a ticket."""
    return page(visit, ticket)


def page(
    visit: Visit, ticket: str, act: str = "", typed: Mapping[str, Any] | None = None, wrong: Faults = NONE
) -> Response[str]:
    """Show a ticket; where an act was refused, with what was typed for it."""
    api = visit.api
    found: Row = api.get(f"/tickets/{ticket}")
    around = Around(visit, found["segment"])
    log = api.get(f"/tickets/{ticket}/activity", limit=_LOG, cursor=visit.asked("cursor"))
    messages = api.get(f"/tickets/{ticket}/messages")
    read = visit.reader(visit.timezone)
    return pages.framed(
        visit,
        "action/ticket",
        ticket=found,
        around=around,
        answer=_answer(visit, found),
        person=_person(visit, found),
        journey=_journey(visit, found),
        links=api.get(f"/tickets/{ticket}/alert-links")["items"],
        log=log,
        lines=Log(visit, around, messages["items"]),
        messages=messages,
        ways=[way for way, each in messages["ways"].items() if each["open"]],
        closed_ways=[each["reason"] for each in messages["ways"].values() if not each["open"] and each["reason"]],
        due=due.of(read, found),
        respond=due.response(read, found),
        steps=_steps(found, around),
        closes=[state for state in ("closed", "resolved") if state in around.moves(found["state"])],
        is_done=found["state"] in _DONE,
        can=not found["merged_into"] and not found["emptied"] and api.may(Scope.TICKETS_WRITE),
        connect=(files.origin(settings().attachments_bucket),),
        currency="BRL" if settings().country == "BR" else "",
        act=act,
        typed=typed or {},
        faults=wrong,
    )


def _steps(ticket: Row, around: Around) -> list[str]:
    """Return the moves that need no words: what closes or resolves says why."""
    return [state for state in around.moves(ticket["state"]) if state not in _DONE]


def _answer(visit: Visit, ticket: Row) -> Row | None:
    """Return what the customer answered, question by question; None for what is not there or not for this reader."""
    if not ticket["response"] or not visit.api.may(Scope.RESPONSES_READ):
        return None
    found = _seen(visit, f"/responses/{ticket['response']}")
    if found is None or not visit.api.may(Scope.SURVEYS_READ):
        return found
    asked = _seen(visit, f"/surveys/{found['survey']}/versions/{found['version']}")
    return found | {"said": list(_said(visit, found, asked)) if asked else []}


def _said(visit: Visit, found: Row, asked: Row) -> Any:
    for question in asked["questions"]:
        given = found["answers"].get(question["id"])
        if given is None or question["benchmark"] or (question["voice"] and given == found["comment"]):
            continue
        words = {each["id"]: _word(visit, each["text"]) for each in question["choices"]}
        match given:
            case list():
                told = ", ".join(words.get(each, str(each)) for each in given)
            case dict():
                told = ", ".join(str(value) for value in given.values() if value)
            case _:
                told = words.get(str(given), str(given))
        yield _word(visit, question["text"]), told


def _word(visit: Visit, texts: Mapping[str, str]) -> str:
    return texts.get(visit.language) or next((each for each in texts.values() if each), "")


def _person(visit: Visit, ticket: Row) -> Row | None:
    if not ticket["contact"] or not visit.api.may(Scope.CONTACTS_READ):
        return None
    return _seen(visit, f"/contacts/{ticket['contact']}")


def _journey(visit: Visit, ticket: Row) -> list[Row]:
    """Return what this customer lived with the organisation, the newest first, but for this very ticket."""
    if not ticket["contact"] or not visit.api.may(Scope.CONTACTS_READ):
        return []
    found = _seen(visit, f"/contacts/{ticket['contact']}/journey")
    events = found["events"] if found else []
    return [each for each in reversed(events) if each["details"].get("ticket") != ticket["id"]]


def _seen(visit: Visit, path: str) -> Row | None:
    """Return what the API says; None for what is not there, or not for this reader."""
    try:
        found: Row | None = visit.api.find(path)
    except ForbiddenError:
        return None
    return found
