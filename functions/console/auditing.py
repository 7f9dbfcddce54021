"""What the audit notes of the console: who signs in and out, and who changes something by the link of an alert.

What somebody sends who is nobody, and who does not sign in, changes nothing and is not noted: anybody could write as
much of it as they like.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from console import refusals
from console.visit import Visit
from escuta.directory import access, audit
from escuta.directory.model.audit import Via
from escuta.errors import EscutaError
from escuta.feedback.tickets.magic import Opened

# What the console does by itself. All else is asked of the API, which notes it.
_OWN = frozenset({"sign-in", "sign-out", "account"})
_ARRIVALS = frozenset({"sign-in/callback"})  # where an identity provider sends people, who are signed in by a GET
_WAY_IN = frozenset(  # is noted whoever tries, with what they are refused
    {"sign-in", *(f"sign-in/{step}" for step in ("password", "code", "factor", "forgotten", "replace", "callback"))}
)
_ROOT = "/console/"
_PLAIN = re.compile(r"[a-z][a-z/-]{0,60}")
_NOBODY = "unknown"


def middleware(app: Any, following: Callable[..., Any]) -> Any:
    """Note what is sent to us below `/console`, before it is served and after."""
    visit: Visit = app.context["visit"]
    asked = asked_of(visit)
    if asked is None:
        return following(app)
    with audit.noted(asked) as visit.noted, _ending(visit.noted):
        response = following(app)
        visit.noted.ended(response.status_code, visit.refusal)
        return response


@contextmanager
def by_link(visit: Visit, opened: Opened) -> Iterator[audit.Entry]:
    """Note what is done by a link that opens something. The token of the link is not kept."""
    who = opened.actor
    asked = _asked(
        visit,
        actor=f"manager:{who.id}",
        actor_name=who.name,
        role=str(who.role or ""),
        via=Via.LINK,
        action="act",
        noun="tickets",
        thing=opened.ticket.id,
        operation="POST /c/<token>",
    )
    with audit.noted(asked) as entry, _ending(entry):
        yield entry


@contextmanager
def _ending(entry: audit.Entry) -> Iterator[None]:
    try:
        yield
    except EscutaError as error:
        entry.ended(refusals.status(error), error.code)
        raise


def asked_of(visit: Visit) -> audit.Asked | None:
    """Return who asks what; None for what nobody notes."""
    event = visit.event
    path = event.path.partition(_ROOT)[2]
    if event.http_method != "POST" and (event.http_method != "GET" or path not in _ARRIVALS):
        return None
    name = path.partition("/")[0]
    if name not in _OWN or not _PLAIN.fullmatch(path) or (visit.session is None and path not in _WAY_IN):
        return None
    caller = access.caller_of_session(visit.session) if visit.session else None
    return _asked(
        visit,
        actor=caller.id if caller else _NOBODY,
        actor_name=caller.name if caller else "",
        role=str(caller.role or "") if caller else "",
        via=Via.CONSOLE,
        action=name.replace("-", "_"),
        noun="sessions",
        operation=f"{event.http_method} {_ROOT}{path}",
    )


def _asked(visit: Visit, **what: Any) -> audit.Asked:
    context = visit.event.raw_event.get("requestContext") or {}
    return audit.Asked(
        ip=(context.get("identity") or {}).get("sourceIp") or "",
        agent=visit.event.headers.get("User-Agent") or "",
        request_id=context.get("requestId") or "",
        **what,
    )
