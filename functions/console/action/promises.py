"""Due times and what else holds for every ticket: promises, reminders, what closing demands, who may move what."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import to_json

from console import forms, pages
from console.action import asked, conditions, rule_form
from console.action.around import Around, Row
from console.flash import Flash, Undo
from console.forms import NONE, Faults
from console.visit import Visit
from escuta.directory.model import Role
from escuta.errors import InvalidError
from escuta.feedback.model import TicketState
from escuta.feedback.tickets import life

PATH = "action/hours/promises"
DEMANDS = ("root_causes", "action", "gesture")
_HOUR = 60
Form = Mapping[str, str]


def show(visit: Visit) -> Response[str]:
    """Show what is promised."""
    return _page(visit)


def _page(visit: Visit, typed: Row | None = None, wrong: Faults = NONE) -> Response[str]:
    around = Around(visit)
    held = around.settings
    shown = {**held, **(typed or {})}
    facts = conditions.known(visit, around, (), of_person=True)
    rows = conditions.rows(shown["key_customers"]) if typed is None else conditions.typed(visit)
    return pages.framed(
        visit,
        "action/promises",
        held=held,
        shown=shown,
        around=around,
        priorities=asked.PRIORITIES,
        states=asked.STATES,
        allowed={str(origin): sorted(map(str, targets)) for origin, targets in life.MOVES.items()},
        roles=[str(role) for role in Role],
        demands=DEMANDS,
        facts=facts.facts,
        values=conditions.values(visit, around),
        ops=conditions.OPS,
        join=rows[0] if rows else "all",
        tests=rows[1] if rows else None,
        words=conditions.Words(visit.reader(), around, facts.names),
        in_hours=_in_hours,
        faults=wrong,
    )


def save(visit: Visit) -> Response[Any]:
    """Replace what is promised."""

    def work(form: Form) -> Response[Any]:
        before = visit.api.get("/ticket-settings")
        after = visit.api.put("/ticket-settings", _draft(visit, form, before), rev=form.get("rev", ""))
        fields = {"was": to_json(_plain(before)).decode(), "rev": str(after["rev"])}
        said = Flash(code="action.said.promises", undo=Undo(path=f"{PATH}/restore", fields=fields))
        return pages.go(visit, PATH, said)

    def again(form: Form, wrong: Faults) -> Response[Any]:
        try:
            typed: Row | None = _draft(visit, form, visit.api.get("/ticket-settings"))
        except InvalidError:
            typed = None
        return _page(visit, typed, wrong)

    return forms.act(visit, work, again)


def restore(visit: Visit) -> Response[Any]:
    """Let hold again what was promised before."""

    def work(form: Form) -> Response[Any]:
        visit.api.put("/ticket-settings", forms.held(form), rev=form.get("rev", ""))
        return pages.go(visit, PATH, Flash(code="said.undone"))

    return forms.act(visit, work, lambda _, wrong: _page(visit, None, wrong))


def _plain(held: Row) -> Row:
    return {name: value for name, value in held.items() if name != "rev"}


def _draft(visit: Visit, form: Form, before: Row) -> Row:
    """Return what the form says; what it does not ask for stays as it is."""
    promises = {each: rule_form.promise(form, f"{each}.respond", f"{each}.resolve") for each in asked.PRIORITIES}
    steps = [each.strip() for each in form.get("escalate_after", "").replace(";", " ").split() if each.strip()]
    quiet = (form.get("quiet_from", "").strip() or None, form.get("quiet_to", "").strip() or None)
    nested = form.get("nested") == "1"  # groups inside groups, which this form cannot show
    return {
        **_plain(before),
        "promises": {name: value for name, value in promises.items() if value},
        "remind_before": rule_form.minutes(form, "remind_before") or 0,
        "escalate_after": [rule_form.minutes({"escalate_after": each}, "escalate_after") for each in steps],
        "repeat_days": _whole(form, "repeat_days"),
        "repeat_promise": rule_form.promise(form, "repeat.respond", "repeat.resolve"),
        "key_customers": before["key_customers"] if nested else conditions.read(visit),
        "key_promise": rule_form.promise(form, "key.respond", "key.resolve"),
        "demands": _demands(visit),
        "moves": _moves(visit, form),
        "follow_up": {
            "on": "follow_on" in form,
            "after_hours": _whole(form, "follow_after"),
            "expires_after_days": _whole(form, "follow_expires"),
        },
        "link_days": _whole(form, "link_days"),
        "quiet_from": quiet[0],
        "quiet_to": quiet[1],
    }


def _demands(visit: Visit) -> dict[str, list[str]]:
    found = {state: visit.fields.get(f"demands.{state}", []) for state in ("resolved", "closed")}
    return {state: fields for state, fields in found.items() if fields}


def _moves(visit: Visit, form: Form) -> dict[str, dict[str, list[str]]]:
    """Return what the roles may do that are kept from something; of the others nothing is said."""
    found: dict[str, dict[str, list[str]]] = {}
    for role in Role:
        if f"limit.{role}" not in form:
            continue
        found[role] = {str(origin): visit.fields.get(f"moves.{role}.{origin}", []) for origin in TicketState}
    return found


def _whole(form: Form, name: str) -> int:
    text = form.get(name, "").strip()
    if not (text.isascii() and text.isdecimal()):
        raise InvalidError("number_invalid", field=name, value=text[:40])
    return int(text)


def _in_hours(minutes: int | None) -> str:
    """Return minutes as a field of hours shows them."""
    return "" if minutes is None else f"{minutes / _HOUR:g}"
