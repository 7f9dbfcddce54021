"""What the audit notes of the console: who signs in and out, and who changes something by the link of an alert."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from console import refusals
from console.visit import Visit
from escuta.directory import access, audit
from escuta.directory.model.audit import Via
from escuta.errors import EscutaError

_SILENT = frozenset({"language"})  # remembered by the browser alone
_ARRIVALS = frozenset({"sign-in/callback"})  # where an identity provider sends people, who are signed in by a GET
_LINK = "/c/"
_ROOT = "/console/"
_PLAIN = re.compile(r"[a-z][a-z/-]{0,60}")
_NOBODY = "unknown"


def middleware(app: Any, following: Callable[..., Any]) -> Any:
    """Note what is sent to us, before it is served and after."""
    visit: Visit = app.context["visit"]
    asked = asked_of(visit)
    if asked is None:
        return following(app)
    with audit.noted(asked) as visit.noted, _ending(visit.noted):
        response = following(app)
        visit.noted.ended(response.status_code, visit.refusal)
        return response


@contextmanager
def _ending(entry: audit.Entry) -> Iterator[None]:
    try:
        yield
    except EscutaError as error:
        entry.ended(refusals.status(error), error.code)
        raise


def asked_of(visit: Visit) -> audit.Asked | None:
    """Return who asks what; None for what nobody notes. The token of a link is not kept."""
    event = visit.event
    path = event.path.partition(_ROOT)[2]
    if event.http_method != "POST" and (event.http_method != "GET" or path not in _ARRIVALS):
        return None
    context = event.raw_event.get("requestContext") or {}
    is_link = event.path.startswith(_LINK)
    name = path.partition("/")[0]
    if not is_link and (name in _SILENT or not _PLAIN.fullmatch(path)):
        return None
    caller = access.caller_of_session(visit.session) if visit.session and not is_link else None
    return audit.Asked(
        actor=caller.id if caller else _NOBODY,
        actor_name=caller.name if caller else "",
        role=str(caller.role or "") if caller else "",
        via=Via.LINK if is_link else Via.CONSOLE,
        ip=(context.get("identity") or {}).get("sourceIp") or "",
        agent=event.headers.get("User-Agent") or "",
        request_id=context.get("requestId") or "",
        action="act" if is_link else name.replace("-", "_"),
        noun="tickets" if is_link else "sessions",
        operation=f"{event.http_method} {_LINK}<token>" if is_link else f"{event.http_method} {_ROOT}{path}",
    )
