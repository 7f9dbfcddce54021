"""What is done to one ticket from its page: a form each, taken back with one press where that is possible."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import to_json

from console import forms, pages
from console.action import asked
from console.action.ticket import page
from console.flash import Flash, Undo
from console.visit import Visit
from escuta.errors import InvalidError, NotFoundError
from escuta.feedback.model import TicketState
from escuta.feedback.tickets import giving, life

_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_BACK = frozenset({"state", "owner", "priority", "tags", "watchers", "segment"})  # what can be given back
Form = Mapping[str, str]
Row = dict[str, Any]


def do(visit: Visit, ticket: str, act: str) -> Response[Any]:
    """Do one thing to a ticket; what is refused stands on its page again as it was typed."""
    if act not in _ACTS:
        raise NotFoundError("page_not_found")

    def work(form: Form) -> Response[Any]:
        said = _ACTS[act](visit, ticket, form)
        back = visit.way_back(dict(form))
        return pages.go(visit, back or f"{asked.ROOT}/{ticket}", said)

    def again(form: Form, wrong: forms.Faults) -> Response[Any]:
        typed = {**form, "root_causes": _causes(visit)}
        return page(visit, ticket, act, typed, wrong)

    return forms.act(visit, work, again)


def _change(visit: Visit, name: str, form: Form, body: Row, code: str, **details: str) -> Flash:
    """Change a ticket, and say so with the way back, where there is one."""
    before: Row = visit.api.get(f"/tickets/{name}")
    after: Row = visit.api.patch(f"/tickets/{name}", body, rev=form.get("rev", ""))
    back = {field: before[field] for field in body if field in _BACK and before[field] != after[field]}
    if before["owner"] != after["owner"] and "segment" in body:
        back["owner"] = before["owner"]
    lost = set(body) - _BACK - {"comment"}
    if lost or ("state" in back and not _may_return(after["state"], before["state"])):
        back = {}
    fields = {"was": to_json(back).decode(), "rev": str(after["rev"])}
    undo = Undo(path=f"{asked.ROOT}/{name}/restore", fields=fields) if back else None
    return Flash(code=code, details=details, undo=undo)


def _may_return(state: str, to: str) -> bool:
    return TicketState(to) in life.MOVES[TicketState(state)]


def _move(visit: Visit, name: str, form: Form) -> Flash:
    state = form.get("state", "")
    if state not in set(TicketState):
        raise InvalidError("required", field="state")
    body = {"state": state, **_comment(form)}
    return _change(visit, name, form, body, "action.said.moved", state=visit.reader().say(f"ticket.state.{state}"))


def _take(visit: Visit, name: str, form: Form) -> Flash:
    """Take a ticket over: who does so starts with it."""
    me = visit.session.manager if visit.session else ""
    state = form.get("state", "")
    fresh = {"state": "open"} if state in {"new", "reopened"} else {}
    return _change(visit, name, form, {"owner": me, **fresh}, "action.said.taken")


def _assign(visit: Visit, name: str, form: Form) -> Flash:
    owner = form.get("owner", "")
    code = "action.said.assigned" if owner else "action.said.unassigned"
    return _change(visit, name, form, {"owner": owner, **_comment(form)}, code)


def _note(visit: Visit, name: str, form: Form) -> Flash:
    visit.api.patch(f"/tickets/{name}", {"comment": _lines(form.get("text", ""))}, rev=form.get("rev", ""))
    return Flash(code="action.said.noted")


def _write(visit: Visit, name: str, form: Form) -> Flash:
    body: Row = {"text": _lines(form.get("text", ""))}
    if form.get("channel"):
        body["channel"] = form["channel"]
    if form.get("rev"):
        body["rev"] = forms.number(form["rev"])
    visit.api.post(f"/tickets/{name}/messages", body, call=form.get("call", ""))
    return Flash(code="action.said.written")


def _close(visit: Visit, name: str, form: Form) -> Flash:
    state = "resolved" if form.get("state") == "resolved" else "closed"
    body: Row = {"state": state, "root_causes": _causes(visit), "action": _lines(form.get("action", ""))}
    if form.get("amount", "").strip():
        body["gesture"] = giving.gesture(form["amount"], form.get("currency", "")).model_dump(mode="json")
    visit.api.patch(f"/tickets/{name}", body, rev=form.get("rev", ""))
    return Flash(code=f"action.said.{state}")


def _transfer(visit: Visit, name: str, form: Form) -> Flash:
    if not form.get("segment"):
        raise InvalidError("required", field="segment")
    return _change(visit, name, form, {"segment": form["segment"], **_comment(form)}, "action.said.transferred")


def _details(visit: Visit, name: str, form: Form) -> Flash:
    body: Row = {"priority": form.get("priority") or None, "tags": _tags(form.get("tags", ""))}
    if "owner" in form:
        body["owner"] = form["owner"]
    if "watching" in form:
        body["watchers"] = [each for each in visit.fields.get("watchers", []) if each]
    return _change(visit, name, form, body, "said.saved")


def _restore(visit: Visit, name: str, form: Form) -> Flash:
    was = forms.held(form)
    if not was or not set(was) <= _BACK:
        raise InvalidError("form_invalid")
    visit.api.patch(f"/tickets/{name}", was, rev=form.get("rev", ""))
    return Flash(code="said.undone")


def _link(visit: Visit, name: str, form: Form) -> Flash:
    other = _named(visit, form)
    body = {"ticket": other, "rev": forms.number(form.get("rev") or "0")}
    after = visit.api.post(f"/tickets/{name}/links", body, call=form.get("call", ""))
    fields = {"other": other, "rev": str(after["rev"])}
    return Flash(code="action.said.linked", undo=Undo(path=f"{asked.ROOT}/{name}/unlink", fields=fields))


def _unlink(visit: Visit, name: str, form: Form) -> Flash:
    other = form.get("other", "")
    after = visit.api.delete(f"/tickets/{name}/links/{other}", rev=form.get("rev", ""))
    fields = {"other": other, "rev": str(after["rev"])}
    return Flash(code="action.said.unlinked", undo=Undo(path=f"{asked.ROOT}/{name}/link", fields=fields))


def _merge(visit: Visit, name: str, form: Form) -> Flash:
    body = {"into": _named(visit, form), "rev": forms.number(form.get("rev") or "0")}
    visit.api.post(f"/tickets/{name}/merge", body, call=form.get("call", ""))
    return Flash(code="action.said.merged")


def _revoke(visit: Visit, name: str, form: Form) -> Flash:
    visit.api.delete(f"/tickets/{name}/alert-links", manager=form.get("manager"))
    return Flash(code="action.said.revoked")


def _detach(visit: Visit, name: str, form: Form) -> Flash:
    visit.api.delete(f"/tickets/{name}/attachments/{form.get('attachment', '')}")
    return Flash(code="action.said.detached")


def _comment(form: Form) -> Row:
    text = _lines(form.get("comment", ""))
    return {"comment": text} if text else {}


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _tags(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


def _causes(visit: Visit) -> list[str]:
    given = visit.fields.get("root_causes", [])
    return [each.strip() for value in given for each in value.splitlines() if each.strip()]


def _named(visit: Visit, form: Form) -> str:
    """Return the id of another ticket, of which people paste the address."""
    text = form.get("other", "").strip().partition("?")[0].rstrip("/").rpartition("/")[2]
    if not text:
        raise InvalidError("required", field="other")
    if not _ID.fullmatch(text) or visit.api.find(f"/tickets/{text}") is None:
        raise InvalidError("ticket_not_found", field="other")
    return text


_ACTS: Mapping[str, Callable[[Visit, str, Form], Flash]] = {
    "move": _move,
    "take": _take,
    "assign": _assign,
    "note": _note,
    "write": _write,
    "close": _close,
    "transfer": _transfer,
    "details": _details,
    "restore": _restore,
    "link": _link,
    "unlink": _unlink,
    "merge": _merge,
    "revoke": _revoke,
    "detach": _detach,
}
