"""The page of one ticket, opened by the link in an alert: without an account, a cookie or a script.

Looking at it writes nothing: mail scanners open links, and some press buttons. Every act needs something that a person
typed or chose.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response

from console import case_form, case_view, pages
from console.case_form import Typed
from console.case_view import Case
from console.case_words import Words
from console.visit import Visit
from escuta import i18n
from escuta.directory import audit
from escuta.errors import ConflictError, EscutaError, ForbiddenError, InvalidError, TooLargeError
from escuta.feedback.model import Gesture, TicketActivity, TicketState
from escuta.feedback.tickets import giving, keeping, magic, patching, writing
from escuta.feedback.tickets.magic import Opened
from escuta.feedback.tickets.patching import Patch
from escuta.outreach.model import Channel

Noting = Callable[[Visit, Opened], AbstractContextManager[audit.Entry]]
ROOT = "/c/"
_DONE = {  # what the page says was done -> by which line of the log it is seen that it was
    "note": {"noted"},
    "close": {"closed", "changed"},
    "resolve": {"moved", "changed"},
    "step": {"moved", "reopened", "assigned", "changed"},
    "transfer": {"transferred"},
    "write": {"written"},
}
_JUST = timedelta(minutes=10)


def show(visit: Visit, token: str) -> Response[str]:
    """Show the ticket that a link opens."""
    return _page(visit, _opened(visit, token))


def act(visit: Visit, token: str, noted: Noting) -> Response[str]:
    """Do what was sent from the page, and show it again; what is refused stands there as it was typed.

    It is `noted` from where the link has opened something.
    """
    opened = _opened(visit, token)
    with noted(visit, opened) as entry:
        response = _acted(visit, token, opened)
        entry.ended(response.status_code, visit.refusal)
    return response


def _acted(visit: Visit, token: str, opened: Opened) -> Response[str]:
    typed = Typed()
    try:
        typed = case_form.read(visit.event)
        done = _act(opened, typed)
    except (ConflictError, ForbiddenError, InvalidError, TooLargeError) as refusal:
        if not _is_done_already(opened, typed, refusal):
            visit.refusal = refusal.code
            return _page(visit, _opened(visit, token), typed, refusal)
        done = typed.act
    query = urlencode({**_asked_language(visit), "done": done})
    return Response(303, "text/html; charset=utf-8", "", {"Location": f"?{query}"})


def refused(visit: Visit, error: EscutaError, status: int, reference: str = "") -> Response[str]:
    """Say why a link opens nothing, in the language of whom it was sent to as far as that is known."""
    visit.speaks = _asked_language(visit).get("lang") or error.details.get("language", "")
    known = i18n.catalog("console", visit.language)
    code = error.code if f"case.{error.code}.title" in known else "link_failed"
    return pages.page(visit, "case_over", status, code=code, reference=reference)


def _opened(visit: Visit, token: str) -> Opened:
    opened = magic.opened(token)
    visit.speaks = _asked_language(visit).get("lang") or opened.manager.language
    return opened


def _asked_language(visit: Visit) -> dict[str, str]:
    asked = (visit.event.query_string_parameters or {}).get("lang") or ""
    return {"lang": asked} if asked in i18n.LANGUAGES else {}


def _page(
    visit: Visit, opened: Opened, typed: Typed | None = None, refusal: EscutaError | None = None
) -> Response[str]:
    found = case_view.read(opened, visit.language)
    asked = visit.event.query_string_parameters or {}
    return pages.page(
        visit,
        "case",
        _status(refusal),
        timezone=found.zone,
        case=found,
        typed=typed or Typed(),
        problem=refusal,
        field=_field(refusal),
        words=Words(visit.reader(found.zone), found),
        changes=_since(opened, typed, refusal),
        done=_done(asked.get("done") or "", opened, found) if refusal is None else "",
        here=urlencode(_asked_language(visit)),
    )


def _done(said: str, opened: Opened, found: Case) -> str:
    """Return what the reader has just done; "" for an address that is kept or passed on, and says so for ever."""
    last = next((line for line in found.log if line.by == opened.actor.id), None)
    just = last is not None and found.read_at - last.happened_at < _JUST and last.what in _DONE.get(said, ())
    return said if just else ""


def _status(refusal: EscutaError | None) -> int:
    match refusal:
        case None:
            return 200
        case ForbiddenError():
            return 403
        case ConflictError():
            return 409
        case _:
            return 422


def _field(refusal: EscutaError | None) -> str:
    return str(refusal.details.get("field", "")).partition(".")[0] if refusal else ""


def _since(opened: Opened, typed: Typed | None, refusal: EscutaError | None) -> tuple[TicketActivity, ...]:
    """Return what others did since the page was read, for who was overtaken."""
    if typed is None or typed.rev == 0 or not isinstance(refusal, ConflictError):
        return ()
    return keeping.since(opened.ticket.id, typed.rev)


def _is_done_already(opened: Opened, typed: Typed, refusal: EscutaError) -> bool:
    """Tell whether this very form was taken before: it was sent twice, by a double tap or a reload."""
    if not isinstance(refusal, ConflictError) or typed.rev <= 0:
        return False
    first = next(iter(keeping.since(opened.ticket.id, typed.rev)), None)
    if first is None or first.by != opened.actor.id or first.details.get("via") != magic.VIA:
        return False
    if typed.act == "write":
        return first.what == "written" and first.text == typed.text.strip()
    patch = _patch(opened, typed)
    said = {name: str(getattr(patch, name)) for name in patch.model_fields_set & {"state", "segment", "owner"}}
    words = (patch.comment or patch.action).strip()
    return first.text == words and all(first.details.get(name) == value for name, value in said.items())


def _act(opened: Opened, typed: Typed) -> str:
    if typed.act == "write":
        way = Channel(typed.way) if typed.way in {Channel.EMAIL, Channel.SMS} else None
        writing.write(opened.ticket.id, typed.text, who=opened.actor, rev=typed.rev, channel=way)
        return "write"
    patching.change(opened.ticket.id, _patch(opened, typed), who=opened.actor, rev=typed.rev)
    return "resolve" if typed.act == "close" and typed.state == TicketState.RESOLVED else typed.act


def _patch(opened: Opened, typed: Typed) -> Patch:
    """Return what a form wants of a ticket; InvalidError `required` for one in which nobody chose anything."""
    match typed.act:
        case "note":
            said: dict[str, Any] = {"comment": typed.text}
        case "close":
            said = {"state": typed.state, "root_causes": typed.root_causes, "action": typed.action}
            said |= {"gesture": _gesture(typed)} if typed.amount.strip() else {}
        case "step" if typed.step:
            said = _step(opened, typed)
        case "transfer" if typed.segment:
            if not case_view.offered(opened, typed.segment):
                raise InvalidError("segment_unknown", field="segment")
            said = {"segment": typed.segment}
        case "step" | "transfer":
            raise InvalidError("required", field="step" if typed.act == "step" else "segment")
        case _:
            raise InvalidError("form_invalid")
    if typed.act in {"step", "transfer"} and typed.text.strip():
        said["comment"] = typed.text
    try:
        return Patch.model_validate(said)
    except ValueError as error:
        raise InvalidError("form_invalid") from error


def _gesture(typed: Typed) -> Gesture:
    try:
        return giving.gesture(typed.amount, typed.currency)
    except InvalidError as error:
        error.details.setdefault("field", "currency" if error.code == "currency_unknown" else "amount")
        raise


def _step(opened: Opened, typed: Typed) -> dict[str, Any]:
    """Return what a step is: who takes a ticket over starts with it."""
    if typed.step != "take":
        return {"state": typed.step}
    fresh = opened.ticket.state in {TicketState.NEW, TicketState.REOPENED}
    return {"owner": opened.manager.id, **({"state": TicketState.OPEN} if fresh else {})}
