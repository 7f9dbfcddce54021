"""`Idempotency-Key`: whatever is asked for with POST is done once, and answered the same for 24 hours."""

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic_core import from_json, to_json

from escuta.directory import replies
from escuta.directory.model import Scope
from manage.asking import Request
from manage.problems import RequestError

HEADER = "idempotency-key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
# What is asked for under these names no respondent. Any other answer may, and is forgotten with whom it might name.
_OF_NOBODY = frozenset(
    {
        Scope.SEGMENTS_WRITE,
        Scope.MANAGERS_WRITE,
        Scope.PRODUCTS_WRITE,
        Scope.FILES_WRITE,
        Scope.RULES_WRITE,
        Scope.EXPORTS_WRITE,
        Scope.EVENTS_WRITE,
        Scope.DASHBOARDS_WRITE,
        Scope.WEBHOOKS_WRITE,
        Scope.SETTINGS_WRITE,
        Scope.USERS_WRITE,
        Scope.KEYS_WRITE,
    }
)


class Reply(NamedTuple):
    """What goes back over the line."""

    status: int
    headers: dict[str, str]
    body: str


def once(request: Request, scope: Scope | None, shown_once: Sequence[str], serve: Callable[[Request], Reply]) -> Reply:
    """Return what `serve` answers; for a call that was answered under its key before, the same once more.

    The fields of `shown_once` are kept so that nobody can read them out of the store.
    """
    key = request.headers[HEADER].strip()
    if not _KEY.fullmatch(key):
        raise RequestError(422, "idempotency_key_invalid", field="Idempotency-Key")
    told: set[str] = set()

    def work(call: str, began: datetime) -> dict[str, Any]:
        reply = serve(Request(request.event, request.caller, call, began, told))
        return {**reply._asdict(), "body": _each(replies.hidden, reply.body, shown_once, call)}

    about = () if scope in _OF_NOBODY else (replies.SOMEBODY,)
    answer, call, before = replies.once("v1", request.caller.id, key, _asked(request), about, work, told)
    reply = Reply(**{**answer, "body": _each(replies.revealed, answer["body"], shown_once, call)})
    return reply._replace(headers={**reply.headers, "Idempotent-Replayed": "true"}) if before else reply


def _asked(request: Request) -> str:
    """Return what makes this call the same as another: what is asked for, and by somebody with the same rights."""
    event = request.event
    query = sorted((event.get("multiValueQueryStringParameters") or {}).items())
    rights = (request.caller.segments, sorted(request.caller.scopes))
    return repr((event["path"], query, rights, hashlib.sha256(request.content).hexdigest()))


def _each(change: Callable[[str, str, str], str], body: str, names: Sequence[str], call: str) -> str:
    if not names:
        return body
    told = from_json(body)
    changed = {name: change(told[name], name, call) for name in names if isinstance(told.get(name), str)}
    return to_json(told | changed).decode()
