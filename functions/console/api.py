"""The management API, asked in process: a page shows what its nouns answer, and changes what they let it change.

Rights, words, checks, notes in the audit and calls made once are those of the API: a page has no second ones.
"""

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response
from pydantic_core import from_json, to_json

from escuta.directory.access import rates
from escuta.directory.model import Caller, Scope
from escuta.directory.model.audit import Via
from escuta.errors import NotFoundError, TooManyError
from manage.asking import Request
from manage.routes import ROUTES
from manage.serving import Route, served

if TYPE_CHECKING:
    from console.visit import Visit

_ROOT = "/v1"


class Api:
    """What somebody who is signed in may ask. Paths are those of the API without `/v1`.

    What is refused is an EscutaError, with the code and details that an API client would read.
    """

    def __init__(self, visit: "Visit", caller: Caller) -> None:
        """Ask for one visit, in the name of this caller."""
        self.visit = visit
        self.caller = caller

    def may(self, scope: Scope | str) -> bool:
        """Tell whether somebody may do what takes this scope."""
        return Scope(scope) in self.caller.scopes

    def count(self) -> None:
        """Count a page as one request: TooManyError beyond what somebody may make in a minute."""
        standing = rates.take(self.caller.id, self.caller.rate)
        if not standing.passed:
            raise TooManyError("rate_limited", limit=standing.limit, retry_after=standing.reset)

    def get(self, path: str, /, **query: Any) -> Any:
        """Return what a GET answers; parameters that are None or "" are not sent."""
        return from_json(self._asked("GET", path, query).body or "null")

    def find(self, path: str, /, **query: Any) -> Any:
        """Return what a GET answers, None where there is no such thing."""
        try:
            return self.get(path, **query)
        except NotFoundError:
            return None

    def file(self, path: str, /, **query: Any) -> Response[Any]:
        """Return a GET's answer as it is: a picture, a table, a page to print."""
        return self._asked("GET", path, query)

    def post(self, path: str, body: Any = None, /, *, call: str = "", rev: int | str = "", **query: Any) -> Any:
        """Return what a POST answers. With a `call`, an id drawn with the page, it is done once however often sent."""
        headers = {"idempotency-key": call} if call else {}
        return self._sent("POST", path, body, query, headers | _match(rev))

    def put(self, path: str, body: Any, /, *, rev: int | str = "", **query: Any) -> Any:
        """Return what a PUT answers; `rev` is the revision that the page was made from."""
        return self._sent("PUT", path, body, query, _match(rev))

    def put_text(self, path: str, text: str, kind: str, /, *, rev: int | str = "", **query: Any) -> Any:
        """Return what a PUT of a text answers, which is of this kind, such as `text/csv`."""
        answer = self._asked("PUT", path, query, text, {"content-type": kind, **_match(rev)})
        return from_json(answer.body or "null")

    def post_text(self, path: str, text: str, kind: str, /, *, call: str = "", **query: Any) -> Any:
        """Return what a POST of a text answers, likewise."""
        headers = {"content-type": kind, **({"idempotency-key": call} if call else {})}
        return from_json(self._asked("POST", path, query, text, headers).body or "null")

    def patch(self, path: str, body: Any, /, *, rev: int | str = "", **query: Any) -> Any:
        """Return what a PATCH answers, likewise."""
        return self._sent("PATCH", path, body, query, _match(rev))

    def delete(self, path: str, /, *, rev: int | str = "", **query: Any) -> Any:
        """Return what a DELETE answers, likewise."""
        return self._sent("DELETE", path, None, query, _match(rev))

    def _sent(self, method: str, path: str, body: Any, query: Mapping[str, Any], headers: dict[str, str]) -> Any:
        text = to_json({} if body is None and method == "POST" else body).decode() if body is not None else ""
        return from_json(self._asked(method, path, query, text or "{}", headers).body or "null")

    def _asked(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any],
        body: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Response[Any]:
        route, names = _found(method, _ROOT + path)
        sent = {name: [_text(value)] for name, value in query.items() if value is not None and value != ""}
        context = self.visit.event.raw_event.get("requestContext") or {}
        event = {
            "httpMethod": method,
            "path": _ROOT + path,
            "headers": {
                "content-type": "application/json",
                "accept-language": self.visit.language,
                "user-agent": self.visit.event.headers.get("User-Agent") or "",
                **(headers or {}),
            },
            "multiValueQueryStringParameters": sent or None,
            "body": body,
            "requestContext": {**context, "authorizer": {"through": Via.CONSOLE.value}},
        }
        return served(route, Request(event, self.caller), names)


def _match(rev: int | str) -> dict[str, str]:
    return {"if-match": f'"{rev}"'} if rev != "" else {}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _found(method: str, path: str) -> tuple[Route, dict[str, str]]:
    for pattern, route in _index()[method]:
        if found := pattern.fullmatch(path):
            return route, found.groupdict()
    raise NotFoundError("page_not_found")


@cache
def _index() -> Mapping[str, list[tuple[re.Pattern[str], Route]]]:
    """Return the routes of each method; those without names in their path go first, as they do in the API."""
    index: dict[str, list[tuple[re.Pattern[str], Route]]] = {}
    for route in sorted(ROUTES, key=lambda route: route.path.count("<")):
        index.setdefault(route.method, []).append((re.compile(re.sub("<(.*?)>", r"(?P<\1>[^/]+)", route.path)), route))
    return index
