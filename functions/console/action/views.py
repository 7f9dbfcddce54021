"""Choices of tickets that people keep under a name, for themselves or for a role."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler import Response
from pydantic_core import to_json

from console import forms, pages
from console.action import asked, tickets
from console.action.asked import Choice
from console.flash import Flash, Undo
from console.visit import Visit

PATH = "action/views"


def create(visit: Visit) -> Response[Any]:
    """Keep what the list shows under a name."""
    back = visit.way_back(visit.signed_form())
    known = dict(parse_qsl(back.partition("?")[2]))
    choice = Choice({name: value for name, value in known.items() if name in asked.KEPT and value})

    def work(form: Mapping[str, str]) -> Response[Any]:
        base = visit.api.get(f"/ticket-views/{choice.said['view']}") if "view" in choice.said else {}
        kept = choice.kept()
        body = {
            "name": form.get("name", "").strip(),
            "shared": ["manager", "analyst"] if form.get("shared") else [],
            "filter": {**base.get("filter", {}), **kept["filter"]},
            "sort": choice.said.get("sort") or base.get("sort") or kept["sort"],
        }
        made = visit.api.post("/ticket-views", body, call=form.get("call", ""))
        undo = Undo(path=f"{PATH}/{made['id']}/delete", fields={"rev": str(made["rev"])})
        said = Flash(code="action.said.view_kept", details={"name": made["name"]}, undo=undo)
        return pages.go(visit, f"{asked.ROOT}?view={made['id']}", said)

    return forms.act(visit, work, lambda _, wrong: tickets.page(visit, choice, wrong))


def delete(visit: Visit, view: str) -> Response[Any]:
    """Remove a view; the way back makes it anew."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        gone = visit.api.delete(f"/ticket-views/{view}", rev=form.get("rev", ""))
        kept = {name: gone[name] for name in ("name", "shared", "filter", "sort")}
        undo = Undo(path=f"{PATH}/restore", fields={"was": to_json(kept).decode()})
        return pages.go(
            visit, asked.ROOT, Flash(code="action.said.view_gone", details={"name": gone["name"]}, undo=undo)
        )

    return forms.act(visit, work, lambda _, wrong: tickets.page(visit, Choice({}), wrong))


def restore(visit: Visit) -> Response[Any]:
    """Make a view again that was removed."""

    def work(form: Mapping[str, str]) -> Response[Any]:
        made = visit.api.post("/ticket-views", forms.held(form))
        return pages.go(visit, f"{asked.ROOT}?view={made['id']}", Flash(code="said.undone"))

    return forms.act(visit, work, lambda _, wrong: tickets.page(visit, Choice({}), wrong))
