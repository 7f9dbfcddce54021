"""The same change of many tickets, told ticket by ticket where one was refused, and taken back with one press."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import from_json, to_json

from console import forms, pages
from console.action import asked, tickets
from console.action.asked import Choice
from console.flash import Flash, Undo
from console.visit import Visit
from escuta.errors import InvalidError
from escuta.feedback.model import TicketState
from escuta.feedback.tickets import life

PATH = "action/tickets/bulk"
_MOST_WAYS_BACK = 10  # different values to go back to: a call of the API each
_AGAINST = {"add_tags": "remove_tags", "remove_tags": "add_tags"}
_FIELDS = frozenset({"state", "owner", "priority", *_AGAINST})


def change(visit: Visit) -> Response[Any]:
    """Change the tickets that were chosen, and return to the list that they were chosen in."""
    form = visit.signed_form()
    back = visit.way_back(form)
    choice = _choice(back)

    def work(form: Mapping[str, str]) -> Response[Any]:
        chosen = [_one(each) for each in visit.fields.get("ticket", ())]
        wanted = _wanted(form)
        if not chosen:
            raise InvalidError("required", field="ticket")
        became = visit.api.post("/tickets/batch", {"tickets": chosen, **wanted})["items"]
        done = [each for each in became if each["changed"]]
        refused = [each for each in became if each["problem"]]
        if refused:
            return tickets.page(visit, choice, refused=refused)
        return pages.go(visit, back or asked.ROOT, _said(visit, done, wanted, back))

    return forms.act(visit, work, lambda _, wrong: tickets.page(visit, choice, wrong))


def undo(visit: Visit) -> Response[Any]:
    """Give tickets back what they had."""
    form = visit.signed_form()
    back = visit.way_back(form)

    def work(form: Mapping[str, str]) -> Response[Any]:
        for wanted, several in _read(form.get("was", "")):
            visit.api.post("/tickets/batch", {"tickets": [_one(each) for each in several], **wanted})
        return pages.go(visit, back or asked.ROOT, Flash(code="said.undone"))

    return forms.act(visit, work, lambda _, wrong: tickets.page(visit, _choice(back), wrong))


def _choice(back: str) -> Choice:
    from urllib.parse import parse_qsl  # noqa: PLC0415 - of this one line

    known = dict(parse_qsl(back.partition("?")[2]))
    return Choice({name: value for name, value in known.items() if name in asked.KEPT and value})


def _wanted(form: Mapping[str, str]) -> dict[str, Any]:
    name, _, value = form.get("change", "").partition(":")
    if "tagging" in form:
        return {"add_tags": [form.get("tag", "").strip()]}
    if name not in _FIELDS:
        raise InvalidError("required", field="change")
    return {name: [value] if name.endswith("tags") else value}


def _one(text: str) -> dict[str, Any]:
    """Read what a box says: an id, and the revision that the page showed."""
    name, _, rev = text.partition("|")
    if not name or not rev:
        raise InvalidError("form_invalid")
    return {"id": name, "rev": forms.number(rev)}


def _said(visit: Visit, done: Sequence[Mapping[str, Any]], wanted: Mapping[str, Any], back: str) -> Flash:
    if not done:
        return Flash(code="action.said.bulk.none")
    ways = _ways_back(done, wanted)
    undo = Undo(path=f"{PATH}/undo", fields={"was": to_json(ways).decode(), "back": back}) if ways else None
    words = "action.said.bulk.one" if len(done) == 1 else "action.said.bulk.many"
    return Flash(code=words, details={"n": visit.reader().number(len(done))}, undo=undo)


def _ways_back(done: Iterable[Mapping[str, Any]], wanted: Mapping[str, Any]) -> list[Any]:
    """Return what gives them back what they had; [] where there is no way back for all of them."""
    ((name, value),) = wanted.items()
    back = _AGAINST.get(name, name)
    groups: dict[str, list[str]] = {}
    for each in done:
        was = value[0] if name in _AGAINST else each["before"][name]
        if was is None or (name == "state" and TicketState(was) not in life.MOVES[TicketState(value)]):
            return []
        groups.setdefault(was, []).append(f"{each['id']}|{each['rev']}")
    return [[back, was, several] for was, several in groups.items()] if len(groups) <= _MOST_WAYS_BACK else []


def _read(text: str) -> Iterable[tuple[dict[str, Any], list[str]]]:
    try:
        for name, was, several in from_json(text):
            if name not in _FIELDS:
                raise InvalidError("form_invalid")
            yield {name: [was] if name.endswith("tags") else was}, several
    except (ValueError, TypeError) as error:
        raise InvalidError("form_invalid") from error
