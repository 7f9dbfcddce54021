"""Which requests the audit notes, and under which names."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

from escuta import i18n
from escuta.directory import audit
from escuta.directory.model.audit import Via
from escuta.errors import EscutaError
from manage import problems
from manage.asking import Request

READS = {  # what is read, and yet noted: who takes data away, and who looks at all there is about one person
    ("GET", "/v1/contacts/<contact>/data"): "read",
    ("GET", "/v1/exports/<export>"): "download",
    ("GET", "/v1/files/<file>/report"): "download",
    ("GET", "/v1/tickets/<ticket>/attachments/<attachment>"): "download",
}
_EXPORT = "GET /v1/exports/<export>"  # hands out a link, once there is a file
_MANY_TICKETS = "/v1/tickets/batch"  # the one batch that makes nothing
SILENT = frozenset(  # what is sent and writes nothing: a question that is too long for a query
    {
        ("POST", "/v1/surveys/<survey>/previews"),  # but the page that it shows, for an hour
        ("POST", "/v1/surveys/<survey>/templates/preview"),
        ("POST", "/v1/folders/<folder>/mapping-preview"),
        ("POST", "/v1/rules/<rules>/preview"),
        ("POST", "/v1/topics/preview"),
        ("POST", "/v1/ticket-rules/preview"),
        ("POST", "/v1/metrics/queries"),
    }
)
_WRITES = {"POST": "create", "PUT": "replace", "PATCH": "change", "DELETE": "delete"}
_VERBS = frozenset({"merge", "rotate", "test", "replay"})  # last parts of paths that are no nouns


class Answering:
    """A request that may be noted: told how it is answered."""

    status: int = 0
    thing: str = ""
    body: str | bytes | None = None

    def answered(self, status: int, headers: Mapping[str, Any], body: str | bytes | None) -> None:
        """Say with which status it is answered, where what it made stands, and with what."""
        self.status, self.thing = status, unquote(str(headers.get("Location", "")).rpartition("/")[2])
        self.body = body


@contextmanager
def noted(request: Request, method: str, path: str, names: Mapping[str, str]) -> Iterator[Answering]:
    """Note a request to a route: a write before it is served and after, a reading before it is answered.

    A refusal that passes through is noted, too.
    """
    action, answering = action_of(method, path), Answering()
    if not action:
        yield answering
    elif method == "GET":
        yield from _read(_asked(request, action, f"{method} {path}", names), answering)
    else:
        yield from _written(_asked(request, action, f"{method} {path}", names), answering)


def _read(asked: audit.Asked, answering: Answering) -> Iterator[Answering]:
    try:
        yield answering
    except EscutaError as error:
        audit.told(asked, _status(error), error.code)
        raise
    if answering.body and not (asked.operation == _EXPORT and _is_unmade(answering.body)):
        audit.told(asked, answering.status)


def _written(asked: audit.Asked, answering: Answering) -> Iterator[Answering]:
    with audit.noted(asked) as entry:
        try:
            yield answering
        except EscutaError as error:
            entry.ended(_status(error), error.code)
            raise
        entry.ended(answering.status)
        if not asked.thing:
            entry.about(thing=answering.thing)


def _is_unmade(body: str | bytes) -> bool:
    """Tell whether what is answered of an export hands out nothing: there is no file yet, or it was not asked for."""
    return not json.loads(body).get("link")


def _status(error: EscutaError) -> int:
    return problems.problem(error, i18n.LANGUAGES[0], "").status


def action_of(method: str, path: str) -> str:
    """Return what a request to a route does, as the audit calls it; "" when nobody notes it."""
    if method == "GET" or (method, path) in SILENT:
        return READS.get((method, path), "")
    if path == _MANY_TICKETS:
        return "change"
    last = path.rpartition("/")[2]
    return last if last in _VERBS else _WRITES[method]


def _asked(request: Request, action: str, operation: str, names: Mapping[str, str]) -> audit.Asked:
    caller, context = request.caller, request.event["requestContext"]
    through = (context.get("authorizer") or {}).get("through") or Via.API
    return audit.Asked(
        actor=caller.id,
        actor_name=caller.name,
        role=str(caller.role or ""),
        via=Via(through),
        ip=(context.get("identity") or {}).get("sourceIp") or "",
        agent=request.headers.get("user-agent", ""),
        request_id=context.get("requestId", ""),
        action=action,
        noun=operation.split("/")[2],
        thing=next(iter(names.values()), ""),
        operation=operation,
    )
