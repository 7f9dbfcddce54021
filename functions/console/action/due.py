"""How the due times of a ticket read: what is late, what is near, what waits. Pure."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from console.words import Reader
from escuta import clock

_FAR = 9000  # the year of what nobody promised
_NEAR = dt.timedelta(hours=4)
_DONE = frozenset({"resolved", "closed"})


class Due(NamedTuple):
    """What is said of a due time, its tone, and the moment itself."""

    words: str
    tone: str = ""
    at: str = ""


def of(read: Reader, ticket: Mapping[str, Any]) -> Due:
    """Return when a ticket must be resolved, or what stands in the way of saying so."""
    state = ticket["state"]
    if state in _DONE:
        ended = ticket["closed_at"] or ticket["resolved_at"] or ticket["updated_at"] or ticket["opened_at"]
        return Due(read.ago(ended), "", ended)
    if state == "waiting":
        return Due(read.say("tickets.waits"))
    return _until(read, ticket["due_at"], "tickets") or Due(read.say("tickets.no_due"))


def response(read: Reader, ticket: Mapping[str, Any]) -> Due | None:
    """Return until when the customer was promised a first answer; None when there is none, or it was given."""
    if ticket["first_response_at"] or ticket["state"] in {*_DONE, "waiting"} or not ticket["respond_due_at"]:
        return None
    return _until(read, ticket["respond_due_at"], "action.respond")


def _until(read: Reader, moment: str, code: str) -> Due | None:
    at = dt.datetime.fromisoformat(moment)
    if at.year >= _FAR:
        return None
    span = at - clock.now()
    if span < dt.timedelta(0):
        return Due(read.say(f"{code}.late", span=read.span(span)), "bad", moment)
    return Due(read.say(f"{code}.left", span=read.span(span)), "mild" if span < _NEAR else "", moment)
