"""How often people are asked, whom nobody asks, and at which hours: rules that hold for every sending."""

from collections.abc import Mapping, Sequence
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import to_json

from console import forms, pages
from console.admin import facts, tree
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit

Form = Mapping[str, str]
Row = dict[str, Any]
PATH = "admin/sending/rules"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_REST = ("name", "scope", "after", "days", "at_most", "then")
_HEAD = ("rev", "updated_at", "updated_by")
_FRESH: Row = {
    "name": "",
    "scope": "organisation",
    "after": "invitation",
    "days": "",
    "at_most": "1",
    "then": "skip",
}
NEW = "new"


def show(visit: Visit) -> Response[str]:
    """Show the rules as a form."""
    return _page(visit, None, NONE)


def save(visit: Visit) -> Response[str]:
    """Let other rests, hours and an address of replies hold."""

    def work(_: Form) -> Response[str]:
        return _kept(visit, {"rest": _rests(visit), "calendar": _calendar(visit), "reply_to": _reply_to(visit)})

    return forms.act(visit, work, lambda _, faults: _page(visit, _typed(visit), faults))


def restore(visit: Visit) -> Response[str]:
    """Let hold again what held before."""

    def work(form: Form) -> Response[str]:
        held = visit.api.get("/sending-rules")
        was = forms.held(form)
        visit.api.put("/sending-rules", plain(held) | was, rev=form.get("rev", ""))
        return pages.go(visit, visit.way_back(dict(form)) or PATH, Flash(code="said.undone"))

    return forms.act(visit, work, lambda _, faults: _page(visit, None, faults))


def exclusion(visit: Visit, which: str) -> Response[str]:
    """Show one exclusion as a form, or an empty one."""
    return _exclusion(visit, which, None, NONE)


def exclude(visit: Visit, which: str) -> Response[str]:
    """Say whom nobody asks."""

    def work(form: Form) -> Response[str]:
        some = visit.api.get("/sending-rules")["exclude"]
        said = {"name": form.get("name", "").strip(), "when": facts.read(visit)}
        at = _index(which, some)
        if at is None:
            some.append(said)
        else:
            some[at] = said
        return _kept(visit, {"exclude": some})

    def again(form: Form, faults: Faults) -> Response[str]:
        typed = {"name": form.get("name", ""), "tests": facts.typed(visit)}
        return _exclusion(visit, which, typed, faults)

    return forms.act(visit, work, again)


def forget(visit: Visit, which: str) -> Response[str]:
    """Take an exclusion away."""

    def work(_: Form) -> Response[str]:
        some = visit.api.get("/sending-rules")["exclude"]
        at = _index(which, some)
        return _kept(visit, {"exclude": [each for number, each in enumerate(some) if number != at]})

    return forms.act(visit, work, lambda _, faults: _page(visit, None, faults))


def plain(held: Mapping[str, Any]) -> Row:
    """Return rules as they are sent back."""
    return {name: value for name, value in held.items() if name not in _HEAD}


def keep(visit: Visit, said: Row, to: str) -> Response[str]:
    """Let a part of the rules hold anew, where nobody else changed them meanwhile; the note of it takes it back."""
    held = visit.api.get("/sending-rules")
    made = visit.api.put("/sending-rules", plain(held) | said, rev=visit.form().get("rev", ""))
    undo = undoing({name: held[name] for name in said}, made["rev"], to)
    return pages.go(visit, to, Flash(code="said.saved", undo=undo))


def undoing(was: Row, rev: int, to: str) -> Undo:
    """Return what lets a part of the rules hold again as it was before revision `rev`."""
    return Undo(path=f"{PATH}/restore", fields={"was": to_json(was).decode(), "rev": str(rev), "back": to})


def _kept(visit: Visit, said: Row) -> Response[str]:
    return keep(visit, said, PATH)


def _page(visit: Visit, typed: Row | None, faults: Faults) -> Response[str]:
    held = visit.api.get("/sending-rules")
    words = facts.Words(visit, tree.of(visit))
    return pages.framed(
        visit,
        "admin/sending_rules",
        held=held,
        values=held | (typed or {}),
        fresh=_FRESH,
        days=DAYS,
        words=words,
        faults=faults,
    )


def _exclusion(visit: Visit, which: str, typed: Row | None, faults: Faults) -> Response[str]:
    held = visit.api.get("/sending-rules")
    at = _index(which, held["exclude"])
    found: Row = held["exclude"][at] if at is not None else {"name": "", "when": []}
    shown = typed or {"name": found["name"], "tests": facts.rows(found["when"])}
    return pages.framed(
        visit,
        "admin/sending_exclude",
        held=held,
        which=which,
        values=shown,
        offered=facts.offered(visit, tree.of(visit, retired=False)),
        place=f"exclude[{len(held['exclude']) if at is None else at}]",
        faults=faults,
    )


def _index(which: str, some: Sequence[Any]) -> int | None:
    """Return where something stands in a list; None for one that is to be added."""
    return int(which) if which.isascii() and which.isdecimal() and int(which) < len(some) else None


def _typed(visit: Visit) -> Row:
    return {"rest": _rests(visit), "calendar": _calendar(visit), "reply_to": _reply_to(visit)}


def _rests(visit: Visit) -> list[Row]:
    """Return the rests of the form, without rows that say nothing."""
    columns = [visit.fields.get(f"rest.{name}", []) for name in _REST]
    found = [dict(zip(_REST, map(str.strip, row), strict=True)) for row in zip(*columns, strict=False)]
    return [
        row | {"days": facts.whole(row["days"]), "at_most": facts.whole(row["at_most"])}
        for row in found
        if row["name"] or row["days"]
    ]


def _calendar(visit: Visit) -> Row:
    form = visit.form()
    return {
        "quiet_from": form.get("quiet_from", "").strip() or None,
        "quiet_to": form.get("quiet_to", "").strip() or None,
        "weekdays": [day for day in DAYS if day in visit.fields.get("weekdays", [])],
        "excluded": sorted({*form.get("excluded", "").replace(",", " ").split()}),
    }


def _reply_to(visit: Visit) -> str:
    form = visit.form()
    kind = form.get("reply_kind", "")
    return form.get("reply_to", "").strip() if kind == "address" else "manager" if kind == "manager" else ""
